"""Saved views as pages: open one, keep one, rename, share, order, delete with undo."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, require, teams_where
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.workbench.models import SavedView
from apps.workbench.room import saved_views
from apps.workbench.room.forms import SavedViewForm, SaveViewForm

MOVES = {"up": -1, "down": 1}


@require_GET
@require(Permission.READ_FEEDBACK)
def view_list(request: AuthedRequest) -> HttpResponse:
    """All saved views that the person may open, and what may be done to them."""
    views = list(saved_views.visible_views(request.user))
    context = {
        "own_views": [view for view in views if view.owner_id == request.user.pk],
        "shared_views": [view for view in views if view.owner_id != request.user.pk],
    }
    return render(request, "workbench/view_list.html", context)


@require_GET
@require(Permission.READ_FEEDBACK)
def open_view(request: AuthedRequest, view_id: int) -> HttpResponse:
    """The lasting address of a view: on to the room, as the view has it."""
    return redirect(room_url(_view_or_404(request, view_id)))


@require_POST
@require(Permission.READ_FEEDBACK)
def save_view(request: AuthedRequest) -> HttpResponse:
    """Keep what the room shows under a name; refused, the name is asked for again on a page."""
    form = SaveViewForm(request.POST, teams=teams_to_share_with(request.user))
    if form.is_valid():
        try:
            view = saved_views.save_view(
                owner=request.user, name=form.cleaned_data["name"], query=form.cleaned_data["query"], **form.circle
            )
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            say_done(request, _("Saved as “%(name)s”.") % {"name": view.name})
            return redirect(room_url(view))
    return render(request, "workbench/view_form.html", {"form": form, "view": None}, status=422)


@require_http_methods(["GET", "POST"])
@require(Permission.READ_FEEDBACK)
def edit_view(request: AuthedRequest, view_id: int) -> HttpResponse:
    """Rename a view and say who sees it."""
    view = _changeable_or_404(request, view_id)
    teams = teams_to_share_with(view.owner)
    share = f"team-{view.team_id}" if view.team_id else view.scope
    form = SavedViewForm(request.POST or None, teams=teams, initial={"name": view.name, "share": share})
    if request.method == "POST" and form.is_valid():
        try:
            saved_views.update_view(view, name=form.cleaned_data["name"], **form.circle)
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            say_done(request, _("Saved."))
            return redirect("workbench:view-list")
    return render(request, "workbench/view_form.html", {"form": form, "view": view}, status=422 if form.errors else 200)


@require_POST
@require(Permission.READ_FEEDBACK)
def update_view_query(request: AuthedRequest, view_id: int) -> HttpResponse:
    """Have a view show what the room shows right now."""
    view = _changeable_or_404(request, view_id)
    try:
        saved_views.update_query(view, query=request.POST.get("query", ""))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        say_done(request, _("“%(name)s” shows this from now on.") % {"name": view.name})
    return redirect(room_url(view))


@require_POST
@require(Permission.READ_FEEDBACK)
def delete_view(request: AuthedRequest, view_id: int) -> HttpResponse:
    """Delete a view; a repeat says so again."""
    view = _changeable_or_404(request, view_id, is_deleted_too=True)
    saved_views.delete_view(view)
    undo = reverse("workbench:restore-view", args=[view.pk])
    say_done(request, _("“%(name)s” is deleted.") % {"name": view.name}, undo=undo)
    return redirect("workbench:view-list")


@require_POST
@require(Permission.READ_FEEDBACK)
def restore_view(request: AuthedRequest, view_id: int) -> HttpResponse:
    """Bring a deleted view back."""
    view = _changeable_or_404(request, view_id, is_deleted_too=True)
    try:
        saved_views.restore_view(view)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        say_done(request, _("“%(name)s” is back.") % {"name": view.name})
    return redirect("workbench:view-list")


@require_POST
@require(Permission.READ_FEEDBACK)
def move_view(request: AuthedRequest, view_id: int) -> HttpResponse:
    """Move an own view one place up or down."""
    view = get_object_or_404(SavedView, pk=view_id, owner=request.user, deleted_at=None)
    saved_views.move_view(view, steps=MOVES.get(request.POST.get("direction", ""), 0))
    return redirect("workbench:view-list")


@require_POST
@require(Permission.READ_FEEDBACK)
def set_default_view(request: AuthedRequest, view_id: int) -> HttpResponse:
    """Have the person's room open in this view, or no longer: ``is_default`` is "1" or "0"."""
    view = _view_or_404(request, view_id)
    is_default = request.POST.get("is_default") == "1"
    saved_views.set_default_view(request.user, view if is_default else None)
    sentence = _("Your room opens in “%(name)s”.") if is_default else _("Your room opens with all feedback.")
    say_done(request, sentence % {"name": view.name})
    return redirect("workbench:view-list")


def room_url(view: SavedView) -> str:
    """Return the address of the room as ``view`` has it."""
    start = reverse("workbench:feedback-list") + f"?view={view.pk}"
    return f"{start}&{view.query}" if view.query else start


def teams_to_share_with(user: User) -> QuerySet[Team]:
    """Return the teams in which ``user`` has a role."""
    return teams_where(user, Permission.READ_FEEDBACK)


def _view_or_404(request: AuthedRequest, view_id: int) -> SavedView:
    return get_object_or_404(saved_views.visible_views(request.user), pk=view_id)


def _changeable_or_404(request: AuthedRequest, view_id: int, *, is_deleted_too: bool = False) -> SavedView:
    """Return a view to change. Another's personal one is 404, another's shared one 403."""
    views = SavedView.objects.select_related("owner", "team")
    view = get_object_or_404(views if is_deleted_too else views.filter(deleted_at=None), pk=view_id)
    if not saved_views.may_change(request.user, view):
        _view_or_404(request, view_id)
        raise PermissionDenied
    return view
