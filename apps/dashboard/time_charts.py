"""A team's volume, unhappy share, rating and sentiment over the period, with its releases marked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.dashboard import links
from apps.dashboard.charts import Chart, Column, Mark, Row, Series, show
from apps.dashboard.period import Comparison
from apps.dashboard.team import TeamDashboard, team_url
from apps.dashboard.wording import mean_rating, mean_sentiment, share_of, step_label, unhappy_definition
from apps.priorities.disclosure import too_few
from apps.priorities.spans import Span
from apps.priorities.volume import Sums


@dataclass(frozen=True)
class TimeAxis:
    """What the charts over time share, made once: steps with their names and addresses, sums now and before."""

    steps: list[Span]
    labels: list[str]
    urls: list[str]
    now: list[Sums]
    before: list[Sums | None]  # None where nothing is compared
    marks: list[Mark]

    @classmethod
    def of(cls, page: TeamDashboard) -> "TimeAxis":
        steps = page.period.span.steps()
        return cls(
            steps,
            [step_label(step) for step in steps],
            [team_url(page, step) for step in steps],
            page.now.by_step(),
            list(page.before.by_step()) if page.before else [None] * len(steps),
            _releases(page, steps),
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
    series = [
        Series(_("Unhappy"), unhappy, "chart-bad"),
        Series(_("Other"), [one.feedback_count - (unhappy[i] or 0) for i, one in enumerate(now)], "chart-soft"),
    ]
    values: list[list[int | None]] = [[one.feedback_count, unhappy[i]] for i, one in enumerate(now)]
    if page.before:
        counts = [one.feedback_count if one else None for one in before]
        columns.append(Column(_("Compared with")))
        series.append(Series(_compared_label(page), counts, "chart-6", "line", is_dashed=True))
        values = [[*row, count] for row, count in zip(values, counts, strict=True)]
    return Chart(
        key="volume",
        title=_("Feedback over time"),
        definition=_("Live feedback by the day it was said. Vertical lines: releases.") + " " + unhappy_definition(),
        n=page.now.total.feedback_count,
        summary=_volume_summary(page, axis),
        head=_("Days"),
        columns=columns,
        rows=[Row(*row) for row in zip(axis.labels, axis.urls, values, strict=True)],
        series=series,
        marks=axis.marks,
        is_stacked=True,
        is_wide=True,
    )


def _volume_summary(page: TeamDashboard, axis: TimeAxis) -> str:
    now, total = axis.now, page.now.total
    if not total.feedback_count:
        return _("No feedback in this time.")
    most = max(range(len(now)), key=lambda i: now[i].feedback_count)
    return ngettext(
        "%(count)s piece of feedback, %(unhappy)s of it unhappy. Most on %(when)s: %(most)s.",
        "%(count)s pieces of feedback, %(unhappy)s of them unhappy. Most on %(when)s: %(most)s.",
        total.feedback_count,
    ) % {
        "count": show(total.feedback_count, "count"),
        "unhappy": show(None if share_of(total) is None else total.unhappy_count, "count"),
        "when": axis.labels[most],
        "most": show(now[most].feedback_count, "count"),
    }


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
        definition=unhappy_definition() + " " + _("Of fewer than three pieces no share is shown."),
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
        definition=_("The mean of the ratings given, 1 (bad) to 5 (good)."),
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
        definition=_("What a machine read in the words, from −1 (bad) to +1 (good)."),  # noqa: RUF001 - a minus sign
        n=page.now.total.feedback_count,
        unit="sentiment",
        now=[mean_sentiment(one) for one in now],
        before=[mean_sentiment(one) if one else None for one in before],
        of=[one.feedback_count for one in now],
        of_label=_("Feedback"),
        colour="chart-3",
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
        series.append(Series(_compared_label(page), before, "chart-6", "line", is_dashed=True))
    rows = [
        Row(label, axis.urls[i], [now[i], of[i], before[i]] if page.before else [now[i], of[i]])
        for i, label in enumerate(axis.labels)
    ]
    return Chart(
        key=key,
        title=title,
        definition=definition,
        n=n,
        summary=_line_summary(axis, now, unit),
        head=_("Days"),
        columns=columns,
        rows=rows,
        series=series,
        unit=unit,
        marks=axis.marks,
    )


def _compared_label(page: TeamDashboard) -> str:
    """Return what the dashed line is, in the words of the choice above the figures."""
    return _("Last year") if page.period.comparison == Comparison.YEAR else _("Days before")


def _line_summary(axis: TimeAxis, values: Sequence[float | None], unit: str) -> str:
    known = [(value, label) for value, label in zip(values, axis.labels, strict=True) if value is not None]
    if not known:
        return _("No data in this time.")
    lowest, highest = min(known), max(known)
    return _("Between %(low)s (%(low_when)s) and %(high)s (%(high_when)s).") % {
        "low": show(lowest[0], unit),
        "low_when": lowest[1],
        "high": show(highest[0], unit),
        "high_when": highest[1],
    }
