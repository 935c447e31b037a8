"""The board of a workshop: what is projected, and what moderators do there.

Who may read the session may look on; who runs research in its team moderates. A script is answered with what was
done, so that a board filling the screen is never left; without one the board is shown again.
"""

import io
import uuid
from collections.abc import Callable

import segno
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest, error_page, wants_fragment
from apps.core.toasts import say_done
from apps.panels.afterwards.services import promote_ideas
from apps.panels.models import Idea, Phase, ResearchSession, SessionState, Workshop
from apps.panels.workshops import grouping, phones, selectors, services
from apps.panels.workshops.changing import NOT_DONE, OPEN_TO_GROUPING
from apps.panels.workshops.forms import PhaseForm, WorkshopForm, read_ids

TIMERS = (3, 5, 8, 10, 15, 20, 30)  # minutes


# --- looking on ---------------------------------------------------------------------------------------------------


def session_for(request: AuthedRequest, session_id: int) -> ResearchSession:
    sessions = ResearchSession.objects.visible_to(request.user).select_related("team", "workshop", "product")
    return get_object_or_404(sessions, pk=session_id)


def workshop_for(request: AuthedRequest, session_id: int) -> Workshop:
    workshops = Workshop.objects.filter(session__in=ResearchSession.objects.visible_to(request.user))
    return get_object_or_404(workshops.select_related("session__team"), pk=session_id)


@require_safe
@require(Permission.JOIN_RESEARCH)
def board(request: AuthedRequest, session_id: int) -> HttpResponse:
    """The board, or its columns alone for the script; before it is open, the way to open it."""
    session = session_for(request, session_id)
    is_moderator = may(request.user, Permission.RUN_RESEARCH, team=session.team)
    workshop = getattr(session, "workshop", None)
    if workshop is None:
        form = WorkshopForm(initial={"question": session.title})
        return _opening(request, session, form if is_moderator else None)
    context = _context(request, session, workshop, is_moderator=is_moderator)
    template = "_board.html" if wants_fragment(request) else "board.html"
    response = render(request, f"panels/workshops/{template}", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _opening(
    request: AuthedRequest,
    session: ResearchSession,
    form: WorkshopForm | None,
    *,
    workshop: Workshop | None = None,
    status: int = 200,
) -> HttpResponse:
    is_cancelled = session.state == SessionState.CANCELLED and workshop is None
    shown = None if is_cancelled else form
    context = {"session": session, "workshop": workshop, "form": shown, "is_cancelled": is_cancelled}
    return render(request, "panels/workshops/open.html", context, status=status)


def _context(
    request: AuthedRequest, session: ResearchSession, workshop: Workshop, *, is_moderator: bool
) -> dict[str, object]:
    with_dots = _with_dots(request, workshop, is_moderator=is_moderator)
    shown = selectors.board_of(workshop, with_dots=with_dots)
    seconds_left = selectors.seconds_left(workshop, now=timezone.now())
    return {
        "session": session,
        "workshop": workshop,
        "is_moderator": is_moderator,
        "board": shown,
        "columns": selectors.in_reading_order(shown, workshop),
        "base": reverse("workshops:board", args=[workshop.pk]),
        "with_dots": with_dots,
        "phases": [(value, label, value == workshop.phase) for value, label in Phase.choices],
        "timers": TIMERS,
        "may_group": is_moderator and workshop.phase in OPEN_TO_GROUPING,
        "may_name": is_moderator and workshop.phase in NOT_DONE,
        "may_decide": is_moderator and workshop.phase in (Phase.DISCUSS, Phase.DECIDE, Phase.DONE),
        "phone_count": selectors.phone_count(workshop),
        "seconds_left": seconds_left,
        "minutes_left": -(-(seconds_left or 0) // 60),
        "address": phone_address(workshop),
        "short_address": f"{django_settings.PUBLIC_URL}{reverse('workshops:join')}".partition("://")[2].rstrip("/"),
        "kinds": ("csv", "json", "md"),
        "client_key": str(uuid.uuid4()),
    }


def _with_dots(request: AuthedRequest, workshop: Workshop, *, is_moderator: bool) -> bool:
    """Whether this board shows the dots: everybody's after the vote, before that a moderator's who asks."""
    return selectors.shows_dots(workshop) or (is_moderator and request.GET.get("dots") == "1")


def phone_address(workshop: Workshop) -> str:
    return f"{django_settings.PUBLIC_URL}{reverse('workshops:phone', args=[workshop.code])}"


@require_safe
@require(Permission.JOIN_RESEARCH)
def state(request: AuthedRequest, session_id: int) -> HttpResponse:
    """What an open board asks every second: what came in after the idea ``?after=``, and whether the rest changed."""
    workshop = workshop_for(request, session_id)
    is_moderator = may(request.user, Permission.RUN_RESEARCH, team=workshop.session.team)
    with_dots = _with_dots(request, workshop, is_moderator=is_moderator)
    after_id = (read_ids([request.GET.get("after", "")]) or [0])[0]
    etag = f'"{workshop.pk}-{workshop.change_number}-{after_id}-{int(with_dots)}-{get_language()}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        told: dict[str, object] = {
            "layout": workshop.layout_number,
            "ideas": selectors.new_ideas(workshop, after_id=after_id),
            "phones": selectors.phone_count(workshop),
            "dots": selectors.dots_of(workshop) if with_dots else {},
        }
        response = JsonResponse(told)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_safe
@require(Permission.JOIN_RESEARCH)
def code(request: AuthedRequest, session_id: int) -> HttpResponse:
    """The QR code of the phones' address, as SVG."""
    workshop, buffer = workshop_for(request, session_id), io.BytesIO()
    segno.make(phone_address(workshop), error="m").save(buffer, kind="svg", scale=8, border=3, light="#fff")
    return HttpResponse(buffer.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private"})


# --- moderating ---------------------------------------------------------------------------------------------------


def moderated(change: Callable[..., str]) -> Callable[..., HttpResponseBase]:
    """Make a view of ``change``, which does one thing with a workshop and returns what is to be said, "" for nothing.

    What stands against it is said; a page without script is led back to the board.
    """

    @require_POST
    @require(Permission.RUN_RESEARCH)
    def view(request: AuthedRequest, /, session_id: int, **kwargs: int) -> HttpResponse:
        workshop = workshop_for(request, session_id)
        if not may(request.user, Permission.RUN_RESEARCH, team=workshop.session.team):
            raise PermissionDenied
        try:
            said = change(request, workshop, **kwargs)
        except ValidationError as error:
            return _refused(request, " ".join(error.messages), status=422)
        except DomainError as error:
            return _refused(request, str(error), status=409)
        undo = reverse("workshops:show", args=[workshop.pk, kwargs["idea_id"]]) if change.__name__ == "hide" else ""
        if _wants_json(request):
            return JsonResponse({"said": said, "undo": undo})
        if said:
            say_done(request, said, undo=undo)
        return redirect("workshops:board", workshop.pk)

    return view


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _refused(request: HttpRequest, reason: str, *, status: int) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": reason}, status=status)
    return error_page(request, status=status, code="refused", title=_("That cannot be done"), message=reason)


@require_POST
@require(Permission.RUN_RESEARCH)
def open_board(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Open a workshop on the session."""
    session = _led_session(request, session_id)
    form = WorkshopForm(request.POST)
    if form.is_valid():
        try:
            services.open_workshop(session=session, **form.cleaned_data)
        except (ValidationError, DomainError) as error:
            form.add_error(None, str(error) if isinstance(error, DomainError) else error.messages)
        else:
            return redirect("workshops:board", session.pk)
    return _opening(request, session, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def settings(request: AuthedRequest, session_id: int) -> HttpResponse:
    """What is asked, and how much each phone may send and vote."""
    session = _led_session(request, session_id)
    workshop = get_object_or_404(Workshop, pk=session.pk)
    if request.method != "POST":
        return _opening(request, session, WorkshopForm.of(workshop), workshop=workshop)
    form = WorkshopForm(request.POST)
    if form.is_valid():
        try:
            services.change_workshop(workshop_id=workshop.pk, **form.cleaned_data)
        except (ValidationError, DomainError) as error:
            form.add_error(None, str(error) if isinstance(error, DomainError) else error.messages)
        else:
            say_done(request, _("Saved."))
            return redirect("workshops:board", session.pk)
    return _opening(request, session, form, workshop=workshop, status=422)


def _led_session(request: AuthedRequest, session_id: int) -> ResearchSession:
    session = session_for(request, session_id)
    if not may(request.user, Permission.RUN_RESEARCH, team=session.team):
        raise PermissionDenied
    return session


@moderated
def phase(request: AuthedRequest, workshop: Workshop) -> str:
    form = PhaseForm(request.POST)
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.values() for error in errors])
    services.set_phase(workshop_id=workshop.pk, **form.cleaned_data)
    return ""


@moderated
def add_idea(request: AuthedRequest, workshop: Workshop) -> str:
    try:
        client_key = uuid.UUID(request.POST.get("client_key", ""))
    except ValueError:
        raise ValidationError(_("This page is too old. Load it again.")) from None
    phones.contribute(workshop_id=workshop.pk, phone=None, client_key=client_key, text=request.POST.get("text", ""))
    return ""


@moderated
def move(request: AuthedRequest, workshop: Workshop) -> str:
    """Move the marked ideas to a group, to none, or to a new one."""
    idea_ids, where = read_ids(request.POST.getlist("idea")), request.POST.get("group", "")
    title = request.POST.get("title", "")
    if where == "new":
        grouping.create_group(workshop_id=workshop.pk, title=title, idea_ids=idea_ids)
    elif not idea_ids:
        raise ValidationError(_("Mark the ideas to move first."))
    else:
        group_ids = read_ids([where])
        grouping.move_ideas(workshop_id=workshop.pk, idea_ids=idea_ids, group_id=group_ids[0] if group_ids else None)
    return ""


@moderated
def hide(request: AuthedRequest, workshop: Workshop, idea_id: int) -> str:
    grouping.hide_idea(workshop_id=workshop.pk, idea_id=idea_id)
    return _("Taken off the board: “%(words)s”") % {"words": Idea.objects.get(pk=idea_id).text[:80]}


@moderated
def show(request: AuthedRequest, workshop: Workshop, idea_id: int) -> str:
    grouping.show_idea(workshop_id=workshop.pk, idea_id=idea_id)
    return _("Back on the board.")


@moderated
def rename(request: AuthedRequest, workshop: Workshop, group_id: int) -> str:
    grouping.rename_group(workshop_id=workshop.pk, group_id=group_id, title=request.POST.get("title", ""))
    return ""


@moderated
def order(request: AuthedRequest, workshop: Workshop, group_id: int) -> str:
    steps = -1 if request.POST.get("steps") == "-1" else 1
    grouping.order_group(workshop_id=workshop.pk, group_id=group_id, steps=steps)
    return ""


@moderated
def merge(request: AuthedRequest, workshop: Workshop) -> str:
    chosen = read_ids([request.POST.get("group", ""), request.POST.get("into", "")])
    if len(chosen) != 2:
        raise ValidationError(_("Choose the two groups to merge."))
    grouping.merge_groups(workshop_id=workshop.pk, group_id=chosen[0], into_id=chosen[1])
    return _("The two groups are one now.")


@moderated
def remove(request: AuthedRequest, workshop: Workshop, group_id: int) -> str:
    grouping.remove_group(workshop_id=workshop.pk, group_id=group_id)
    return ""


@moderated
def decide(request: AuthedRequest, workshop: Workshop, group_id: int) -> str:
    services.decide(
        workshop_id=workshop.pk,
        group_id=group_id,
        words=request.POST.get("decision", ""),
        was=request.POST.get("was", ""),
    )
    return _("Written down.")


@moderated
def promote(request: AuthedRequest, workshop: Workshop) -> str:
    """Make feedback of everything on the board; what is feedback already stays it."""
    ideas = Idea.objects.filter(workshop=workshop, hidden_at=None)
    done = promote_ideas(ideas=ideas, user=request.user)
    made, refused = len(done.new_ids), len(done.refused)
    said = ngettext("%(made)d idea has become feedback.", "%(made)d ideas have become feedback.", made) % {"made": made}
    if not refused:
        return said
    why = next(iter(done.refused.values()))
    return f"{said} " + _("%(refused)d not: %(why)s") % {"refused": refused, "why": why}
