"""Routes of recruiting."""

from django.urls import path

from apps.panels.recruiting import views

app_name = "recruiting"
urlpatterns = [
    path("candidates/", views.candidates, name="candidates"),
    path("candidates/save/", views.save, name="save"),
    path("candidates/<int:criteria_id>/", views.open_criteria, name="open"),
    path("candidates/<int:criteria_id>/edit/", views.edit_criteria, name="edit"),
    path("candidates/<int:criteria_id>/delete/", views.delete_criteria, name="delete"),
]
