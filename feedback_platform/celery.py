"""The Celery application: tasks are hints, the database carries the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

app = Celery("feedback_platform")
app.config_from_object("feedback_platform.settings:CELERY")
app.autodiscover_tasks()
