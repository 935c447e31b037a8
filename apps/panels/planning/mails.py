"""What customers and staff are mailed of a session, each in their own language and time zone.

Written within the turn of the session, after ``grow_sequence`` where something for the calendar is in it: the mail's
purpose holds the sequence, so nothing is said twice and every file is newer than the last.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.accounts.time_zones import zone_of
from apps.customers.models import Customer
from apps.dialogue.customer_mail import language_of, write_to_customer
from apps.dialogue.staff_mail import language_of_staff, write_to_staff
from apps.panels.models import Participant, ParticipantState, ResearchSession, SessionState, StaffSeat
from apps.panels.planning import calendar_files
from apps.panels.planning.calendar_files import Guest
from apps.panels.planning.local_times import span_words, zone_named
from apps.panels.planning.tokens import participant_url


def zone_of_session(session: ResearchSession) -> ZoneInfo:
    return zone_named(session.time_zone) or ZoneInfo("UTC")


def when_lines(session: ResearchSession, own_zone: ZoneInfo | None) -> list[str]:
    """Return when the session is: in the reader's zone where it is another, and in its own. Without a date: none."""
    if session.starts_at is None or session.ends_at is None:
        return []
    zones = [zone_of_session(session)]
    if own_zone and own_zone.utcoffset(session.starts_at) != zones[0].utcoffset(session.starts_at):
        zones.insert(0, own_zone)
    return [span_words(session.starts_at, session.ends_at, zone) for zone in zones]


# --- customers ----------------------------------------------------------------------------------------------------


def invite_participant(session: ResearchSession, participant: Participant) -> None:
    """Ask somebody: whether they come, or, while a date is looked for, when they can."""
    is_polling = session.state == SessionState.POLLING
    with _language(participant.customer):
        if is_polling:
            subject = _("Which date suits you? %(title)s")
            ask = _("Please say on which of the dates offered you could come:")
        else:
            subject = _("Invitation: %(title)s")
            ask = _("Please say whether you come:")
        opening = _("%(team)s invites you to talk with us.") % {"team": session.team.name}
        parts = [opening, session.purpose, *_facts(session, participant), f"{ask}\n{participant_url(participant)}"]
        parts.append(_("You need no account: the link is yours alone."))
        _write(session, participant, subject, parts, f"session.invite.{participant.key.hex[:12]}", is_asked_for=False)


def confirm_place(session: ResearchSession, participant: Participant, opening: Promise) -> None:
    """Say that they have a place, with the file for their calendar. ``opening``: why they hear of it now."""
    with _language(participant.customer):
        change = _("Should something come up, tell us here, and somebody else gets the place:")
        parts = [str(opening), *_facts(session, participant), f"{change}\n{participant_url(participant)}"]
        _write(
            session,
            participant,
            _("You are in: %(title)s"),
            parts,
            f"session.place.{session.sequence}",
            calendar=calendar_files.invitation(session, _guest(participant), as_of=timezone.now()),
        )


def put_on_waiting_list(session: ResearchSession, participant: Participant) -> None:
    with _language(participant.customer):
        told = _(
            "All places are taken. You are on the waiting list: when one comes free, it is yours and you hear of it."
        )
        parts = [told, *_facts(session, participant), participant_url(participant)]
        _write(
            session,
            participant,
            _("Waiting list: %(title)s"),
            parts,
            f"session.wait.{participant.answered_at:%d%H%M%S%f}",
        )


def tell_of_change(session: ResearchSession, participant: Participant) -> None:
    """Tell whoever was asked that time, place or title are others now; move it in the calendar of who comes."""
    comes = participant.state == ParticipantState.ACCEPTED
    with _language(participant.customer):
        ask = _("Here you see it and can change your answer:")
        opening = _("Something has changed. This is how it stands now.")
        parts = [opening, *_facts(session, participant), f"{ask}\n{participant_url(participant)}"]
        _write(
            session,
            participant,
            _("Changed: %(title)s"),
            parts,
            f"session.change.{session.sequence}",
            calendar=calendar_files.invitation(session, _guest(participant), as_of=timezone.now()) if comes else "",
            is_asked_for=comes,
        )


def tell_of_end(session: ResearchSession, participant: Participant, *, opening: Promise, had_place: bool) -> None:
    """Tell that it does not take place, or not with them; take it out of the calendar of who has it."""
    with _language(participant.customer):
        cancels = had_place and session.starts_at is not None
        _write(
            session,
            participant,
            _("Cancelled: %(title)s"),
            [str(opening), *_facts(session, participant)],
            f"session.end.{session.sequence}",
            calendar=calendar_files.cancellation(session, _guest(participant), as_of=timezone.now()) if cancels else "",
            is_asked_for=had_place,
        )


def remind_participant(session: ResearchSession, participant: Participant, purpose: str) -> bool:
    """Remind somebody who comes; never whoever took back that we may contact them. Return whether it was written."""
    with _language(participant.customer):
        change = _("Should something have come up, please tell us here:")
        parts = [_("Soon we meet."), *_facts(session, participant), f"{change}\n{participant_url(participant)}"]
        return _write(session, participant, _("Reminder: %(title)s"), parts, purpose, is_asked_for=False)


def _language(customer: Customer) -> "translation.override":
    return translation.override(language_of(customer))


def _guest(participant: Participant) -> Guest:
    return Guest(participant.customer.email, participant.customer.name, participant_url(participant))


def _facts(session: ResearchSession, participant: Participant) -> list[str]:
    """Return title, time and place; the place only to who comes: it may be the link to the call."""
    lines = [session.title, *when_lines(session, zone_named(participant.customer.time_zone))]
    if session.place and participant.state == ParticipantState.ACCEPTED:
        lines.append(_("Where: %(place)s") % {"place": session.place})
    return ["\n".join(lines)]


def _write(
    session: ResearchSession,
    participant: Participant,
    subject: str,
    parts: Iterable[str],
    purpose: str,
    *,
    calendar: str = "",
    is_asked_for: bool = True,
) -> bool:
    name = participant.customer.name
    greeting = _("Hello %(name)s,") % {"name": name} if name else _("Hello,")
    return write_to_customer(
        customer=participant.customer,
        subject=subject % {"title": session.title},
        body="\n\n".join([greeting, *(part for part in parts if part), session.team.name]) + "\n",
        purpose=purpose,
        about_id=participant.pk,
        calendar=calendar,
        is_asked_for=is_asked_for,
    )


# --- staff --------------------------------------------------------------------------------------------------------


def tell_staff(session: ResearchSession, seat: StaffSeat, *, is_over: bool = False) -> None:
    """Put the session into a colleague's calendar, move it there, or take it out. Without a date: nothing."""
    if session.starts_at is None:
        return
    write = calendar_files.cancellation if is_over else calendar_files.invitation
    with translation.override(language_of_staff(seat.user)):
        subject = _("Cancelled: %(title)s") if is_over else _("%(title)s: %(role)s")
        words = {"title": session.title, "role": seat.get_role_display()}
        _write_to_seat(
            session,
            seat,
            subject % words,
            f"session.staff.{session.sequence}",
            calendar=write(session, _guest_of(session, seat), as_of=timezone.now()),
        )


def remind_staff(session: ResearchSession, seat: StaffSeat, purpose: str) -> None:
    with translation.override(language_of_staff(seat.user)):
        _write_to_seat(session, seat, _("Reminder: %(title)s") % {"title": session.title}, purpose)


def _write_to_seat(
    session: ResearchSession, seat: StaffSeat, subject: str, purpose: str, *, calendar: str = ""
) -> None:
    lines = [session.title, *when_lines(session, zone_of(seat.user))]
    if session.place:
        lines.append(_("Where: %(place)s") % {"place": session.place})
    parts = ["\n".join(lines), session.purpose, session_url(session)]
    body = "\n\n".join(part for part in parts if part) + "\n"
    write_to_staff(user=seat.user, subject=subject, body=body, purpose=purpose, about_id=seat.pk, calendar=calendar)


def _guest_of(session: ResearchSession, seat: StaffSeat) -> Guest:
    return Guest(seat.user.email, str(seat.user), session_url(session))


def session_url(session: ResearchSession) -> str:
    return f"{settings.PUBLIC_URL}{reverse('sessions:session', args=[session.pk])}"


def reminder_purpose(hours: int, starts_at: datetime) -> str:
    """Return the purpose of one reminder: once per person, span and date."""
    return f"session.remind.{hours}.{int(starts_at.timestamp())}"
