"""The result of a workshop, to take along."""

from collections.abc import Callable, Iterable

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.panels.models import Workshop
from apps.panels.workshops import result, selectors
from apps.panels.workshops.board_views import workshop_for
from apps.panels.workshops.selectors import Board


@require_safe
@require(Permission.JOIN_RESEARCH)
def export(request: AuthedRequest, session_id: int, kind: str) -> HttpResponse:
    """Everything on the board as CSV, JSON or Markdown. While people vote their dots are not in it."""
    workshop = workshop_for(request, session_id)
    make = KINDS.get(kind)
    if make is None:
        raise Http404
    response = make(workshop, selectors.board_of(workshop, with_dots=selectors.shows_dots(workshop)))
    response.headers["Content-Disposition"] = f'attachment; filename="workshop-{workshop.pk}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _text(lines: Iterable[str], content_type: str) -> HttpResponse:
    return HttpResponse("".join(lines), content_type=f"{content_type}; charset=utf-8")


def _csv(workshop: Workshop, board: Board) -> HttpResponse:
    return _text(result.csv_lines(board), "text/csv")


def _json(workshop: Workshop, board: Board) -> HttpResponse:
    return JsonResponse(result.as_json(workshop, board), json_dumps_params={"ensure_ascii": False, "indent": 2})


def _markdown(workshop: Workshop, board: Board) -> HttpResponse:
    words = {"dots": _("votes"), "decision": _("Decision"), "loose": _("In no group")}
    return _text(result.markdown_lines(workshop, board, words=words), "text/markdown")


KINDS: dict[str, Callable[[Workshop, Board], HttpResponse]] = {"csv": _csv, "json": _json, "md": _markdown}
