"""Two records of one person: found, compared, merged after a page that says what will happen, and taken apart again."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.customers.merging import fillable, merge_customers, person_records, undo_merge
from apps.customers.models import Customer, Merge
from apps.feedback.models import FeedbackState
from apps.workbench.directory import directory
from apps.workbench.selectors import readable_feedback

FOUND = 20
LETTERS = 2  # of what is searched for
LABELS = {
    "name": gettext_lazy("Name"),
    "organisation_id": gettext_lazy("Organisation"),
    "segment_id": gettext_lazy("Segment"),
    "role_title": gettext_lazy("Role"),
    "languages": gettext_lazy("Languages"),
    "time_zone": gettext_lazy("Time zone"),
    "availability": gettext_lazy("Availability"),
}


@dataclass(frozen=True)
class Side:
    record: Customer
    is_kept: bool
    said_count: int  # feedback that the reader may open


@dataclass(frozen=True)
class Comparison:
    """What merging would do."""

    kept: Customer
    merged: Customer
    filled: list[str]  # names of fields, in words
    sides: list[Side]
    moves_segment: bool  # what the merged one said counts in another segment afterwards


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CUSTOMERS)
def merge(request: AuthedRequest, customer_id: int) -> HttpResponse:
    """Find the other record, see what merging would do, do it."""
    shown = _record_or_404(customer_id)
    sent = request.POST if request.method == "POST" else request.GET
    other = _other(shown, sent.get("other", ""))
    kept, merged = (other, shown) if other and sent.get("keep") == "other" else (shown, other)
    if request.method == "POST":
        return _merged(request, shown, kept, merged)
    q = " ".join(request.GET.get("q", "").split())[:200]
    context = {
        "customer": shown,
        "q": q,
        "others": [] if other else _others(shown, q),
        "comparison": compare(kept, merged, request.user) if kept and merged else None,
        "other": other,
    }
    return render(request, "workbench/customer_merge.html", context)


@require_POST
@require(Permission.MANAGE_CUSTOMERS)
def undo(request: AuthedRequest, customer_id: int, merge_id: int) -> HttpResponse:
    """Let both records stand as before."""
    made = get_object_or_404(Merge, pk=merge_id, merged__in=person_records([customer_id]))
    try:
        undo_merge(merge_id=made.pk, undone_by=request.user)
        messages.success(request, _("Undone: both records stand as before. Counts follow within seconds."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("workbench:customer", made.kept_id)


def compare(kept: Customer, merged: Customer, reader: User) -> Comparison:
    """Return what merging would do. One query."""
    said = readable_feedback(reader).filter(state=FeedbackState.LIVE, customer__in=[kept.pk, merged.pk])
    counted = dict(said.order_by().values_list("customer_id").annotate(total=Count("pk")))
    filled = fillable(kept, merged)
    after = merged.effective_segment if {"segment_id", "organisation_id"} & set(filled) else kept.effective_segment
    return Comparison(
        kept=kept,
        merged=merged,
        filled=[str(LABELS[name]) for name in filled],
        sides=[Side(one, one is kept, counted.get(one.pk, 0)) for one in (kept, merged)],
        moves_segment=after != merged.effective_segment,
    )


def _merged(request: AuthedRequest, shown: Customer, kept: Customer | None, merged: Customer | None) -> HttpResponse:
    if kept is None or merged is None:
        messages.error(request, _("Choose the other record first."))
        return redirect("workbench:merge-customer", shown.pk)
    try:
        merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("workbench:merge-customer", shown.pk)
    messages.success(request, _("Merged. It can be undone on this page."))
    return redirect("workbench:customer", kept.pk)


def _record_or_404(customer_id: int) -> Customer:
    rows = Customer.objects.filter(erased_at=None, merged_into=None)
    return get_object_or_404(rows.select_related("organisation__segment", "segment"), pk=customer_id)


def _other(shown: Customer, number: str) -> Customer | None:
    """Return the record of this number; None where none is named. Raises Http404 for one that cannot be merged."""
    pk = read_id(number)
    if pk is None:
        return None
    if pk == shown.pk:
        raise Http404
    return _record_or_404(pk)


def _others(shown: Customer, q: str) -> list[Customer]:
    """Return records to choose from: what ``q`` finds, or those of the same name. One query."""
    rows = Customer.objects.filter(erased_at=None, merged_into=None).exclude(pk=shown.pk)
    rows = rows.select_related("organisation__segment", "segment").order_by("name", "pk")
    if len(q) >= LETTERS:
        return list(directory.matching_customers(rows, q)[:FOUND])
    return list(rows.filter(Q(name=shown.name) & ~Q(name=""))[:FOUND])
