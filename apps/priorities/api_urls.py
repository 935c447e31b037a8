"""URLs of the API's teams and queues."""

from django.urls import path

from apps.priorities.api import QueueApi, TeamsApi

urlpatterns = [
    path("teams/", TeamsApi.as_view(), name="api-teams"),
    path("teams/<slug:slug>/queue/", QueueApi.as_view(), name="api-queue"),
]
