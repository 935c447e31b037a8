"""App configuration: what panels and research want to hear of, and when they work."""

from datetime import date

from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "apps.panels"
    label = "panels"

    def ready(self) -> None:
        self._follow_consents()
        self._remind_of_sessions()
        self._keep_terms()
        self._remind_who_comes()

    def _follow_consents(self) -> None:
        from apps.core import jobs, outbox
        from apps.panels import withdrawal

        def redact_lapsed(_today: date) -> None:
            withdrawal.redact_lapsed_quotes()

        topic = "customers.consent_changed"
        outbox.subscribe(topic, "panels.end_invitations", withdrawal.end_invitations)
        outbox.subscribe(topic, "panels.redact_quotes", withdrawal.redact_quotes_of)
        jobs.register(jobs.DailyJob("panels.redact_lapsed_quotes", redact_lapsed))

    def _remind_of_sessions(self) -> None:
        from apps.core import jobs
        from apps.panels.rhythm import reminders

        def remind(today: date) -> None:
            reminders.remind_of_sessions(today)

        jobs.register(jobs.DailyJob("panels.remind_of_sessions", remind))

    def _keep_terms(self) -> None:
        from apps.core import jobs
        from apps.panels.members import terms

        jobs.register(jobs.DailyJob("panels.keep_terms", terms.keep_terms))

    def _remind_who_comes(self) -> None:
        from apps.core import lanes
        from apps.panels.planning import reminders

        lanes.register(
            lanes.Lane("panels.remind", "dialogue", reminders.has_due_reminder, reminders.write_one_reminder)
        )
