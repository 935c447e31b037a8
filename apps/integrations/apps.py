"""App configuration: the work of mail in, and whose news makes it forget."""

from datetime import date

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "apps.integrations"
    label = "integrations"

    def ready(self) -> None:
        from apps.core import jobs, lanes, outbox
        from apps.integrations.mail import capturing, forgetting, polling

        def purge(_today: date) -> None:
            forgetting.purge()

        lanes.register(lanes.Lane("integrations.poll", "integrations", polling.has_due_mailbox, polling.poll_one))
        lanes.register(
            lanes.Lane("integrations.read_mail", "integrations", capturing.has_unread_mail, capturing.read_one)
        )
        outbox.subscribe("feedback.changed", "integrations.forget_redacted", forgetting.forget_redacted)
        outbox.subscribe("customers.changed", "integrations.forget_erased", forgetting.forget_erased)
        jobs.register(jobs.DailyJob("integrations.purge", purge))
