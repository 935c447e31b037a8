"""App configuration: what panels and research want to hear of, and when they work."""

from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "apps.panels"
    label = "panels"
