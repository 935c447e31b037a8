"""How a figure with its interval is drawn, in numbers and on a small scale."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.panels.running.statistics import Estimate

register = template.Library()

DAY_SECONDS = 86_400.0
LEFT, WIDTH = 4, 112  # of the scale within its view box of 120


@register.inclusion_tag("panels/running/_interval.html")
def interval(estimate: Estimate, least: float, most: float, unit: str = "") -> dict[str, object]:
    """Draw ``estimate`` on a scale of ``least`` to ``most``. ``unit``: "share" for a percentage, "seconds", or ""."""
    if estimate.value is None:
        return {"drawn": {"is_empty": True}}
    span = (most - least) or 1.0

    def place(value: float) -> str:  # a number would be written as the language does
        return str(round(LEFT + WIDTH * min(max((value - least) / span, 0.0), 1.0), 1))

    drawn: dict[str, object] = {"n": estimate.n, "value": written(estimate.value, unit), "x": place(estimate.value)}
    if estimate.low is not None and estimate.high is not None:
        drawn |= {"has_interval": True, "x1": place(estimate.low), "x2": place(estimate.high)}
        drawn |= {"low": written(estimate.low, unit), "high": written(estimate.high, unit)}
    return {"drawn": drawn}


def written(value: float, unit: str) -> str:
    """Return a figure as people read it: a percentage, hours, minutes and seconds, or one digit; rounded, never cut."""
    if unit == "share":
        return f"{number_format(round(value * 100), 0)}\u202f%"
    if unit != "seconds":
        return number_format(round(value, 1), 1)
    if value > DAY_SECONDS:  # of two participants an interval can end in another century
        return _("over a day")
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
