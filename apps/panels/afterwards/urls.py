"""Routes of afterwards."""

from django.urls import path

from apps.panels.afterwards import follow_up_views, note_views, views

app_name = "afterwards"
_SESSION = "sessions/<int:session_id>"
urlpatterns = [
    path(f"{_SESSION}/summary/", views.summary, name="summary"),
    path(f"{_SESSION}/summary/edit/", views.edit_summary, name="edit-summary"),
    path(f"{_SESSION}/summary/session.md", views.export_markdown, name="export-markdown"),
    path(f"{_SESSION}/summary/notes.csv", views.export_csv, name="export-csv"),
    path(f"{_SESSION}/summary/notes/", note_views.notes, name="notes"),
    path(f"{_SESSION}/summary/notes/promote/", note_views.promote_all, name="promote-all"),
    path(f"{_SESSION}/summary/notes/<int:note_id>/promote/", note_views.promote_one, name="promote"),
    path(f"{_SESSION}/summary/notes/<int:note_id>/take-back/", note_views.take_back, name="take-back"),
    path(f"{_SESSION}/summary/notes/<int:note_id>/highlight/", note_views.highlight, name="highlight"),
    path(f"{_SESSION}/follow-up/", follow_up_views.follow_up_page, name="follow-up"),
]
