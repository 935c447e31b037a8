"""Inviting customers to a panel, and what staff do with one seat."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.core.toasts import say_done
from apps.panels.members import selectors, services
from apps.panels.members.forms import InviteForm, RenewForm
from apps.panels.members.services import MOST_AT_ONCE, Invited, Refusal
from apps.panels.members.views import panel_context, panel_to_run
from apps.panels.models import Panel, PanelState, Seat


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def invite(request: AuthedRequest, slug: str) -> HttpResponse:
    """Whom to invite: chosen before (``?customer=``), or found by name; a post invites them."""
    panel = panel_to_run(request, slug)
    sent = request.POST if request.method == "POST" else request.GET
    chosen = _ids(sent)
    form = InviteForm(request.POST if request.POST.get("go") == "invite" else None, customer_ids=chosen)
    found = selectors.candidates(panel, chosen, as_of=timezone.now())
    if form.is_bound and form.is_valid() and _is_answered(form, found):
        done = services.invite(
            panel=panel,
            customer_ids=form.cleaned_data["customer"],
            kind=form.cleaned_data["kind"],
            invited_by=request.user,
            override_reason=form.cleaned_data["override_reason"],
        )
        _tell(request, done)
        return redirect("panels:panel", slug)
    q = sent.get("q", "").strip()[:100]
    context = {
        **panel_context(request, panel),
        "form": form,
        "candidates": found,
        "has_tired": any(one.refusal == Refusal.TOO_SOON for one in found),
        "q": q,
        "results": selectors.search_customers(q, but=chosen) if q else [],
        "opens": panel.state == PanelState.DRAFT,
    }
    return render(request, "panels/members/invite.html", context, status=422 if form.errors else 200)


def _ids(sent: QueryDict) -> list[int]:
    """Return the customers that an address or a form names, each once; what is no id is passed over."""
    found = [pk for value in sent.getlist("customer") if (pk := read_id(value)) is not None]
    dropped = sent.get("drop", "")
    return [pk for pk in dict.fromkeys(found) if str(pk) != dropped][:MOST_AT_ONCE]


def _is_answered(form: InviteForm, found: list[selectors.Candidate]) -> bool:
    """Tell whether somebody is chosen, and a reason given where one is wanted; say so at the form where not."""
    wanted = [one for one in found if one.customer.pk in form.cleaned_data["customer"]]
    if not wanted:
        form.add_error(None, _("Choose whom to invite: search for a name below."))
    elif any(one.refusal == Refusal.TOO_SOON for one in wanted) and not form.cleaned_data["override_reason"]:
        form.add_error(
            "override_reason", _("Some were asked lately. Say why you ask again, or take them off the list.")
        )
    return not form.errors


def _tell(request: AuthedRequest, done: Invited) -> None:
    count = len(done.seats)
    if count:
        told = ngettext("%(count)d invitation is on its way.", "%(count)d invitations are on their way.", count)
        messages.success(request, told % {"count": count})
    if done.refused:
        told = ngettext(
            "%(count)d customer was not invited: asked already, not to be contacted, or without an address.",
            "%(count)d customers were not invited: asked already, not to be contacted, or without an address.",
            len(done.refused),
        )
        messages.warning(request, told % {"count": len(done.refused)})


@require_POST
@require(Permission.RUN_RESEARCH)
def change_seat(request: AuthedRequest, slug: str, seat_id: int) -> HttpResponse:
    """One thing done with one seat: remind, take back, restore, renew, end, move up."""
    panel = panel_to_run(request, slug)
    seats = Seat.objects.select_related("customer", "panel")
    seat = get_object_or_404(seats, pk=seat_id, panel=panel)
    do = _DOINGS.get(request.POST.get("action") or request.GET.get("action", ""))
    if do is None:
        raise BadRequest("An action is remind, take-back, restore, renew, end or move-up.")
    try:
        do(request, panel, seat)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("panels:panel", slug)


def _remind(request: AuthedRequest, panel: Panel, seat: Seat) -> None:
    services.remind(seat=seat)
    messages.success(request, _("%(name)s is reminded.") % {"name": seat.customer})


def _take_back(request: AuthedRequest, panel: Panel, seat: Seat) -> None:
    services.take_back(seat=seat)
    undo = f"{reverse('panels:change-seat', args=[panel.slug, seat.pk])}?action=restore"
    say_done(request, _("The invitation of %(name)s is taken back.") % {"name": seat.customer}, undo=undo)


def _restore(request: AuthedRequest, panel: Panel, seat: Seat) -> None:
    services.restore(seat=seat)
    messages.success(request, _("The invitation of %(name)s stands again.") % {"name": seat.customer})


def _renew(request: AuthedRequest, panel: Panel, seat: Seat) -> None:
    form = RenewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the new last day of the term."))
        return
    try:
        services.renew(seat=seat, until=form.cleaned_data["until"], today=timezone.localdate())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The term of %(name)s is renewed; they are told.") % {"name": seat.customer})


def _end(request: AuthedRequest, panel: Panel, seat: Seat) -> None:
    services.end_seat(seat=seat, today=timezone.localdate())
    messages.success(request, _("The term of %(name)s is over.") % {"name": seat.customer})


def _move_up(request: AuthedRequest, panel: Panel, seat: Seat) -> None:
    services.move_up(seat=seat)
    messages.success(request, _("%(name)s has a seat now, and is told.") % {"name": seat.customer})


_DOINGS: dict[str, Callable[[AuthedRequest, Panel, Seat], None]] = {
    "remind": _remind,
    "take-back": _take_back,
    "restore": _restore,
    "renew": _renew,
    "end": _end,
    "move-up": _move_up,
}
