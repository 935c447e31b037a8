"""Public pages: the start page, a form, the receipt of one feedback, the proof of an address.

They set no cookie. Posts are exempt from Django's CSRF check because the signed token in them is the check.
"""

import time
from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import limits
from apps.core.http import client_address, error_page, keep_private
from apps.core.languages import platform_language
from apps.core.limits import Bucket, UsedUpError
from apps.feedback import links, pages, selectors, services, tokens, visits
from apps.feedback.abuse.work import is_solved
from apps.feedback.attachments import intake
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.feedback.pages import Showing
from apps.feedback.questionnaire import logic
from apps.feedback.questionnaire.schema import say
from apps.feedback.selectors import PublicForm
from apps.feedback.services.submission import Entry, FormFullError, Sending, Visitor, sent_before, submit_form
from apps.feedback.sheets import Sheet, read_page_number, words_in
from apps.feedback.tokens import FormToken
from apps.feedback.widget.bringing import bring_along

FORM_TYPE = "application/x-www-form-urlencoded"


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The public front door: the open forms. Staff are sent on to their home, but for ``?start``."""
    if request.user.is_authenticated and "start" not in request.GET:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return HttpResponse(render_to_string("feedback/start.html", {"forms": selectors.open_forms(get_language() or "")}))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def public_form(request: HttpRequest, slug: str) -> HttpResponse:
    """A form: shown, or taken. Never cached, for the token in it belongs to one person."""
    if request.method == "POST" and request.content_type != FORM_TYPE and not intake.takes_files(request, slug):
        return keep_private(_not_a_form(request))
    form = selectors.form_by_slug(slug)
    if form is None:
        raise Http404
    now = time.time()
    language = links.language_of(request, selectors.questionnaire_of(form.version_id))
    with override(platform_language(language)):
        refusal = form.refusal(now=datetime.fromtimestamp(now, tz=UTC))
        if refusal:
            return keep_private(_closed(request, form, refusal, language, now=now))
        if request.method == "POST":
            try:
                return keep_private(_take(request, form, language, now=now))
            except UsedUpError as error:
                return keep_private(_too_many(request, error.retry_after_seconds))
        return keep_private(_show(request, form, language, now=now))


def _show(request: HttpRequest, form: PublicForm, language: str, *, now: float) -> HttpResponse:
    """The first page, empty, or with what the address brings along."""
    visitor = links.visitor_of(form, request.GET)
    if form.needs_link and not visitor.link_nonce:
        return _link_missing(request, form, language)
    used_by = sent_before(form=form, visitor=visitor)
    if used_by:
        return _link_used(request, form, language, used_by)
    visits.count_view(form.version_id)
    token = tokens.issue_form_token(form.pk, now=now, version_id=form.version_id)
    if not request.GET:
        is_embedded = links.is_embedded(request)
        return HttpResponse(pages.form_page(form, token=token, language=language, is_embedded=is_embedded))
    made = selectors.questionnaire_of(form.version_id)
    showing = Showing(
        form=form,
        made=made,
        token=token,
        language=language,
        number=logic.first_page(made, {}) or 0,
        sent=links.prefilled(made, request.GET, visitor.person),
        brought=links.brought(request, language=language),
        is_embedded=links.is_embedded(request),
    )
    return HttpResponse(pages.shown_page(showing))


@csrf_exempt  # nothing is taken here: a POST is told so, and its link does not go to the log of refusals
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt: opens the one feedback that its link is about, to whoever holds the link."""
    feedback, language = _feedback_of(token), get_language() or ""
    context = {
        "feedback": feedback,
        "is_anonymous": feedback.form is not None and feedback.form.is_anonymous,
        "is_gone": feedback.state == FeedbackState.WITHDRAWN or feedback.redacted_at is not None,
        "has_address": bool(feedback.customer and feedback.customer.email),
        "is_confirmed": feedback.identity == Identity.VERIFIED,
        "thanks": selectors.thanks_of(feedback, language),
        "answers": selectors.answers_of(feedback, language),
        "token": token,
        "files": list(feedback.attachments.order_by("id")),
        "circumstances": selectors.circumstances_of(feedback, language),
    }
    return keep_private(HttpResponse(render_to_string("feedback/receipt.html", context)))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str, confirmation: str) -> HttpResponse:
    """The mailed proof of an address: GET shows a button and changes nothing, POST confirms."""
    feedback = _feedback_of(token)
    if not tokens.is_confirmation_of(confirmation, feedback):
        raise Http404
    if request.method == "POST":
        services.set_identity(feedback_id=feedback.pk, identity=Identity.VERIFIED)
        return keep_private(_see_other(tokens.receipt_path(feedback.pk)))
    context = {"feedback": feedback, "is_confirmed": feedback.identity == Identity.VERIFIED}
    return keep_private(HttpResponse(render_to_string("feedback/confirm.html", context)))


def _take(request: HttpRequest, form: PublicForm, language: str, *, now: float) -> HttpResponse:
    """Take a posted page: on to the next one, to the receipt, or back to the person with what to correct."""
    address = client_address(request)
    limit: Bucket | None = Bucket("form", f"{form.pk} {address}", settings.FORM_LIMIT)
    if request.content_type != FORM_TYPE:  # before files are read
        limits.take_each([], first=limit)
        limit = None
    if not intake.read_body(request):
        return _too_many_files(request)
    visitor = links.visitor_of(form, request.POST)
    if form.needs_link and not visitor.link_nonce:
        return _link_missing(request, form, language)
    token = tokens.read_form_token(request.POST.get("token", ""), form_id=form.pk, now=now)
    made = selectors.questionnaire_of(selectors.version_of(form, token.version_id))
    refused = intake.receive(request, form, made, nonce=token.nonce, sender=f"{address} {now // 600}")
    sheet = Sheet(made, request.POST, read_page_number(request.POST.get("page", ""), made), refused=refused)
    shown = _page_to_show(request.POST.get("go", ""), sheet)
    entry = _entry_of(request, form, sheet, language) if shown is None else None
    if entry is None:
        limits.take_each([], first=limit)
        _note_visit(request, form, token, sheet, is_complete=False)
        return _page(request, form, sheet, sheet.wrong_page if shown is None else shown, language, now=now)
    sending = Sending(
        token=token,
        address=address,
        now=now,
        is_trap_sprung=sheet.is_trap_sprung,
        has_worked=is_solved(request.POST.get("token", ""), request.POST.get("work", ""), bits=settings.FORM_WORK_BITS),
        limit=limit,
    )
    return _submit(request, form, language, sheet, entry, visitor, sending)


def _submit(
    request: HttpRequest,
    form: PublicForm,
    language: str,
    sheet: Sheet,
    entry: Entry,
    visitor: Visitor,
    sending: Sending,
) -> HttpResponse:
    """Capture what was sent and lead to its receipt."""
    if links.is_embedded(request):
        entry, visitor = bring_along(form, request.POST, entry, visitor, now=sending.now)
    try:
        feedback_id = submit_form(form=form, entry=entry, sending=sending, visitor=visitor)
    except FormFullError:  # others were faster
        return _closed(request, form, selectors.Refusal.FULL, language, now=sending.now)
    _note_visit(request, form, sending.token, sheet, is_complete=True)
    return _see_other(_receipt_in(request, language, feedback_id))


def _page_to_show(go: str, sheet: Sheet) -> int | None:
    """Return the page that a person is shown next, None where everything is there to be taken."""
    if go == "back":
        sheet.errors.clear()
        return sheet.page_before
    if go.startswith(links.SWITCH):
        sheet.errors.clear()
        return sheet.seen[-1] if sheet.page is None else sheet.page
    return sheet.wrong_page if sheet.errors else sheet.next_page


def _entry_of(request: HttpRequest, form: PublicForm, sheet: Sheet, language: str) -> Entry | None:
    """Return what is to be captured; ``language``: of the newest version, and the sheet may be of an older one."""
    is_known = language in sheet.made.languages
    return sheet.entry(
        is_anonymous=form.is_anonymous, language=language if is_known else links.language_of(request, sheet.made)
    )


def _note_visit(request: HttpRequest, form: PublicForm, token: FormToken, sheet: Sheet, *, is_complete: bool) -> None:
    """Note how far somebody came: by what the browser tells, and by what was answered."""
    told, seconds = visits.read_seen(request.POST.get("seen", ""), sheet.made)
    answered = [place for place, key in enumerate(sheet.made.by_key, start=1) if key in sheet.given]
    visits.record_visit(
        nonce=token.nonce,
        version_id=token.version_id or form.version_id,
        made=sheet.made,
        reached=max(told, *answered, 0),
        seconds=seconds,
        is_complete=is_complete,
    )


@csrf_exempt  # a beacon brings the form's token and nothing else
@require_POST
def seen(request: HttpRequest, slug: str) -> HttpResponse:
    """What a browser tells as somebody leaves a form: how far they came. Always 204: nothing is to be learnt here."""
    response = HttpResponse(status=204)
    verdict = limits.take(purpose="seen", client=client_address(request), limit=settings.FORM_LIMIT)
    is_taken = verdict.is_allowed and request.content_type == FORM_TYPE
    form = selectors.form_by_slug(slug) if is_taken else None
    if form is None:
        return keep_private(response)
    token = tokens.read_form_token(request.POST.get("token", ""), form_id=form.pk, now=time.time())
    if not token.doubt:
        version_id = selectors.version_of(form, token.version_id)
        made = selectors.questionnaire_of(version_id)
        reached, seconds = visits.read_seen(request.POST.get("seen", ""), made)
        visits.record_visit(
            nonce=token.nonce, version_id=version_id, made=made, reached=reached, seconds=seconds, is_complete=False
        )
    return keep_private(response)


def _page(
    request: HttpRequest, form: PublicForm, sheet: Sheet, number: int, language: str, *, now: float
) -> HttpResponse:
    """Show page ``number`` with everything that was sent, and what is wrong with it: nothing typed is ever lost."""
    raw = request.POST.get("token", "")
    showing = Showing(
        form=form,
        made=sheet.made,
        token=raw or tokens.issue_form_token(form.pk, now=now, version_id=form.version_id),
        number=number,
        language=language,
        sent=request.POST,
        errors=sheet.errors,
        given=sheet.given,
        brought=links.brought(request, language=language),
        is_embedded=links.is_embedded(request),
        can_go_back=number != logic.first_page(sheet.made, {}),
    )
    return HttpResponse(pages.shown_page(showing), status=400 if showing.errors else 200)


def _not_a_form(request: HttpRequest) -> HttpResponse:
    """Refuse files and other types before they are read: reading a multipart body writes its files to the disk."""
    return error_page(
        request,
        status=415,
        code="unsupported_media_type",
        title=_("We could not read that"),
        message=_("This form takes words and no files. Go back, load the page again, and send it once more."),
    )


def _too_many_files(request: HttpRequest) -> HttpResponse:
    """Refuse a body with files unread, as many are being read: the browser has it still."""
    response = error_page(
        request,
        status=503,
        code="unavailable",
        title=_("Many files at once"),
        message=_("Others are sending files right now. Nothing was saved yet: go back and send it again in a minute."),
    )
    response.headers["Retry-After"] = "20"
    return response


def _too_many(request: HttpRequest, retry_after_seconds: int) -> HttpResponse:
    response = error_page(
        request,
        status=429,
        code="throttled",
        title=_("That was a lot at once"),
        message=_("Too much has come from your network in the last minute. Nothing was saved yet."),
        words=[(name, value) for name, values in request.POST.lists() for value in values],
    )
    response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def _closed(
    request: HttpRequest, form: PublicForm, refusal: selectors.Refusal, language: str, *, now: float
) -> HttpResponse:
    """Say that nothing is taken now; what was taken before, and is sent once more, leads to its receipt."""
    if request.method == "POST":
        token = tokens.read_form_token(request.POST.get("token", ""), form_id=form.pk, now=now)
        feedback_id = sent_before(form=form, visitor=links.visitor_of(form, request.POST), token=token)
        if feedback_id:
            return _see_other(_receipt_in(request, language, feedback_id))
    context = {**_refused(request, form, language), "refusal": refusal.value}
    if refusal in (selectors.Refusal.ENDED, selectors.Refusal.FULL):  # it has done its work: its own words of thanks
        context["thanks"] = say(selectors.questionnaire_of(form.version_id).thanks, language)
    return HttpResponse(render_to_string("feedback/closed.html", context), status=410)


def _link_missing(request: HttpRequest, form: PublicForm, language: str) -> HttpResponse:
    return HttpResponse(render_to_string("feedback/link_missing.html", _refused(request, form, language)), status=403)


def _link_used(request: HttpRequest, form: PublicForm, language: str, feedback_id: int) -> HttpResponse:
    context = {**_refused(request, form, language), "receipt": _receipt_in(request, language, feedback_id)}
    return HttpResponse(render_to_string("feedback/link_used.html", context), status=410)


def _refused(request: HttpRequest, form: PublicForm, language: str) -> dict[str, object]:
    """Return what a page shows that takes nothing: of which form, and the words that were sent to it."""
    made = selectors.questionnaire_of(form.version_id)
    link = request.GET.get(links.LINK, "")
    return {
        "form": form,
        "title": say(made.title, language),
        "words": words_in(made, request.POST),
        "keep": f"&{urlencode({links.LINK: link})}" if link else "",
        "page_languages": made.languages,
    }


def _receipt_in(request: HttpRequest, language: str, feedback_id: int) -> str:
    """Return the path of a receipt that speaks ``language``, whatever the browser asks for."""
    spoken = platform_language(language)
    asked = f"?{urlencode({links.LANGUAGE: spoken})}" if spoken and spoken != request.LANGUAGE_CODE else ""
    return f"{tokens.receipt_path(feedback_id)}{asked}"


def _feedback_of(token: str) -> Feedback:
    feedback_id = tokens.read_receipt_token(token)
    feedback = selectors.feedback_of_receipt(feedback_id) if feedback_id else None
    if feedback is None:
        raise Http404
    return feedback


def _see_other(path: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": path})
