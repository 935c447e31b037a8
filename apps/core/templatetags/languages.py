"""The languages that a page offers."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def public_languages() -> list[tuple[str, str]]:
    """Return code and own name of what customers' pages speak."""
    return list(settings.LANGUAGES)


@register.simple_tag
def staff_languages() -> list[tuple[str, str]]:
    """Return code and own name of what staff's pages speak."""
    return list(settings.STAFF_LANGUAGES)
