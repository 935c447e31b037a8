"""Candidates: found by criteria, chosen, and led to an invitation; and the criteria that are kept."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.customers.contacts import FATIGUE_DAYS
from apps.panels.models import Criteria
from apps.panels.recruiting import selectors, services
from apps.panels.recruiting.forms import CandidatesForm, SaveForm

QUERY_CHARACTERS = 4_000
NAMES_OFFERED = 500  # organisations as suggestions; any other part of a name may be typed


@require_safe
@require(Permission.RUN_RESEARCH)
def candidates(request: AuthedRequest) -> HttpResponse:
    """Who fits the criteria of the address; without any, everybody who may be asked."""
    return _page(request, SaveForm())


@require_POST
@require(Permission.RUN_RESEARCH)
def save(request: AuthedRequest) -> HttpResponse:
    """Keep the criteria that the page was opened with, under a name."""
    wanted = CandidatesForm(QueryDict(request.POST.get("query", "")[:QUERY_CHARACTERS]))
    form = SaveForm(request.POST)
    if not wanted.is_valid() or not wanted.conditions:
        messages.error(request, _("Say first whom you look for: there is nothing to keep yet."))
        return redirect("recruiting:candidates")
    if not form.is_valid():
        messages.error(request, _("Give the criteria a name of at most 120 characters."))
        return redirect(_address(wanted.conditions))
    made = services.save_criteria(owner=request.user, conditions=wanted.conditions, **form.cleaned_data)
    messages.success(request, _("Kept as “%(name)s”.") % {"name": made})
    return redirect(_address(made.conditions, made))


@require_safe
@require(Permission.RUN_RESEARCH)
def open_criteria(request: AuthedRequest, criteria_id: int) -> HttpResponse:
    """Find by criteria that were kept."""
    kept = get_object_or_404(selectors.kept_criteria(request.user), pk=criteria_id)
    return redirect(_address(kept.conditions, kept))


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def edit_criteria(request: AuthedRequest, criteria_id: int) -> HttpResponse:
    """Rename one's own criteria, and share them or not."""
    kept = get_object_or_404(Criteria, pk=criteria_id, owner=request.user)
    form = SaveForm(request.POST or None, initial={"name": kept.name, "is_shared": kept.is_shared})
    if request.method == "POST" and form.is_valid():
        try:
            services.update_criteria(criteria=kept, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            messages.success(request, _("Saved."))
            return redirect(_address(kept.conditions, kept))
    context = {"criteria": kept, "form": form}
    return render(request, "panels/recruiting/criteria.html", context, status=422 if form.errors else 200)


@require_POST
@require(Permission.RUN_RESEARCH)
def delete_criteria(request: AuthedRequest, criteria_id: int) -> HttpResponse:
    """Forget one's own criteria; the page stays open with them, so that they can be kept again."""
    kept = get_object_or_404(Criteria, pk=criteria_id, owner=request.user)
    services.delete_criteria(criteria=kept)
    messages.success(request, _("Deleted. The criteria are still open here: keep them again to undo."))
    return redirect(_address(kept.conditions))


def _page(request: AuthedRequest, save_form: SaveForm) -> HttpResponse:
    form, now = CandidatesForm(request.GET), timezone.now()
    kept = list(selectors.kept_criteria(request.user))
    context: dict[str, object] = {
        "form": form,
        "save_form": save_form,
        "kept": kept,
        "opened": next((one for one in kept if one.pk == read_id(request.GET.get("kept", ""))), None),
        "fatigue_days": FATIGUE_DAYS,
    }
    if form.is_valid():
        before = form.cleaned_data["before"]
        page = selectors.candidate_page(request.user, form.wanted, as_of=now, before_id=before)
        context |= {
            "page": page,
            "conditions": form.conditions,
            "query": urlencode(form.conditions),
            "older_url": _address(form.conditions, context["opened"], before=page.next_id) if page.next_id else "",
            "panels": selectors.panels_to_invite_to(request.user),
            "sessions": selectors.sessions_to_invite_to(request.user, as_of=now),
        }
    return render(request, "panels/recruiting/candidates.html", context, status=200 if form.is_valid() else 422)


def _address(conditions: dict[str, str], kept: object = None, *, before: int | None = None) -> str:
    query = dict(conditions)
    if isinstance(kept, Criteria):
        query["kept"] = str(kept.pk)
    if before is not None:
        query["before"] = str(before)
    return f"{reverse('recruiting:candidates')}?{urlencode(query)}"
