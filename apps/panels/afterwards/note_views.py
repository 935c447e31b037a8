"""Notes become feedback: one, all that are none yet, a part of one; and back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.afterwards import selectors, services
from apps.panels.afterwards.access import joined_note, joined_session, readable_session
from apps.panels.afterwards.forms import HighlightForm
from apps.panels.afterwards.services import Promoted
from apps.panels.afterwards.views import rights
from apps.panels.models import SessionNote
from apps.tagging.tree import find_tag, taxonomy


@require_safe
@require(Permission.JOIN_RESEARCH)
def notes(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Everything noted, and what became of it."""
    session = readable_session(request.user, session_id)
    said = selectors.said_in(session, reader=request.user)
    context = {
        "session": session,
        "said": said,
        "left_count": sum(one.may_promote for one in said),
        "nodes": taxonomy(),
        **rights(request, session),
    }
    return render(request, "panels/afterwards/notes.html", context)


@require_POST
@require(Permission.JOIN_RESEARCH)
def promote_all(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Make feedback of every note that is none yet."""
    session = joined_session(request.user, session_id)
    left = list(SessionNote.objects.filter(session=session, deleted_at=None, feedback=None, erased_at=None))
    try:
        _tell(request, services.promote(notes=left, user=request.user))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("afterwards:notes", session.pk)


@require_POST
@require(Permission.JOIN_RESEARCH)
def promote_one(request: AuthedRequest, session_id: int, note_id: int) -> HttpResponse:
    """Make feedback of one note; again changes nothing."""
    note = joined_note(request.user, session_id, note_id)
    try:
        done = services.promote(notes=[note], user=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return _back(session_id, note_id)
    if note.pk in done.new_ids:
        undo = reverse("afterwards:take-back", args=[session_id, note_id])
        say_done(request, _("The note is feedback now, and counts."), undo=undo)
    else:
        _tell(request, done)
    return _back(session_id, note_id)


@require_POST
@require(Permission.JOIN_RESEARCH)
def take_back(request: AuthedRequest, session_id: int, note_id: int) -> HttpResponse:
    """Undo that a note became feedback."""
    note = joined_note(request.user, session_id, note_id)
    try:
        if services.take_back(notes=[note]):
            messages.success(request, _("Taken back. The note is no feedback any more."))
    except DomainError as error:
        messages.error(request, str(error))
    return _back(session_id, note_id)


@require_POST
@require(Permission.TAG_FEEDBACK)
def highlight(request: AuthedRequest, session_id: int, note_id: int) -> HttpResponse:
    """Tag a part of a note's words, which makes it feedback."""
    note = joined_note(request.user, session_id, note_id)
    form = HighlightForm(request.POST)
    tag = find_tag(form.cleaned_data["tag"], taxonomy()) if form.is_valid() else None
    if tag is None:
        messages.error(request, _("There is no such tag, or more than one. Choose one from the list."))
        return _back(session_id, note_id)
    try:
        services.highlight(note=note, quoted=form.cleaned_data["quoted"], span=form.span, tag=tag, user=request.user)
        messages.success(request, _("Tagged. The note is feedback now, and counts."))
    except DomainError as error:
        messages.error(request, str(error))
    return _back(session_id, note_id)


def _back(session_id: int, note_id: int) -> HttpResponse:
    return redirect(f"{reverse('afterwards:notes', args=[session_id])}#note-{note_id}")


def _tell(request: AuthedRequest, done: Promoted) -> None:
    """Say how many became feedback, and why others did not."""
    number = len(done.new_ids)
    if number:
        words = ngettext("%(count)d note is feedback now.", "%(count)d notes are feedback now.", number)
        messages.success(request, words % {"count": number})
    for reason in dict.fromkeys(done.refused.values()):
        times = sum(one == reason for one in done.refused.values())
        words = ngettext("%(count)d note was left: %(why)s", "%(count)d notes were left: %(why)s", times)
        messages.warning(request, words % {"count": times, "why": reason})
    if not number and not done.refused:
        messages.info(request, _("They all are feedback already."))
