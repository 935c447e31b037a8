"""URLs of the home page."""

from django.urls import path

from apps.dashboard import palette, styleguide, views

app_name = "dashboard"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("palette/", palette.palette, name="palette"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
