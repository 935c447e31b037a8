"""The addresses that others post to, as they are shown."""

from django.conf import settings
from django.urls import reverse


def mail_address(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('integrations:mail-in', args=[token])}"


def hook_address(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('integrations:hook-in', args=[token])}"
