"""The time zone a person lives in."""

from zoneinfo import ZoneInfo

from apps.accounts.models import User


def zone_of(user: User) -> ZoneInfo | None:
    """Return the zone that ``user`` chose; None where they chose none, or one that this system does not know."""
    try:
        return ZoneInfo(user.time_zone) if user.time_zone else None
    except (KeyError, ValueError, OSError):  # KeyError: an update of the system took it away
        return None
