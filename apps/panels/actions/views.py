"""The tracker's pages: the list, one action, and one press that says how far it is."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Team
from apps.accounts.permissions import Permission, may, require, teams_where
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.actions import selectors, services
from apps.panels.actions.forms import ActionForm, StateForm
from apps.panels.models import Action, ActionState, Panel, ResearchSession


@require_safe
@require(Permission.JOIN_RESEARCH)
def action_list(request: AuthedRequest) -> HttpResponse:
    """What was promised, the most urgent first; by view, team and panel."""
    wanted, today = _wanted(request), timezone.localdate()
    found = selectors.listed_actions(request.user, wanted, today=today)
    context = {
        "actions": found[: selectors.SHOWN],
        "has_more": len(found) > selectors.SHOWN,
        "wanted": wanted,
        "views": _views(wanted, selectors.counts(request.user, wanted, today=today)),
        "teams": Team.objects.filter(pk__in=Action.objects.values("team")),
        "panels": Panel.objects.all(),
        "today": today,
        "acting_teams": set(teams_where(request.user, Permission.JOIN_RESEARCH).values_list("pk", flat=True)),
        "here": request.get_full_path(),
    }
    return render(request, "panels/actions/list.html", context)


def _wanted(request: AuthedRequest) -> selectors.Wanted:
    view = request.GET.get("view", "")
    return selectors.Wanted(
        view=view if view in ("mine", "overdue", "closed") else "open",
        team=Team.objects.filter(slug=request.GET.get("team", "")).first(),
        panel=Panel.objects.filter(slug=request.GET.get("panel", "")).first(),
    )


def _views(wanted: selectors.Wanted, counts: dict[str, int]) -> list[dict[str, object]]:
    kept = {"team": wanted.team, "panel": wanted.panel}
    query = {name: thing.slug for name, thing in kept.items() if thing is not None}
    texts = {"open": _("Open"), "mine": _("Mine"), "overdue": _("Overdue"), "closed": _("Closed")}
    return [
        {
            "text": text,
            "url": f"?{urlencode({'view': view, **query})}",
            "is_current": view == wanted.view,
            "count": counts.get(view),
        }
        for view, text in texts.items()
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def create_action(request: AuthedRequest) -> HttpResponse:
    """A new action; ``?panel=`` and ``?session=`` say what it came of."""
    initial = _came_of(request)
    form = ActionForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        action = services.create_action(fields=form.fields_given, user=request.user)
        messages.success(request, _("Kept. “%(title)s” is on the list.") % {"title": action.title})
        return redirect(_way_back(action))
    context = {"form": form, "panel": initial.get("panel")}
    return render(request, "panels/actions/create.html", context, status=422 if form.errors else 200)


def _came_of(request: AuthedRequest) -> dict[str, object]:
    """Return what the address says the action came of, as far as the person may open it."""
    panel = Panel.objects.select_related("team").filter(slug=request.GET.get("panel", "")).first()
    asked = request.GET.get("session", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 19
    sessions = ResearchSession.objects.visible_to(request.user).select_related("team", "panel")
    session = sessions.filter(pk=asked).first() if is_number else None
    panel = panel or (session.panel if session else None)
    origin = session or panel
    found: dict[str, object] = {"panel": panel, "session": session, "owner": request.user}
    return {**found, "team": origin.team} if origin else found


def _way_back(action: Action) -> str:
    return reverse("panels:panel", args=[action.panel.slug]) if action.panel else reverse("actions:list")


@require_safe
@require(Permission.JOIN_RESEARCH)
def action(request: AuthedRequest, action_id: int) -> HttpResponse:
    """One action: what it came of, how far it is, what members are told."""
    return _action_page(request, _action_or_404(request, action_id))


def _action_page(request: AuthedRequest, shown: Action, form: StateForm | None = None) -> HttpResponse:
    context = {
        "action": shown,
        "form": form or StateForm(initial={"state": shown.state, "outcome": shown.outcome}),
        "may_act": may(request.user, Permission.JOIN_RESEARCH, team=shown.team),
        "today": timezone.localdate(),
    }
    return render(request, "panels/actions/action.html", context, status=422 if form else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def edit_action(request: AuthedRequest, action_id: int) -> HttpResponse:
    """What is said of an action."""
    shown = _acted_or_403(request, action_id)
    form = ActionForm(request.POST or None, user=request.user, action=shown)
    if request.method == "POST" and form.is_valid():
        services.update_action(action=shown, fields=form.fields_given, user=request.user)
        messages.success(request, _("Saved."))
        return redirect("actions:action", shown.pk)
    context = {"form": form, "action": shown}
    return render(request, "panels/actions/edit.html", context, status=422 if form.errors else 200)


@require_POST
@require(Permission.JOIN_RESEARCH)
def set_state(request: AuthedRequest, action_id: int) -> HttpResponse:
    """Say how far it is, with an undo; where it is done and members see it, its page asks what to tell them."""
    shown = _acted_or_403(request, action_id)
    undone = request.GET.get("to")
    form = StateForm({"state": undone} if undone else request.POST)
    if not form.is_valid():
        if "outcome" in request.POST:
            return _action_page(request, shown, form)
        raise BadRequest("A state is open, doing, done or dropped.")
    state: ActionState = form.cleaned_data["state"]
    outcome = form.cleaned_data["outcome"].strip() if "outcome" in request.POST and not undone else None
    before = services.set_state(action=shown, state=state, outcome=outcome)
    undo = f"{reverse('actions:state', args=[shown.pk])}?to={before}" if before != state and not undone else ""
    say_done(request, _said(state), undo=undo)
    asks = state == ActionState.DONE and shown.is_shown_to_members and not (outcome or shown.outcome)
    return redirect(reverse("actions:action", args=[shown.pk]) if asks else _next(request, shown))


def _said(state: ActionState) -> str:
    told = {
        ActionState.OPEN: _("Open again."),
        ActionState.DOING: _("Under way."),
        ActionState.DONE: _("Done."),
        ActionState.DROPPED: _("It will not be done."),
    }
    return told[state]


def _next(request: AuthedRequest, shown: Action) -> str:
    """Return the page that the press was on, where it says so; else the action's."""
    path = request.POST.get("next", "")
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours else reverse("actions:action", args=[shown.pk])


def _action_or_404(request: AuthedRequest, action_id: int) -> Action:
    return get_object_or_404(selectors.readable_actions(request.user), pk=action_id)


def _acted_or_403(request: AuthedRequest, action_id: int) -> Action:
    shown = _action_or_404(request, action_id)
    if not may(request.user, Permission.JOIN_RESEARCH, team=shown.team):
        raise PermissionDenied
    return shown
