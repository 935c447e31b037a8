"""App configuration: what the dashboards add to digests."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "apps.dashboard"
    label = "dashboard"

    def ready(self) -> None:
        from apps.dashboard import digests
        from apps.dialogue.digests import register

        register("dashboard.queues", digests.queues_section)
        register("dashboard.waiting", digests.waiting_section)
