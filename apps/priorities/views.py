"""A team's queue, how it is computed, and one priority."""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, may, require
from apps.core.http import AuthedRequest, wants_fragment
from apps.customers.models import Segment
from apps.feedback.models import Feedback
from apps.priorities import figures, freshness, selectors, services
from apps.priorities.forms import DecisionForm, PolicyForm
from apps.priorities.models import Policy, Priority
from apps.tagging import evidence as tagging_evidence
from apps.tagging.models import Tag


@require_safe
@require(Permission.READ_FEEDBACK)
def team_queue(request: AuthedRequest, slug: str) -> HttpResponse:
    """A team's queue: the whole page, or the table when it refreshes itself (304 when nothing changed)."""
    team = get_object_or_404(Team, slug=slug)
    etag = freshness.queue_etag(team, today=timezone.localdate())
    if wants_fragment(request):
        unchanged = get_conditional_response(request, etag=etag)
        response = unchanged or _render_queue(request, team, etag, "_queue.html")
        response.headers["ETag"] = etag
    else:
        response = _render_queue(request, team, etag, "team_queue.html")
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def _render_queue(request: HttpRequest, team: Team, etag: str, template: str) -> HttpResponse:
    context = {"team": team, "queue": selectors.queue(team), "etag": etag}
    return render(request, f"priorities/{template}", context)


@require_safe
@require(Permission.READ_FEEDBACK)
def queue_policy(request: AuthedRequest, slug: str) -> HttpResponse:
    """How the team's scores come about: its policy in words, and to change for those who may."""
    team = get_object_or_404(Team, slug=slug)
    policy = selectors.policy_in_force(team)
    context = _policy_context(request, team, policy, PolicyForm(policy=policy))
    return render(request, "priorities/queue_policy.html", context)


@require_POST
@require(Permission.SET_POLICY)
def change_policy(request: AuthedRequest, slug: str) -> HttpResponse:
    """Put a new version of the team's policy in force; the same again makes none."""
    team = get_object_or_404(Team, slug=slug)
    if not may(request.user, Permission.SET_POLICY, team=team):
        raise PermissionDenied
    policy = selectors.policy_in_force(team)
    form = PolicyForm(request.POST, policy=policy)
    if form.is_valid():
        try:
            messages.success(request, _change_policy(team, request.user, form.changes))
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect("priorities:queue-policy", team.slug)
    return render(request, "priorities/queue_policy.html", _policy_context(request, team, policy, form), status=422)


def _change_policy(team: Team, user: User, changes: Mapping[str, object]) -> str:
    """Do it where anything differs, and return what to tell the person."""
    if not changes:
        return _("Nothing was different: the policy stays.")
    policy = services.change_policy(team, user=user, changes=changes)
    return _("Policy %(number)s is in force, and the queue is ranked by it.") % {"number": policy.version}


def _policy_context(request: AuthedRequest, team: Team, policy: Policy, form: PolicyForm) -> dict[str, object]:
    weights = [(one.name, policy.segment_weights.get(str(one.pk), one.weight)) for one in Segment.objects.all()]
    return {
        "team": team,
        "policy": policy,
        "segment_weights": weights,
        "form": form,
        "can_set": may(request.user, Permission.SET_POLICY, team=team),
    }


@require_safe
@require(Permission.READ_FEEDBACK)
def priority(request: AuthedRequest, tag_slug: str) -> HttpResponse:
    """One priority: why it stands where it stands, how it moved, what was decided, and the words behind it.

    A tag that no team owns is a label: it leads to the feedback that carries it.
    """
    tag = _tag_or_404(tag_slug)
    if tag.effective_team is None:
        return redirect(f"{reverse('workbench:feedback-list')}?tag={tag.slug}")
    cursor = tagging_evidence.parse_cursor(request.GET.get("cursor", ""))
    found = tagging_evidence.evidence(tag, request.user, cursor)
    if wants_fragment(request):
        return render(request, "priorities/_evidence.html", _evidence_context(tag, found))
    return render(request, "priorities/priority.html", _priority_context(request, tag, found))


@require_POST
@require(Permission.DECIDE_PRIORITY)
def decide(request: AuthedRequest, tag_slug: str) -> HttpResponse:
    """Set state, owner, alignment and effort of a priority of a team in which the person decides."""
    tag = _tag_or_404(tag_slug)
    team = tag.effective_team
    if team is None or not may(request.user, Permission.DECIDE_PRIORITY, team=team):
        raise PermissionDenied
    form = DecisionForm(request.POST, team=team, initial=_initial_decision(tag))
    if not form.is_valid():
        found = tagging_evidence.evidence(tag, request.user)
        context = _priority_context(request, tag, found, form)
        return render(request, "priorities/priority.html", context, status=422)
    _save_decision(tag, form, request.user)
    messages.success(request, _("Saved."))
    return redirect("priorities:priority", tag.slug)


@transaction.atomic
def _save_decision(tag: Tag, form: DecisionForm, user: User) -> None:
    """Write what differs from before: a factor that did not change derives nothing anew."""
    decided = form.cleaned_data
    if "state" in form.changed_data:
        services.set_state(tag, state=decided["state"], user=user)
    if "owner" in form.changed_data:
        services.set_owner(tag, owner=decided["owner"], user=user)
    if "alignment" in form.changed_data:
        services.set_alignment(tag, alignment=decided["alignment"], user=user)
    if "effort" in form.changed_data:
        services.set_effort(tag, effort=decided["effort"], user=user)


def _initial_decision(tag: Tag) -> dict[str, object]:
    """Return what is decided so far; the defaults where nobody decided anything."""
    decided = Priority.objects.filter(tag=tag).first() or Priority(tag=tag)
    return {
        "state": decided.state,
        "owner": decided.owner_id,
        "alignment": decided.alignment,
        "effort": decided.effort,
    }


def _tag_or_404(slug: str) -> Tag:
    return get_object_or_404(Tag.objects.select_related("effective_team", "parent"), slug=slug)


def _evidence_context(tag: Tag, found: tagging_evidence.Evidence) -> dict[str, object]:
    rows: list[Feedback] = [pair.feedback for pair in found.pairs]
    return {"tag": tag, "rows": rows, "next_cursor": found.next_cursor, "hidden_count": found.hidden_count}


def _priority_context(
    request: AuthedRequest, tag: Tag, found: tagging_evidence.Evidence, form: DecisionForm | None = None
) -> dict[str, object]:
    page = selectors.priority_page(tag)
    assert page is not None and tag.effective_team is not None  # noqa: PT018 the view sent labels elsewhere
    team = tag.effective_team
    return {
        **_evidence_context(tag, found),
        "team": team,
        "nav_place": {"slug": team.slug},
        "page": page,
        "entry": page.entry,
        "partitions": _partitions(page),
        "chart": figures.volume_chart([(week.feedback_count, week.unhappy_count) for week in page.weeks]),
        "form": form or DecisionForm(team=team, initial=_initial_decision(tag)),
        "can_decide": may(request.user, Permission.DECIDE_PRIORITY, team=team),
    }


def _partitions(page: selectors.PriorityPage) -> list[tuple[str, str, list[figures.ShownPart]]]:
    """Return title, hint and parts of the three ways to split the subtotal; each adds up as shown.

    None where there are too few voices to split, or nothing weighs anything.
    """
    why = page.explanation
    if not why.by_segment:
        return []
    return [
        (_("By segment"), _("Whose voices"), figures.rounded_parts(figures.in_words(why.by_segment, named=True))),
        (_("By age"), _("When they spoke"), figures.rounded_parts(figures.in_words(why.by_recency))),
        (_("By kind"), _("How they spoke"), figures.rounded_parts(figures.in_words(why.by_sentiment))),
    ]
