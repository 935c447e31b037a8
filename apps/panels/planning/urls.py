"""Routes of planning."""

from django.urls import path

from apps.panels.planning import incentive_views, people_views, poll_views, public_views, recording_views, views

app_name = "sessions"
ONE = "sessions/<int:session_id>/"
urlpatterns = [
    path("sessions/", views.session_list, name="list"),
    path("sessions/calendar/", views.calendar, name="calendar"),
    path("sessions/new/", views.create, name="create"),
    path("sessions/incentives/", incentive_views.overview, name="incentives"),
    path("sessions/incentives/export/", incentive_views.export, name="export-incentives"),
    path(ONE, views.session, name="session"),
    path(f"{ONE}edit/", views.edit, name="edit"),
    path(f"{ONE}cancel/", views.cancel, name="cancel"),
    path(f"{ONE}start/", views.start, name="start"),
    path(f"{ONE}end/", views.end, name="end"),
    path(f"{ONE}session.ics", views.calendar_file, name="calendar-file"),
    path(f"{ONE}dates/", poll_views.poll, name="dates"),
    path(f"{ONE}dates/offer/", poll_views.offer_date, name="offer-date"),
    path(f"{ONE}dates/answer/", poll_views.answer_dates, name="answer-dates"),
    path(f"{ONE}dates/<int:option_id>/remove/", poll_views.remove_date, name="remove-date"),
    path(f"{ONE}dates/<int:option_id>/choose/", poll_views.choose_date, name="choose-date"),
    path(f"{ONE}invite/", people_views.invite, name="invite"),
    path(f"{ONE}participants/<int:participant_id>/take-back/", people_views.take_back, name="take-back"),
    path(f"{ONE}attendance/", people_views.attendance, name="attendance"),
    path(f"{ONE}join/", people_views.join, name="join"),
    path(f"{ONE}leave/", people_views.leave, name="leave"),
    path(f"{ONE}staff/", people_views.seat, name="seat"),
    path(f"{ONE}staff/<int:user_id>/remove/", people_views.unseat, name="unseat"),
    path(f"{ONE}materials/", people_views.add_material, name="add-material"),
    path(f"{ONE}materials/<int:material_id>/remove/", people_views.remove_material, name="remove-material"),
    path(f"{ONE}recordings/", recording_views.add_recording, name="add-recording"),
    path(f"{ONE}recordings/<int:recording_id>/remove/", recording_views.remove_recording, name="remove-recording"),
    path(f"{ONE}incentives/", incentive_views.propose, name="propose-incentive"),
    path(f"{ONE}incentives/<int:incentive_id>/decide/", incentive_views.decide, name="decide-incentive"),
    path(f"{ONE}incentives/<int:incentive_id>/hand-over/", incentive_views.hand_over, name="hand-over-incentive"),
    path("s/<str:token>/", public_views.participant, name="participant"),
    path("s/<str:token>/session.ics", public_views.participant_calendar, name="participant-calendar"),
]
