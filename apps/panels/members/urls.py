"""Routes of members: panels for staff, and the page of each seat."""

from django.urls import path

from apps.panels.members import public, seat_views, views

app_name = "panels"
urlpatterns = [
    path("panels/", views.panel_list, name="list"),
    path("panels/new/", views.create_panel, name="create"),
    path("panels/<slug:slug>/", views.panel, name="panel"),
    path("panels/<slug:slug>/edit/", views.edit_panel, name="edit"),
    path("panels/<slug:slug>/state/", views.set_state, name="state"),
    path("panels/<slug:slug>/health/", views.panel_health, name="health"),
    path("panels/<slug:slug>/invite/", seat_views.invite, name="invite"),
    path("panels/<slug:slug>/seats/<int:seat_id>/do/", seat_views.change_seat, name="change-seat"),
    path("panels/<slug:slug>/ballots/new/", views.create_ballot, name="create-ballot"),
    path("panels/<slug:slug>/ballots/<int:ballot_id>/do/", views.change_ballot, name="change-ballot"),
    path("panels/<slug:slug>/materials/", views.add_material, name="add-material"),
    path("panels/<slug:slug>/materials/<int:material_id>/remove/", views.remove_material, name="remove-material"),
    path("p/<str:token>/", public.member, name="member"),
]
