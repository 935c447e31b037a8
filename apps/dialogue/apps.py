"""App configuration: whose news becomes mail."""

from datetime import date

from django.apps import AppConfig


class DialogueConfig(AppConfig):
    name = "apps.dialogue"
    label = "dialogue"

    def ready(self) -> None:
        from apps.core import jobs, lanes, outbox
        from apps.dialogue import confirmations, delivery, digests, erasure, notifications, preferences, stopping

        def purge(_today: date) -> None:
            erasure.purge_old_mail()
            notifications.purge_old()

        def enrol(_today: date) -> None:
            preferences.enrol_people()

        outbox.subscribe("feedback.captured", "dialogue.ask_for_confirmation", confirmations.ask_for_confirmation)
        outbox.subscribe("feedback.changed", "dialogue.ask_when_released", confirmations.ask_for_confirmation)
        lanes.register(lanes.Lane("dialogue.deliver", "dialogue", delivery.has_queued_mail, delivery.deliver_one))
        lanes.register(lanes.Lane("dialogue.digests", "dialogue", digests.has_due_digest, digests.write_one_digest))
        outbox.subscribe(notifications.NOTIFIED, "dialogue.mail_notifications", notifications.mail_notifications)
        outbox.subscribe("accounts.access_changed", "dialogue.tell_of_access", notifications.tell_of_access)
        outbox.subscribe("customers.consent_changed", "dialogue.stop_unwanted_mail", stopping.stop_unwanted_mail)
        asked = notifications.tell_of_erasure_requests
        outbox.subscribe("customers.erasure_asked", "dialogue.tell_of_erasure_requests", asked)
        digests.register("dialogue.notifications", digests.notifications_section)
        jobs.register(jobs.DailyJob("dialogue.purge_old_mail", purge))
        jobs.register(jobs.DailyJob("dialogue.enrol_people", enrol))
