"""What mail services post, understood and checked by django-anymail's inbound views; nothing of them is kept but mail.

The views are used as readers alone, with the secret of the mailbox in the place of a setting. Bodies reach 40 MB, which
Django's own reading of forms refuses, so the parts of a form are split here.
"""

import re
import warnings
from email import message_from_bytes
from typing import NamedTuple, Protocol
from urllib.parse import quote

from anymail.exceptions import AnymailError, AnymailNotSupportedWarning, AnymailWebhookValidationFailure
from anymail.webhooks.mailgun import MailgunInboundWebhookView
from anymail.webhooks.mailjet import MailjetInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from anymail.webhooks.sendgrid import SendGridInboundWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.crypto import constant_time_compare
from django.utils.datastructures import MultiValueDict

from apps.integrations.mail.receiving import Envelope
from apps.integrations.models import Sender

FORM_PARTS = 500
SIGNED = {Sender.MAILGUN}  # the others sign in with "user:password" of HTTP
_VIEWS = {
    Sender.MAILGUN: MailgunInboundWebhookView,
    Sender.POSTMARK: PostmarkInboundWebhookView,
    Sender.SENDGRID: SendGridInboundWebhookView,
    Sender.MAILJET: MailjetInboundWebhookView,
    Sender.SPARKPOST: SparkPostInboundWebhookView,
}
_NAME = re.compile(rb'\bname="([^"]{0,200})"')
_FILE_NAME = re.compile(rb'\bfilename="([^"]{0,400})"')


class PostRefusedError(Exception):
    """Whoever posts could not show the secret of the mailbox."""


class PostUnreadableError(Exception):
    """The post is not of the shape of its service."""


class Posted(NamedTuple):
    content: bytes
    envelope: Envelope


class _Mail(Protocol):
    """The part of anymail's AnymailInboundMessage that is used."""

    envelope_sender: str | None
    envelope_recipient: str | None

    def as_bytes(self) -> bytes: ...


def read_post(request: HttpRequest, body: bytes, *, sender: str, secret: str) -> list[Posted]:
    """Return the mails of a post. Raises PostRefusedError, PostUnreadableError."""
    if not secret:
        raise PostRefusedError("The mailbox has no secret yet.")
    if sender == Sender.RAW:
        return [_raw(request, body, secret)]
    try:
        view = _view(Sender(sender), secret)
        copy = _copy_of(request, body)
        view.run_validators(copy)
        return [_posted(event.message) for event in view.parse_events(copy)]
    except AnymailWebhookValidationFailure as error:
        raise PostRefusedError(str(error)) from None
    except (
        AnymailError,
        ImproperlyConfigured,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise PostUnreadableError(f"{type(error).__name__}: {error}"[:300]) from None


def _view(sender: Sender, secret: str):  # type: ignore[no-untyped-def]  # anymail is not typed
    given = {"webhook_signing_key": secret, "webhook_secret": None} if sender in SIGNED else {"webhook_secret": secret}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnymailNotSupportedWarning)  # of SendGrid, whose format has not changed
        return _VIEWS[sender](**given)


def _posted(message: _Mail) -> Posted:
    _name_boundaries(message)
    sender = message.envelope_sender
    return Posted(
        message.as_bytes(),
        Envelope(None if sender is None else sender.strip("<> "), (message.envelope_recipient or "").strip("<> ")),
    )


def _name_boundaries(message: object) -> None:
    """A mail put together from its pieces gets the same boundaries each time, so that a post repeated is a repeat."""
    for number, part in enumerate(message.walk()):  # type: ignore[attr-defined]  # an email.message.Message
        if part.get_content_maintype() == "multipart" and part.get_boundary() is None:
            part.set_boundary(f"=_part_{number}_of_a_post")


def _raw(request: HttpRequest, body: bytes, secret: str) -> Posted:
    """The mail as it is, from a script: Authorization: Bearer, and the envelope in two headers if it is known."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not constant_time_compare(given, secret):
        raise PostRefusedError("Authorization")
    if not body.strip() or b":" not in body[:2_000]:
        raise PostUnreadableError("The body is no mail.")
    sender = request.headers.get("X-Envelope-From")
    envelope = Envelope(
        None if sender is None else sender.strip("<> "), request.headers.get("X-Envelope-To", "").strip("<> ")
    )
    return Posted(body, envelope)


# --- the post as anymail wants to see it ---------------------------------------------------------------------------


def _copy_of(request: HttpRequest, body: bytes) -> HttpRequest:
    """Return the request with its body read: form fields and files in memory, as large as the body may be."""
    copy = HttpRequest()
    copy.META, copy.method, copy.path = request.META, request.method, request.path
    copy.content_type, copy.content_params = request.content_type, request.content_params
    copy._body = body  # noqa: SLF001 what HttpRequest.body would have kept
    fields, files = QueryDict(mutable=True), MultiValueDict[str, SimpleUploadedFile]()
    if request.content_type == "multipart/form-data":
        _split(body, (request.content_params or {}).get("boundary", ""), fields, files)
    elif request.content_type == "application/x-www-form-urlencoded":
        fields = QueryDict(quote(body, safe="=&+%"), mutable=True)
    copy.POST, copy.FILES = fields, files  # type: ignore[assignment]  # as the base class has them
    return copy


def _split(body: bytes, boundary: str, fields: QueryDict, files: "MultiValueDict[str, SimpleUploadedFile]") -> None:
    """Split multipart/form-data (RFC 7578). Raises PostUnreadableError."""
    if not boundary or not boundary.isascii():
        raise PostUnreadableError("The form names no boundary.")
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"), FORM_PARTS + 1)
    if len(sections) > FORM_PARTS:
        raise PostUnreadableError("The form has too many parts.")
    for section in sections[1:]:
        if section.startswith(b"--"):
            return
        head, _, content = section.partition(b"\r\n\r\n")
        name, file_name = _NAME.search(head), _FILE_NAME.search(head)
        if name is None:
            continue
        if file_name is None:
            fields.appendlist(name[1].decode("utf-8", "replace"), content.decode("utf-8", "replace"))
        else:
            kind = message_from_bytes(head.lstrip() + b"\r\n\r\n").get_content_type()
            shown = file_name[1].decode("utf-8", "replace").replace("/", "_").replace("\\", "_") or "file"
            files.appendlist(name[1].decode("utf-8", "replace"), SimpleUploadedFile(shown, content, kind))
    raise PostUnreadableError("The form was cut off.")
