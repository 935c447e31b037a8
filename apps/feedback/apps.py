"""App configuration."""

from datetime import date

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "apps.feedback"
    label = "feedback"

    def ready(self) -> None:
        from apps.core import jobs, lanes, outbox
        from apps.customers import consents
        from apps.feedback import selectors, visits
        from apps.feedback.imports import worker
        from apps.feedback.services import attachments, previews, product_visibility, uploads
        from apps.feedback.services.idempotency import purge_idempotency_keys

        def purge(_today: date) -> None:
            purge_idempotency_keys()

        def purge_uploads(_today: date) -> None:
            uploads.purge()

        jobs.register(jobs.DailyJob("feedback.purge_idempotency_keys", purge))

        def sweep_attachments(_today: date) -> None:
            attachments.sweep()

        jobs.register(jobs.DailyJob("feedback.purge_uploads", purge_uploads))
        jobs.register(jobs.DailyJob("feedback.sweep_attachments", sweep_attachments))

        def purge_visits(today: date) -> None:
            visits.purge(today)

        jobs.register(jobs.DailyJob("feedback.purge_visits", purge_visits))
        lanes.register(lanes.Lane("feedback.imports", "feedback", uploads.has_work, worker.work))
        lanes.register(lanes.Lane("feedback.previews", "feedback", previews.has_work, previews.work))
        consents.register_proof(selectors.proven_among)
        for topic, subscriber, handler in product_visibility.subscriptions():
            outbox.subscribe(topic, subscriber, handler)
