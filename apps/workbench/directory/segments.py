"""Segments, as staff weigh, rename and delete them."""

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
from apps.customers.models import Segment
from apps.customers.segments import delete_segment, update_segment
from apps.customers.services import create_segment
from apps.workbench.directory import directory
from apps.workbench.directory.directory_forms import DeleteSegmentForm, ReweighForm, SegmentForm
from apps.workbench.directory.setup_forms import add_service_errors


@require_safe
@require(Permission.MANAGE_CUSTOMERS)
def segment_list(request: AuthedRequest) -> HttpResponse:
    """Every segment with its weight, and how many customers, organisations and feedback it holds."""
    return render(request, "workbench/segment_list.html", {"rows": directory.segment_rows()})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CUSTOMERS)
def new_segment(request: AuthedRequest) -> HttpResponse:
    """A new segment; nobody is in it yet."""
    form = SegmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_segment(**form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            messages.success(
                request, _("“%(segment)s” is there. Put organisations or customers in it.") % {"segment": made}
            )
            return redirect("workbench:segment", made.pk)
    return render(request, "workbench/segment_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CUSTOMERS)
def segment(request: AuthedRequest, segment_id: int) -> HttpResponse:
    """One segment; a post renames it and weighs it anew."""
    shown = get_object_or_404(Segment, pk=segment_id)
    form = ReweighForm(request.POST or None, segment=Segment(name=shown.name, weight=shown.weight))
    if request.method == "POST" and form.is_valid():
        try:
            update_segment(segment=shown, name=form.cleaned_data["name"], weight=form.cleaned_data["weight"])
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            messages.success(request, _("Saved. Queues follow within seconds where the weight changed."))
            return redirect("workbench:segment", shown.pk)
    return _segment_page(request, shown, form=form)


@require_POST
@require(Permission.MANAGE_CUSTOMERS)
def remove_segment(request: AuthedRequest, segment_id: int) -> HttpResponse:
    """Delete a segment; who is in it moves to the one that is named."""
    shown = get_object_or_404(Segment, pk=segment_id)
    form = DeleteSegmentForm(request.POST, segment=shown)
    if form.is_valid():
        try:
            moved = delete_segment(segment=shown, move_to=form.cleaned_data["move_to"])
        except DomainError as error:
            form.add_error("move_to", str(error))
        else:
            told = ngettext("Deleted. %(count)s customer moved.", "Deleted. %(count)s customers moved.", moved)
            messages.success(request, told % {"count": moved})
            return redirect("workbench:segment-list")
    return _segment_page(request, shown, delete_form=form)


def _segment_page(
    request: AuthedRequest,
    shown: Segment,
    *,
    form: ReweighForm | None = None,
    delete_form: DeleteSegmentForm | None = None,
) -> HttpResponse:
    page_form = form or ReweighForm(segment=shown)
    context = {
        "row": directory.segment_row(Segment.objects.get(pk=shown.pk)),
        "form": page_form,
        "delete_form": delete_form or DeleteSegmentForm(segment=shown, auto_id="id_delete_%s"),
    }
    refused = page_form.errors or (delete_form and delete_form.errors)
    return render(request, "workbench/segment.html", context, status=422 if refused else 200)
