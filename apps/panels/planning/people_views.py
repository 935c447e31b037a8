"""What staff do with the people of a session: invite, take back, seats, attendance, pre-reads."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.customers.contacts import asked_lately
from apps.customers.models import Customer
from apps.panels.models import Participant, ResearchSession
from apps.panels.planning import materials, observers, participants, seats, selectors
from apps.panels.planning.access import open_session, own_session
from apps.panels.planning.forms import InviteForm, MaterialForm, StaffForm

CHOSEN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def invite(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Whom to invite: those chosen elsewhere (``?customer=``), members of the panel, and whoever is found by name."""
    session = own_session(request, session_id)
    asked = (request.POST if request.method == "POST" else request.GET).getlist("customer")
    chosen = [int(one) for one in asked[:CHOSEN] if one.isascii() and one.isdigit() and len(one) < 16]
    offered = _offered(session, chosen, request.GET.get("q", ""))
    form = InviteForm(request.POST or None, offered=[one.pk for one in offered])
    if request.method == "POST" and form.is_valid() and _has_invited(request, form, session):
        return redirect("sessions:session", session.pk)
    there = {one.customer_id: one for one in session.participants.all()}
    lately = asked_lately([one.pk for one in offered], as_of=timezone.now())
    rows = [(one, there.get(one.pk), lately.get(one.pk), one.pk in chosen) for one in offered]
    context = {"session": session, "form": form, "rows": rows, "q": request.GET.get("q", ""), "has_tired": bool(lately)}
    context["can_invite"] = session.state in participants.INVITING
    return render(request, "panels/planning/invite.html", context, status=422 if form.errors else 200)


def _offered(session: ResearchSession, chosen: list[int], words: str) -> list[Customer]:
    picked = Customer.objects.filter(pk__in=chosen, erased_at=None).select_related("organisation")
    found = [
        *picked.order_by("name", "pk"),
        *selectors.customers_to_invite(words),
        *selectors.members_of(session.panel),
    ]
    return list({one.pk: one for one in found}.values())


def _has_invited(request: AuthedRequest, form: InviteForm, session: ResearchSession) -> bool:
    try:
        invited = participants.invite(
            session=session,
            customer_ids=form.cleaned_data["customer"],
            invited_by=request.user,
            override_reason=form.cleaned_data["override_reason"],
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    told = ngettext("%(count)s customer is invited.", "%(count)s customers are invited.", len(invited))
    messages.success(request, told % {"count": len(invited)})
    return True


@require_POST
@require(Permission.RUN_RESEARCH)
def take_back(request: AuthedRequest, session_id: int, participant_id: int) -> HttpResponse:
    """Take an invitation back."""
    participant = _participant(own_session(request, session_id), participant_id)
    try:
        participants.take_back(participant_id=participant.pk)
        messages.success(request, _("Taken back. A place that came free goes to who waits longest."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session_id)


@require_POST
@require(Permission.RUN_RESEARCH)
def attendance(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Mark who was there: ``p<participant>`` and ``u<user>`` are "yes" or "no", ``m<user>`` minutes."""
    session = own_session(request, session_id)
    try:
        for one in session.participants.all():
            said = request.POST.get(f"p{one.pk}")
            if said in ("yes", "no"):
                participants.mark_attendance(participant_id=one.pk, has_attended=said == "yes")
        for seat in session.staff.all():
            said, minutes = request.POST.get(f"u{seat.user_id}"), request.POST.get(f"m{seat.user_id}", "")
            if said in ("yes", "no"):
                spent = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else None
                seats.mark_staff(session_id=session.pk, user_id=seat.user_id, has_attended=said == "yes", minutes=spent)
        messages.success(request, _("Saved."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.JOIN_RESEARCH)
def join(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Take an observer's seat."""
    session = open_session(request, session_id)
    try:
        observers.join_as_observer(session=session, user=request.user)
        messages.success(request, _("You have a seat. It is in your mail for the calendar."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.JOIN_RESEARCH)
def leave(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Give up one's own observer's seat."""
    session = open_session(request, session_id)
    try:
        if observers.leave_session(session=session, user=request.user):
            messages.success(request, _("Your seat is free for somebody else."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.RUN_RESEARCH)
def unseat(request: AuthedRequest, session_id: int, user_id: int) -> HttpResponse:
    """Take a colleague's seat away."""
    session = own_session(request, session_id)
    return _left(request, session, user_id, _("The seat is free."))


def _left(request: AuthedRequest, session: ResearchSession, user_id: int, told: str) -> HttpResponse:
    try:
        if seats.leave_seat(session_id=session.pk, user_id=user_id):
            messages.success(request, told)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.RUN_RESEARCH)
def seat(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Give a colleague a seat, or another role."""
    session = own_session(request, session_id)
    form = StaffForm(request.POST, session=session)
    if not form.is_valid():
        messages.error(request, _("Choose a colleague and a role."))
        return redirect("sessions:session", session.pk)
    try:
        seats.seat_staff(session_id=session.pk, **form.cleaned_data)
        messages.success(request, _("They have a seat, and hear of it."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.RUN_RESEARCH)
def add_material(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Add something to read before."""
    session = own_session(request, session_id)
    form = MaterialForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(next(iter(form.errors.values()))[0])
        materials.add_material(session_id=session.pk, **form.cleaned_data)
        messages.success(request, _("Added."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.RUN_RESEARCH)
def remove_material(request: AuthedRequest, session_id: int, material_id: int) -> HttpResponse:
    """Take a pre-read away."""
    session = own_session(request, session_id)
    if not session.materials.filter(pk=material_id).exists():
        raise Http404
    materials.remove_material(session_id=session.pk, material_id=material_id)
    messages.success(request, _("Removed."))
    return redirect("sessions:session", session.pk)


def _participant(session: ResearchSession, participant_id: int) -> Participant:
    participant = session.participants.filter(pk=participant_id).first()
    if participant is None:
        raise Http404
    return participant
