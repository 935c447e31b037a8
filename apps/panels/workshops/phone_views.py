"""What phones open: the page to type the code, the workshop's page, what it asks every few seconds, what it sends.

No cookie is set and no name asked. Posts are exempt from Django's CSRF check because the signed key in them is the
check. All of it works without a script; with one the page renews itself and sends again what got lost on the way.
"""

import uuid
from collections.abc import Callable, Mapping
from functools import wraps

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import DomainError
from apps.core.http import client_address, error_page, keep_private
from apps.core.limits import UsedUpError
from apps.panels.models import Phase, Phone, Workshop
from apps.panels.workshops import keys, phones, selectors, throttles
from apps.panels.workshops.keys import PhoneKey
from apps.panels.workshops.phones import Target
from apps.panels.workshops.throttles import Caller

KEY_HEADER = "X-Phone"
FORM_TYPE = "application/x-www-form-urlencoded"


def _private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark answers as one phone's, and answer 429 where too much is asked."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except UsedUpError as error:
            response = _too_many(request, error.retry_after_seconds)
        return keep_private(response)

    return guarded


@_private
@require_safe
def join(request: HttpRequest) -> HttpResponse:
    """The page to type the code; ``?code=`` leads on."""
    typed = request.GET.get("code", "")
    if not typed:
        return HttpResponse(render_to_string("panels/workshops/code.html", {}))
    caller = Caller(client_address(request))
    throttles.pass_address(caller)
    workshop = selectors.workshop_by_code(typed)
    if workshop is not None:
        return _see_other(_page_path(workshop, ""))
    throttles.note_wrong_code(caller)
    return HttpResponse(render_to_string("panels/workshops/code.html", {"typed": typed[:40]}), status=404)


@csrf_exempt
@_private
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest, code: str) -> HttpResponse:
    """A workshop as one phone sees it, and what it sends."""
    if request.method == "POST":
        return _take(request, code)
    raw = request.GET.get("phone", "")
    key = keys.read_key(raw)
    workshop = _find(request, code, key)
    if key is None:
        raw = keys.make_key(workshop.pk)
        key = keys.read_key(raw)
    return _page(workshop, key, raw, is_known="phone" in request.GET)


@_private
@require_safe
def state(request: HttpRequest, code: str) -> HttpResponse:
    """What a phone asks every few seconds: 304 while nothing that it shows has changed. One query then."""
    key = keys.read_key(request.headers.get(KEY_HEADER, ""))
    workshop = _find(request, code, key)
    if key is None:
        raise Http404
    etag = f'"{workshop.pk}-{workshop.layout_number}-{get_language()}-{key.sha256[:12]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(render_to_string("panels/workshops/_phone.html", _context(workshop, key, "")))
    response.headers["ETag"] = etag
    return response


def _find(request: HttpRequest, code: str, key: PhoneKey | None) -> Workshop:
    """Return the workshop, counting the request. A key opens its own workshop alone: it helps nobody to guess."""
    caller = Caller(client_address(request), key.sha256 if key else "")
    throttles.pass_address(caller)
    workshop = selectors.workshop_by_code(code)
    if workshop is None or (key is not None and key.workshop_id != workshop.pk):
        throttles.note_wrong_code(caller)
        raise Http404
    return workshop


# --- what is sent -------------------------------------------------------------------------------------------------


def _take(request: HttpRequest, code: str) -> HttpResponse:
    """Take one thing that a phone sends; a script is answered with what is the phone's own, others with the page."""
    if request.content_type != FORM_TYPE:
        raise Http404
    raw = request.POST.get("phone", "")
    key = keys.read_key(raw)
    workshop = _find(request, code, key)
    if key is None:
        return _refused(request, workshop, None, _("This page is too old. Load it again."), status=409)
    throttles.pass_write(Caller("", key.sha256))
    try:
        sender = phones.join(workshop_id=workshop.pk, key_sha256=key.sha256)
        _write(workshop, sender, request.POST)
    except ValidationError as error:
        return _refused(request, workshop, key, " ".join(error.messages), status=422)
    except DomainError as error:
        return _refused(request, workshop, key, str(error), status=409)
    if _wants_json(request):
        return JsonResponse({"own": _own(workshop, sender)})
    return _see_other(_page_path(workshop, raw))


def _write(workshop: Workshop, sender: Phone, sent: Mapping[str, str]) -> None:
    """Call the one service that ``sent`` asks for; "join" asks for nothing more."""
    what = sent.get("do", "")
    if what == "join":
        return
    try:
        client_key = uuid.UUID(sent.get("client_key", ""))
    except ValueError:
        raise ValidationError(_("This page is too old. Load it again.")) from None
    target = Target.read(sent.get("target", ""))
    if what == "idea":
        phones.contribute(workshop_id=workshop.pk, phone=sender, client_key=client_key, text=sent.get("text", ""))
    elif what == "vote" and target:
        phones.vote(workshop_id=workshop.pk, phone=sender, client_key=client_key, target=target)
    elif what == "back":
        phones.take_back(workshop_id=workshop.pk, phone=sender, client_key=client_key)
    else:
        raise ValidationError(_("This page is too old. Load it again."))


def _refused(
    request: HttpRequest, workshop: Workshop, key: PhoneKey | None, reason: str, *, status: int
) -> HttpResponse:
    """Say why nothing was taken; the words come back in the page."""
    if _wants_json(request):
        return JsonResponse({"error": reason}, status=status)
    raw = request.POST.get("phone", "") if key else keys.make_key(workshop.pk)
    key = key or keys.read_key(raw)
    told = {"error": reason, "text": request.POST.get("text", "")[:2_000]}
    workshop.refresh_from_db()  # maybe it is in another phase by now, and that is why
    return _page(workshop, key, raw, is_known=True, told=told, status=status)


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    reason = _("That was a lot at once. Try again in a moment: nothing was lost.")
    if _wants_json(request):
        response: HttpResponse = JsonResponse({"error": reason}, status=429)
    else:
        words = [(name, value) for name, value in request.POST.items() if name == "text"]
        title = _("That was a lot at once")
        response = error_page(request, status=429, code="throttled", title=title, message=reason, words=words or None)
    response.headers["Retry-After"] = str(seconds)
    return response


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


# --- what is shown ------------------------------------------------------------------------------------------------


def _page(
    workshop: Workshop,
    key: PhoneKey | None,
    raw: str,
    *,
    is_known: bool,
    told: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """``is_known``: the key is in the address or was sent, so the page has no script that keeps it."""
    context = {
        **_context(workshop, key, raw),
        **(told or {}),
        "keep": f"&{urlencode({'phone': raw})}" if is_known else "",
        "language": get_language(),
        "state_path": f"{reverse('workshops:state', args=[workshop.code])}?lang={get_language()}",
        "is_known": is_known,
    }
    return HttpResponse(render_to_string("panels/workshops/phone.html", context), status=status)


def _context(workshop: Workshop, key: PhoneKey | None, raw: str) -> dict[str, object]:
    """Return what the page and its renewed part show. Two queries, five where choices are read anew."""
    sender = phones.phone_of(workshop_id=workshop.pk, key_sha256=key.sha256) if key else None
    seconds_left = selectors.seconds_left(workshop, now=timezone.now())
    has_choices = workshop.phase in (Phase.VOTE, Phase.DECIDE, Phase.DONE)
    return {
        "workshop": workshop,
        "key": raw,
        "client_key": str(uuid.uuid4()),
        "action": f"{reverse('workshops:phone', args=[workshop.code])}?lang={get_language()}",
        "seconds_left": seconds_left,
        "minutes_left": -(-seconds_left // 60) if seconds_left else 0,
        "choices": selectors.choices_of(workshop) if has_choices else (),
        **_own_context(workshop, sender),
    }


def _own_context(workshop: Workshop, sender: Phone | None) -> dict[str, object]:
    if workshop.phase == Phase.VOTE:
        dots = selectors.own_dots(sender) if sender else []
        return {"workshop": workshop, "own_dots": dots, "votes_left": max(0, workshop.votes_each - len(dots))}
    ideas = selectors.own_ideas(sender) if sender and workshop.phase != Phase.CLOSED else []
    return {"workshop": workshop, "own_ideas": ideas}


def _own(workshop: Workshop, sender: Phone) -> str:
    return render_to_string("panels/workshops/_own.html", _own_context(workshop, sender))


def _page_path(workshop: Workshop, raw: str) -> str:
    told = {"lang": get_language() or "", **({"phone": raw} if raw else {})}
    return f"{reverse('workshops:phone', args=[workshop.code])}?{urlencode(told)}"


def _see_other(path: str) -> HttpResponse:
    response = redirect(path)
    response.status_code = 303
    return response
