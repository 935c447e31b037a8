"""A team's volume, unhappy share, rating and sentiment over the period, with its releases marked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.dashboard import links
from apps.dashboard.charts import Chart, Column, Mark, Row, Series, show
from apps.dashboard.period import Comparison
from apps.dashboard.team import TeamDashboard, team_url
from apps.dashboard.wording import (
    mean_rating,
    mean_sentiment,
    share_of,
    step_definition,
    step_head,
    step_label,
    unhappy_definition,
)
from apps.priorities.disclosure import too_few
from apps.priorities.spans import Span, readable_step_days
from apps.priorities.volume import Sums

LEAST_LINE = 2  # values that make a line to compare with


@dataclass(frozen=True)
class TimeAxis:
    """What the charts over time share, made once: steps with their names and addresses, sums now and before."""

    step_days: int  # of each step, now and before alike: the period's own feedback decides
    steps: list[Span]
    labels: list[str]
    urls: list[str]
    now: list[Sums]
    before: list[Sums | None]  # None where nothing is compared
    marks: list[Mark]
    unfinished: set[int]  # places of steps that are not over yet

    @classmethod
    def of(cls, page: TeamDashboard) -> "TimeAxis":
        length = readable_step_days(page.now.span, page.now.total.feedback_count)
        steps = page.now.span.steps(length)
        return cls(
            length,
            steps,
            [step_label(step) for step in steps],
            [team_url(page, step) for step in steps],
            page.now.by_step(length=length),
            list(page.before.by_step(length=length)) if page.before else [None] * len(steps),
            _releases(page, steps),
            {place for place, step in enumerate(steps) if step.until >= page.today},
        )


def time_charts(page: TeamDashboard) -> list[Chart]:
    """Return volume, unhappy share, rating and sentiment over the period."""
    axis = TimeAxis.of(page)
    return [
        _volume_chart(page, axis),
        _share_chart(page, axis),
        _rating_chart(page, axis),
        _sentiment_chart(page, axis),
    ]


def _volume_chart(page: TeamDashboard, axis: TimeAxis) -> Chart:
    now, before = axis.now, axis.before
    hidden = too_few([one.feedback_count for one in now])
    unhappy = [None if i in hidden else one.unhappy_count for i, one in enumerate(now)]
    columns = [Column(_("Feedback")), Column(_("of it unhappy"))]
    series = _parts_of_volume(now, unhappy, hidden)
    values: list[list[int | None]] = [[one.feedback_count, unhappy[i]] for i, one in enumerate(now)]
    if page.before:
        counts = [one.feedback_count if one else None for one in before]
        columns.append(Column(_("Compared with")))
        series.append(Series(_compared_label(page), counts, "chart-text", "line", is_dashed=True))
        values = [[*row, count] for row, count in zip(values, counts, strict=True)]
    return Chart(
        key="volume",
        title=_("Feedback over time"),
        definition=_volume_definition(axis),
        n=page.now.total.feedback_count,
        summary=_volume_summary(page, axis),
        head=step_head(axis.step_days),
        columns=columns,
        rows=[
            Row(label, axis.urls[i], values[i], is_unfinished=i in axis.unfinished)
            for i, label in enumerate(axis.labels)
        ],
        series=series,
        marks=axis.marks,
        is_stacked=True,
        is_wide=True,
    )


def _parts_of_volume(now: Sequence[Sums], unhappy: Sequence[int | None], hidden: set[int]) -> list[Series]:
    """Return unhappy, not unhappy and, where a step is of too few, its whole count in a colour of its own."""
    others = [None if i in hidden else one.feedback_count - one.unhappy_count for i, one in enumerate(now)]
    series = [Series(_("Unhappy"), unhappy, "chart-bad"), Series(_("Not unhappy"), others, "chart-soft")]
    if hidden:
        untold = [one.feedback_count if i in hidden else None for i, one in enumerate(now)]
        series.append(Series(_("Too few to say"), untold, "chart-neutral"))
    return series


def _volume_definition(axis: TimeAxis) -> str:
    parts = [_("Live feedback by the day it was said."), unhappy_definition()]
    if axis.marks:
        parts.append(_("Vertical lines: releases."))
    if axis.unfinished:
        parts.append(_("Hatched: not over yet."))
    return " ".join([*parts, step_definition(axis.step_days)])


def _volume_summary(page: TeamDashboard, axis: TimeAxis) -> str:
    total = page.now.total
    if not total.feedback_count:
        return _("No feedback in this time.")
    counted = ngettext(
        "%(count)s piece of feedback, %(unhappy)s of it unhappy.",
        "%(count)s pieces of feedback, %(unhappy)s of them unhappy.",
        total.feedback_count,
    ) % {
        "count": show(total.feedback_count, "count"),
        "unhappy": show(None if share_of(total) is None else total.unhappy_count, "count"),
    }
    return f"{counted} {_most(axis)}"


def _most(axis: TimeAxis) -> str:
    """Return the highest count, and when it was where it was so only once."""
    counts = [one.feedback_count for one in axis.now]
    most = max(counts)
    if counts.count(most) == 1:
        return _("Most on %(when)s: %(most)s.") % {"when": axis.labels[counts.index(most)], "most": show(most, "count")}
    return _("At most %(most)s, %(when)s.") % {"most": show(most, "count"), "when": _times(counts.count(most))}


def _times(count: int) -> str:
    return ngettext("%(count)s time", "%(count)s times", count) % {"count": count}


def _releases(page: TeamDashboard, steps: Sequence[Span]) -> list[Mark]:
    return [
        Mark(index, f"{row.product_name} {row.version_name}")
        for row in page.versions
        for index, step in enumerate(steps)
        if row.released_on and step.since <= row.released_on <= step.until
    ]


def _share_chart(page: TeamDashboard, axis: TimeAxis) -> Chart:
    now, before = axis.now, axis.before
    return _line_chart(
        page,
        replace(axis, urls=[links.unhappy_of(url) for url in axis.urls]),
        key="unhappy",
        title=_("Share of unhappy feedback"),
        definition=f"{unhappy_definition()} {_of_too_few()}",
        n=page.now.total.feedback_count,
        unit="share",
        now=[share_of(one) for one in now],
        before=[share_of(one) if one else None for one in before],
        of=[one.feedback_count for one in now],
        of_label=_("Feedback"),
        colour="chart-bad",
    )


def _rating_chart(page: TeamDashboard, axis: TimeAxis) -> Chart:
    now, before = axis.now, axis.before
    return _line_chart(
        page,
        axis,
        key="rating",
        title=_("Mean rating"),
        definition=_("The mean of the ratings given, 1 (bad) to 5 (good).") + " " + _of_too_few(),
        n=page.now.total.rated_count,
        unit="rating",
        now=[mean_rating(one) for one in now],
        before=[mean_rating(one) if one else None for one in before],
        of=[one.rated_count for one in now],
        of_label=_("Rated"),
        colour="chart-1",
    )


def _sentiment_chart(page: TeamDashboard, axis: TimeAxis) -> Chart:
    now, before = axis.now, axis.before
    return _line_chart(
        page,
        axis,
        key="sentiment",
        title=_("Mean sentiment"),
        definition=_("What a machine read in the words, from −1 (bad) to +1 (good).") + " " + _of_too_few(),  # noqa: RUF001 - a minus sign
        n=page.now.total.feedback_count,
        unit="sentiment",
        now=[mean_sentiment(one) for one in now],
        before=[mean_sentiment(one) if one else None for one in before],
        of=[one.feedback_count for one in now],
        of_label=_("Feedback"),
        colour="chart-1",
    )


def _line_chart(
    page: TeamDashboard,
    axis: TimeAxis,
    *,
    key: str,
    title: str,
    definition: str,
    n: int,
    unit: str,
    now: Sequence[float | None],
    before: Sequence[float | None],
    of: Sequence[int],
    of_label: str,
    colour: str,
) -> Chart:
    """Return one measure over the period, with gaps where nothing was said, or too little to tell of it."""
    hidden = too_few(of)
    now = [None if i in hidden else value for i, value in enumerate(now)]
    columns = [Column(title, unit), Column(of_label)]
    series = [Series(title, now, colour, "line")]
    if page.before:
        columns.append(Column(_("Compared with"), unit))
        if sum(value is not None for value in before) >= LEAST_LINE:
            series.append(Series(_compared_label(page), before, "chart-text", "line", is_dashed=True))
    rows = [
        Row(label, axis.urls[i], [now[i], of[i], before[i]] if page.before else [now[i], of[i]])
        for i, label in enumerate(axis.labels)
    ]
    return Chart(
        key=key,
        title=title,
        definition=f"{definition} {step_definition(axis.step_days)}",
        n=n,
        summary=_line_summary(axis, now, unit),
        head=step_head(axis.step_days),
        columns=columns,
        rows=rows,
        series=series,
        unit=unit,
        marks=axis.marks,
    )


def _of_too_few() -> str:
    return _("Fewer than three: not shown.")


def _compared_label(page: TeamDashboard) -> str:
    """Return what the dashed line is, in the words of the choice above the figures."""
    return _("Last year") if page.period.comparison == Comparison.YEAR else _("Days before")


def _line_summary(axis: TimeAxis, values: Sequence[float | None], unit: str) -> str:
    shown = [show(value, unit) for value in values]
    known = [value for value in values if value is not None]
    if not known:
        return _("No data in this time.")
    low, high = show(min(known), unit), show(max(known), unit)
    if low == high:
        return _("Always %(value)s.") % {"value": low}
    return _("Between %(low)s (%(low_when)s) and %(high)s (%(high_when)s).") % {
        "low": low,
        "low_when": _when(axis, shown, low),
        "high": high,
        "high_when": _when(axis, shown, high),
    }


def _when(axis: TimeAxis, shown: Sequence[str], value: str) -> str:
    """Return the step that shows ``value``; of several only how many."""
    return axis.labels[shown.index(value)] if shown.count(value) == 1 else _times(shown.count(value))
