"""Notes among staff on one feedback: write, change, delete, bring back. Whoever may read the feedback reads them."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, require
from apps.core import limits
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest, wants_fragment
from apps.dialogue import mentions, notes
from apps.dialogue.models import Note
from apps.feedback.models import Feedback
from apps.workbench.room.detail import readable_or_404
from apps.workbench.room.forms import NoteForm

PEOPLE_SHOWN = 8
NOTE_LIMIT = "30/m"  # of one person: each may mail fifty others


@dataclass(frozen=True)
class ShownNote:
    """A note with its names marked, as one reader sees it."""

    note: Note
    segments: list[mentions.Segment]
    is_mine: bool


def notes_context(user: User, feedback: Feedback) -> dict[str, object]:
    """Return what dialogue/_notes.html shows. Two queries."""
    shown = [
        ShownNote(note, mentions.cut_at_mentions(note.text, list(note.mentioned.all())), note.author_id == user.pk)
        for note in notes.notes_on(feedback)
    ]
    return {"feedback": feedback, "notes": shown, "may_write_notes": may(user, Permission.WRITE_NOTE)}


@require_POST
@require(Permission.WRITE_NOTE)
def add_note(request: AuthedRequest, feedback_id: int) -> HttpResponse:
    """Write a note; who it names is told."""
    feedback = readable_or_404(request.user, feedback_id)
    form = NoteForm(request.POST)
    if form.is_valid() and not limits.take(purpose="note", client=str(request.user.pk), limit=NOTE_LIMIT).is_allowed:
        form.add_error("text", _("You write many notes at once. Wait a minute, then send this one again."))
    if not form.is_valid():
        return _answer(request, feedback, note_form=form)
    try:
        written = notes.add_note(feedback=feedback, author=request.user, text=form.cleaned_data["text"])
    except ValidationError as error:
        form.add_error("text", error.message_dict["text"])
        return _answer(request, feedback, note_form=form)
    return _answer(request, feedback, untold=written.untold)


@require_POST
@require(Permission.WRITE_NOTE)
def edit_note(request: AuthedRequest, feedback_id: int, note_id: int) -> HttpResponse:
    """Change one's own note."""
    feedback, note = _note_or_404(request.user, feedback_id, note_id)
    try:
        written = notes.edit_note(note=note, user=request.user, text=request.POST.get("text", ""))
    except (DomainError, ValidationError) as error:
        return _answer(request, feedback, note_form=_kept(request, error))
    return _answer(request, feedback, untold=written.untold)


def _kept(request: HttpRequest, error: DomainError | ValidationError) -> NoteForm:
    """Return what was written, with what is wrong, as a new note: nothing that was typed is lost."""
    form = NoteForm(request.POST)
    form.is_valid()
    form.add_error("text", error.messages if isinstance(error, ValidationError) else str(error))
    return form


@require_POST
@require(Permission.WRITE_NOTE)
def delete_note(request: AuthedRequest, feedback_id: int, note_id: int) -> HttpResponse:
    """Take a note away, with a way back."""
    feedback, note = _note_or_404(request.user, feedback_id, note_id)
    try:
        notes.delete_note(note=note, user=request.user)
    except DomainError as error:
        return _refuse(request, feedback, error)
    return _answer(request, feedback, deleted_note=note)


@require_POST
@require(Permission.WRITE_NOTE)
def restore_note(request: AuthedRequest, feedback_id: int, note_id: int) -> HttpResponse:
    """Bring a deleted note back."""
    feedback, note = _note_or_404(request.user, feedback_id, note_id)
    try:
        notes.restore_note(note=note, user=request.user)
    except DomainError as error:
        return _refuse(request, feedback, error)
    return _answer(request, feedback)


@require_GET
@require(Permission.WRITE_NOTE)
def mention_people(request: AuthedRequest, feedback_id: int) -> JsonResponse:
    """Return up to eight people of the staff whose name or address contains ``q``, for the list beside an @."""
    readable_or_404(request.user, feedback_id)
    q = request.GET.get("q", "")[:60].strip()
    staff = User.objects.filter(is_active=True).exclude(pk=request.user.pk)
    found = staff.filter(Q(name__icontains=q) | Q(email__icontains=q)).order_by("name", "email")[:PEOPLE_SHOWN]
    return JsonResponse({"people": [mentions.handle(person) for person in found]})


def _note_or_404(user: User, feedback_id: int, note_id: int) -> tuple[Feedback, Note]:
    feedback = readable_or_404(user, feedback_id)
    return feedback, get_object_or_404(Note, pk=note_id, feedback=feedback)


def _refuse(request: HttpRequest, feedback: Feedback, error: DomainError) -> HttpResponse:
    messages.error(request, str(error))
    if not wants_fragment(request):
        return redirect("workbench:feedback-detail", feedback.pk)
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})  # the message is shown there


def _answer(request: AuthedRequest, feedback: Feedback, **extra: object) -> HttpResponse:
    """Return the notes alone to htmx; send others back to the page, or show them with what there is to say."""
    if not wants_fragment(request) and not any(extra.values()):
        return redirect(f"{reverse('workbench:feedback-detail', args=[feedback.pk])}#notes")
    context = {**notes_context(request.user, feedback), **extra}
    if wants_fragment(request):
        return render(request, "dialogue/_notes.html", context)
    return render(request, "workbench/notes_page.html", context, status=422 if "note_form" in extra else 200)
