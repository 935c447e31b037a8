"""The list of imports, a new one, its columns, its values: everything up to the preview."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.feedback.import_models import ImportMapping
from apps.feedback.imports import preview
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.plan import Plan, plan_of
from apps.feedback.imports.presets import PRESETS
from apps.feedback.models import Import
from apps.feedback.services import import_mappings, uploads
from apps.workbench.directory.directory_forms import SureForm
from apps.workbench.importing import selectors
from apps.workbench.importing.forms import ColumnsForm, UploadForm, ValuesForm, zones


class Column(NamedTuple):
    """A line of the columns' page."""

    name: str
    example: str
    field: BoundField


@require_safe
@require(Permission.IMPORT_FEEDBACK)
def import_list(request: AuthedRequest) -> HttpResponse:
    """One's own imports, newest first; an administrator of the installation sees everybody's."""
    page = selectors.import_page(request.user, before_id=read_id(request.GET.get("before", "")))
    context = {"page": page, "mappings": ImportMapping.objects.all(), "kept_days": uploads.KEPT.days}
    return render(request, "workbench/import_list.html", context)


@csrf_exempt  # the token is in the body, and nobody's body is read before they are known: csrf_protect comes last
@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.IMPORT_FEEDBACK)
@csrf_protect
def new_import(request: AuthedRequest) -> HttpResponse:
    """A file to upload; ``?like=`` an import whose plan it takes over: that of its bad rows, mended."""
    like = selectors.imports_of(request.user).filter(pk=read_id(request.GET.get("like", "")) or 0).first()
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _take_in(request.user, form, like)
        except UnusableFileError as error:
            form.add_error("file", str(error))
        else:
            return redirect("workbench:import-columns", made.pk)
    context = {"form": form, "like": like, "kept_days": uploads.KEPT.days}
    return render(request, "workbench/import_new.html", context, status=422 if form.errors else 200)


def _take_in(user: User, form: UploadForm, like: Import | None) -> Import:
    """Store the file and begin its plan. Raises UnusableFileError, having kept nothing."""
    file = form.cleaned_data["file"]
    made = uploads.store(file_name=file.name or "", blocks=file.chunks(), user_id=user.pk)
    base = plan_of(like.upload.plan) if like else _start(form.cleaned_data["start"])
    try:
        uploads.keep_plan(import_id=made.pk, plan=preview.first_plan(uploads.path_of(made.upload), base))
    except UnusableFileError as error:
        told = uploads.named(made.pk, error)
        uploads.discard(import_id=made.pk)
        raise UnusableFileError(told) from None
    return made


def _start(chosen: str) -> Plan | None:
    kind, _colon, key = chosen.partition(":")
    if kind == "ready":
        return PRESETS[key][1]
    saved = ImportMapping.objects.filter(pk=key).first() if kind == "saved" else None
    return plan_of(saved.plan) if saved else None


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.IMPORT_FEEDBACK)
def import_columns(request: AuthedRequest, import_id: int) -> HttpResponse:
    """What each column of a draft becomes."""
    row = draft_or_404(request.user, import_id)
    path = uploads.path_of(row.upload)
    seen = preview.glance(path)
    base = plan_of(row.upload.plan)
    form = ColumnsForm(request.POST or None, columns=seen.columns, base=base, user=request.user)
    if request.method == "POST" and form.is_valid():
        plan = _dated(form, row)
        if plan is not None:
            uploads.keep_plan(import_id=row.pk, plan=plan)
            return redirect("workbench:import-values", row.pk)
    columns = [Column(name, seen.examples.get(name, ""), field) for name, field in form.columns()]
    context = {"row": row, "form": form, "glance": seen, "columns": columns, "zones": zones()}
    return render(request, "workbench/import_columns.html", context, status=422 if form.errors else 200)


def _dated(form: ColumnsForm, row: Import) -> Plan | None:
    """Return the plan with the format of its times; None where a person must say which it is."""
    plan = form.plan
    if plan.date_format or "captured_at" not in plan.columns.values():
        return plan
    found = preview.detect_format(uploads.path_of(row.upload), plan)
    if not found.key:
        told = _("Is %(example)s the day first or the month first? The file does not say: choose.")
        form.add_error("date_format", told % {"example": found.example})
        return None
    return replace(plan, date_format=found.key)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.IMPORT_FEEDBACK)
def import_values(request: AuthedRequest, import_id: int) -> HttpResponse:
    """What the single tags, statuses, segments, ratings and products of a draft become; passed over without any."""
    row = draft_or_404(request.user, import_id)
    base = plan_of(row.upload.plan)
    found = {name: values for name, values in _values(row, base).items() if values}
    if not found:
        return redirect("workbench:import", row.pk)
    form = ValuesForm(request.POST or None, found=found, base=base, user=request.user)
    if request.method == "POST" and form.is_valid():
        uploads.keep_plan(import_id=row.pk, plan=replace(base, values=form.values))
        return redirect("workbench:import", row.pk)
    context = {"row": row, "form": form, "counted": preview.ROWS_COUNTED, "shown": preview.VALUES_SHOWN}
    return render(request, "workbench/import_values.html", context, status=422 if form.errors else 200)


def _values(row: Import, plan: Plan) -> Mapping[str, list[tuple[str, int]]]:
    """Return the values to be asked about; ratings that are numbers say themselves what they mean."""
    found = preview.values_of(uploads.path_of(row.upload), plan)
    if plan.scale != "words":
        found.pop("rating", None)
    return found


@require_POST
@require(Permission.IMPORT_FEEDBACK)
def delete_mapping(request: AuthedRequest, mapping_id: int) -> HttpResponse:
    """Forget a saved mapping; what was imported by it stays."""
    mapping = get_object_or_404(ImportMapping, pk=mapping_id)
    if not SureForm(request.POST).is_valid():
        messages.error(request, _("Tick the box to confirm: this cannot be undone."))
        return redirect("workbench:import-list")
    import_mappings.delete_mapping(mapping_id=mapping.pk)
    messages.success(request, _("The mapping “%(name)s” is deleted.") % {"name": mapping.name})
    return redirect("workbench:import-list")


def draft_or_404(user: User, import_id: int) -> Import:
    """Return a draft of the person's own. Raises DomainError for one that was started."""
    row = get_object_or_404(selectors.imports_of(user), pk=import_id, upload__isnull=False)
    if row.status != Import.Status.DRAFT:
        raise DomainError(
            _("This import was started on %(day)s already.") % {"day": timezone.localdate(row.started_at)}
        )
    return row
