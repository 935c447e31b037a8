"""App configuration: what insight listens to."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "apps.insight"
    label = "insight"

    def ready(self) -> None:
        from apps.core import outbox
        from apps.insight import services

        outbox.subscribe("feedback.captured", "insight.captured", services.read_subscribed, gives_way=True)
        outbox.subscribe("feedback.changed", "insight.changed", services.read_subscribed)
