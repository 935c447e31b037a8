"""What members of a panel are mailed, in their language. Each is written once for a seat and an occasion."""

from datetime import date

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.dialogue.customer_mail import language_of, write_to_customer
from apps.panels.members.links import member_url
from apps.panels.models import Seat, SeatKind

INVITATION, REMINDER = "panel.invitation", "panel.reminder"
WELCOME, MOVED_UP, RENEWED = "panel.welcome", "panel.moved_up", "panel.renewed"

INVITED = gettext_noop(
    """\
Hello %(name)s,

we would like to have you on %(panel)s, our panel of customers.
%(mission)s
What it means, with whom, and for how long is on this page. There you accept or decline, without an account:

%(url)s

The link is yours alone: whoever has it can answer for you.
"""
)
REMINDED = gettext_noop(
    """\
Hello %(name)s,

some time ago we asked you to join %(panel)s, our panel of customers, and have not heard from you. Whatever you
choose, one press on this page is enough:

%(url)s

We will not ask again.
"""
)
WELCOMED = gettext_noop(
    """\
Hello %(name)s,

thank you for joining %(panel)s. Your term lasts until %(until)s.

This is your page: coming sessions, what to read before, votes, and what became of your input. Keep it, it needs no
account:

%(url)s
"""
)
WELCOMED_ALTERNATE = gettext_noop(
    """\
Hello %(name)s,

thank you for joining %(panel)s. Every seat is taken just now, so you are an alternate: you step in when a seat gets
free, and we will write to you then.

This is your page. Keep it, it needs no account:

%(url)s
"""
)
SEATED = gettext_noop(
    """\
Hello %(name)s,

a seat on %(panel)s got free, and it is yours now. Your term lasts until %(until)s.

%(url)s
"""
)
RENEWED_UNTIL = gettext_noop(
    """\
Hello %(name)s,

your term on %(panel)s is renewed: it lasts until %(until)s. If that does not suit you, you can leave on your page at
any time:

%(url)s
"""
)


def send_invitation(seat: Seat) -> bool:
    return _send(seat, INVITATION, gettext_noop("Would you join %(panel)s?"), INVITED)


def send_reminder(seat: Seat) -> bool:
    """Return False where it was sent before: nobody is reminded twice."""
    return _send(seat, REMINDER, gettext_noop("Would you join %(panel)s?"), REMINDED)


def send_welcome(seat: Seat) -> bool:
    body = WELCOMED if seat.kind == SeatKind.MEMBER else WELCOMED_ALTERNATE
    return _send(seat, WELCOME, gettext_noop("Welcome to %(panel)s"), body, is_asked_for=True)


def send_moved_up(seat: Seat) -> bool:
    return _send(seat, MOVED_UP, gettext_noop("Your seat on %(panel)s"), SEATED)


def send_renewal(seat: Seat) -> bool:
    purpose = f"{RENEWED} {seat.ends_on}"
    return _send(seat, purpose, gettext_noop("Your term on %(panel)s is renewed"), RENEWED_UNTIL)


def _send(seat: Seat, purpose: str, subject: str, body: str, *, is_asked_for: bool = False) -> bool:
    with translation.override(language_of(seat.customer)):
        words = {
            "name": seat.customer.name or _("there"),
            "panel": seat.panel.name,
            "mission": f"\n{seat.panel.mission}\n" if seat.panel.mission else "",
            "until": _day(seat.ends_on),
            "url": member_url(seat),
        }
        return write_to_customer(
            customer=seat.customer,
            subject=_(subject) % words,
            body=_(body) % words,
            purpose=purpose,
            about_id=seat.pk,
            is_asked_for=is_asked_for,
        )


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""
