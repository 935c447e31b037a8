"""A participant's own page: answer an invitation, say when one can come, and what one consents to.

Opened by the mailed link alone, without cookie or account. The signed token in the address is the check, so posts are
exempt from Django's; a GET changes nothing.
"""

from collections.abc import Callable
from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.profile import time_zones
from apps.core import limits
from apps.core.errors import DomainError
from apps.core.http import client_address, error_page, keep_private
from apps.customers import consents
from apps.customers.consent_texts import current_text, words_of
from apps.customers.models import Purpose
from apps.panels.models import DateOption, Participant, ParticipantState, SessionState, StaffRole, Willing
from apps.panels.planning import calendar_files, dates, mails, participants, selectors, tokens
from apps.panels.planning.forms import ReasonForm
from apps.panels.planning.local_times import span_words, zone_named
from apps.panels.planning.poll_views import read_answers
from apps.panels.planning.views import ics_response

ASKED_TO_RECORD = (ParticipantState.INVITED, ParticipantState.WAITING, *selectors.COMES)
View = Callable[[HttpRequest, str], HttpResponse]


def private(view: View) -> View:
    """Limit how often one client may ask, and keep the answer out of caches, search engines and referrers."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        limit = settings.SESSION_PAGE_LIMIT
        verdict = limits.take(purpose="session-page", client=client_address(request), limit=limit)
        response = view(request, token) if verdict.is_allowed else _too_many(request, verdict.retry_after_seconds)
        return keep_private(response)

    return guarded


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    told = _("Too many requests from your network. Please try again in a moment; nothing was lost.")
    response = error_page(request, status=429, code="throttled", title=_("One moment, please"), message=told)
    response.headers["Retry-After"] = str(seconds)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def participant(request: HttpRequest, token: str) -> HttpResponse:
    """The page, and what is sent from it: ``do`` is accept, decline, dates or record."""
    person = _person(token)
    problem = ""
    if request.method == "POST":
        try:
            _do(request, person)
        except DomainError as error:
            problem, person = str(error), _person(token)
        else:
            return _back(request)
    page = render_to_string("panels/planning/participant.html", _context(request, person, token, problem))
    return HttpResponse(page, status=409 if problem else 200)


@require_safe
@private
def participant_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The session as a file for the calendar of somebody who comes."""
    person = _person(token)
    if person.session.starts_at is None or person.state != ParticipantState.ACCEPTED:
        raise Http404
    url = tokens.participant_url(person)
    return ics_response(calendar_files.download(person.session, url=url, as_of=timezone.now()))


def _person(token: str) -> Participant:
    key = tokens.read_token(token)
    rows = Participant.objects.select_related("customer", "session__team", "session__product")
    found = rows.filter(key=key, customer__erased_at=None).first() if key else None
    if found is None:
        raise Http404
    return found


def _do(request: HttpRequest, person: Participant) -> None:
    match request.POST.get("do"):
        case "accept":
            participants.accept(participant_id=person.pk)
        case "decline":
            form = ReasonForm(request.POST)
            reason = form.cleaned_data["reason"] if form.is_valid() else ""
            participants.decline(participant_id=person.pk, reason=reason)
        case "record":
            _keep_consent(request, person)
        case "dates":
            answers = read_answers(request)
            dates.answer_dates(session_id=person.session_id, participant=person, answers=answers)
        case _other:
            raise DomainError(_("Choose one of the buttons on this page."))


def _keep_consent(request: HttpRequest, person: Participant) -> None:
    """Keep whether they may be recorded, in the words that were shown. Raises where those were replaced meanwhile."""
    whom, language = person.customer_id, get_language() or ""
    if request.POST.get("answer") == "yes":
        number = request.POST.get("number", "")
        read = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0
        consents.give(customer_id=whom, purpose=Purpose.RECORDING, language=language, number=read)
    else:
        consents.take_back(customer_id=whom, purpose=Purpose.RECORDING, language=language)


def _recording(person: Participant) -> dict[str, object]:
    """Return what they are asked about being recorded, and how that stands."""
    session = person.session
    is_asked = session.wants_recording and session.state != SessionState.CANCELLED
    if not is_asked or person.state not in ASKED_TO_RECORD:
        return {"recording": None}
    text = current_text(Purpose.RECORDING)
    today, whom = timezone.localdate(), [person.customer_id]
    consenting = person.customer_id in consents.standing(whom, Purpose.RECORDING, as_of=today)
    is_refused = consents.has_withdrawn(customer_id=person.customer_id, purpose=Purpose.RECORDING)
    words = words_of(text, get_language() or "")
    return {"recording": words, "recording_number": text.number, "consents": consenting, "refuses": is_refused}


def _back(request: HttpRequest) -> HttpResponse:
    """Lead back to the page, in the language and zone in which it was read."""
    kept = {name: request.GET[name] for name in ("lang", "zone") if request.GET.get(name)}
    response = HttpResponse(status=303)
    response.headers["Location"] = f"{request.path}?{urlencode(kept)}" if kept else request.path
    return response


def _context(request: HttpRequest, person: Participant, token: str, problem: str) -> dict[str, object]:
    session = person.session
    own = zone_named(request.GET.get("zone", "")) or zone_named(person.customer.time_zone)
    options = list(session.date_options.all()) if session.state == SessionState.POLLING else []
    said = selectors.answers_of(options, participant=person) if options else {}
    leads = session.staff.filter(role=StaffRole.LEAD).select_related("user")
    comes = person.state in selectors.COMES
    is_over = session.ends_at is not None and session.ends_at <= timezone.now()
    return {
        "person": person,
        "session": session,
        "token": token,
        "problem": problem,
        "when": mails.when_lines(session, own),
        "leads": [seat.user.name for seat in leads if seat.user.name],
        "dates": [(one, _spans(person, one, own), said.get(one.pk, "")) for one in options],
        "willing": Willing.choices,
        "zones": time_zones(),
        "zone": own.key if own else "",
        "language": request.GET.get("lang", ""),
        "comes": comes,
        "is_polling": session.state == SessionState.POLLING,
        "is_planned": session.state == SessionState.PLANNED and not is_over,
        "is_cancelled": session.state == SessionState.CANCELLED,
        **_recording(person),
        "materials": list(session.materials.order_by("created_at", "pk")) if comes else [],
    }


def _spans(person: Participant, option: DateOption, own: ZoneInfo | None) -> list[str]:
    """Return when a date offered is: in the reader's zone where it is another, and in the session's."""
    home = mails.zone_of_session(person.session)
    zones = (
        [home] if own is None or own.utcoffset(option.starts_at) == home.utcoffset(option.starts_at) else [own, home]
    )
    return [span_words(option.starts_at, option.ends_at, zone) for zone in zones]
