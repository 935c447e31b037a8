"""Routes of running."""

from django.urls import path

from apps.panels.running import note_views, views

app_name = "running"
urlpatterns = [
    path("sessions/<int:session_id>/live/", views.live, name="live"),
    path("sessions/<int:session_id>/live/notes/", note_views.notes, name="notes"),
    path("sessions/<int:session_id>/live/notes/<int:note_id>/", note_views.note, name="note"),
    path("sessions/<int:session_id>/live/notes/<int:note_id>/delete/", note_views.delete_note, name="delete-note"),
    path("sessions/<int:session_id>/live/notes/<int:note_id>/restore/", note_views.restore_note, name="restore-note"),
]
