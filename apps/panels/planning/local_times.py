"""Times on the wall of one place, and the instants they mean. Pure functions: no database, no clock."""

from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _


class Instant(NamedTuple):
    at: datetime  # UTC
    is_twice: bool  # clocks show it twice that night; ``at`` is the first


def zone_named(name: str) -> ZoneInfo | None:
    """Return the time zone called ``name``, None for one that this system does not know."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def instant(day: date, at: time, zone: ZoneInfo) -> Instant:
    """Return the instant when clocks in ``zone`` show ``at`` on ``day``.

    Raises ValidationError where they never do, because they are put forward over it.
    """
    wall = datetime.combine(day, at)
    try:
        first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        is_shown = first.astimezone(zone).replace(tzinfo=None, fold=0) == wall
    except OverflowError as error:
        raise ValidationError(_("That date is too far away.")) from error
    if not is_shown:
        told = _("There is no %(time)s on %(day)s in %(zone)s: clocks are put forward. Choose another time.")
        raise ValidationError(told % _words(day, at, zone))
    return Instant(first, is_twice=first != second)


def warning_of_twice(day: date, at: time, zone: ZoneInfo) -> str:
    """Say which of two equal times is meant."""
    told = _("%(time)s comes twice on %(day)s in %(zone)s: clocks are put back. The first of the two is meant.")
    return told % _words(day, at, zone)


def _words(day: date, at: time, zone: ZoneInfo) -> dict[str, str]:
    return {"time": f"{at:%H:%M}", "day": formats.date_format(day), "zone": zone_words(zone)}


def zone_words(zone: ZoneInfo) -> str:
    return zone.key.replace("_", " ")


def span_words(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """Return from when to when in ``zone``, with its name and its difference from UTC then, in the active language."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    words = {
        "weekday": formats.date_format(start, "l"),
        "day": formats.date_format(start, "DATE_FORMAT"),
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "last_day": formats.date_format(end, "DATE_FORMAT"),
        "zone": zone_words(zone),
        "offset": offset_words(start),
    }
    if start.date() == end.date():
        return _("%(weekday)s, %(day)s, %(start)s to %(end)s (%(zone)s, %(offset)s)") % words
    return _("%(weekday)s, %(day)s, %(start)s to %(last_day)s, %(end)s (%(zone)s, %(offset)s)") % words


def offset_words(moment: datetime) -> str:
    """Return how far the clock of ``moment`` is from UTC: "UTC+1", "UTC-3:30" with a real minus."""
    offset = moment.utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "\u2212" if minutes < 0 else "+"
    return f"UTC{sign}{hours}:{rest:02d}" if rest else f"UTC{sign}{hours}" if hours else "UTC"
