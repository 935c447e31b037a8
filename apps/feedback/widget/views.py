"""What the widget asks of the platform: a form's description, a token, and to take an answer. No cookie either way."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import languages, limits
from apps.core.http import client_address
from apps.core.limits import Bucket, UsedUpError
from apps.feedback import links, selectors, tokens, visits
from apps.feedback.abuse.work import is_solved
from apps.feedback.questionnaire.schema import Questionnaire
from apps.feedback.selectors import PublicForm
from apps.feedback.services.submission import FormFullError, Sending, sent_before, submit_form
from apps.feedback.sheets import Sheet
from apps.feedback.tokens import FormToken
from apps.feedback.views import FORM_TYPE
from apps.feedback.widget import inline, origins
from apps.feedback.widget.bringing import Brought, read_brought

FRESH_SECONDS = 60  # of a form's description
Answer = Callable[[HttpRequest, PublicForm, str], HttpResponse]
View = Callable[[HttpRequest, str], HttpResponse]


def for_its_sites(answer: Answer) -> View:
    """Answer for the form's own sites in the visitor's language; 403 to every other site, 404 for no form."""

    @wraps(answer)
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        form = selectors.form_by_slug(slug)
        if form is None:
            return _refuse(404, "not_found", _("There is no such form."))
        if origins.is_refused(request, form):
            return _refuse(403, "origin_refused", _("This site is not on the list of the form."))
        language = _language(request, selectors.questionnaire_of(form.version_id))
        with override(languages.platform_language(language)):
            return origins.allow(request, form, answer(request, form, language))

    return view


def _language(request: HttpRequest, made: Questionnaire) -> str:
    """Return the form's language for the page's, or the browser's; where it has neither, its own."""
    asked = links.asked_language(request).lower()
    return (
        languages.best_of(made.languages, asked)
        or languages.best_of(made.languages, request.headers.get("Accept-Language", ""))
        or made.language
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_its_sites
def widget(request: HttpRequest, form: PublicForm, language: str) -> HttpResponse:
    """A form as the script shows it, or an answer taken."""
    if request.method == "POST":
        response = _take(request, form, language, now=time.time())
        response.headers["Cache-Control"] = "no-store"
        return response
    is_open = form.refusal(now=datetime.now(tz=UTC)) is None and not form.needs_link
    response = JsonResponse(inline.description(form, language) if is_open else {"form": form.slug, "is_open": False})
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response


@require_safe
@for_its_sites
def token(request: HttpRequest, form: PublicForm, language: str) -> HttpResponse:
    """A fresh token, asked for as the form opens: that is a view of it."""
    verdict = limits.take(purpose="widget", client=client_address(request), limit=settings.FORM_LIMIT)
    if not verdict.is_allowed:
        return _too_many(verdict.retry_after_seconds)
    visits.count_view(form.version_id)
    made = tokens.issue_form_token(form.pk, now=time.time(), version_id=form.version_id)
    return JsonResponse({"token": made, "bits": settings.FORM_WORK_BITS}, headers={"Cache-Control": "no-store"})


def _take(request: HttpRequest, form: PublicForm, language: str, *, now: float) -> HttpResponse:
    """Take a whole form at once; what is wrong comes back by question, and nothing else is ever an error."""
    if request.content_type != FORM_TYPE:
        return _refuse(415, "unsupported_media_type", _("Only the fields of a form are taken here."))
    address = client_address(request)
    try:
        limits.take_each([], first=Bucket("form", f"{form.pk} {address}", settings.FORM_LIMIT))
    except UsedUpError as error:
        return _too_many(error.retry_after_seconds)
    brought = read_brought(form, request.POST, now=now)
    read = tokens.read_form_token(request.POST.get("token", ""), form_id=form.pk, now=now)
    if form.needs_link or form.refusal(now=datetime.fromtimestamp(now, tz=UTC)):
        taken = sent_before(form=form, visitor=brought.visitor, token=read)
        return _taken(taken, language, brought.standing) if taken else _closed()
    return _take_sheet(request, form, language, read, brought, address=address, now=now)


def _take_sheet(
    request: HttpRequest,
    form: PublicForm,
    language: str,
    token: FormToken,
    brought: Brought,
    *,
    address: str,
    now: float,
) -> HttpResponse:
    sheet = Sheet(selectors.questionnaire_of(selectors.version_of(form, token.version_id)), request.POST, None)
    entry = sheet.entry(is_anonymous=form.is_anonymous, language=language)
    if entry is None:
        return JsonResponse({"code": "invalid", "errors": sheet.errors}, status=422)
    sending = Sending(
        token=token,
        address=address,
        now=now,
        is_trap_sprung=sheet.is_trap_sprung,
        has_worked=is_solved(request.POST.get("token", ""), request.POST.get("work", ""), bits=settings.FORM_WORK_BITS),
    )
    try:
        feedback_id = submit_form(form=form, entry=brought.added_to(entry), sending=sending, visitor=brought.visitor)
    except FormFullError:  # others were faster
        return _closed()
    _note_visit(form, token, sheet)
    return _taken(feedback_id, language, brought.standing)


def _note_visit(form: PublicForm, token: FormToken, sheet: Sheet) -> None:
    answered = [place for place, key in enumerate(sheet.made.by_key, start=1) if key in sheet.given]
    visits.record_visit(
        nonce=token.nonce,
        version_id=selectors.version_of(form, token.version_id),
        made=sheet.made,
        reached=max(answered, default=0),
        seconds={},
        is_complete=True,
    )


def _taken(feedback_id: int, language: str, standing: str) -> HttpResponse:
    spoken = languages.platform_language(language)
    receipt = tokens.receipt_path(feedback_id)
    found = f"{receipt}?{languages.PARAMETER}={spoken}" if spoken else receipt
    return JsonResponse({"receipt": found, "identity": standing})


def _refuse(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse({"code": code, "detail": detail}, status=status)


def _closed() -> HttpResponse:
    return _refuse(410, "closed", _("This form takes no answers any more."))


def _too_many(retry_after_seconds: int) -> HttpResponse:
    response = JsonResponse({"code": "throttled", "retry_after_seconds": retry_after_seconds}, status=429)
    response.headers["Retry-After"] = str(retry_after_seconds)
    return response
