"""App configuration."""

from datetime import date

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "apps.feedback"
    label = "feedback"

    def ready(self) -> None:
        from apps.core import jobs, outbox
        from apps.feedback.services import product_visibility
        from apps.feedback.services.idempotency import purge_idempotency_keys

        def purge(_today: date) -> None:
            purge_idempotency_keys()

        jobs.register(jobs.DailyJob("feedback.purge_idempotency_keys", purge))
        for topic, subscriber, handler in product_visibility.subscriptions():
            outbox.subscribe(topic, subscriber, handler)
