"""Mail to people of the staff that is no notification: it brings something for their calendar."""

from django.conf import settings

from apps.accounts.models import User
from apps.core.languages import platform_language
from apps.dialogue.models import Mail, MailState
from apps.dialogue.recipients import address_key

SUBJECT_CHARACTERS = 200


def language_of_staff(user: User) -> str:
    """Return the language that ``user`` chose, else the installation's."""
    return platform_language(user.language) or settings.LANGUAGE_CODE


def write_to_staff(*, user: User, subject: str, body: str, purpose: str, about_id: int, calendar: str = "") -> bool:
    """Write one mail, to be delivered behind the transaction; return whether it is new.

    One mail for each ``purpose`` (at most 40 characters) and ``about_id``; none to somebody who has left.
    """
    if not user.is_active or Mail.objects.filter(purpose=purpose, about_id=about_id).exists():
        return False
    row = Mail(
        sender=settings.DEFAULT_FROM_EMAIL,
        recipients=[user.email],
        recipient_key=address_key(user.email),
        subject=" ".join(subject.split())[:SUBJECT_CHARACTERS],
        body=body,
        calendar=calendar,
        purpose=purpose,
        about_id=about_id,
        state=MailState.QUEUED if settings.EMAIL_URL else MailState.KEPT,
    )
    return bool(Mail.objects.bulk_create([row], ignore_conflicts=True))
