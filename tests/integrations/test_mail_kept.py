"""Threads, files, and what is forgotten of mail."""

import io
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from PIL import Image

from apps.core import lanes
from apps.customers.services import erase_customer
from apps.feedback.attachment_models import Attachment
from apps.feedback.models import Identity
from apps.feedback.services import redact
from apps.integrations.mail import forgetting
from apps.integrations.mail.threads import reply_address
from apps.integrations.models import InboundMail, MailState, OriginalMail
from apps.workbench.room.erasure import erase_person
from tests.integrations import letters
from tests.integrations.mailing import take

pytestmark = pytest.mark.django_db


def test_an_answer_joins_what_the_same_address_said_before(mailbox):
    first = take(mailbox, letters.plain())
    again = take(
        mailbox, letters.plain("And on.", message_id="<2@x>", subject="Re: Stage", In_Reply_To="<one@example.org>")
    )
    stranger = take(
        mailbox,
        letters.plain("Me.", message_id="<3@x>", sender="eve@evil.example", In_Reply_To="<one@example.org>"),
    )

    assert again.reply_to == first.feedback
    assert again.feedback.context == {"subject": "Re: Stage", "reply_to": str(first.feedback_id)}
    assert again.feedback.text == "And on."
    assert stranger.reply_to is None


def test_a_token_proves_the_customer_and_nobody_else(mailbox):
    first = take(mailbox, letters.plain())
    to = reply_address(mailbox, first.feedback_id)

    own = take(mailbox, letters.plain("Mine.", message_id="<2@x>", to=to.upper()))
    eve = take(mailbox, letters.plain("Eve.", message_id="<3@x>", to=to, sender="eve@evil.example"))
    forged = take(
        mailbox,
        letters.plain("No.", message_id="<4@x>", to=to.replace(f"r{first.feedback_id}-", f"r{first.feedback_id + 1}-")),
    )

    assert (own.reply_to, own.identity, own.proof) == (first.feedback, Identity.VERIFIED, "token")
    assert (eve.reply_to, eve.identity) == (first.feedback, Identity.CLAIMED)
    assert (forged.reply_to, forged.identity) == (None, Identity.CLAIMED)


def test_a_token_of_another_mailbox_is_none(mailbox, posted):
    other, _ = posted()
    first = take(mailbox, letters.plain())

    mail = take(other, letters.plain("x", message_id="<2@x>", to=reply_address(mailbox, first.feedback_id)))

    assert mail.reply_to is None


def test_files_are_kept_with_the_feedback_or_told_why_not(mailbox, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    mail = take(
        mailbox,
        letters.with_files(
            ("shot.png", "image/png", picture.getvalue()),
            ("run.exe", "application/octet-stream", b"MZ\0\0"),
            ("log.txt", "text/plain", b"12 34\n"),
        ),
    )

    assert sorted(Attachment.objects.filter(feedback=mail.feedback).values_list("label", flat=True)) == [
        "log.txt",
        "shot.png",
    ]
    assert [(file["name"], bool(file["refused"])) for file in mail.files] == [
        ("shot.png", False),
        ("run.exe", True),
        ("log.txt", False),
    ]


def test_redacted_feedback_takes_its_mail_along(mailbox):
    mail = take(mailbox, letters.plain())
    kept = take(mailbox, letters.plain("Other.", sender="bob@example.org", message_id="<2@x>"))

    redact([mail.feedback_id])
    lanes.settle(queues=["integrations"])

    mail.refresh_from_db()
    assert (mail.state, mail.sender, mail.subject, mail.message_id) == (MailState.FORGOTTEN, "", "", "")
    assert list(OriginalMail.objects.values_list("mail", flat=True)) == [kept.pk]


def test_an_erased_customer_takes_all_mail_of_the_address_along(mailbox):
    mail = take(mailbox, letters.plain())
    take(mailbox, letters.plain(Auto_Submitted="auto-replied", message_id="<away@x>"))

    erase_customer(customer_id=mail.feedback.customer_id)
    lanes.settle(queues=["integrations"])

    assert set(InboundMail.objects.values_list("state", "sender", "subject")) == {(MailState.FORGOTTEN, "", "")}
    assert not OriginalMail.objects.exists()


@pytest.mark.parametrize("withdraws", [False, True])
def test_an_erased_person_takes_mail_that_was_never_taken_along(mailbox, withdraws):
    mail = take(mailbox, letters.plain())
    take(mailbox, letters.plain(Auto_Submitted="auto-replied", message_id="<away@x>"))
    others = take(mailbox, letters.plain("Other.", sender="bob@example.org", message_id="<2@x>"))

    erase_person(customer_id=mail.feedback.customer_id, withdraws_feedback=withdraws)
    lanes.settle(queues=["integrations"])

    assert set(InboundMail.objects.exclude(pk=others.pk).values_list("state", "sender")) == {(MailState.FORGOTTEN, "")}
    assert list(OriginalMail.objects.values_list("mail", flat=True)) == [others.pk]


def test_mail_that_was_never_taken_goes_after_a_while_and_originals_beyond_the_quota(mailbox):
    old = take(mailbox, letters.BOUNCE)
    first, second = take(mailbox, letters.plain()), take(mailbox, letters.plain("More.", message_id="<2@x>"))
    InboundMail.objects.filter(pk=old.pk).update(received_at=Now() - timedelta(days=31))

    forgetting.purge()
    assert set(OriginalMail.objects.values_list("mail", flat=True)) == {first.pk, second.pk}
    InboundMail.objects.filter(pk=old.pk).update(received_at=Now() - timedelta(days=91))
    forgetting.purge(as_of_quota_bytes=second.original.stored_bytes)

    assert set(InboundMail.objects.values_list("pk", flat=True)) == {first.pk, second.pk}
    assert set(OriginalMail.objects.values_list("mail", flat=True)) == {second.pk}
