"""App configuration: what panels and research want to hear of, and when they work."""

from datetime import date

from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "apps.panels"
    label = "panels"

    def ready(self) -> None:
        from apps.core import jobs
        from apps.panels.rhythm import reminders

        def remind(today: date) -> None:
            reminders.remind_of_sessions(today)

        jobs.register(jobs.DailyJob("panels.remind_of_sessions", remind))
