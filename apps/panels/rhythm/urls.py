"""Routes of rhythm."""

from django.urls import path

from apps.panels.rhythm import exposure_views, listening_views, planned_views, views

app_name = "rhythm"
urlpatterns = [
    path("cycles/", views.cycle_list, name="cycles"),
    path("cycles/new/", views.create_cycle, name="create-cycle"),
    path("cycles/series/", views.create_series, name="create-series"),
    path("cycles/<int:cycle_id>/", views.cycle, name="cycle"),
    path("cycles/<int:cycle_id>/edit/", views.edit_cycle, name="edit-cycle"),
    path("cycles/<int:cycle_id>/delete/", views.delete_cycle, name="delete-cycle"),
    path("cycles/<int:cycle_id>/plan/", planned_views.plan, name="plan"),
    path("cycles/<int:cycle_id>/plan/<slug:tag_slug>/", planned_views.plan_for_priority, name="plan-for-priority"),
    path("cycles/planned/<int:planned_id>/", planned_views.edit_planned, name="edit-planned"),
    path("cycles/planned/<int:planned_id>/drop/", planned_views.drop_planned, name="drop-planned"),
    path("cycles/planned/<int:planned_id>/session/", planned_views.hold_session, name="hold-session"),
    path("exposure/", exposure_views.own, name="exposure"),
    path("exposure/seats/<int:seat_id>/", exposure_views.correct_minutes, name="correct-minutes"),
    path("exposure/teams/<slug:slug>/", exposure_views.team, name="team-exposure"),
    path("exposure/teams/<slug:slug>/goal/", exposure_views.set_goal, name="set-goal"),
    path("meet/", listening_views.meet, name="meet"),
    path("meet/<int:session_id>/join/", listening_views.join, name="join"),
    path("meet/<int:session_id>/leave/", listening_views.leave, name="leave"),
    path("listening/", listening_views.listening_coverage, name="coverage"),
]
