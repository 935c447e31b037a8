"""The research repository: findings and what they rest on."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Team
from apps.accounts.permissions import Permission, may, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.insight.search import highlight, parse
from apps.panels.models import Finding, FindingEvidence
from apps.panels.repository import searching, selectors, services, sources
from apps.panels.repository.citation import cite
from apps.panels.repository.forms import EvidenceForm, FindingForm, ListForm, initial_of

SHOWN = 100


@require_safe
@require(Permission.JOIN_RESEARCH)
def finding_list(request: AuthedRequest) -> HttpResponse:
    """All findings, or what a search finds: findings, sessions and notes that the reader may open."""
    form = ListForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    q, slug = asked.get("q", ""), asked.get("team", "")
    rows = selectors.all_findings().filter(withdrawn_at__isnull=not asked.get("withdrawn"))
    rows = rows.filter(team__slug=slug) if slug else rows
    context: dict[str, object] = {
        "q": q,
        "slug": slug,
        "withdrawn": asked.get("withdrawn"),
        "teams": Team.objects.all(),
    }
    parsed = parse(q)
    if parsed is not None:
        rows = searching.found_findings(parsed, rows) if parsed.tsquery else rows.none()
    if parsed is not None and parsed.tsquery and not parsed.is_negative:
        context["sessions"] = searching.found_sessions(parsed, request.user)
        notes = searching.found_notes(parsed, request.user)
        context["notes"] = [(note, highlight(note.text, q)) for note in notes]
    found = list(rows[: SHOWN + 1])
    context |= {"findings": found[:SHOWN], "has_more": len(found) > SHOWN}
    return render(request, "panels/repository/findings.html", context)


@require_safe
@require(Permission.JOIN_RESEARCH)
def finding(request: AuthedRequest, finding_id: int) -> HttpResponse:
    """One finding at its lasting address, with what of its evidence the reader may open."""
    return _page(request, get_object_or_404(selectors.all_findings(), pk=finding_id))


def _page(request: AuthedRequest, one: Finding, form: EvidenceForm | None = None) -> HttpResponse:
    rests = selectors.rests_on(one, request.user)
    context = {
        "finding": one,
        "rests": rests,
        "citation": cite(one, evidence_count=len(rests.evidence) + rests.hidden_count),
        "can_edit": may(request.user, Permission.JOIN_RESEARCH, team=one.team),
        "evidence_form": form or EvidenceForm(),
    }
    return render(request, "panels/repository/finding.html", context, status=422 if form else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def create_finding(request: AuthedRequest) -> HttpResponse:
    """Write a finding, from a note, a session or a piece of feedback, or from nothing yet."""
    source = sources.named_source(request.user, request.GET)
    form = FindingForm(request.POST or None, user=request.user, initial=initial_of(source))
    if request.method == "POST" and form.is_valid():
        try:
            team = form.cleaned_data["team"]
            made = services.create_finding(team=team, author=request.user, words=form.words, source=source)
            return redirect("repository:finding", made.pk)
        except ValidationError as error:
            form.add_error(None, error)
    words = sources.words_of(source, request.user) if source else ""
    return _form_page(request, form, {"source": source, "source_words": words})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def edit_finding(request: AuthedRequest, finding_id: int) -> HttpResponse:
    """Change what a finding says."""
    one = _own(request, finding_id)
    kept = {"title": one.title, "text": one.text, "product": one.product_id, "tag": one.tag_id}
    form = FindingForm(request.POST or None, user=request.user, finding=one, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_finding(finding=one, words=form.words)
            return redirect("repository:finding", one.pk)
        except ValidationError as error:
            form.add_error(None, error)
    return _form_page(request, form, {"finding": one})


def _form_page(request: AuthedRequest, form: FindingForm, more: dict[str, object]) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "panels/repository/finding_form.html", {"form": form, **more}, status=status)


@require_POST
@require(Permission.JOIN_RESEARCH)
def withdraw_finding(request: AuthedRequest, finding_id: int) -> HttpResponse:
    """Take it out of the list; undone by one click."""
    one = _own(request, finding_id)
    services.withdraw_finding(finding=one)
    undo = reverse("repository:restore", args=[one.pk])
    say_done(request, _("Withdrawn. Its address stays, and says so."), undo=undo)
    return redirect("repository:finding", one.pk)


@require_POST
@require(Permission.JOIN_RESEARCH)
def restore_finding(request: AuthedRequest, finding_id: int) -> HttpResponse:
    """Undo the withdrawal."""
    one = _own(request, finding_id)
    services.restore_finding(finding=one)
    messages.success(request, _("It stands again."))
    return redirect("repository:finding", one.pk)


@require_POST
@require(Permission.JOIN_RESEARCH)
def add_evidence(request: AuthedRequest, finding_id: int) -> HttpResponse:
    """Have it rest on what an address of ours names."""
    one = _own(request, finding_id)
    form = EvidenceForm(request.POST)
    source = sources.pasted_source(request.user, form.cleaned_data["address"]) if form.is_valid() else None
    if source is None:
        form.add_error(
            "address", _("Paste the address of a session, of a note on its page or of a feedback you may open.")
        )
        return _page(request, one, form)
    try:
        services.add_evidence(finding=one, source=source)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("repository:finding", one.pk)


@require_POST
@require(Permission.JOIN_RESEARCH)
def remove_evidence(request: AuthedRequest, finding_id: int, evidence_id: int) -> HttpResponse:
    """Take one piece of evidence away: one that the person may see."""
    one = _own(request, finding_id)
    shown = {each.row.pk: each.row for each in selectors.rests_on(one, request.user).evidence}
    row = get_object_or_404(FindingEvidence.objects.filter(pk__in=shown), pk=evidence_id)
    services.remove_evidence(evidence=row)
    messages.success(request, _("Removed from the evidence."))
    return redirect("repository:finding", one.pk)


def _own(request: AuthedRequest, finding_id: int) -> Finding:
    """Return a finding of a team in which the person joins research. Raises Http404, PermissionDenied."""
    one = get_object_or_404(selectors.all_findings(), pk=finding_id)
    if not may(request.user, Permission.JOIN_RESEARCH, team=one.team):
        raise PermissionDenied
    return one
