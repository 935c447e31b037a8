"""Customers, as staff find, place, verify, correct and erase them: names and addresses to those who manage them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.customers import profiles, services
from apps.customers.merging import kept_ids, person_records, standing_merges
from apps.customers.models import Customer, Organisation
from apps.customers.services import PROFILE_FIELDS
from apps.workbench.directory import directory, encounters
from apps.workbench.directory.directory_forms import CustomerForm, DirectoryFilterForm, UseForm
from apps.workbench.directory.organisations import NAMES_OFFERED, next_page_url
from apps.workbench.directory.setup_forms import add_service_errors
from apps.workbench.history import audit_entries
from apps.workbench.room.erasure import erase_person
from apps.workbench.room.forms import ErasureForm

CHANGES_SHOWN = 10


@require_safe
@require(Permission.MANAGE_CUSTOMERS)
def customer_list(request: AuthedRequest) -> HttpResponse:
    """Customers who are not erased, newest first, found by name, address, organisation or segment."""
    form = DirectoryFilterForm(request.GET)
    form.is_valid()  # what is not understood is left out
    asked = form.cleaned_data
    page = directory.customer_page(
        q=asked.get("q", "").strip(),
        organisation=asked.get("organisation"),
        segment=asked.get("segment"),
        after_id=asked.get("after"),
    )
    context = {
        "form": form,
        "page": page,
        "rows": directory.heard_rows(page.customers, request.user),
        "organisation": asked.get("organisation"),
        "has_filters": bool(asked.get("q") or asked.get("segment") or asked.get("organisation")),
        "older_url": next_page_url(request, page.next_id),
    }
    return render(request, "workbench/customer_list.html", context)


@require_safe
@require(Permission.READ_FEEDBACK)
def customer(request: AuthedRequest, customer_id: int) -> HttpResponse:
    """One customer with everything between them and us that the reader may open, on one timeline.

    Who neither manages customers nor runs research sees only those of whom they may open something, without the
    address: the rest is answered as if it were not there. A record that was merged leads to the one kept.
    """
    shown = _customer_or_404(customer_id)
    records = person_records([shown.pk])
    page = encounters.timeline(records, request.user, cursor=request.GET.get("before", ""))
    can_manage = may(request.user, Permission.MANAGE_CUSTOMERS)
    may_contact = can_manage or may(request.user, Permission.RUN_RESEARCH)
    if not (may_contact or page.encounters):
        raise Http404
    if shown.pk != customer_id:
        return redirect("workbench:customer", shown.pk)
    context = {
        "customer": shown,
        "page": page,
        "is_first_page": "before" not in request.GET,
        "uses": encounters.uses_of(records),
        "use_form": UseForm() if can_manage else None,
        "their_time": encounters.local_time(shown.time_zone),
        "may_contact": may_contact,
        "segment_history": encounters.segment_history(records) if may_contact else [],
        "merges": standing_merges(shown.pk) if can_manage else [],
        "first_heard_at": directory.first_heard_at(records, request.user),
        "changes": _changes(customer_id) if can_manage else [],
        "can_manage": can_manage,
        "can_erase": shown.erased_at is None and may(request.user, Permission.ERASE_CUSTOMER),
    }
    return render(request, "workbench/customer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CUSTOMERS)
def edit_customer(request: AuthedRequest, customer_id: int) -> HttpResponse:
    """Correct name and address, and say whom they belong to and which segment they are in."""
    shown = _customer_or_404(customer_id)
    if shown.erased_at is not None:
        raise Http404
    form = CustomerForm(request.POST or None, initial=_initial(shown))
    if request.method == "POST" and form.is_valid():
        try:
            _save(shown, form)
        except ValidationError as error:
            add_service_errors(form, error)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("workbench:customer", shown.pk)
    names = Organisation.objects.values_list("name", flat=True)[:NAMES_OFFERED]
    context = {"customer": shown, "form": form, "names": names}
    return render(request, "workbench/customer_edit.html", context, status=422 if form.errors else 200)


def _initial(shown: Customer) -> dict[str, object]:
    known = {name: getattr(shown, name) for name in ("name", "email", "organisation", "segment", *PROFILE_FIELDS)}
    return {**known, "languages": ", ".join(shown.languages)}


@transaction.atomic
def _save(shown: Customer, form: CustomerForm) -> None:
    """All of it or nothing."""
    asked = form.cleaned_data
    if (asked["name"], asked["email"]) != (shown.name, shown.email):
        services.update_customer(customer_id=shown.pk, name=asked["name"], email=asked["email"])
    services.set_organisation(customer_ids=[shown.pk], organisation=asked["organisation"])
    services.set_segment(customer_ids=[shown.pk], segment=asked["segment"])
    profiles.update_profile(customer_id=shown.pk, profile=form.profile)


@require_POST
@require(Permission.MANAGE_CUSTOMERS)
def change_uses(request: AuthedRequest, customer_id: int) -> HttpResponse:
    """Note a product that they use, or forget one ("remove", its number)."""
    shown = _customer_or_404(customer_id)
    if remove := read_id(request.POST.get("remove", "")):
        profiles.remove_use(customer_ids=person_records([shown.pk]), use_id=remove)
        messages.success(request, _("Removed."))
        return redirect("workbench:customer", shown.pk)
    form = UseForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(_("Choose a product from the list."))
        profiles.add_use(customer_id=shown.pk, **form.use)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved."))
    return redirect("workbench:customer", shown.pk)


@require_POST
@require(Permission.MANAGE_CUSTOMERS)
def verify_customer(request: AuthedRequest, customer_id: int) -> HttpResponse:
    """Say that this person is who they say, or take that back."""
    shown = _customer_or_404(customer_id)
    try:
        if request.POST.get("action") == "unverify":
            services.unverify_customer(customer_id=shown.pk)
            messages.success(request, _("No longer verified. New feedback of theirs is a claim."))
        else:
            services.verify_customer(customer_id=shown.pk)
            messages.success(request, _("Verified."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("workbench:customer", shown.pk)


@require_POST
@require(Permission.ERASE_CUSTOMER)
def erase_customer_record(request: AuthedRequest, customer_id: int) -> HttpResponse:
    """Erase the person: name, address, all their words, kept mail; a repeat changes nothing."""
    shown = _customer_or_404(customer_id)
    form = ErasureForm(request.POST)
    if form.is_valid():
        erase_person(customer_id=shown.pk, withdraws_feedback=form.cleaned_data["withdraws_feedback"])
        messages.success(request, _("Erased. Nothing of it comes back."))
    else:
        messages.error(request, _("Tick the box to confirm: erasing cannot be undone."))
    return redirect("workbench:customer", shown.pk)


def _customer_or_404(customer_id: int) -> Customer:
    """Return the record that counts for ``customer_id``."""
    rows = Customer.objects.select_related("organisation__segment", "segment")
    kept = kept_ids([customer_id]).get(customer_id)
    return get_object_or_404(rows, pk=kept)


def _changes(customer_id: int) -> list[audit_entries.AuditEntry]:
    wanted = audit_entries.AuditFilter(kind="customers.Customer", object_id=customer_id)
    return audit_entries.audit_page(audit_entries.matching_changes(wanted), cursor=None, limit=CHANGES_SHOWN).entries
