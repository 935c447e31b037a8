"""A mail with something for the calendar: the part that mail programs offer to put there."""

from email.header import decode_header, make_header

import pytest
from django.core import mail as django_mail

from apps.dialogue import delivery
from apps.dialogue.models import Mail, MailState
from apps.dialogue.staff_mail import write_to_staff
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
EVENT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nEND:VCALENDAR\r\n"


@pytest.fixture(autouse=True)
def _server(settings):
    settings.EMAIL_URL = "smtp://x"
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def delivered():
    while delivery.deliver_one():
        pass
    return django_mail.outbox[-1].message()


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_the_calendar_goes_as_a_part_of_its_own_that_says_its_method_and_is_forgotten_once_sent(method):
    text = EVENT.format(method=method)
    user = UserFactory()
    write_to_staff(user=user, subject="Löve\r\nBcc: x@y", body="Text", purpose="t", about_id=1, calendar=text)

    message = delivered()

    body, part = message.get_payload()
    subject = str(make_header(decode_header(message["Subject"])))
    assert (subject, message["To"], message["Bcc"]) == ("Löve Bcc: x@y", user.email, None)
    assert (body.get_content_type(), part.get_content_type()) == ("text/plain", "text/calendar")
    assert (part.get_param("method"), part.get_param("charset")) == (method, "utf-8")
    assert part.get_payload(decode=True).decode() == text
    assert Mail.objects.values_list("state", "body", "calendar").get() == (MailState.SENT, "", "")


def test_a_mail_without_one_has_no_such_part():
    write_to_staff(user=UserFactory(), subject="Hello", body="Text", purpose="t", about_id=1)

    assert not delivered().is_multipart()


def test_staff_are_written_to_once_of_one_thing_and_never_once_they_left():
    user, gone = UserFactory(), UserFactory(is_active=False)
    told = {"subject": "Hello", "body": "Text", "purpose": "t"}

    written = [write_to_staff(user=one, about_id=about, **told) for one, about in ((user, 1), (user, 1), (gone, 2))]

    assert (written, Mail.objects.count()) == ([True, False, False], 1)
