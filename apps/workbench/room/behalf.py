"""Recording what a customer said to somebody of the staff: in a call, on a visit, at a conference."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, require
from apps.catalog.models import Product
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.customers.models import Customer
from apps.feedback.behalf_models import SourceKind
from apps.feedback.services import behalf
from apps.workbench import selectors
from apps.workbench.directory import directory
from apps.workbench.directory.setup_forms import add_service_errors
from apps.workbench.room.behalf_forms import RecordForm

FOUND = 8  # customers offered for what was typed
LETTERS = 2  # fewer would list everybody


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.WRITE_NOTE)
def record_feedback(request: AuthedRequest) -> HttpResponse:
    """Write down what a customer said; who searches for the customer gets the form back as it was, with names."""
    if not may(request.user, Permission.READ_FEEDBACK):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else request.GET
    offered = offered_customers(request.user, q=sent.get("q", ""), chosen=read_id(sent.get("customer", "")))
    is_sent = request.method == "POST" and "search" not in request.POST
    if is_sent:
        form = RecordForm(request.POST, offered=offered)
    else:
        form = RecordForm(offered=offered, initial=_kept(request, offered))
    if is_sent and form.is_valid():
        answer = _record(request, form)
        if answer is not None:
            return answer
    context = {"form": form, "q": sent.get("q", "")[:100], "offered": offered, "has_searched": bool(sent.get("q"))}
    return render(request, "workbench/record.html", context, status=422 if form.is_bound and form.errors else 200)


def _kept(request: AuthedRequest, offered: list[Customer]) -> dict[str, object]:
    """Return what was typed before the search, or what the link came with."""
    if request.method == "POST":
        kept = {name: request.POST[name] for name in RecordForm.base_fields if request.POST.get(name)}
        known = {str(customer.pk) for customer in offered}
        return {name: value for name, value in kept.items() if name != "customer" or value in known}
    product = Product.objects.filter(slug=request.GET.get("product", ""), archived_at=None).first()
    return {"product": product} if product else {}


def _record(request: AuthedRequest, form: RecordForm) -> HttpResponse | None:
    """Record it and lead on; None where the service refused, told at the form."""
    asked = form.cleaned_data
    try:
        outcome = behalf.record(
            product_id=asked["product"].pk,
            text=asked["text"],
            rating=asked["rating"],
            person=form.person,
            source_kind=SourceKind(asked["source_kind"]),
            link=asked["link"],
            said_at=asked["said_at"],
            recorded_by_id=request.user.pk,
            nonce=asked["nonce"],
        )
    except ValidationError as error:
        add_service_errors(form, error)
        return None
    made = selectors.readable_feedback(request.user).filter(pk=outcome.feedback_id or 0).first()
    if made is not None:
        messages.success(request, _("Recorded. It counts like what customers send themselves."))
        return redirect("workbench:feedback-detail", made.pk)
    messages.success(request, _("Recorded. Only the owning team may open what is said of this product."))
    return redirect("workbench:record-feedback")


def offered_customers(user: User, *, q: str, chosen: int | None) -> list[Customer]:
    """Return customers to choose from: the one chosen before, then those that ``q`` finds.

    Who manages customers finds all by name or address; others by name, those of whom they may open something.
    """
    rows = _known_to(user).select_related("organisation")
    first = list(rows.filter(pk=chosen)) if chosen else []
    q = " ".join(q.split())[:100]
    if len(q) < LETTERS:
        return first
    found = directory.matching_customers(rows, q) if _manages(user) else rows.filter(name__icontains=q)
    return first + [one for one in found.order_by("name", "pk")[:FOUND] if one not in first]


def _known_to(user: User) -> QuerySet[Customer]:
    rows = Customer.objects.filter(erased_at=None, merged_into=None)
    if _manages(user):
        return rows
    return rows.filter(Exists(selectors.readable_feedback(user).filter(customer=OuterRef("pk"))))


def _manages(user: User) -> bool:
    return may(user, Permission.MANAGE_CUSTOMERS)
