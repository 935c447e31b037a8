"""The reading room and one feedback, as staff read them."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest, wants_fragment
from apps.workbench.browse.reading import BrowseFilter, neighbours
from apps.workbench.room import room, saved_views
from apps.workbench.room.detail import detail_context, detailed_feedback, may_moderate, readable_or_404, tags_context
from apps.workbench.room.forms import share_choices
from apps.workbench.room.notes import notes_context
from apps.workbench.room.view_pages import room_url, teams_to_share_with

__all__ = ["feedback_detail", "feedback_facets", "feedback_list", "may_moderate", "readable_or_404", "tags_context"]

PANE_ID = "room-detail"  # what htmx swaps when another row is opened


@require_safe
@require(Permission.READ_FEEDBACK)
def feedback_list(request: AuthedRequest) -> HttpResponse:
    """The reading room: the page; for htmx the room without the page's frame, or the open feedback alone."""
    if not request.GET and (default := saved_views.default_view(request.user)):
        return redirect(room_url(default))
    wanted, problems = BrowseFilter.from_query(request.GET)
    place = room.read_place(request, wanted)
    is_fragment = wants_fragment(request)
    context = {"problems": problems, **_pane(request, place)}
    if is_fragment and request.headers.get("HX-Target") == PANE_ID:
        name = "_room_detail.html"
    else:
        name = "_room.html" if is_fragment else "feedback_list.html"
        context |= room.list_context(request.user, place) | room.views_context(request.user, place)
        context["share_choices"] = share_choices(teams_to_share_with(request.user))
    response = render(request, f"workbench/{name}", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _pane(request: AuthedRequest, place: room.Place) -> dict[str, object]:
    """Return the context of the open feedback: missing, and not the reader's to open, look alike."""
    if place.open_id is None:
        return {"place": place}
    feedback = detailed_feedback(request.user).filter(pk=place.open_id).first()
    if feedback is None:
        return {"place": place, "is_gone": True}
    before, after = neighbours(request.user, place.wanted, feedback)
    return {
        "place": place,
        "previous_url": place.address(open_id=before.pk) if before else "",
        "next_url": place.address(open_id=after.pk) if after else "",
        **detail_context(request, feedback, q=place.wanted.q),
        **notes_context(request.user, feedback),
    }


@require_safe
@require(Permission.READ_FEEDBACK)
def feedback_facets(request: AuthedRequest) -> HttpResponse:
    """What the room's selection may be narrowed to, with counts: fetched behind the list; a page without scripts."""
    wanted, _problems = BrowseFilter.from_query(request.GET)
    place = room.read_place(request, wanted)
    name = "_facets.html" if wants_fragment(request) else "feedback_facets.html"
    response = render(request, f"workbench/{name}", room.facets_context(request.user, place))
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@require(Permission.READ_FEEDBACK)
def feedback_detail(request: AuthedRequest, feedback_id: int) -> HttpResponse:
    """One feedback on a page of its own, at its lasting address; the query says which list it was opened from."""
    feedback = readable_or_404(request.user, feedback_id)
    wanted, _problems = BrowseFilter.from_query(request.GET)
    place = room.read_place(request, wanted)
    context = {
        "place": place,
        "is_page": True,
        "list_url": f"{place.address()}#f-{feedback.pk}" if request.GET else "",
        **detail_context(request, feedback, q=wanted.q),
        **notes_context(request.user, feedback),
    }
    return render(request, "workbench/feedback_detail.html", context)
