"""Publishing a draft, throwing it away, and the versions of a form."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.feedback.builder.board import Board
from apps.feedback.builder.changes import Change, compare
from apps.feedback.builder.rooms import managed_form, read_seen, room_context, with_frames
from apps.feedback.builder.selectors import answer_counts, versions_of
from apps.feedback.models import Form, FormDraft, FormVersion
from apps.feedback.questionnaire import definition
from apps.feedback.questionnaire.schema import Questionnaire
from apps.feedback.selectors import draft_of
from apps.feedback.services.form_versions import (
    NotPublishableError,
    StaleDraftError,
    discard_draft,
    faults_of,
    publish,
    start_draft_from,
)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_FORMS)
def publish_draft(request: AuthedRequest, form_id: int) -> HttpResponse:
    """What publishing changes, in words; posted: published. What is answered already needs a second yes."""
    form = managed_form(request, form_id)
    draft = draft_of(form)
    context = _review(form, draft)
    if request.method != "POST":
        return render(request, "builder/publish.html", context)
    if context["losses"] and "confirmed" not in request.POST:
        context["refusal"] = _("Say that you mean it: there are answers to what you take out.")
        return render(request, "builder/publish.html", context, status=422)
    seen = read_seen(request.POST.get("seen", ""))
    try:
        version = publish(form=form, user=request.user, revision=seen.revision)
    except NotPublishableError:
        return redirect("builder:editor", form.pk)
    except StaleDraftError:
        context["refusal"] = _("Somebody else changed this form meanwhile. Read what would be published now.")
        return render(request, "builder/publish.html", context, status=409)
    messages.success(request, _("Version %(number)s is live.") % {"number": version.number})
    return redirect("builder:editor", form.pk)


def _review(form: Form, draft: FormDraft) -> dict[str, object]:
    """Return what the page before publishing shows: changes where the draft can be read, what is lost, the faults."""
    faults = faults_of(form, draft.definition)
    board = Board(raw=draft.definition, faults=faults, is_anonymous=form.is_anonymous)
    changes = [] if faults else compare(_live(form), definition.read(draft.definition))
    counts = answer_counts(form, [change.question for change in changes if change.question])
    return {
        **room_context(form, draft, "questions"),
        "hints": board.hints,
        "changes": changes,
        "losses": [(change.text, _loss(counts[change.question])) for change in changes if change.question in counts],
    }


def _loss(count: int) -> str:
    return ngettext("%(count)s answer", "%(count)s answers", count) % {"count": f"{count:,}"}


def _live(form: Form) -> Questionnaire:
    if form.current is None:
        raise RuntimeError("A form without a version.")
    return definition.read(form.current.definition)


@require_POST
@require(Permission.MANAGE_FORMS)
def discard(request: AuthedRequest, form_id: int) -> HttpResponse:
    """Throw the draft away; what the public sees stays. One that somebody changed meanwhile is shown instead."""
    form = managed_form(request, form_id)
    try:
        is_gone = discard_draft(form=form, revision=read_seen(request.POST.get("seen", "")).revision)
    except StaleDraftError as error:
        messages.error(request, str(error))
    else:
        if is_gone:
            messages.success(request, _("The draft is gone. This is what is live."))
    return redirect("builder:editor", form.pk)


@require_safe
@require(Permission.MANAGE_FORMS)
def versions(request: AuthedRequest, form_id: int) -> HttpResponse:
    """Every version, the newest first: when, by whom, how many answered it."""
    form = managed_form(request, form_id)
    context = {**room_context(form, draft_of(form), "versions"), "versions": versions_of(form)}
    return render(request, "builder/versions.html", context)


@require_safe
@require(Permission.MANAGE_FORMS)
def version(request: AuthedRequest, form_id: int, number: int) -> HttpResponse:
    """One version as it was, and what it changed."""
    form = managed_form(request, form_id)
    shown = get_object_or_404(FormVersion.objects.select_related("published_by"), form=form, number=number)
    before = FormVersion.objects.filter(form=form, number__lt=number).order_by("-number").first()
    context = {
        **room_context(form, draft_of(form), "versions"),
        "version": shown,
        "before": before,
        "changes": _changes(before, shown),
    }
    return with_frames(render(request, "builder/version.html", context))


def _changes(before: FormVersion | None, shown: FormVersion) -> list[Change]:
    if before is None:
        return []
    return compare(definition.read(before.definition), definition.read(shown.definition))


@require_POST
@require(Permission.MANAGE_FORMS)
def start_from_version(request: AuthedRequest, form_id: int, number: int) -> HttpResponse:
    """Begin a draft with what a version asked; one that is there is replaced, which its page says before."""
    form = managed_form(request, form_id)
    version = get_object_or_404(FormVersion, form=form, number=number)
    seen = read_seen(request.POST.get("seen", ""))
    try:
        start_draft_from(version=version, user=request.user, revision=seen.revision)
    except StaleDraftError as error:
        messages.error(request, str(error))
        return redirect("builder:version", form.pk, number)
    told = _("The draft is what version %(number)s asked. Publish it to make it live.")
    messages.success(request, told % {"number": number})
    return redirect("builder:editor", form.pk)
