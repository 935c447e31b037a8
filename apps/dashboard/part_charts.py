"""The parts of a team's feedback: untagged by age, waits for a first look, segments. Pure."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.dashboard import links
from apps.dashboard.charts import Chart, Column, Row, Series, show
from apps.dashboard.team import TeamDashboard, team_url
from apps.dashboard.wording import age_label, wait_definition, wait_label
from apps.priorities import first_look, volume
from apps.priorities.segments import SegmentPart
from apps.priorities.spans import Span


def backlog_chart(page: TeamDashboard, *, today: date) -> Chart:
    """Return the untagged feedback of today by age."""
    counts = [
        sum(row.feedback_count for row in page.untagged if row.bucket == bucket)
        for bucket in range(len(volume.AGE_LIMITS) + 1)
    ]
    slugs = sorted(page.product_slugs.values())
    rows = []
    for bucket, count in enumerate(counts):
        since, until = volume.age_span(bucket, today=today)
        url = (
            links.feedback_url(products=slugs, tag=links.UNTAGGED, span=Span(since, until))
            if since
            else links.feedback_url(products=slugs, tag=links.UNTAGGED, until=until)
        )
        rows.append(Row(age_label(bucket), url, [count]))
    old = sum(counts[3:])
    return Chart(
        key="backlog",
        title=_("Untagged, by age"),
        definition=_(
            "Feedback without a confirmed tag as of now, whatever the period above, by days since it was said."
        ),
        n=sum(counts),
        summary=ngettext(
            "%(old)s of %(count)s has waited for a week or longer.",
            "%(old)s of %(count)s have waited for a week or longer.",
            old,
        )
        % {"old": show(old, "count"), "count": show(sum(counts), "count")}
        if sum(counts)
        else _("Nothing waits for a tag."),
        head=_("Age"),
        columns=[Column(_("Untagged"))],
        rows=rows,
        series=[Series(_("Untagged"), counts, "chart-1")],
    )


def wait_chart(page: TeamDashboard) -> Chart:
    """Return how long feedback received in the period waited for a person."""
    waits = page.waits
    labels = [wait_label(bucket) for bucket in range(len(first_look.LIMIT_HOURS) + 1)] + [_("not yet")]
    counts = [*waits.counts, waits.not_yet_count]
    in_a_day = sum(waits.counts[:3])
    summary = (
        _("%(share)s of %(count)s looked at within a day; %(missing)s not yet.")
        % {
            "share": show(in_a_day / waits.received_count, "share"),
            "count": show(waits.received_count, "count"),
            "missing": show(waits.not_yet_count, "count"),
        }
        if waits.received_count
        else _("Nothing received in this time has been counted yet.")
    )
    return Chart(
        key="waits",
        title=_("Time to first look"),
        definition=wait_definition(),
        n=waits.received_count,
        summary=summary,
        head=_("Wait"),
        columns=[Column(_("Received"))],
        rows=[
            Row(label, team_url(page), [count], is_neutral=place == len(waits.counts))  # "not yet" is no wait
            for place, (label, count) in enumerate(zip(labels, counts, strict=True))
        ],
        series=[Series(_("Received"), counts, "chart-1")],
    )


def segment_chart(page: TeamDashboard) -> Chart:
    """Return mentions of the team's priorities by segment, small segments together."""
    rows = [_segment_row(page, part) for part in page.segments]
    total = sum(part.mention_count for part in page.segments)
    return Chart(
        key="segments",
        title=_("Who speaks: segments"),
        definition=_(
            "Mentions of the team's priorities: a piece of feedback counts once for each of them it carries. Segments "
            "in which fewer than three voices spoke are not told apart."
        ),
        n=total,
        summary=_segment_summary(page.segments),
        head=_("Segment"),
        columns=[Column(_("Mentions")), Column(_("Unhappy"), "share")],
        rows=rows,
        series=[Series(_("Mentions"), [part.mention_count for part in page.segments], "chart-1")],
        is_sideways=True,
    )


def _segment_row(page: TeamDashboard, part: SegmentPart) -> Row:
    return Row(
        _segment_label(part),
        links.feedback_url(team=page.team.slug, span=page.period.span),
        [part.mention_count, None if part.is_all else part.unhappy_share],
        is_neutral=not part.name,
    )


def _segment_label(part: SegmentPart) -> str:
    if part.is_all:
        return _("All together")
    if part.is_others:
        return _("Others (too small to tell apart)")
    return part.name or _("No segment, or anonymous")


def _segment_summary(parts: Sequence[SegmentPart]) -> str:
    """Return the largest segment that has a name, and how much is of none that may be told apart."""
    total = sum(part.mention_count for part in parts)
    if not total:
        return _("Nobody spoke on the team's priorities in this time.")
    named = [part for part in parts if part.name]
    others = sum(part.mention_count for part in parts if part.is_others)
    if not named:
        return _("No segment has enough voices to be told apart.")
    largest = max(named, key=lambda part: part.mention_count)
    said = [
        _("Largest named segment: %(name)s, %(share)s.")
        % {"name": largest.name, "share": show(largest.mention_count / total, "share")}
    ]
    if others:
        said.append(
            _("%(share)s come from segments too small to tell apart.") % {"share": show(others / total, "share")}
        )
    return " ".join(said)
