"""The review queue's pages: what is held, what becomes of it, and taking that back."""

from collections import defaultdict

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.feedback.selectors import products_managed_by
from apps.feedback.services import moderation
from apps.workbench.review.queue import READ, groups, held_for
from apps.workbench.selectors import readable_feedback

UNDO = "review_undo"  # of the session: the last decision alone


class DecisionForm(forms.Form):
    action = forms.ChoiceField(choices=[("release", ""), ("spam", "")])
    id = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, data: object, *, asked: list[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # what was posted
        ids = [one for one in asked[:READ] if one.isascii() and one.isdigit() and len(one) < 19]
        self.fields["id"].choices = [(one, one) for one in ids]  # type: ignore[attr-defined]  # of a choice field


@require_safe
@require(Permission.MODERATE_FEEDBACK)
def review(request: AuthedRequest) -> HttpResponse:
    """What is held, oldest first, what is alike together."""
    found = groups(request.user)
    shown = sum(len(group.ids) for group in found)
    total = held_for(request.user).count()
    context = {"groups": found, "total": total, "more": total - shown, "can_undo": UNDO in request.session}
    return render(request, "workbench/review.html", context)


@require_POST
@require(Permission.MODERATE_FEEDBACK)
def decide(request: AuthedRequest) -> HttpResponse:
    """Release or mark as spam what was named; of what is no longer held, or not theirs to review, nothing changes."""
    form = DecisionForm(request.POST, asked=request.POST.getlist("id"))
    if not form.is_valid():
        return redirect("workbench:review")
    held = dict(held_for(request.user).filter(pk__in=form.cleaned_data["id"]).values_list("pk", "held_reason"))
    is_spam = form.cleaned_data["action"] == "spam"
    changed = moderation.mark_spam(held) if is_spam else moderation.release(held)
    request.session[UNDO] = [[feedback_id, held[feedback_id]] for feedback_id in changed]
    say_done(request, _said(len(changed), is_spam=is_spam), undo=reverse("workbench:undo-review") if changed else "")
    return redirect(_place_after(request))


@require_POST
@require(Permission.MODERATE_FEEDBACK)
def undo(request: AuthedRequest) -> HttpResponse:
    """Hold again what the last decision let go or took out, with its reasons; a second time nothing.

    Not what is no longer theirs to review: it may have been moved, or their role, since.
    """
    decided = dict(request.session.pop(UNDO, []))
    moderated = products_managed_by(request.user, Permission.MODERATE_FEEDBACK)
    theirs = readable_feedback(request.user).filter(pk__in=decided, product__in=moderated)
    by_reason: dict[str, list[int]] = defaultdict(list)
    for feedback_id in theirs.values_list("pk", flat=True):
        by_reason[decided[feedback_id]].append(feedback_id)
    count = sum(len(moderation.hold_again(ids, reason=reason)) for reason, ids in by_reason.items())
    if count:
        said = ngettext("%(count)d piece is held again.", "%(count)d pieces are held again.", count)
        say_done(request, said % {"count": count})
    return redirect("workbench:review")


def _said(count: int, *, is_spam: bool) -> str:
    if not count:
        return _("Somebody else decided this already.")
    if is_spam:
        return ngettext("%(count)d piece marked as spam.", "%(count)d pieces marked as spam.", count) % {"count": count}
    return ngettext("%(count)d piece released.", "%(count)d pieces released.", count) % {"count": count}


def _place_after(request: HttpRequest) -> str:
    """Return the queue at the piece that followed."""
    following = request.POST.get("following", "")
    is_id = following.isascii() and following.isdigit() and len(following) < 19
    return reverse("workbench:review") + (f"#held-{following}" if is_id else "")
