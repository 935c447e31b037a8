"""Sessions as iCalendar (RFC 5545, RFC 5546): requests, cancellations, files to open.

Times are instants in UTC, which are right on every day that clocks are changed. The session's ``uid`` is the event's
for good; each file that is mailed has a higher SEQUENCE than the one before it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from apps.panels.models import ResearchSession, SessionState

PRODUCT = "-//Feedback Platform//Sessions//EN"
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


@dataclass(frozen=True)
class Guest:
    """Whom one file is for: nobody else's address is ever in it."""

    email: str
    name: str
    url: str  # of the page where they answer


def invitation(session: ResearchSession, guest: Guest, *, as_of: datetime) -> str:
    """Return the file that puts the session into the guest's calendar, or moves it there. It must have a date."""
    return _file(REQUEST, _event(session, as_of=as_of, guest=guest))


def cancellation(session: ResearchSession, guest: Guest, *, as_of: datetime) -> str:
    """Return the file that takes the session out of the guest's calendar."""
    return _file(CANCEL, _event(session, as_of=as_of, guest=guest, is_cancelled=True))


def download(session: ResearchSession, *, url: str, as_of: datetime) -> str:
    """Return the session as a file to open, without any address."""
    is_cancelled = session.state == SessionState.CANCELLED
    return _file(PUBLISH, _event(session, as_of=as_of, url=url, is_cancelled=is_cancelled))


def _file(method: str, event: Event) -> str:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def _event(
    session: ResearchSession,
    *,
    as_of: datetime,
    guest: Guest | None = None,
    url: str = "",
    is_cancelled: bool = False,
) -> Event:
    assert session.starts_at is not None  # only dated sessions come here
    url = guest.url if guest else url
    event = Event()
    event.add("uid", str(session.uid))
    event.add("sequence", session.sequence)
    event.add("dtstamp", as_of.astimezone(UTC))
    event.add("dtstart", session.starts_at.astimezone(UTC))
    if session.ends_at is not None:
        event.add("dtend", session.ends_at.astimezone(UTC))
    event.add("summary", session.title)
    event.add("description", "\n\n".join(part for part in (session.purpose, url) if part))
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if session.place:
        event.add("location", session.place)
    if url:
        event.add("url", url)
    if guest:
        event.add("organizer", _organizer(session))
        event.add("attendee", _attendee(guest))
    return event


def _organizer(session: ResearchSession) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organizer.params["cn"] = vText(_parameter(session.team.name))
    return organizer


def _attendee(guest: Guest) -> vCalAddress:
    """They said that they come on our page, not by a reply to this mail: so none is asked for."""
    attendee = vCalAddress(f"mailto:{guest.email}")
    attendee.params["cn"] = vText(_parameter(guest.name or guest.email))
    attendee.params["role"] = vText("REQ-PARTICIPANT")
    attendee.params["partstat"] = vText("ACCEPTED")
    attendee.params["rsvp"] = vText("FALSE")
    return attendee


def _parameter(text: str) -> str:
    """Return ``text`` as a parameter may hold it: no quotes and no control characters (RFC 5545, 3.1)."""
    return " ".join("".join(char if char.isprintable() else " " for char in text.replace('"', "'")).split())
