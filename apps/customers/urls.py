"""What customers open themselves, by a link mailed to them."""

from django.urls import URLPattern

app_name = "customers"
urlpatterns: list[URLPattern] = []
