"""App configuration."""

from datetime import date

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "apps.feedback"
    label = "feedback"

    def ready(self) -> None:
        from apps.core import jobs
        from apps.feedback.services.idempotency import purge_idempotency_keys

        def purge(_today: date) -> None:
            purge_idempotency_keys()

        jobs.register(jobs.DailyJob("feedback.purge_idempotency_keys", purge))
