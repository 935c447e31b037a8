"""A selection as a file: CSV, JSON or JSON Lines, a batch at a time, whoever stops reading stops the reading.

No cursor is held open in the database: each batch is a page of its own after the last row of the one before, so memory
stays as it is and what arrives meanwhile, above the first row, is not in the file.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.http import AuthedRequest
from apps.core.spreadsheet import csv_line
from apps.feedback.models import Feedback, Identity
from apps.workbench.browse.reading import BrowseFilter, browse_all, distinct_tags
from apps.workbench.downloads import stream_file

logger = logging.getLogger(__name__)

ROWS_MAX = 100_000  # of one file

Row = Mapping[str, object]

# The columns, in the order that they keep. Those of persons are there only for who may manage customers.
COLUMNS = (
    "id", "captured_at", "received_at", "product", "version", "channel", "text", "rating", "sentiment", "language",
    "tags", "identity", "segment", "organisation", "customer", "context", "state", "visibility", "address",
)  # fmt: skip
PERSONAL_COLUMNS = ("customer_name", "customer_email")


@require_safe
@require(Permission.EXPORT_FEEDBACK)
def export_csv(request: AuthedRequest) -> HttpResponseBase:
    """The selection as CSV, with a mark for spreadsheets where ``bom=1`` asks for it."""
    return _export(request, "csv", "text/csv; charset=utf-8", _csv)


@require_safe
@require(Permission.EXPORT_FEEDBACK)
def export_json(request: AuthedRequest) -> HttpResponseBase:
    """The selection as one JSON document, or, with ``lines=1``, a line for each feedback."""
    if request.GET.get("lines"):
        return _export(request, "jsonl", "application/x-ndjson; charset=utf-8", _json_lines)
    return _export(request, "json", "application/json; charset=utf-8", _json)


Writer = Callable[[AuthedRequest, BrowseFilter, Iterator[list[Row]]], Iterator[str]]


def _export(request: AuthedRequest, ending: str, content_type: str, write: Writer) -> HttpResponseBase:
    """Answer with the file; a filter that is not understood is told on the list: half of it would be another file."""
    wanted, problems = BrowseFilter.from_query(request.GET)
    if problems:
        messages.error(request, _("Nothing was exported: a filter is not understood. Mend it and export again."))
        return redirect(f"{reverse('workbench:feedback-list')}?{request.GET.urlencode()}")
    lines = write(request, wanted, _batches(request, wanted))
    file_name = f"feedback-{timezone.localdate():%Y-%m-%d}.{ending}"
    response = stream_file(request, lines, content_type=content_type, file_name=file_name)
    response.headers["X-Row-Limit"] = str(ROWS_MAX)
    return response


def _batches(request: AuthedRequest, wanted: BrowseFilter) -> Iterator[list[Row]]:
    """Yield batches of rows, at most ROWS_MAX in all; note who took how many, also where they stopped half-way."""
    with_person = may(request.user, Permission.MANAGE_CUSTOMERS)
    count = 0
    try:
        for entries in browse_all(request.user, wanted, limit=ROWS_MAX):
            count += len(entries)
            yield [_row(entry, with_person=with_person) for entry in entries]
    finally:
        logger.info("User %d exported %d feedback: %s", request.user.pk, count, wanted.to_query() or "everything")


def _columns(request: AuthedRequest) -> tuple[str, ...]:
    return COLUMNS + (PERSONAL_COLUMNS if may(request.user, Permission.MANAGE_CUSTOMERS) else ())


def _row(entry: Feedback, *, with_person: bool) -> Row:
    reading = getattr(entry, "reading", None)
    customer = entry.customer
    known = customer.counted_as if customer and entry.identity == Identity.VERIFIED else None  # a claim has none
    segment = known.effective_segment if known else None
    row: dict[str, object] = {
        "id": entry.pk,
        "captured_at": entry.captured_at.isoformat(),
        "received_at": entry.received_at.isoformat(),
        "product": entry.product.slug,
        "version": entry.version.name if entry.version else None,
        "channel": entry.channel,
        "text": entry.text,
        "rating": entry.rating,
        "sentiment": reading.sentiment if reading else None,
        "language": (reading.language or None) if reading else None,
        "tags": [tag.slug for tag in distinct_tags(entry)],
        "identity": entry.identity,
        "segment": segment.slug if segment else None,
        "organisation": known.organisation.name if known and known.organisation else None,
        "customer": str(customer.key) if customer else None,
        "context": entry.context,
        "state": entry.state,
        "visibility": entry.visibility,
        "address": settings.PUBLIC_URL + reverse("workbench:feedback-detail", args=[entry.pk]),
    }
    if with_person:
        row |= {"customer_name": customer and customer.name, "customer_email": customer and customer.email}
    return row


# --- the three ways to write it -----------------------------------------------------------------------------------


def _csv(request: AuthedRequest, wanted: BrowseFilter, batches: Iterator[list[Row]]) -> Iterator[str]:
    columns = _columns(request)
    yield ("\ufeff" if request.GET.get("bom") else "") + csv_line(columns)
    for rows in batches:
        yield "".join(csv_line([_cell(row[column]) for column in columns]) for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return "" if value is None else value


def _json_lines(request: AuthedRequest, wanted: BrowseFilter, batches: Iterator[list[Row]]) -> Iterator[str]:
    for rows in batches:
        yield "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _json(request: AuthedRequest, wanted: BrowseFilter, batches: Iterator[list[Row]]) -> Iterator[str]:
    """Write the document. Its last member says how it ended: without one, the file was cut off on its way."""
    head = {"exported_at": timezone.now().isoformat(), "query": wanted.to_query(), "row_limit": ROWS_MAX}
    yield json.dumps(head)[:-1] + ', "feedback": [\n'
    count = 0
    for rows in batches:
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        yield (",\n" if count else "") + lines
        count += len(rows)
    yield f'\n], "row_count": {count}, "is_complete": {json.dumps(count < ROWS_MAX)}}}\n'
