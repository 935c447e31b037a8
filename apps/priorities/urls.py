"""URLs of the queues and of one priority."""

from django.urls import path

from apps.priorities import views

app_name = "priorities"
urlpatterns = [
    path("teams/<slug:slug>/queue/", views.team_queue, name="team-queue"),
    path("teams/<slug:slug>/queue/how/", views.queue_policy, name="queue-policy"),
    path("teams/<slug:slug>/queue/how/change/", views.change_policy, name="change-policy"),
    path("priorities/<slug:tag_slug>/", views.priority, name="priority"),
    path("priorities/<slug:tag_slug>/decide/", views.decide, name="decide"),
]
