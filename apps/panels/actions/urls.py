"""Routes of actions."""

from django.urls import path

from apps.panels.actions import views

app_name = "actions"
urlpatterns = [
    path("actions/", views.action_list, name="list"),
    path("actions/new/", views.create_action, name="create"),
    path("actions/<int:action_id>/", views.action, name="action"),
    path("actions/<int:action_id>/edit/", views.edit_action, name="edit"),
    path("actions/<int:action_id>/state/", views.set_state, name="state"),
]
