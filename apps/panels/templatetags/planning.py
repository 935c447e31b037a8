"""Small things that the pages of sessions draw."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django import template

from apps.panels.models import DateOption
from apps.panels.planning.local_times import span_words

register = template.Library()


@register.simple_tag
def span(option: DateOption, zone: ZoneInfo) -> str:
    """Return from when to when a date offered is, in ``zone``."""
    return span_words(option.starts_at, option.ends_at, zone)


@register.filter
def said(answers: Mapping[int, str], option_id: int) -> str:
    """Return what was said of one date, "" for nothing yet."""
    return answers.get(option_id, "")
