"""Pages of sessions: the list, the month, one session, making, changing and calling off."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Team
from apps.accounts.permissions import Permission, require, teams_where
from apps.catalog.models import Product
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.panels.models import Panel, ResearchSession, SessionKind
from apps.panels.planning import calendar_files, mails, selectors, services, sessions
from apps.panels.planning.access import add_service_errors, open_session, own_session
from apps.panels.planning.detail import detail_context
from apps.panels.planning.forms import BeginForm, SessionForm
from apps.panels.planning.selectors import Filters
from apps.panels.planning.templates_of_kinds import template_of

WHEN = ("coming", "past", "mine")


@require_safe
@require(Permission.JOIN_RESEARCH)
def session_list(request: AuthedRequest) -> HttpResponse:
    """Sessions that are to come, that are over, or in which the person sits."""
    filters = _filters_of(request)
    rows = selectors.listed_sessions(request.user, filters, as_of=timezone.now())
    page = Paginator(rows, selectors.PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, **_filter_context(request, filters)}
    return render(request, "panels/planning/list.html", context)


@require_safe
@require(Permission.JOIN_RESEARCH)
def calendar(request: AuthedRequest) -> HttpResponse:
    """A month of sessions."""
    filters, zone = _filters_of(request), selectors.reading_zone()
    today = timezone.now().astimezone(zone).date()
    first = _month(request.GET.get("month", "")) or today.replace(day=1)
    month = selectors.month_of(request.user, first, filters, zone=zone, today=today)
    context = {"month": month, "zone": zone, **_filter_context(request, filters)}
    return render(request, "panels/planning/calendar.html", context)


def _month(text: str) -> date | None:
    """Return the first day of "2026-11", None for anything else and for years without neighbours."""
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None
    return first if first and 1900 < first.year < 2200 else None


def _filters_of(request: AuthedRequest) -> Filters:
    """Return what the address asks for; what nobody knows counts as not asked."""
    asked = request.GET
    kind = asked.get("kind", "")
    team = Team.objects.filter(slug=asked.get("team", "").replace("\0", "")).first() if asked.get("team") else None
    return Filters(
        when=asked.get("when", "") if asked.get("when") in WHEN else WHEN[0],
        team_id=team.pk if team else 0,
        kind=kind if kind in SessionKind.values else "",
        product_id=_number(asked.get("product", "")),
        panel_id=_number(asked.get("panel", "")),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _filter_context(request: AuthedRequest, filters: Filters) -> dict[str, object]:
    query = request.GET.copy()
    for name in ("page", "when", "month"):
        query.pop(name, None)
    return {
        "filters": filters,
        "teams": Team.objects.all(),
        "kinds": SessionKind.choices,
        "products": Product.objects.filter(archived_at=None),
        "panels": Panel.objects.all(),
        "kept_query": query.urlencode(),
        "has_filters": bool(filters.team_id or filters.kind or filters.product_id or filters.panel_id),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def create(request: AuthedRequest) -> HttpResponse:
    """A new session: first its team and kind, then everything else, filled in from the template of the kind."""
    begin = BeginForm(request.GET if "kind" in request.GET else None, user=request.user)
    if not begin.is_bound or not begin.is_valid():
        return _begin(request, begin)
    team, kind = begin.cleaned_data["team"], begin.cleaned_data["kind"]
    initial = {name: request.GET[name] for name in ("panel", "product", "cycle") if request.GET.get(name, "").isdigit()}
    form = SessionForm(request.POST or None, user=request.user, team=team, kind=kind, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():  # with the new study that it may name, or neither
                details = _details(form, team)
                session = services.create_session(team=team, kind=kind, created_by=request.user, **details)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            _say_saved(request, form, _("“%(title)s” is there.") % {"title": session.title})
            return redirect("sessions:session", session.pk)
    context = {"form": form, "team": team, "template": template_of(kind), "kind_words": SessionKind(kind).label}
    return render(request, "panels/planning/create.html", context, status=422 if form.errors else 200)


def _begin(request: AuthedRequest, form: BeginForm) -> HttpResponse:
    teams = list(teams_where(request.user, Permission.RUN_RESEARCH))
    if not form.is_bound and len(teams) == 1:
        form.initial["team"] = teams[0].slug
    kept = {name: request.GET[name] for name in ("panel", "product", "cycle") if request.GET.get(name, "").isdigit()}
    context = {"form": form, "kept": kept, "teams": teams, "templates": _kinds()}
    return render(request, "panels/planning/begin.html", context, status=422 if form.errors else 200)


def _kinds() -> list[tuple[str, object, object]]:
    """Return value, name and template of each kind."""
    return [(kind.value, kind.label, template_of(kind)) for kind in SessionKind]


def _details(form: SessionForm, team: Team) -> sessions.Details:
    details = form.details()
    if form.cleaned_data["new_study"]:
        details["study"] = sessions.find_or_create_study(
            team=team, name=form.cleaned_data["new_study"], product=details.get("product")
        )
    return details  # type: ignore[return-value]  # the form's names are those of Details


def _say_saved(request: AuthedRequest, form: SessionForm, told: str) -> None:
    messages.success(request, told)
    if form.warning:
        messages.warning(request, form.warning)


@require_safe
@require(Permission.JOIN_RESEARCH)
def session(request: AuthedRequest, session_id: int) -> HttpResponse:
    """One session with everything that belongs to it."""
    shown = open_session(request, session_id)
    return render(request, "panels/planning/session.html", detail_context(request, shown))


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def edit(request: AuthedRequest, session_id: int) -> HttpResponse:
    """What a session is, until it begins; who comes is told of a new time or place."""
    shown = own_session(request, session_id)
    form = SessionForm(request.POST or None, user=request.user, team=shown.team, kind=shown.kind, session=shown)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                services.change_session(session_id=shown.pk, **_details(form, shown.team))
        except ValidationError as error:
            add_service_errors(form, error)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            _say_saved(request, form, _("Saved."))
            return redirect("sessions:session", shown.pk)
    context = {"session": shown, "form": form, "template": template_of(shown.kind)}
    return render(request, "panels/planning/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def cancel(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Ask whether a session is to be called off, and whom that tells; a post does it."""
    shown = own_session(request, session_id)
    if request.method == "POST":
        try:
            if services.cancel_session(session_id=shown.pk):
                messages.success(request, _("Called off. Everybody who was asked is told."))
        except DomainError as error:
            messages.error(request, str(error))
        return redirect("sessions:session", shown.pk)
    told = [one for one in selectors.participants_of(shown) if one.state in ("invited", "waiting", "accepted")]
    return render(request, "panels/planning/cancel.html", {"session": shown, "told": told})


@require_POST
@require(Permission.RUN_RESEARCH)
def start(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Begin a session."""
    shown = own_session(request, session_id)
    return _moved(request, shown, is_begin=True)


@require_POST
@require(Permission.RUN_RESEARCH)
def end(request: AuthedRequest, session_id: int) -> HttpResponse:
    """End a session; attendance is marked next."""
    shown = own_session(request, session_id)
    return _moved(request, shown, is_begin=False)


def _moved(request: AuthedRequest, shown: ResearchSession, *, is_begin: bool) -> HttpResponse:
    try:
        if is_begin:
            services.start_session(session=shown)
            messages.success(request, _("It has begun."))
        else:
            services.end_session(session=shown)
            messages.success(request, _("It is over. Mark who was there."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", shown.pk)


@require_safe
@require(Permission.JOIN_RESEARCH)
def calendar_file(request: AuthedRequest, session_id: int) -> HttpResponse:
    """The session as a file for one's calendar."""
    shown = get_object_or_404(ResearchSession.objects.visible_to(request.user).exclude(starts_at=None), pk=session_id)
    return ics_response(calendar_files.download(shown, url=mails.session_url(shown), as_of=timezone.now()))


def ics_response(text: str) -> HttpResponse:
    """Return an answer that browsers offer to the calendar."""
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="session.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
