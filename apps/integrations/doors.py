"""The two addresses that other systems post to. No cookie, no session: the token in the address is who they are.

Nothing of what was posted is said back. An address that is not there, not any more, or switched off answers alike.
"""

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from apps.core import limits, strict_json
from apps.core.http import client_address
from apps.core.json_body import BODY_BYTES, body_limit
from apps.integrations import sealing
from apps.integrations.addresses import hook_address
from apps.integrations.hooks import deliveries
from apps.integrations.hooks.signatures import is_signed
from apps.integrations.mail import senders
from apps.integrations.mail.receiving import receive
from apps.integrations.mailboxes import note_post_error
from apps.integrations.models import InboundHook, Mailbox, MailSource, Outcome
from apps.integrations.tokens import hash_token

STRANGERS_LIMIT = "60/m"  # guesses of one client
FORM_FIELDS = 200
STATUS = {Outcome.CAPTURED: 202, Outcome.REPEATED: 200, Outcome.SKIPPED: 200, Outcome.REFUSED: 422}


@csrf_exempt
@never_cache
@require_http_methods(["POST", "HEAD"])
def mail_in(request: HttpRequest, token: str) -> HttpResponse:
    """Mail as a mail service posts it: kept, and 200; a worker reads it. Again it is the same mail."""
    mailbox = Mailbox.objects.filter(hook_token_sha256=hash_token(token), is_on=True, source=MailSource.HOOK).first()
    if mailbox is None:
        return _nothing(request)
    if request.method == "HEAD":  # some services look whether the address is there
        return HttpResponse()
    limited = _limited("mail in", mailbox.pk, settings.MAIL_IN_LIMIT)
    if limited is not None:
        return limited
    limit_bytes = body_limit(request.path)
    body = request.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        return _said(413, "too large")
    try:
        posted = senders.read_post(
            request, body, sender=mailbox.hook_sender, secret=sealing.unseal(mailbox.hook_secret)
        )
    except (senders.PostRefusedError, sealing.SealBrokenError) as error:
        note_post_error(mailbox=mailbox, told=str(error))
        return _said(401, "refused", **{"WWW-Authenticate": 'Basic realm="mail in"'})
    except senders.PostUnreadableError as error:
        note_post_error(mailbox=mailbox, told=str(error))
        return _said(400, "not understood")
    new = [receive(mailbox=mailbox, content=one.content, envelope=one.envelope) for one in posted]
    note_post_error(mailbox=mailbox, told="")
    return JsonResponse({"outcome": "received", "new": sum(new), "repeated": len(new) - sum(new)})


@csrf_exempt
@never_cache
@require_POST
def hook_in(request: HttpRequest, token: str) -> HttpResponse:
    """A post of another system: answered with what became of it, never with anything of what was posted."""
    hook = InboundHook.objects.filter(token_sha256=hash_token(token), is_on=True).first()
    if hook is None:
        return _nothing(request)
    limited = _limited("hook in", hook.pk, settings.HOOK_LIMIT)
    if limited is not None:
        return limited
    raw = request.read(BODY_BYTES + 1)
    if len(raw) > BODY_BYTES:
        return _said(413, "too large")
    if not _is_genuine(request, hook, raw, token):
        return _said(401, "the signature does not fit")
    try:
        body = _body_of(request, raw)
    except strict_json.StrictJSONError as error:
        return _said(400, str(error))
    made = deliveries.deliver(hook=hook, body=body)
    said: dict[str, object] = {"outcome": made.outcome.value}
    if made.reason:
        said["reason"] = made.reason
    if made.feedback_id is not None:
        said["id"] = made.feedback_id
    return JsonResponse(said, status=STATUS[made.outcome])


def _is_genuine(request: HttpRequest, hook: InboundHook, raw: bytes, token: str) -> bool:
    if not hook.signature_header:
        return True
    try:
        secret = sealing.unseal(hook.signature_secret)
    except sealing.SealBrokenError:
        return False
    return is_signed(
        raw,
        request.headers,
        header=hook.signature_header,
        algorithm=hook.signature_algorithm,
        secret=secret,
        url=hook_address(token),
        now=time.time(),
    )


def _body_of(request: HttpRequest, raw: bytes) -> object:
    """Return the posted JSON, or the fields of a posted form; "payload" alone (GitHub) is JSON within one.

    Raises StrictJSONError.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        return strict_json.parse(raw)
    try:
        form = QueryDict(raw, encoding="utf-8")
    except (ValueError, UnicodeError) as error:  # too many fields, or none that are UTF-8
        raise strict_json.StrictJSONError("The form cannot be read.") from error
    fields = dict(list(form.items())[:FORM_FIELDS])
    if set(fields) == {"payload"}:
        return strict_json.parse(str(fields["payload"]).encode("utf-8", "replace"))
    if not all(strict_json.clean_text(f"{name}{value}") for name, value in fields.items()):
        raise strict_json.StrictJSONError("A text contains a NUL or half of a surrogate pair.")
    return fields


def _nothing(request: HttpRequest) -> HttpResponse:
    """Guesses are slow: no token is found that way, and the log is not filled."""
    verdict = limits.take(purpose="no such hook", client=client_address(request), limit=STRANGERS_LIMIT)
    if not verdict.is_allowed:
        return _said(429, "too many", **{"Retry-After": str(verdict.retry_after_seconds)})
    return _said(404, "not there")


def _limited(purpose: str, key: int, limit: str) -> HttpResponse | None:
    verdict = limits.take(purpose=purpose, client=str(key), limit=limit)
    if verdict.is_allowed:
        return None
    return _said(429, "too many", **{"Retry-After": str(verdict.retry_after_seconds)})


def _said(status: int, reason: str, **headers: str) -> HttpResponse:
    return JsonResponse({"outcome": "refused", "reason": reason}, status=status, headers=headers)
