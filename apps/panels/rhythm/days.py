"""Days of the installation's time zone. Pure."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone


def day_bounds(since: date, until: date) -> tuple[datetime, datetime]:
    """Return the moment ``since`` begins and the one ``until`` has ended, in the installation's zone."""
    zone = timezone.get_default_timezone()
    end = until + timedelta(days=1)
    return datetime.combine(since, time(), tzinfo=zone), datetime.combine(end, time(), tzinfo=zone)


def day_of(moment: datetime) -> date:
    """Return the installation's day of ``moment``."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def installation_day() -> date:
    """Return today, whatever zone the reader is in: windows and cycles turn over for everybody at once."""
    return day_of(timezone.now())
