"""The headline figures of a dashboard, each with its n, its definition and its movement. Pure."""

from dataclasses import dataclass

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from apps.dashboard import links
from apps.dashboard.chance import Mean, tone_of, z_of
from apps.dashboard.charts import show, sign
from apps.dashboard.team import TeamDashboard, team_url
from apps.dashboard.wording import (
    looked_at,
    mean_rating,
    mean_sentiment,
    share_of,
    unhappy_definition,
    unhappy_tone,
    wait_definition,
    wait_label,
)
from apps.priorities.spans import Span
from apps.priorities.volume import Sums


@dataclass(frozen=True)
class Figure:
    """A headline figure with its n, its definition and its movement against the days compared with."""

    key: str
    label: str
    value: str
    n: str
    definition: str
    url: str
    move: str = ""  # "" where there is nothing to compare with
    tone: str = ""  # "good", "bad" or "" for neither, and for what may be chance


def figures(page: TeamDashboard) -> list[Figure]:
    """Return the figures at the head of the page."""
    total, before = page.now.total, page.before.total if page.before else None
    url = team_url(page)
    return [
        *_volume_figures(total, before, url),
        _untagged_figure(page),
        _wait_figure(page, url),
    ]


def total_figures(total: Sums, before: Sums | None, span: Span) -> list[Figure]:
    """Return the figures of several teams together."""
    return _volume_figures(total, before, links.feedback_url(span=span))


def _volume_figures(total: Sums, before: Sums | None, url: str) -> list[Figure]:
    return [
        _volume_figure(total, before, url),
        _unhappy_figure(total, before, links.unhappy_of(url)),
        _sentiment_figure(total, before, url),
        _rating_figure(total, before, url),
    ]


def _volume_figure(total: Sums, before: Sums | None, url: str) -> Figure:
    move = ""
    if before is not None and before.feedback_count:
        change = (total.feedback_count - before.feedback_count) / before.feedback_count
        move = f"{sign(change)}{show(abs(change), 'share')}"
    return Figure(
        "volume",
        _("Feedback"),
        show(total.feedback_count, "count"),
        _("before: %(count)s") % {"count": show(before.feedback_count, "count")} if before else "",
        _("Live feedback on the products of the team, by the day it was said. Restricted feedback is not counted."),
        url,
        move,
    )


def _unhappy_figure(total: Sums, before: Sums | None, url: str) -> Figure:
    now_share, before_share = share_of(total), share_of(before) if before else None
    move = ""
    if now_share is not None and before_share is not None:
        points = round((now_share - before_share) * 100)
        move = _("%(change)s points") % {"change": f"{sign(points)}{abs(points)}"} if points else _("steady")
    return Figure(
        "unhappy",
        _("Unhappy"),
        show(now_share, "share"),
        f"n = {show(total.feedback_count, 'count')}",
        unhappy_definition(),
        url,
        move,
        unhappy_tone(total, before) if move != _("steady") else "",
    )


def _sentiment_figure(total: Sums, before: Sums | None, url: str) -> Figure:
    now, old = mean_sentiment(total), mean_sentiment(before) if before else None
    return Figure(
        "sentiment",
        _("Sentiment"),
        show(now, "sentiment"),
        f"n = {show(total.feedback_count, 'count')}",
        _("The mean of what was read in the words, from −1 (bad) to +1 (good). A machine reads them; it errs."),  # noqa: RUF001 - a minus sign
        url,
        *_mean_move(
            Mean(now, total.feedback_count) if now is not None else None,
            Mean(old, before.feedback_count) if before and old is not None else None,
            2,
            low=-1.0,
            high=1.0,
        ),
    )


def _rating_figure(total: Sums, before: Sums | None, url: str) -> Figure:
    now, old = mean_rating(total), mean_rating(before) if before else None
    return Figure(
        "rating",
        _("Rating"),
        show(now, "rating"),
        _("n = %(count)s rated") % {"count": show(total.rated_count, "count")},
        _("The mean of the ratings customers gave, 1 (bad) to 5 (good). Feedback without a rating is left out."),
        url,
        *_mean_move(
            Mean(now, total.rated_count) if now is not None else None,
            Mean(old, before.rated_count) if before and old is not None else None,
            1,
            low=1.0,
            high=5.0,
        ),
    )


def _untagged_figure(page: TeamDashboard) -> Figure:
    count = sum(row.feedback_count for row in page.untagged)
    oldest = min((row.oldest_on for row in page.untagged), default=None)
    return Figure(
        "untagged",
        _("Untagged now"),
        show(count, "count"),
        _("oldest of %(day)s") % {"day": date_format(oldest, "SHORT_DATE_FORMAT")} if oldest else _("nothing waits"),
        _("Feedback on the team's products that carries no confirmed tag, however old: no priority counts it."),
        links.feedback_url(products=sorted(page.product_slugs.values()), tag=links.UNTAGGED),
    )


def _wait_figure(page: TeamDashboard, url: str) -> Figure:
    waits = page.waits
    if not waits.received_count:
        value, n = "\u2013", _("not counted yet")
    else:
        bucket = waits.median_bucket
        value = _("over half not yet") if bucket is None else wait_label(bucket)
        n = looked_at(waits)
    return Figure("wait", _("Time to first look"), value, n, wait_definition(), url)


def _mean_move(now: Mean | None, old: Mean | None, digits: int, *, low: float, high: float) -> tuple[str, str]:
    """Return the move of a mean of values from ``low`` to ``high``, and its tone where it is beyond chance."""
    if now is None or old is None:
        return "", ""
    change = round(now.value - old.value, digits)
    if not change:
        return _("steady"), ""
    tone = tone_of(z_of(now, old, low=low, high=high), is_more_good=True)
    return f"{sign(change)}{number_format(round(abs(change), digits), digits)}", tone
