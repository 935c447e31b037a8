"""The shared pieces of a page: icons, small charts, people, places, dialogs, menus. No domain; each exists once.

/styleguide/ shows each in all its states, with how to include it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import zip_longest

from django import template
from django.contrib.humanize.templatetags.humanize import NaturalTimeFormatter, naturaltime
from django.contrib.messages.storage.base import Message
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()

SPARK_WIDTH, SPARK_HEIGHT = 80, 24  # of the sparkline's view box
SPARK_FOOT = SPARK_HEIGHT - 2  # where zero is
SPARK_FLOOR = 8  # a week's count that fills the height at least: one voice more or less is no mountain
MOOD_HALF = 24  # half of the mood's view box: -1000 to 1000 maps to 0 to 48
TREND_LEAST = 10  # pieces to compare with: of fewer the counts are told, a percentage would shout
NEUTRAL_MILLI = 100  # a mean nearer to 0 than this reads as mixed
KEYSET_PARAMETERS = ("before", "after", "page")  # where in a list the reader stands: meaningless in another order


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
    """Return the points of a line through ``values`` (counts) within the sparkline's view box, zero at its foot."""
    if not values:
        return []
    top = max(*values, SPARK_FLOOR)
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    inner = SPARK_HEIGHT - 4
    return [(round(i * step, 1), round(2 + inner * (1 - value / top), 1)) for i, value in enumerate(values)]


@register.inclusion_tag("components/_sparkline.html")
def sparkline(values: Sequence[int], label: str = "") -> dict[str, object]:
    """Draw weekly ``values``, oldest first."""
    points = spark_points(values)
    last_x, last_y = points[-1] if points else (0, 0)
    figures = {"x": last_x, "y": last_y, "foot": SPARK_FOOT, "width": SPARK_WIDTH, "height": SPARK_HEIGHT}
    return {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "label": label or _("Per week, oldest first: %(counts)s") % {"counts": ", ".join(map(str, values))},
        **{name: str(figure) for name, figure in figures.items()},  # a number would be written as the language does
    }


@register.inclusion_tag("components/_mood.html")
def mood(milli: int | None, word: str = "", *, is_bare: bool = False) -> dict[str, object]:
    """Draw a sentiment of -1000 to 1000 as a bar from the middle, with its word; nothing for None.

    One piece of feedback brings the ``word`` that was read ("negative", "neutral", "positive"): it decides side and
    colour, the number the length alone, so that the two never disagree near zero. A mean has no word but its number's.
    ``is_bare``: the number stands beside it already.
    """
    if milli is None:
        return {"word": ""}
    least = NEUTRAL_MILLI if word and word != "neutral" else 0  # so that the bar is seen beside the axis
    word = word or ("neutral" if abs(milli) < NEUTRAL_MILLI else "negative" if milli < 0 else "positive")
    length = max(1.0, round(min(max(abs(milli), least), 1000) / 1000 * MOOD_HALF, 1))
    is_bad = word == "negative" or (word == "neutral" and milli < 0)
    return {
        "word": word,
        "figure": signed(milli),
        "is_bare": is_bare,
        "x": str(MOOD_HALF - length if is_bad else MOOD_HALF),  # a number would be written as the language does
        "length": str(length),
    }


@register.filter
def signed(milli: int) -> str:
    """Return a sentiment of -1000 to 1000 as a number of -1 to 1 with its sign and two digits."""
    sign = "\u2212" if milli <= -5 else "+" if milli >= 5 else ""
    return sign + number_format(round(abs(milli) / 1000, 2), 2)


@register.inclusion_tag("components/_trend.html")
def trend(change: float | None, last: int = 0, previous: int = 0, days: int = 28) -> dict[str, object]:
    """Draw the change against as many ``days`` compared with: a share (0.25 is +25 %), None without a base.

    Against fewer than ``TREND_LEAST`` pieces the two counts stand in place of the percentage.
    """
    counts = {"last": last, "previous": previous, "days": days, "tells_counts": 0 < previous < TREND_LEAST}
    if change is None:
        return {"word": "new" if last else "", **counts}
    word = "steady" if abs(change) < 0.005 else "up" if change > 0 else "down"
    sign = "+" if change > 0 else "\u2212"
    return {"word": word, "percent": f"{sign}{percent(abs(change))}", **counts}


@register.inclusion_tag("components/_rating.html")
def rating(value: int | None) -> dict[str, object]:
    """Draw a rating of 1 to 5 as dots."""
    if not value:
        return {"dots": []}
    tone = {"negative": "bad", "positive": "good"}.get(rated_mood(value), "middling")
    return {"value": value, "tone": tone, "dots": [number <= value for number in range(1, 6)]}


@register.filter
def rated_mood(value: int | None) -> str:
    """Return how somebody felt who gave ``value`` of 5: "negative", "neutral" or "positive"; "" without a rating.

    What the customer said of themselves: where it is there, no machine's reading of the words stands in its place.
    """
    if not value:
        return ""
    return "negative" if value <= 2 else "positive" if value >= 4 else "neutral"


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
def ago(moment: datetime) -> str:
    """Return how long ago ``moment`` was, in its largest unit alone: "3 days ago"."""
    now = timezone.now()
    if now - moment < timedelta(days=1):
        return str(naturaltime(moment))
    delta = timesince(moment, now, time_strings=NaturalTimeFormatter.past_substrings, depth=1)
    return str(NaturalTimeFormatter.time_strings["past-day"]) % {"delta": delta}


@register.filter
def score(value: float) -> str:
    """Return a score with one digit; one that has faded to almost nothing is not shown as nothing."""
    return f"<{number_format(0.1)}" if 0 < value < 0.05 else number_format(round(value, 1), 1, force_grouping=True)


@register.filter
def weight(value: float) -> str:
    """Return a weight with one digit; with as many as it has where it has more."""
    return number_format(value, 1) if round(value, 1) == value else number_format(value)


@register.filter
def percent(share: float | None) -> str:
    """Return a share of 0 to 1 as a whole percentage."""
    return "" if share is None else _("%(number)s%%") % {"number": f"{share * 100:.0f}"}


# --- people, places, figures --------------------------------------------------------------------------------------


@register.inclusion_tag("components/_avatar.html")
def avatar(person: object, size: str = "", *, named: bool = False) -> dict[str, object]:
    """Draw a person's picture, else initials. ``size``: "", "s", "l"; ``named`` where no name stands beside it."""
    return {"person": person, "picture_url": _picture_url(person), "size": size, "named": named}


def _picture_url(person: object) -> str:
    key = getattr(person, "picture_key", "")
    return reverse("people:picture", args=[getattr(person, "pk", None), key]) if key else ""


@register.inclusion_tag("components/_crumbs.html")
def crumbs(*parts: object, label: str = "") -> dict[str, object]:
    """Draw where a page stands: text and URL in turn; a last text without URL is the page itself."""
    pairs = list(zip_longest(parts[::2], parts[1::2], fillvalue=""))
    return {"crumbs": [(text, url) for text, url in pairs if text], "label": label}


@register.simple_tag(takes_context=True)
def nav_link(
    context: Context, view_name: str, icon_name: str, text: str, *, also: str = "", jump: str = "", **kwargs: str
) -> str:
    """Return a line of the navigation.

    ``also``: view names under it. ``jump``: the letter that leads there after "g".
    """
    url = reverse(view_name, kwargs=kwargs)
    mark = SafeString(' aria-current="page"') if _is_current(context, view_name, url, also, kwargs) else ""
    key = format_html(' data-jump="{}"', jump) if jump else ""
    return format_html(
        '<li><a class="nav-link" href="{}"{}{}>{}<span>{}</span></a></li>', url, mark, key, _icon(icon_name), text
    )


def _is_current(context: Context, view_name: str, url: str, also: str, kwargs: dict[str, str]) -> bool:
    """Return whether the page is the link's, or one under it that is of the same team.

    A page whose address does not name the team says it by ``nav_place`` of its context.
    """
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if request is None or match is None:
        return False
    if request.path == url:
        return True
    place = {**match.kwargs, **(context.get("nav_place") or {})}
    return match.view_name in also.split() and kwargs.items() <= place.items()


@register.inclusion_tag("components/_progress.html")
def progress(value: float, maximum: float, label: str) -> dict[str, object]:
    """Draw how far something is; ``label`` says what."""
    return {"value": value, "maximum": maximum, "label": label}


@register.inclusion_tag("components/_sort_head.html", takes_context=True)
def sort_head(context: Context, label: str, key: str, *, is_number: bool = False) -> dict[str, object]:
    """Draw a table head that sorts by ``?sort=key``, again by ``-key``; other parameters but the page's stay.

    Reads the order in force from ``sort`` of the context, else of the query.
    """
    query = context["request"].GET.copy()
    current = str(context.get("sort") or query.get("sort", ""))
    query["sort"] = f"-{key}" if current == key else key
    for name in KEYSET_PARAMETERS:
        query.pop(name, None)
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    return {"label": label, "url": "?" + query.urlencode(), "direction": direction, "is_number": is_number}


@register.filter
def undo_url(message: Message) -> str:
    """Return the path that takes back what ``message`` tells of, "" for none (core.toasts)."""
    tags = (message.extra_tags or "").split()
    return next((tag.removeprefix("undo:") for tag in tags if tag.startswith("undo:/")), "")


# --- blocks: {% dialog "id" "Title" %} … {% enddialog %} --------------------------------------------------------


@register.simple_block_tag
def dialog(content: str, id: str, title: str, *, size: str = "") -> SafeString:  # noqa: A002 as in HTML
    """Wrap a dialog that ``data-dialog="<id>"`` opens; that link's own href serves browsers without scripts."""
    return render_to_string("components/_dialog.html", {"content": content, "id": id, "title": title, "size": size})


@register.simple_block_tag
def menu(content: str, label: str, icon_name: str = "", *, bare: bool = False, align: str = "end") -> SafeString:
    """Wrap links and buttons of class ``menu-item`` that a button opens."""
    context = {"content": content, "label": label, "icon_name": icon_name, "bare": bare, "align": align}
    return render_to_string("components/_menu.html", context)


@register.simple_block_tag
def confirm(content: str, label: str, title: str = "", *, tone: str = "danger") -> SafeString:
    """Wrap what will be lost and the form that does it behind a button that only opens it."""
    context = {"content": content, "label": label, "title": title, "tone": tone}
    return render_to_string("components/_confirm.html", context)


@register.simple_block_tag
def chart_frame(
    content: str, key: str, title: str, *, definition: str = "", n: int | None = None, url: str = ""
) -> SafeString:
    """Wrap a chart and its table; ``key`` is the frame's id, ``n`` how many pieces of feedback it shows."""
    context = {"content": content, "key": key, "title": title, "definition": definition, "n": n, "url": url}
    return render_to_string("components/_chart_frame.html", context)
