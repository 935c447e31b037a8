"""What staff do to one feedback: tag it, say that a tag does not fit, moderate it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest, wants_fragment
from apps.feedback.models import Feedback
from apps.feedback.services import moderation
from apps.tagging import services as tagging
from apps.tagging.models import Tag, Tagging
from apps.tagging.tree import find_tag, taxonomy
from apps.workbench.room.detail import may_moderate, readable_or_404, tags_context
from apps.workbench.room.erasure import erase_person
from apps.workbench.room.forms import ErasureForm, ModerationForm, TagForm

MODERATIONS = {
    "release": (moderation.release, _("Released. It counts now.")),
    "spam": (moderation.mark_spam, _("Marked as spam. It no longer counts.")),
    "restore": (moderation.restore_from_spam, _("Not spam after all. It counts again.")),
    "withdraw": (moderation.withdraw, _("Withdrawn. It no longer counts.")),
}


@require_POST
@require(Permission.TAG_FEEDBACK)
def tag_feedback(request: AuthedRequest, feedback_id: int) -> HttpResponse:
    """Say that a tag fits; again with other importance changes that."""
    feedback = readable_or_404(request.user, feedback_id)
    form = TagForm(request.POST)
    tag = _named_tag(form) if form.is_valid() else None
    if form.is_valid() and tag is None:
        form.add_error("tag", gettext("There is no such tag, or more than one. Choose one from the list."))
    if tag is None or not _confirm(request, feedback, tag, form):
        return _answer(request, feedback, form)
    return _answer(request, feedback)


def _confirm(request: AuthedRequest, feedback: Feedback, tag: Tag, form: TagForm) -> bool:
    """Say it; where it cannot be said of the words that are named, that is told at the form."""
    try:
        tagging.confirm_tag(
            feedback_id=feedback.pk,
            tag=tag,
            user=request.user,
            importance=form.cleaned_data["importance"],
            is_against=form.cleaned_data["is_against"],
            span=form.span_in(feedback.text),
        )
    except DomainError as error:
        form.add_error("quoted", str(error))
        return False
    return True


@require_POST
@require(Permission.TAG_FEEDBACK)
def reject_tag(request: AuthedRequest, feedback_id: int, slug: str) -> HttpResponse:
    """Say that a tag does not fit; no rule brings it back."""
    feedback = readable_or_404(request.user, feedback_id)
    tagging.reject_tag(feedback_id=feedback.pk, tag=get_object_or_404(Tag, slug=slug), user=request.user)
    return _answer(request, feedback)


@require_POST
@require(Permission.TAG_FEEDBACK)
def reject_span(request: AuthedRequest, feedback_id: int, tagging_id: int) -> HttpResponse:
    """Say that a tag does not fit some words; it stays where it fits others."""
    feedback = readable_or_404(request.user, feedback_id)
    spans = Tagging.objects.filter(feedback=feedback, span_start__isnull=False).select_related("tag")
    tagging.reject_span(tagging=get_object_or_404(spans, pk=tagging_id), user=request.user)
    return _answer(request, feedback)


@require_POST
@require(Permission.MODERATE_FEEDBACK)
def moderate_feedback(request: AuthedRequest, feedback_id: int) -> HttpResponse:
    """Hold, release, mark as spam or withdraw; a repeat changes nothing."""
    feedback = readable_or_404(request.user, feedback_id)
    if not may_moderate(request.user, feedback):
        raise PermissionDenied
    form = ModerationForm(request.POST)
    if form.is_valid():
        messages.success(request, _moderate(form.cleaned_data["action"], feedback, str(request.user)))
    else:
        _tell_errors(request, form)
    return _back(request, feedback)


@require_POST
@require(Permission.ERASE_CUSTOMER)
def erase_customer(request: AuthedRequest, feedback_id: int) -> HttpResponse:
    """Erase the person who said this: name, address, all their words, kept mail; a repeat changes nothing."""
    feedback = readable_or_404(request.user, feedback_id)
    if feedback.customer_id is None:
        raise Http404
    form = ErasureForm(request.POST)
    if form.is_valid():
        withdraws = form.cleaned_data["withdraws_feedback"]
        erase_person(customer_id=feedback.customer_id, withdraws_feedback=withdraws)
        withdrawn, counting = (
            gettext("Erased. Their feedback is withdrawn."),
            gettext("Erased. What they said goes on counting, without its words."),
        )
        messages.success(request, withdrawn if withdraws else counting)
    else:
        _tell_errors(request, form)
    return _back(request, feedback)


def _back(request: HttpRequest, feedback: Feedback) -> HttpResponse:
    """Send the person back to where in the room they were, else to the page of ``feedback``."""
    place = request.POST.get("next", "")
    is_ours = place.startswith(f"{reverse('workbench:feedback-list')}?")
    if is_ours and url_has_allowed_host_and_scheme(place, allowed_hosts=None):
        return redirect(place)
    return redirect("workbench:feedback-detail", feedback.pk)


def _tell_errors(request: HttpRequest, form: Form) -> None:
    messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))


def _named_tag(form: TagForm) -> Tag | None:
    if form.cleaned_data["slug"]:
        return Tag.objects.filter(slug=form.cleaned_data["slug"]).first()
    return find_tag(form.cleaned_data["tag"], taxonomy())


def _moderate(action: str, feedback: Feedback, who: str) -> str:
    """Do it and return what to tell the person."""
    if action == "hold":
        moderation.hold([feedback.pk], reason=f"Held by {who}")
        return gettext("Held for review. It does not count meanwhile.")
    service, sentence = MODERATIONS[action]
    try:
        service([feedback.pk])
    except DomainError as error:
        return str(error)
    return str(sentence)


def _answer(request: HttpRequest, feedback: Feedback, form: TagForm | None = None) -> HttpResponse:
    """Return the tags alone to htmx; send others back to the page, or show it with the error."""
    if form is None and not wants_fragment(request):
        return _back(request, feedback)
    context = tags_context(request, feedback, form)
    if wants_fragment(request):
        return render(request, "workbench/_tags_and_words.html", context)
    return render(request, "workbench/tag_error.html", context, status=422)
