"""Organisations, as staff find, rename, place and merge them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.customers import organisations as services
from apps.customers.models import Organisation
from apps.workbench.directory import directory
from apps.workbench.directory.directory_forms import DirectoryFilterForm, MergeForm, OrganisationForm, SureForm
from apps.workbench.directory.setup_forms import add_service_errors

NAMES_OFFERED = 500  # as suggestions; any other name may be typed
CUSTOMERS_SHOWN = 10


@require_safe
@require(Permission.MANAGE_CUSTOMERS)
def organisation_list(request: AuthedRequest) -> HttpResponse:
    """Organisations by name, with segment, customers, and the feedback that the reader may open."""
    form = DirectoryFilterForm(request.GET)
    form.is_valid()  # what is not understood is left out
    asked = form.cleaned_data
    page = directory.organisation_page(
        request.user, q=asked.get("q", "").strip(), segment=asked.get("segment"), after_id=asked.get("after")
    )
    context = {
        "form": form,
        "page": page,
        "has_filters": bool(asked.get("q") or asked.get("segment")),
        "older_url": next_page_url(request, page.next_id),
    }
    return render(request, "workbench/organisation_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CUSTOMERS)
def new_organisation(request: AuthedRequest) -> HttpResponse:
    """A new organisation; nobody belongs to it yet."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_organisation(**form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            messages.success(request, _("“%(organisation)s” is there.") % {"organisation": made})
            return redirect("workbench:organisation", made.pk)
    return render(request, "workbench/organisation_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CUSTOMERS)
def organisation(request: AuthedRequest, organisation_id: int) -> HttpResponse:
    """One organisation with its customers and what they said last; a post renames it and sets its segment."""
    shown = get_object_or_404(Organisation.objects.select_related("segment"), pk=organisation_id)
    initial = {"name": shown.name, "segment": shown.segment}
    form = OrganisationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_organisation(organisation=shown, **form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("workbench:organisation", shown.pk)
    return _organisation_page(request, shown, form=form)


@require_POST
@require(Permission.MANAGE_CUSTOMERS)
def merge_organisation(request: AuthedRequest, organisation_id: int) -> HttpResponse:
    """Move all customers to another organisation and delete this one."""
    shown = get_object_or_404(Organisation.objects.select_related("segment"), pk=organisation_id)
    form = MergeForm(request.POST, auto_id="id_merge_%s")
    if form.is_valid():
        target = form.cleaned_data["target"]
        try:
            moved = services.merge_organisations(source=shown, target=target)
        except ValidationError as error:
            add_service_errors(form, error)
        except DomainError as error:
            form.add_error("target", str(error))
        else:
            told = ngettext(
                "Merged. %(count)s customer belongs to “%(target)s” now.",
                "Merged. %(count)s customers belong to “%(target)s” now.",
                moved,
            )
            messages.success(request, told % {"count": moved, "target": target})
            return redirect("workbench:organisation", target.pk)
    return _organisation_page(request, shown, merge_form=form)


@require_POST
@require(Permission.MANAGE_CUSTOMERS)
def remove_organisation(request: AuthedRequest, organisation_id: int) -> HttpResponse:
    """Delete an organisation nobody belongs to."""
    shown = get_object_or_404(Organisation, pk=organisation_id)
    form = SureForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(_("Tick the box to confirm: this cannot be undone."))
        services.delete_organisation(organisation=shown)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Deleted."))
        return redirect("workbench:organisation-list")
    return redirect("workbench:organisation", organisation_id)


def _organisation_page(
    request: AuthedRequest,
    shown: Organisation,
    *,
    form: OrganisationForm | None = None,
    merge_form: MergeForm | None = None,
) -> HttpResponse:
    found = Organisation.objects.select_related("segment").get(pk=shown.pk)
    page_form = form or OrganisationForm(initial={"name": found.name, "segment": found.segment})
    customers = directory.customer_page(organisation=found).customers
    context = {
        "organisation": found,
        "customers": customers[:CUSTOMERS_SHOWN],
        "has_more_customers": len(customers) > CUSTOMERS_SHOWN,
        "has_customers": found.customers.exists(),
        "feedback": directory.feedback_of_organisation(found, request.user),
        "form": page_form,
        "merge_form": merge_form or MergeForm(auto_id="id_merge_%s"),
        "sure_form": SureForm(auto_id="id_delete_%s"),
        "names": Organisation.objects.exclude(pk=found.pk).values_list("name", flat=True)[:NAMES_OFFERED],
    }
    refused = page_form.errors or (merge_form and merge_form.errors)
    return render(request, "workbench/organisation.html", context, status=422 if refused else 200)


def next_page_url(request: AuthedRequest, next_id: int | None) -> str:
    """Return the address of the next page of the same search, "" where there is none."""
    if next_id is None:
        return ""
    query = request.GET.copy()
    query["after"] = str(next_id)
    return f"?{query.urlencode()}"
