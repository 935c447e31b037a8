"""Uploads in the hands of workers: a chunk at a time, going on exactly where the last one that committed ended.

A process keeps the file open between chunks. Where another process did some meanwhile, it only reads past those.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.core import outbox
from apps.feedback.imports import bad_rows
from apps.feedback.imports.chunks import Chunk, chunks, read_chunk
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.plan import plan_of
from apps.feedback.imports.products import ProductFinder
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.rows import RowReader
from apps.feedback.imports.table import Table, open_table
from apps.feedback.models import Import
from apps.feedback.services import imports as services
from apps.feedback.services import uploads
from apps.feedback.services.uploads import Hand

logger = logging.getLogger(__name__)


@dataclass
class _OpenFile:
    import_id: int
    position: int  # records taken off ``records``
    table: Table
    records: Iterator[Record | Rejection]
    rows: RowReader
    stack: ExitStack
    language: str  # of who imports


_open_file: _OpenFile | None = None  # of this process


def work() -> int:
    """Do a chunk of an import that waits, or of an undo; return how many rows were looked at, 0 for nothing to do."""
    undone = uploads.undo_some()
    if undone:
        return undone
    hand = uploads.claim()
    if hand is None:
        return 0
    try:
        return _take_chunk(hand)
    except services.ChunkTakenError:
        return 1
    except services.ImportStoppedError:
        close()
    except (UnusableFileError, uploads.UploadGoneError) as error:
        close()
        uploads.give_up(import_id=hand.import_id, reason=uploads.named(hand.import_id, error))
    except Exception as error:
        close()
        if outbox.is_nobodys_fault(error):
            raise
        logger.exception("A chunk of import %s failed", hand.import_id)
        uploads.note_failure(import_id=hand.import_id, error=error)
    return 1


def _take_chunk(hand: Hand) -> int:
    file = _file_at(hand)
    records = next(chunks(file.records), None)
    if records is None:
        services.finish_import(import_id=hand.import_id, is_complete=True)
        close()
        return 1
    file.position += len(records)
    with translation.override(file.language):  # reasons are told to who imports
        chunk = read_chunk(records, file.rows)
        _capture(hand, file, chunk)
    return len(records)


def _capture(hand: Hand, file: _OpenFile, chunk: Chunk) -> None:
    services.capture_chunk(
        import_id=hand.import_id,
        column_of=file.rows.column_of,
        step=services.Step(hand.position, file.position, file.table.share()),
        **chunk._asdict(),
    )


def _file_at(hand: Hand) -> _OpenFile:
    """Return the import's file, read up to ``hand.position``."""
    global _open_file  # noqa: PLW0603 one a process; closed and opened again wherever it does not fit
    if _open_file is None or _open_file.import_id != hand.import_id or _open_file.position > hand.position:
        close()
        _open_file = _open(hand.import_id)
    skipped = hand.position - _open_file.position
    for _record in islice(_open_file.records, skipped):
        pass
    _open_file.position = hand.position
    return _open_file


def _open(import_id: int) -> _OpenFile:
    row = Import.objects.select_related("upload", "started_by").get(pk=import_id)
    user = row.started_by
    if user is None or not may(user, Permission.IMPORT_FEEDBACK):
        raise UnusableFileError(_("Who began this import may not import any more."))
    stack = ExitStack()
    try:
        table = stack.enter_context(open_table(uploads.path_of(row.upload), glance_rows=1))
        rows = row_reader_of(row, user)
    except BaseException:
        stack.close()
        raise
    return _OpenFile(
        import_id, 0, table, bad_rows.unmarked(table), rows, stack, user.language or settings.LANGUAGE_CODE
    )


def row_reader_of(row: Import, user: User, *, is_rehearsal: bool = False) -> RowReader:
    """Return what reads the rows of an upload by its plan, for ``user``. Raises UnusableFileError."""
    plan = plan_of(row.upload.plan)
    finder = ProductFinder(user, makes_products=plan.makes_products, is_rehearsal=is_rehearsal)
    try:
        product_id = finder.find(plan.product) if plan.product else None
    except ValidationError as error:
        raise UnusableFileError(error.messages[0]) from None
    return RowReader(
        plan.columns,
        product_of=finder.find,
        product_id=product_id,
        import_id=row.pk,
        plan=plan,
    )


def close() -> None:
    """Let go of the file that this process has open."""
    global _open_file  # noqa: PLW0603 see above
    if _open_file is not None:
        _open_file.stack.close()
        _open_file = None
