"""The shared pieces of a page: icon, sparkline, mood, trend, rating, meter. No domain; each exists once."""

from collections.abc import Sequence
from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPARK_WIDTH, SPARK_HEIGHT = 80, 24  # of the sparkline's view box
MOOD_HALF = 24  # half of the mood's view box: -1000 to 1000 maps to 0 to 48
NEUTRAL_MILLI = 100  # a mean nearer to 0 than this reads as mixed


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return the icon ``name`` of static/icons/sprite.svg, hidden from screen readers."""
    return _icon(name)


@cache
def _icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon icon-{0}" aria-hidden="true" focusable="false"><use href="{1}#{0}"/></svg>',
        name,
        static("icons/sprite.svg"),
    )


def spark_points(values: Sequence[int]) -> list[tuple[float, float]]:
    """Return the points of a line through ``values`` within the sparkline's view box, zero at its foot."""
    if not values:
        return []
    top = max(*values, 1)
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    inner = SPARK_HEIGHT - 4
    return [(round(i * step, 1), round(2 + inner * (1 - value / top), 1)) for i, value in enumerate(values)]


@register.inclusion_tag("components/_sparkline.html")
def sparkline(values: Sequence[int], label: str = "") -> dict[str, object]:
    """Draw weekly ``values``, oldest first."""
    points = spark_points(values)
    return {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "last": points[-1] if points else None,
        "label": label or "Per week, oldest first: " + ", ".join(map(str, values)),
        "width": SPARK_WIDTH,
        "height": SPARK_HEIGHT,
    }


@register.inclusion_tag("components/_mood.html")
def mood(milli: int | None) -> dict[str, object]:
    """Draw a mean sentiment of -1000 to 1000 as a bar from the middle, with its word; nothing for None."""
    if milli is None:
        return {"word": ""}
    word = "neutral" if abs(milli) < NEUTRAL_MILLI else "negative" if milli < 0 else "positive"
    length = max(1.0, round(min(abs(milli), 1000) / 1000 * MOOD_HALF, 1))
    return {
        "word": word,
        "figure": f"{milli / 1000:+.2f}".replace("-", "\u2212"),
        "x": MOOD_HALF - length if milli < 0 else MOOD_HALF,
        "length": length,
    }


@register.inclusion_tag("components/_trend.html")
def trend(change: float | None, last: int = 0, previous: int = 0) -> dict[str, object]:
    """Draw the change against the 28 days before: a share (0.25 is +25 %), None without a base."""
    if change is None:
        return {"word": "new" if last else "", "last": last, "previous": previous}
    word = "steady" if abs(change) < 0.005 else "up" if change > 0 else "down"
    return {"word": word, "percent": f"{abs(change):.0%}", "last": last, "previous": previous}


@register.inclusion_tag("components/_rating.html")
def rating(value: int | None) -> dict[str, object]:
    """Draw a rating of 1 to 5 as dots."""
    if not value:
        return {"dots": []}
    tone = "bad" if value <= 2 else "good" if value >= 4 else "middling"
    return {"value": value, "tone": tone, "dots": [number <= value for number in range(1, 6)]}


@register.inclusion_tag("components/_meter.html")
def meter(share: float, tone: str = "") -> dict[str, object]:
    """Draw a share of -1 to 1 as a bar of its size. Decorative: the figure stands beside it."""
    return {"width": round(min(abs(share), 1.0) * 200, 1), "tone": tone}


@register.filter
def initials(name: object) -> str:
    """Return up to two capital letters for an avatar."""
    words = str(name).split("@")[0].replace(".", " ").split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.filter
def score(value: float) -> str:
    """Return a score with one digit; one that has faded to almost nothing is not shown as nothing."""
    return "<0.1" if 0 < value < 0.05 else f"{value:,.1f}"


@register.filter
def percent(share: float | None) -> str:
    """Return a share of 0 to 1 as a whole percentage."""
    return "" if share is None else f"{share:.0%}"
