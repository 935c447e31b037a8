"""URLs of the home page."""

from django.urls import path

from apps.dashboard import views

app_name = "dashboard"
urlpatterns = [path("home/", views.home, name="home")]
