"""URLs of home, of the teams' dashboards and of the overview."""

from django.urls import path

from apps.dashboard import palette, styleguide, team_views, views

app_name = "dashboard"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("overview/", views.organisation_overview, name="overview"),
    path("teams/<slug:slug>/", team_views.team, name="team"),
    path("teams/<slug:slug>/charts/<slug:key>.csv", team_views.team_csv, name="team-csv"),
    path("palette/", palette.palette, name="palette"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
