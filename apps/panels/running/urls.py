"""Routes of running."""

from django.urls import path

from apps.panels.running import note_views, study_views, usability_views, views

app_name = "running"
urlpatterns = [
    path("sessions/<int:session_id>/live/", views.live, name="live"),
    path("sessions/<int:session_id>/live/notes/", note_views.notes, name="notes"),
    path("sessions/<int:session_id>/live/notes/<int:note_id>/", note_views.note, name="note"),
    path("sessions/<int:session_id>/live/notes/<int:note_id>/delete/", note_views.delete_note, name="delete-note"),
    path("sessions/<int:session_id>/live/notes/<int:note_id>/restore/", note_views.restore_note, name="restore-note"),
    path("sessions/<int:session_id>/live/runs/", usability_views.record_run, name="record-run"),
    path("sessions/<int:session_id>/live/problems/", usability_views.add_problem, name="meet-problem"),
    path("sessions/<int:session_id>/live/sightings/", usability_views.set_sighting, name="set-sighting"),
    path("sessions/<int:session_id>/live/sus/<int:participant_id>/", usability_views.sus, name="sus"),
    path("studies/<int:study_id>/", study_views.study, name="study"),
    path("studies/<int:study_id>/tasks/", study_views.add_task, name="add-task"),
    path("studies/<int:study_id>/tasks/<int:task_id>/", study_views.change_task, name="change-task"),
    path("studies/<int:study_id>/problems/", study_views.add_problem, name="add-problem"),
    path("studies/<int:study_id>/problems/<int:problem_id>/", study_views.change_problem, name="change-problem"),
    path("studies/<int:study_id>/tasks.csv", study_views.tasks_csv, name="tasks-csv"),
    path("studies/<int:study_id>/problems.csv", study_views.problems_csv, name="problems-csv"),
]
