"""App configuration: whose changes tagging books."""

from django.apps import AppConfig


class TaggingConfig(AppConfig):
    name = "apps.tagging"
    label = "tagging"

    def ready(self) -> None:
        from apps.core import health, lanes, outbox
        from apps.tagging import holdings, labels, rules, services
        from apps.tagging.models import LedgerRow

        health.watch_backlog("ledger_rows", LedgerRow)
        holdings.announce()

        outbox.subscribe("insight.read", "tagging.tag_new_feedback", rules.tag_new_feedback)
        outbox.subscribe("feedback.changed", "tagging.rebook_feedback", services.rebook_feedback)
        outbox.subscribe("feedback.labelled", "tagging.tag_labelled", labels.tag_labelled)
        outbox.subscribe("customers.changed", "tagging.rebook_customers", services.rebook_customers)
        outbox.subscribe("tagging.rebook", "tagging.rebook_in_background", services.rebook_feedback)
        lanes.register(
            lanes.Lane(
                name="tagging.rule_runs",
                queue="tagging",
                has_work=rules.has_open_runs,
                work=rules.advance_run,
            )
        )
