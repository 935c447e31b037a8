"""The page of one seat, opened by the link mailed to its customer: no account, no cookie, and no script is needed."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.core import languages, limits
from apps.core.error_pages import too_many_requests
from apps.core.errors import DomainError
from apps.core.http import client_address, keep_private
from apps.panels.members import answers, ballots, links
from apps.panels.members.errors import PanelFullError
from apps.panels.members.member_page import member_page
from apps.panels.models import Ballot, PanelState, Seat, SeatKind, SeatState

LIMIT = "600/m"  # requests from one address: an office behind it
VOTE_FIELDS = 100


@csrf_exempt  # no cookie is set or read: the signed link is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, token: str) -> HttpResponse:
    """The invitation, the member's page, or a farewell. Only a POST changes anything."""
    if not limits.take(purpose="member page", client=client_address(request), limit=LIMIT).is_allowed:
        return keep_private(too_many_requests(request))
    seat = links.seat_of(token)
    if seat is None:
        raise Http404
    if request.method != "POST":
        return keep_private(_page(request, seat, token))
    do = _DOINGS.get(request.POST.get("do", ""))
    try:
        if do is None:
            raise ValidationError(_("Nothing was changed. Press one of the buttons below."))
        do(seat, request.POST)
    except DomainError as error:
        return keep_private(_page(request, links.seat_of(token) or seat, token, error=str(error), status=409))
    except ValidationError as error:
        return keep_private(_page(request, seat, token, error=error.messages[0], status=422))
    return keep_private(HttpResponse(status=303, headers={"Location": _address(request, token)}))


def _accept(seat: Seat, sent: QueryDict) -> None:
    answers.accept(seat=seat, today=timezone.localdate())


def _decline(seat: Seat, sent: QueryDict) -> None:
    answers.decline(seat=seat, reason=sent.get("reason", ""))


def _leave(seat: Seat, sent: QueryDict) -> None:
    answers.leave(seat=seat, today=timezone.localdate(), reason=sent.get("reason", ""))


def _vote(seat: Seat, sent: QueryDict) -> None:
    asked = sent.get("ballot", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 19
    ballot = Ballot.objects.filter(pk=asked, panel=seat.panel_id).first() if is_number else None
    if ballot is None:
        raise Http404
    chosen = [value for value in sent.getlist("choice")[:VOTE_FIELDS] if value.isascii() and value.isdigit()]
    ballots.vote(ballot=ballot, seat=seat, choices=[int(value[:4]) for value in chosen])


_DOINGS: dict[str, Callable[[Seat, QueryDict], None]] = {
    "accept": _accept,
    "decline": _decline,
    "leave": _leave,
    "vote": _vote,
}


def _page(request: HttpRequest, seat: Seat, token: str, *, error: str = "", status: int = 200) -> HttpResponse:
    """Return what the seat's state has to show."""
    context: dict[str, object] = {
        "seat": seat,
        "panel": seat.panel,
        "error": error,
        "action": _address(request, token),
        "is_closed": seat.panel.state == PanelState.CLOSED,
    }
    if seat.state == SeatState.ACCEPTED:
        context["page"] = member_page(seat, as_of=timezone.now())
        template = "panels/members/member.html"
    elif seat.state in answers.ANSWERABLE and seat.panel.state == PanelState.ACTIVE:
        context["place"] = _place(seat)
        template = "panels/members/invitation.html"
    else:
        template = "panels/members/farewell.html"
    return HttpResponse(render_to_string(template, context), status=status)


def _place(seat: Seat) -> str:
    """Return what they would be on accepting: a seat, an alternate's place, or "" where nothing is left."""
    try:
        return SeatKind(answers.place_for(seat.panel, seat)).value
    except PanelFullError:
        return ""


def _address(request: HttpRequest, token: str) -> str:
    """Return the page's own address, in the language that was asked for."""
    asked = request.GET.get(languages.PARAMETER, "")
    spoken = languages.platform_language(asked[:12]) if asked else None
    query = f"?{urlencode({languages.PARAMETER: spoken})}" if spoken else ""
    return f"{reverse('panels:member', args=[token])}{query}"
