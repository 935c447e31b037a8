"""Whether a release made things worse: each version beside the one before it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.dashboard import links
from apps.dashboard.chance import Mean, z_of
from apps.dashboard.charts import Chart, Column, Row, Series, show
from apps.dashboard.team import TeamDashboard
from apps.dashboard.wording import share_of
from apps.priorities import volume
from apps.priorities.spans import Span
from apps.priorities.volume import Sums, VersionSums

LEAST_COMPARED = 20  # feedback on each of two versions before they are compared
Z_95 = 1.96


@dataclass(frozen=True)
class VersionLine:
    """A version beside the one before it."""

    row: VersionSums
    share: float | None
    per_week: float
    is_worse: bool  # more unhappy than the version before, beyond chance
    is_better: bool


def version_lines(versions: Sequence[VersionSums], *, until: date) -> list[VersionLine]:
    """Return released versions by product, the newest first, each compared with the one released before it."""
    lines: list[VersionLine] = []
    previous: VersionSums | None = None
    for row in versions:
        older = previous if previous and previous.product_id == row.product_id else None
        z = _share_z(row.sums, older.sums) if older else 0.0
        lines.append(VersionLine(row, share_of(row.sums), _per_week(row, until), z >= Z_95, z <= -Z_95))
        previous = row
    return sorted(lines, key=lambda line: (line.row.product_name, -line.row.released_on.toordinal()))  # type: ignore[union-attr]  # only released ones


def _per_week(row: VersionSums, until: date) -> float:
    assert row.released_on is not None  # the query asks for released versions
    days = min((until - row.released_on).days + 1, volume.RELEASE_DAYS)
    return row.sums.feedback_count / days * 7


def _share_z(now: Sums, old: Sums) -> float:
    """Return how far two unhappy shares lie apart, in standard errors; 0 for too few."""
    n, m = now.feedback_count, old.feedback_count
    if n < LEAST_COMPARED or m < LEAST_COMPARED:
        return 0.0
    return z_of(Mean(now.unhappy_count / n, n), Mean(old.unhappy_count / m, m), low=0.0, high=1.0)


def version_chart(page: TeamDashboard) -> Chart:
    """Return the unhappy share of each released version in its first 90 days."""
    until = page.period.span.until
    lines = version_lines(page.versions, until=until)
    return Chart(
        key="versions",
        title=_("Products and versions"),
        definition=_definition(),
        n=sum(line.row.sums.feedback_count for line in lines),
        summary=_summary(lines),
        head=_("Version"),
        columns=[
            Column(_("Released"), "text"),
            Column(_("Feedback")),
            Column(_("per week"), "rating"),
            Column(_("Unhappy"), "share"),
            Column(_("Against the one before"), "text"),
        ],
        rows=[_row(line, until) for line in lines],
        series=[Series(_("Unhappy"), [line.share for line in lines], "chart-6")],
        unit="share",
        is_wide=True,
        is_sideways=True,
    )


def _definition() -> str:
    said = _(
        "Feedback that names the version, in the first %(days)s days after its release. Worse or better: a share "
        "of unhappy feedback that differs from the version before by more than chance (95%%, at least "
        "%(least)s pieces each)."
    )
    return said % {"days": volume.RELEASE_DAYS, "least": LEAST_COMPARED}


def _summary(lines: Sequence[VersionLine]) -> str:
    worse = _names(line for line in lines if line.is_worse)
    better = _names(line for line in lines if line.is_better)
    if not worse and not better:
        return _("No version differs from the one before it beyond chance.")
    said = []
    if worse:
        said.append(_("Worse than the version before: %(names)s.") % {"names": worse})
    if better:
        said.append(_("Better than the version before: %(names)s.") % {"names": better})
    return " ".join(said)


def _names(lines: Iterable[VersionLine]) -> str:
    return ", ".join(f"{_name(line)} ({show(line.share, 'share')})" for line in lines)


def _name(line: VersionLine) -> str:
    return f"{line.row.product_name} {line.row.version_name}"


def _row(line: VersionLine, until: date) -> Row:
    row = line.row
    assert row.released_on is not None  # the query asks for released versions
    span = Span(row.released_on, min(until, row.released_on + timedelta(days=volume.RELEASE_DAYS - 1)))
    verdict = _verdict(line)
    return Row(
        _name(line),
        links.unhappy_of(links.feedback_url(products=[row.product_slug], version=row.version_id, span=span)),
        [
            date_format(row.released_on, "SHORT_DATE_FORMAT"),
            row.sums.feedback_count,
            line.per_week,
            line.share,
            verdict,
        ],
        is_marked=line.is_worse,
        is_good=line.is_better,
        note=verdict,
    )


def _verdict(line: VersionLine) -> str:
    return _("worse") if line.is_worse else _("better") if line.is_better else ""
