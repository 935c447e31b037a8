"""Wiring only: settings, URLs, WSGI and Celery applications."""

from feedback_platform.celery import app as celery_app

__all__ = ["celery_app"]
