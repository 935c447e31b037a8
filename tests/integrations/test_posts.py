"""Mail as mail services post it: who may, what is understood, and that a post repeated is one mail."""

import base64
import hashlib
import hmac
import json

import pytest

from apps.feedback.models import Feedback, Identity
from apps.integrations import mailboxes
from apps.integrations.mail import capturing
from apps.integrations.models import InboundMail, Sender, Why
from tests.integrations import letters

pytestmark = pytest.mark.django_db
BASIC = {"Authorization": "Basic " + base64.b64encode(b"post:s3cret").decode()}


def read_all() -> list[Feedback]:
    while capturing.read_one():
        pass
    return list(Feedback.objects.order_by("pk"))


def mailgun(key: str = "s3cret", **fields: str) -> dict[str, str]:
    signed = {"timestamp": "1772445600", "token": "t" * 50}
    digest = hmac.new(key.encode(), b"1772445600" + b"t" * 50, hashlib.sha256).hexdigest()
    return {**signed, "signature": digest, "sender": "ada@example.org", "recipient": "post@example.com", **fields}


def postmark() -> dict[str, object]:
    return {
        "FromFull": {"Email": "ada@example.org", "Name": "Ada"},
        "ToFull": [{"Email": "post@example.com", "Name": ""}],
        "CcFull": [],
        "BccFull": [],
        "Subject": "Stage drifts",
        "MessageID": "1",
        "Date": "Mon, 2 Mar 2026 09:58:00 +0000",
        "Headers": [
            {"Name": "Return-Path", "Value": "<ada@example.org>"},
            {"Name": "Message-ID", "Value": "<one@example.org>"},
        ],
        "TextBody": "After an hour.",
        "HtmlBody": "<p>After an hour.</p>",
        "Attachments": [],
    }


def test_mailgun_as_it_is(client, posted):
    _, path = posted(Sender.MAILGUN)
    data = mailgun(**{"body-mime": letters.plain().decode()})

    answers = [client.post(path, data) for _ in range(2)]

    assert [one.json() for one in answers] == [
        {"outcome": "received", "new": 1, "repeated": 0},
        {"outcome": "received", "new": 0, "repeated": 1},
    ]
    assert [one.text for one in read_all()] == ["Stage drifts\n\nThe stage drifts after an hour."]
    assert InboundMail.objects.get().envelope_sender == "ada@example.org"


def test_a_mail_larger_than_djangos_own_limit_of_forms_is_taken(client, posted):
    _, path = posted(Sender.MAILGUN)
    big = letters.plain(("word " * 15 + "\n") * 40_000)  # 3 MB

    assert client.post(path, mailgun(**{"body-mime": big.decode()})).status_code == 200


def test_mailgun_in_pieces_posted_again_is_one_mail(client, posted):
    _, path = posted(Sender.MAILGUN)
    head = [["From", "Ada <ada@example.org>"], ["Subject", "Drift"], ["Message-Id", "<one@example.org>"]]
    data = mailgun(
        **{"message-headers": json.dumps(head), "body-plain": "It drifts.", "body-html": "<p>It drifts.</p>"}
    )

    for _ in range(2):
        assert client.post(path, data).status_code == 200

    assert [one.text for one in read_all()] == ["Drift\n\nIt drifts."]


def test_postmark_posted_again_is_one_mail(client, posted):
    _, path = posted(Sender.POSTMARK, "post:s3cret")

    for _ in range(2):
        assert client.post(path, postmark(), "application/json", headers=BASIC).status_code == 200

    feedback = read_all()
    assert [(one.text, one.identity) for one in feedback] == [("Stage drifts\n\nAfter an hour.", Identity.CLAIMED)]


def test_sendgrid_raw(client, posted):
    _, path = posted(Sender.SENDGRID, "post:s3cret")
    envelope = json.dumps({"from": "ada@example.org", "to": ["post@example.com"]})

    answer = client.post(path, {"email": letters.plain().decode(), "envelope": envelope}, headers=BASIC)

    assert (answer.status_code, len(read_all())) == (200, 1)


def test_mailjet(client, posted):
    _, path = posted(Sender.MAILJET, "post:s3cret")
    body = {
        "Sender": "ada@example.org",
        "Recipient": "post@example.com",
        "Headers": {"From": "Ada <ada@example.org>", "Subject": "Drift", "Message-ID": "<one@example.org>"},
        "Text-part": "It drifts.",
        "Parts": [],
    }

    assert client.post(path, body, "application/json", headers=BASIC).status_code == 200
    assert [one.text for one in read_all()] == ["Drift\n\nIt drifts."]


def test_sparkpost(client, posted):
    _, path = posted(Sender.SPARKPOST, "post:s3cret")
    message = {
        "content": {"email_rfc822": letters.plain().decode(), "email_rfc822_is_base64": False},
        "friendly_from": "ada@example.org",
        "msg_from": "ada@example.org",
        "rcpt_to": "post@example.com",
        "protocol": "smtp",
    }

    assert (
        client.post(path, [{"msys": {"relay_message": message}}], "application/json", headers=BASIC).status_code == 200
    )
    assert len(read_all()) == 1


def test_a_script_posts_the_mail_as_it_is_with_its_envelope(client, posted):
    _, path = posted()
    headers = {"Authorization": "Bearer s3cret", "X-Envelope-From": "<>"}

    assert client.post(path, letters.plain(), "message/rfc822", headers=headers).status_code == 200

    read_all()
    assert InboundMail.objects.get().why == Why.AUTO_REPLY


REFUSED = [
    (Sender.RAW, "s3cret", {}, {"Authorization": "Bearer wrong"}, 401),
    (Sender.RAW, "s3cret", {}, {}, 401),
    (Sender.POSTMARK, "post:s3cret", postmark(), {}, 401),
    (Sender.POSTMARK, "post:s3cret", postmark(), {"Authorization": "Basic " + base64.b64encode(b"a:b").decode()}, 401),
    (Sender.POSTMARK, "post:s3cret", {"RecordType": "Bounce"}, BASIC, 400),
    (Sender.POSTMARK, "post:s3cret", [], BASIC, 400),
    (Sender.MAILJET, "post:s3cret", "nonsense", BASIC, 400),
    (Sender.SPARKPOST, "post:s3cret", [{}], BASIC, 400),
]


@pytest.mark.parametrize(("sender", "secret", "body", "headers", "status"), REFUSED)
def test_who_cannot_show_the_secret_and_what_is_not_understood(client, posted, sender, secret, body, headers, status):
    mailbox, path = posted(sender, secret)

    answer = client.post(path, body, "application/json", headers=headers)

    assert answer.status_code == status
    assert not InboundMail.objects.exists()
    mailbox.refresh_from_db()
    assert mailbox.last_error


def test_mailgun_with_another_key_is_refused(client, posted):
    _, path = posted(Sender.MAILGUN)

    assert client.post(path, mailgun("wrong", **{"body-mime": letters.plain().decode()})).status_code == 401
    assert client.post(path, {"body-mime": "x"}).status_code == 401
    assert client.post(path, b"--x\r\ncut off", "multipart/form-data; boundary=x").status_code == 400


def test_an_address_that_is_off_renewed_or_never_was_answers_alike(client, posted):
    mailbox, path = posted()
    headers = {"Authorization": "Bearer s3cret"}
    mailboxes.set_mailbox_on(mailbox=mailbox, is_on=False)
    off = client.post(path, letters.plain(), "message/rfc822", headers=headers)
    mailboxes.set_mailbox_on(mailbox=mailbox, is_on=True)
    fresh = f"/mail-in/{mailboxes.renew_token(mailbox=mailbox)}/"

    never = client.post("/mail-in/" + "x" * 43 + "/", b"x", "message/rfc822")
    old = client.post(path, letters.plain(), "message/rfc822", headers=headers)

    assert {(one.status_code, one.content) for one in (off, never, old)} == {(404, never.content)}
    assert client.head(fresh).status_code == 200
    assert client.get(fresh).status_code == 405
    assert client.post(fresh, letters.plain(), "message/rfc822", headers=headers).status_code == 200


def test_a_body_beyond_the_limit_is_refused_unread(client, posted):
    _, path = posted()

    answer = client.generic("POST", path, b"x", "message/rfc822", headers={"Content-Length": "46000000"})

    assert answer.status_code == 413


def test_posts_are_limited(client, posted, settings):
    settings.MAIL_IN_LIMIT = "2/h"
    _, path = posted()
    headers = {"Authorization": "Bearer s3cret"}

    statuses = [
        client.post(path, letters.plain(message_id=f"<{n}@x>"), "message/rfc822", headers=headers).status_code
        for n in range(3)
    ]

    assert statuses == [200, 200, 429]
