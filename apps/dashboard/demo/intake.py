"""The doors by which the demo's feedback comes in: single captures in batches, and files through the import."""

import csv
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from apps.core.errors import DomainError
from apps.dashboard.demo import company
from apps.dashboard.demo.pieces import UNDONE_IMPORT, Piece
from apps.dashboard.demo.stage import Cast
from apps.feedback.imports.runner import Order, run_import
from apps.feedback.models import Channel, Feedback, Import
from apps.feedback.services import Capture, Person, capture_batch
from apps.feedback.services.imports import undo_import

CONTEXT_NAMES = ("instrument", "method", "role", "site")
COLUMNS = (
    "product", "text", "rating", "version", "captured_at", "external_id", "customer_email", "customer_name",
    "organisation", *(f"context.{name}" for name in CONTEXT_NAMES),
)  # fmt: skip
REPEATED_ROWS, BROKEN_ROWS = 4, 2  # in each file, as real files have them


class _Nobody:
    """Listens to an import and keeps it to itself."""

    def say(self, line: str) -> None: ...

    def progress(self, rows: int, share: float) -> None: ...


def take_in(pieces: Sequence[Piece], cast: Cast, *, now: datetime) -> list[tuple[Piece, int]]:
    """Capture ``pieces``, those of files by importing them; return each with its id. Repeats nothing."""
    singles = [piece for piece in pieces if not piece.import_name]
    arrived = capture_pieces(singles, cast, now=now) if singles else []
    for name in dict.fromkeys(piece.import_name for piece in pieces if piece.import_name):
        arrived += _import([piece for piece in pieces if piece.import_name == name], name, now=now)
    return arrived


def capture_pieces(
    pieces: Sequence[Piece], cast: Cast, *, now: datetime, external_ids: Sequence[str] = ()
) -> list[tuple[Piece, int]]:
    """Return ``pieces`` with their ids. Raises DomainError where the door refuses one."""
    names = external_ids or [""] * len(pieces)
    captures = [_capture(piece, cast, now, name) for piece, name in zip(pieces, names, strict=True)]
    arrived = []
    for piece, outcome in zip(pieces, capture_batch(captures).outcomes, strict=True):
        if outcome.feedback_id is None:
            raise DomainError(f"The demo's feedback was refused ({outcome.problem}): {piece.text}")
        arrived.append((piece, outcome.feedback_id))
    return arrived


def _capture(piece: Piece, cast: Cast, now: datetime, external_id: str) -> Capture:
    who = piece.customer
    return Capture(
        product_id=cast.products[piece.product].pk,
        channel=piece.channel,
        form_id=cast.forms[piece.product].pk if piece.channel == Channel.FORM else None,
        text=piece.text,
        rating=piece.rating,
        version=piece.version,
        context=piece.context,
        person=Person(who.email, who.name, who.organisation) if who else None,
        identity=piece.identity,
        external_id=external_id,
        held_reason=piece.held_reason,
        captured_at=moment(piece, now),
    )


def moment(piece: Piece, now: datetime) -> datetime:
    """Return when ``piece`` was said; what would still lie ahead today is said now."""
    day = timezone.localdate(now) - timedelta(days=piece.days_ago)
    return min(now, datetime.combine(day, piece.time, tzinfo=timezone.get_current_timezone()))


def _import(pieces: Sequence[Piece], name: str, *, now: datetime) -> list[tuple[Piece, int]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        _write_file(path, pieces, now)
        run_import(path, Order(), audience=_Nobody())
    import_id = Import.objects.latest("pk").pk
    if name == UNDONE_IMPORT:
        undo_import(import_id=import_id)
        return []
    ids = Feedback.objects.of_import(import_id).order_by("import_line").values_list("id", flat=True)
    return list(zip(pieces, ids, strict=True))


def _write_file(path: Path, pieces: Sequence[Piece], now: datetime) -> None:
    rows = [_row(piece, f"{path.stem}-{number}", now) for number, piece in enumerate(pieces, start=1)]
    broken = [row | {"rating": "very good", "external_id": f"{row['external_id']}-b"} for row in rows[:BROKEN_ROWS]]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows([*rows, *rows[:REPEATED_ROWS], *broken])


def _row(piece: Piece, external_id: str, now: datetime) -> dict[str, str]:
    who = piece.customer
    plan = next(plan for plan in company.PRODUCTS if plan.key == piece.product)
    person = (who.email, who.name, who.organisation) if who else ("", "", "")
    values = (
        plan.name, piece.text, str(piece.rating or ""), piece.version, moment(piece, now).isoformat(), external_id,
        *person, *(piece.context.get(name, "") for name in CONTEXT_NAMES),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))
