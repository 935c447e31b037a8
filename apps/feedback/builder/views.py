"""The editor of a form: its page, every action on the draft, and the preview."""

import time

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url, trigger_client_event

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest, wants_fragment
from apps.core.toasts import add_toast, say_done
from apps.feedback.builder import editing
from apps.feedback.builder.board import Board
from apps.feedback.builder.editing import GoneError, Json, Keys
from apps.feedback.builder.rooms import managed_form, read_seen, room_context, with_frames, write_seen
from apps.feedback.builder.steps import Step
from apps.feedback.models import Form, FormDraft
from apps.feedback.selectors import definitions_of, draft_of
from apps.feedback.services.form_versions import edit_draft, faults_of

TRANSLATING = {"translate", "add-language", "remove-language"}


@require_safe
@require(Permission.MANAGE_FORMS)
def editor(request: AuthedRequest, form_id: int) -> HttpResponse:
    """A form's questions as cards, the one of ``?open=`` open; a fragment for htmx: the cards alone."""
    form = managed_form(request, form_id)
    context = _context(form, draft_of(form), open_card=request.GET.get("open", ""))
    template = "_board" if wants_fragment(request) else "editor"
    return with_frames(render(request, f"builder/{template}.html", context))


def _context(form: Form, draft: FormDraft, *, open_card: str, raw: Json | None = None) -> dict[str, object]:
    raw = draft.definition if raw is None else raw
    board = Board(raw=raw, faults=faults_of(form, raw), open=open_card, is_anonymous=form.is_anonymous)
    return {**room_context(form, draft, "questions"), "board": board, "preview_stamp": int(time.time())}


@require_POST
@require(Permission.MANAGE_FORMS)
def edit(request: AuthedRequest, form_id: int) -> HttpResponse:
    """One action on the draft. Stale: what was typed comes back with what to do."""
    form = managed_form(request, form_id)
    keys = Keys(key for raw in definitions_of(form) for key in editing.keys_in(raw))
    step = Step(post=request.POST, keys=keys)
    try:
        draft = edit_draft(form=form, edit=step.apply, seen=read_seen(request.POST.get("seen", "")), user=request.user)
    except (DomainError, ValidationError) as error:
        return _refused(request, form, step, error)
    return _done_here(request, form, draft, step) if wants_fragment(request) else _done(request, form, step)


def _done(request: AuthedRequest, form: Form, step: Step) -> HttpResponse:
    if step.removed:
        say_done(request, _("Taken out."), undo=reverse("builder:restore", args=[form.pk, step.removed]))
    if step.verb in TRANSLATING:
        code = step.post.get("language", "") if step.verb != "remove-language" else ""
        query = f"?{urlencode({'language': code})}" if code else ""
        return redirect(reverse("builder:translations", args=[form.pk]) + query)
    return redirect(_address(form, step))


def _address(form: Form, step: Step) -> str:
    place = reverse("builder:editor", args=[form.pk])
    if not step.open:
        return place
    return f"{place}?{urlencode({'open': step.open})}#card-{step.open.removeprefix('page.')}"


def _done_here(request: AuthedRequest, form: Form, draft: FormDraft, step: Step) -> HttpResponse:
    """Answer htmx: with the words' state alone while somebody types, with the cards after anything else."""
    context = _context(form, draft, open_card=step.open)
    is_quiet = step.is_save and "quiet" in step.post
    response = render(request, f"builder/{'_saved' if is_quiet else '_board'}.html", {**context, "with_bar": True})
    if not is_quiet:
        replace_url(response, _address(form, step).partition("#")[0])
    if step.removed:
        add_toast(response, _("Taken out."), undo=reverse("builder:restore", args=[form.pk, step.removed]))
    return trigger_client_event(response, "draft-saved", {"seen": write_seen(form, draft)})


def _refused(request: AuthedRequest, form: Form, step: Step, error: DomainError | ValidationError) -> HttpResponse:
    """Show the form as it is now with what was typed in it, not saved; where it has no place any more, below."""
    form.refresh_from_db(fields=["current"])
    draft, words = draft_of(form), []
    raw = draft.definition
    is_quiet = step.is_save and "quiet" in step.post
    try:
        if step.verb in TRANSLATING and not is_quiet:
            raise GoneError  # the editor shows the form's own language alone
        raw = step.typed(raw)
    except GoneError:
        words = step.words()
    told = error.messages[0] if isinstance(error, ValidationError) else str(error)
    context = {
        **_context(form, draft, open_card=step.open, raw=raw),
        "refusal": told,
        "has_typed": raw != draft.definition,
        "words": words,
        "with_bar": True,
    }
    status = 422 if isinstance(error, ValidationError) else 409
    template = ("_saved" if is_quiet else "_board") if wants_fragment(request) else "editor"
    return with_frames(render(request, f"builder/{template}.html", context, status=status))


@require_POST
@require(Permission.MANAGE_FORMS)
def restore(request: AuthedRequest, form_id: int, key: str) -> HttpResponse:
    """Put back a question or page that was taken out of the draft."""
    form = managed_form(request, form_id)
    try:
        edit_draft(form=form, edit=lambda raw: editing.restore(raw, key=key), seen=None, user=request.user)
    except GoneError:
        messages.info(request, _("It is there again already, or gone for good."))
        return redirect("builder:editor", form.pk)
    messages.success(request, _("It is there again."))
    return redirect(f"{reverse('builder:editor', args=[form.pk])}#card-{key}")
