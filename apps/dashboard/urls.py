"""URLs of home, of the teams' dashboards and of the overview."""

from django.urls import path

from apps.dashboard import form_results, palette, styleguide, team_views, views

app_name = "dashboard"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("overview/", views.organisation_overview, name="overview"),
    path("teams/<slug:slug>/", team_views.team, name="team"),
    path("teams/<slug:slug>/charts/<slug:key>.csv", team_views.team_csv, name="team-csv"),
    path("forms/<int:form_id>/results/", form_results.form_results, name="form-results"),
    path("forms/<int:form_id>/results/<slug:key>.csv", form_results.form_results_csv, name="form-results-csv"),
    path(
        "forms/<int:form_id>/responses.csv", form_results.form_responses, {"ending": "csv"}, name="form-responses-csv"
    ),
    path(
        "forms/<int:form_id>/responses.json",
        form_results.form_responses,
        {"ending": "json"},
        name="form-responses-json",
    ),
    path("palette/", palette.palette, name="palette"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
