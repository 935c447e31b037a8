"""App configuration: whose news becomes mail."""

from datetime import date

from django.apps import AppConfig


class DialogueConfig(AppConfig):
    name = "apps.dialogue"
    label = "dialogue"

    def ready(self) -> None:
        from apps.core import jobs, lanes, outbox
        from apps.dialogue import confirmations, delivery, erasure

        def purge(_today: date) -> None:
            erasure.purge_old_mail()

        outbox.subscribe("feedback.captured", "dialogue.ask_for_confirmation", confirmations.ask_for_confirmation)
        outbox.subscribe("feedback.changed", "dialogue.ask_when_released", confirmations.ask_for_confirmation)
        lanes.register(lanes.Lane("dialogue.deliver", "dialogue", delivery.has_queued_mail, delivery.deliver_one))
        jobs.register(jobs.DailyJob("dialogue.purge_old_mail", purge))
