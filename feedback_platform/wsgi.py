"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

application = get_wsgi_application()

from apps.feedback import visits  # noqa: E402 the apps are there only now

visits.start_writer()
