"""Routes of repository."""

from django.urls import URLPattern

app_name = "repository"
urlpatterns: list[URLPattern] = []
