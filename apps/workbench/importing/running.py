"""One import: its preview and start, how far it is, its bad rows, its end and its undoing."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest, wants_fragment
from apps.feedback.import_models import ImportProblem
from apps.feedback.imports import moments, preview, scales
from apps.feedback.imports.bad_rows import bad_row_lines
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.plan import plan_of
from apps.feedback.models import Import
from apps.feedback.services import import_mappings, uploads
from apps.feedback.services.imports import Problem
from apps.workbench.downloads import stream_file
from apps.workbench.importing import selectors
from apps.workbench.importing.forms import FIELDS, MappingNameForm

PROBLEMS_SHOWN = 20


@require_safe
@require(Permission.IMPORT_FEEDBACK)
def import_page(request: AuthedRequest, import_id: int) -> HttpResponse:
    """A draft as it will become, or how far an import is; that part refreshes itself (304 when nothing changed)."""
    row = get_object_or_404(selectors.imports_of(request.user), pk=import_id)
    if row.status == Import.Status.DRAFT:
        return _preview_page(request, row)
    etag = _etag(row)
    if wants_fragment(request):
        response = get_conditional_response(request, etag=etag) or _state(request, row, etag, "_import_state.html")
        response.headers["ETag"] = etag
    else:
        response = _state(request, row, etag, "import.html")
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def _preview_page(request: AuthedRequest, row: Import) -> HttpResponse:
    plan = plan_of(row.upload.plan)
    context: dict[str, object] = {
        "row": row,
        "plan": plan,
        "columns": [(column, _field_name(name)) for column, name in plan.columns.items()],
        "format": moments.FORMATS.get(plan.date_format, plan.date_format),
        "scale": scales.SCALES[plan.scale],
        "name_form": MappingNameForm(),
        "has_dates": "captured_at" in plan.columns.values(),
        "has_ratings": "rating" in plan.columns.values(),
    }
    try:
        context["preview"] = preview.preview(row, request.user)
    except (UnusableFileError, uploads.UploadGoneError) as error:
        context["unusable"] = uploads.named(row.pk, error)
    return render(request, "workbench/import_preview.html", context)


def _field_name(name: str) -> object:
    return FIELDS.get(name, name.removeprefix("context."))


def _state(request: AuthedRequest, row: Import, etag: str, template: str) -> HttpResponse:
    upload = getattr(row, "upload", None)
    progress = selectors.progress_of(row, as_of=timezone.now()) if upload else None
    context = {
        "row": row,
        "etag": etag,
        "status": row.status_label(as_of=timezone.now()),
        "is_under_way": selectors.is_under_way(row),
        "progress": progress,
        "progress_left": _spoken(progress.left) if progress and progress.left is not None else "",
        "problems": row.bad_rows.all()[:PROBLEMS_SHOWN] if row.rejected_count else [],
        "has_file": bool(upload and upload.stored_name),
        "kept_days": uploads.KEPT.days,
        "name_form": MappingNameForm(),
    }
    return render(request, f"workbench/{template}", context)


def _spoken(left: timedelta) -> str:
    """Return a time as long as is worth saying: 40 seconds, 12 minutes, 3 hours."""
    seconds = int(left.total_seconds())
    if seconds < 90:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d hour", "%(count)d hours", round(minutes / 60)) % {"count": round(minutes / 60)}


def _etag(row: Import) -> str:
    upload = getattr(row, "upload", None)
    seconds = int(timezone.now().timestamp() // 2) if row.status == Import.Status.RUNNING else 0  # rate and time left
    figures = (row.pk, row.status, row.new_count, row.repeated_count, row.rejected_count, row.fed_at, seconds)
    place = (upload.position, upload.reason, upload.stored_name) if upload else ()
    return f'"{sha256(repr((figures, place, get_language())).encode()).hexdigest()[:32]}"'


@require_POST
@require(Permission.IMPORT_FEEDBACK)
def act(request: AuthedRequest, import_id: int) -> HttpResponse:
    """Start, go on, stop, undo or discard: one ``action`` each, all safe to repeat."""
    row = get_object_or_404(selectors.imports_of(request.user), pk=import_id)
    action = request.POST.get("action")
    if action == "undo":
        uploads.ask_undo(import_id=row.pk)
        return redirect("workbench:import", row.pk)
    if getattr(row, "upload", None) is None or action not in ("start", "stop", "discard"):
        raise BadRequest("An action is start, stop, undo or discard.")
    if action == "discard":
        uploads.discard(import_id=row.pk)
        messages.success(request, _("The file is deleted; nothing was imported."))
        return redirect("workbench:import-list")
    (uploads.start if action == "start" else uploads.stop)(import_id=row.pk)
    return redirect("workbench:import", row.pk)


@require_POST
@require(Permission.IMPORT_FEEDBACK)
def save_mapping(request: AuthedRequest, import_id: int) -> HttpResponse:
    """Keep the plan of an import under a name, for the next file of its kind."""
    row = get_object_or_404(selectors.imports_of(request.user), pk=import_id, upload__isnull=False)
    form = MappingNameForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(_("Give the mapping a name."))
        plan = plan_of(row.upload.plan)
        saved = import_mappings.save_mapping(name=form.cleaned_data["name"], plan=plan, user_id=request.user.pk)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Kept as “%(name)s”: choose it with the next file.") % {"name": saved})
    return redirect("workbench:import", row.pk)


@require_safe
@require(Permission.IMPORT_FEEDBACK)
def bad_rows(request: AuthedRequest, import_id: int) -> HttpResponseBase:
    """The rows that were not taken, with their lines and reasons, as CSV to mend and import alone."""
    row = get_object_or_404(selectors.imports_of(request.user), pk=import_id)
    if getattr(row, "upload", None) is None or not row.rejected_count:
        raise Http404
    path = uploads.path_of(row.upload)
    lines = bad_row_lines(path, _problems(row.pk))
    try:
        head = next(lines)  # a file that cannot be read is told on a page, not in the middle of a download
    except (UnusableFileError, StopIteration) as error:
        raise DomainError(str(error)) from None
    name = f"import-{row.pk}-bad-rows.csv"
    return stream_file(request, _with(head, lines), content_type="text/csv; charset=utf-8", file_name=name)


def _with(head: str, lines: Iterator[str]) -> Iterator[str]:
    yield head
    yield from lines


def _problems(import_id: int) -> Iterator[Problem]:
    """Yield all problems of an import by line, in batches: no cursor stays open while somebody reads slowly."""
    after = (-1, 0)
    while True:
        rows = ImportProblem.objects.filter(source_id=import_id, line__gte=after[0])
        batch = [
            one
            for one in rows.order_by("line", "id").values_list("line", "id", "column", "reason")[:2_000]
            if (one[0], one[1]) > after
        ]
        if not batch:
            return
        yield from (Problem(line, column, reason) for line, _id, column, reason in batch)
        after = (batch[-1][0], batch[-1][1])
