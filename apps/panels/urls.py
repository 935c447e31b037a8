"""Every room of panels and research, each with its own names."""

from django.urls import include, path

urlpatterns = [
    path("", include("apps.panels.mine.urls")),
    path("", include("apps.panels.recruiting.urls")),
    path("", include("apps.panels.members.urls")),
    path("", include("apps.panels.actions.urls")),
    path("", include("apps.panels.planning.urls")),
    path("", include("apps.panels.running.urls")),
    path("", include("apps.panels.afterwards.urls")),
    path("", include("apps.panels.workshops.urls")),
    path("", include("apps.panels.rhythm.urls")),
    path("", include("apps.panels.repository.urls")),
]
