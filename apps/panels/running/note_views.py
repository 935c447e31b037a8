"""Notes of a session over HTTP: each address serves the page without scripts, and its script with JSON."""

import hashlib
import json

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.models import ResearchSession, SessionNote
from apps.panels.running import selectors, services
from apps.panels.running.access import joined_or_404, wants_json
from apps.panels.running.errors import NoteChangedError
from apps.panels.running.forms import NoteForm
from apps.panels.running.panel import told_panel
from apps.panels.running.selectors import ShownNote
from apps.panels.running.views import live_page

LARGEST_NUMBER = 2**63 - 1


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def notes(request: AuthedRequest, session_id: int) -> HttpResponse:
    """GET: what changed ``since`` a number, as JSON with an ETag. POST: a new note."""
    session = joined_or_404(request.user, session_id)
    if request.method == "POST":
        return _add(request, session)
    since = request.GET.get("since", "0")
    number = int(since) if since.isascii() and since.isdigit() and len(since) < 19 else 0
    return _told(request, {**_changes(request, session, number), **told_panel(session), "state": session.state})


def _changes(request: AuthedRequest, session: ResearchSession, number: int) -> dict[str, object]:
    changes = selectors.changes_since(session, user=request.user, number=number)
    people = selectors.speakers_of(session)
    return {
        "newest": changes.newest,
        "notes": [_as_json(request, session, one) for one in changes.shown],
        "deleted": changes.deleted_ids,
        "hidden": changes.hidden_ids,
        "speakers": [{"id": one.participant.pk, "name": one.name, "may_quote": one.may_quote} for one in people],
    }


def _told(request: AuthedRequest, data: dict[str, object]) -> HttpResponse:
    """Return ``data`` with the server's clock beside it; 304 where the page has just this."""
    body = json.dumps(data, separators=(",", ":"))
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    clock = {"ETag": etag, "X-Server-Time": str(int(timezone.now().timestamp() * 1000))}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=clock)
    return HttpResponse(body, content_type="application/json", headers=clock)


def _as_json(request: AuthedRequest, session: ResearchSession, shown: ShownNote) -> dict[str, object]:
    note = shown.note
    html = render_to_string("panels/running/_note.html", {"shown": shown, "session": session}, request=request)
    return {
        "id": note.pk,
        "key": str(note.client_key),
        "number": note.change_number,
        "revision": note.revision,
        "at": int(note.at.timestamp() * 1000),
        "html": html,
    }


def _add(request: AuthedRequest, session: ResearchSession) -> HttpResponse:
    form = NoteForm(request.POST, session=session, speakers=selectors.speakers_of(session))
    if form.is_valid():
        try:
            note = services.add_note(
                session=session,
                author=request.user,
                client_key=form.cleaned_data["client_key"],
                at=form.said_at,
                words=form.words,
            )
        except (ValidationError, DomainError) as error:
            _blame(form, error)
        else:
            return _saved(request, session, note, _("Noted."))
    return refused(form) if wants_json(request) else live_page(request, session, form=form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def note(request: AuthedRequest, session_id: int, note_id: int) -> HttpResponse:
    """GET: a page to change one note on. POST: change it, as far as nobody else did meanwhile."""
    session = joined_or_404(request.user, session_id)
    shown = _shown_or_404(request, session, note_id)
    speakers = selectors.speakers_of(session)
    if request.method != "POST":
        form = NoteForm(initial=shown.values, session=session, speakers=speakers)
        return _note_page(request, session, shown, form)
    form = NoteForm(request.POST, session=session, speakers=speakers)
    form.fields["client_key"].required = False
    if form.is_valid():
        try:
            changed = services.change_note(
                note=shown.note, user=request.user, revision=form.cleaned_data["revision"] or 0, words=form.words
            )
        except NoteChangedError as error:
            return _conflict(request, session, form, error)
        except (ValidationError, DomainError) as error:
            _blame(form, error)
        else:
            return _saved(request, session, changed, _("Saved."))
    return refused(form) if wants_json(request) else _note_page(request, session, shown, form)


def _note_page(
    request: AuthedRequest,
    session: ResearchSession,
    shown: ShownNote,
    form: NoteForm,
    *,
    theirs: ShownNote | None = None,
) -> HttpResponse:
    context = {"session": session, "shown": shown, "form": form, "theirs": theirs}
    status = 409 if theirs else 422 if form.errors else 200
    return render(request, "panels/running/note.html", context, status=status)


def _conflict(
    request: AuthedRequest, session: ResearchSession, form: NoteForm, error: NoteChangedError
) -> HttpResponse:
    """Give both texts back: theirs, as it stands, and one's own; sent again it takes the place of theirs."""
    theirs = _shown_or_404(request, session, error.note.pk)
    if wants_json(request):
        whole = {**theirs.values, "text": theirs.text, "html": _as_json(request, session, theirs)["html"]}
        return JsonResponse({"error": str(error), "theirs": whole, "yours": form.cleaned_data["text"]}, status=409)
    again = NoteForm(
        initial={**form.cleaned_data, "tags": request.POST.get("tags", ""), "revision": theirs.note.revision},
        session=session,
        speakers=selectors.speakers_of(session),
    )
    return _note_page(request, session, theirs, again, theirs=theirs)


@require_POST
@require(Permission.JOIN_RESEARCH)
def delete_note(request: AuthedRequest, session_id: int, note_id: int) -> HttpResponse:
    """Take a note away, with a way back."""
    session = joined_or_404(request.user, session_id)
    note = get_object_or_404(SessionNote, session=session, pk=note_id)
    note = services.delete_note(note=note, user=request.user)
    undo = reverse("running:restore-note", args=[session.pk, note.pk])
    if wants_json(request):
        return JsonResponse({"deleted": note.pk, "undo": undo, "said": _("Note deleted.")})
    say_done(request, _("Note deleted."), undo=undo)
    return redirect("running:live", session.pk)


@require_POST
@require(Permission.JOIN_RESEARCH)
def restore_note(request: AuthedRequest, session_id: int, note_id: int) -> HttpResponse:
    """Bring a deleted note back."""
    session = joined_or_404(request.user, session_id)
    note = get_object_or_404(SessionNote, session=session, pk=note_id)
    note = services.restore_note(note=note, user=request.user)
    return _saved(request, session, note, _("The note is back."))


def _shown_or_404(request: AuthedRequest, session: ResearchSession, note_id: int) -> ShownNote:
    found = SessionNote.objects.select_related("author", "speaker__customer", "task", "problem")
    note = get_object_or_404(found.prefetch_related("tags"), session=session, pk=note_id, deleted_at=None)
    return selectors.shown_notes([note], session=session, user=request.user)[0]


def _saved(request: AuthedRequest, session: ResearchSession, note: SessionNote, said: str) -> HttpResponse:
    if not wants_json(request):
        say_done(request, said)
        return redirect("running:live", session.pk)
    if note.deleted_at is not None:  # sent a second time, and deleted between
        return JsonResponse({"deleted": note.pk})
    return JsonResponse({"note": _as_json(request, session, _shown_or_404(request, session, note.pk))})


def _blame(form: NoteForm, error: ValidationError | DomainError) -> None:
    if isinstance(error, ValidationError):
        for name, words in error.message_dict.items():
            form.add_error(name if name in form.fields else None, words)
    else:
        form.add_error(None, str(error))


def refused(form: NoteForm) -> JsonResponse:
    """Return what is wrong, in sentences."""
    sentences = [str(sentence) for sentences in form.errors.values() for sentence in sentences]
    return JsonResponse({"error": " ".join(sentences), "fields": form.errors}, status=422)
