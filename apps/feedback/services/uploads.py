"""Uploads: files that a person gave to the import page, kept in the data directory until they are done with.

An upload is a draft until it is started; then workers take its rows chunk by chunk under a short lease. Each chunk
moves ``position`` in its own transaction, so a kill costs a minute at most, and no row twice.
"""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from time import time
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core import outbox
from apps.core.errors import DomainError
from apps.feedback.import_models import ImportProblem, Upload
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.plan import Plan
from apps.feedback.models import Feedback, Import
from apps.feedback.services.imports import UNDO_ROWS
from apps.feedback.services.moderation import withdraw

KEPT = timedelta(days=14)  # a file and its bad rows, after it is done with; a draft nobody starts
FAILURES = 3  # of one chunk, before an import is given up
STOPPED = gettext_noop("Stopped by hand.")
Status = Import.Status


class UploadGoneError(DomainError):
    """The file of this import is deleted."""


class Hand(NamedTuple):
    """An import that this worker has in hand for the time of its lease."""

    import_id: int
    position: int


def folder() -> Path:
    """Return where uploads are kept, made where it is not there yet."""
    path = Path(settings.DATA_DIR) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(upload: Upload) -> Path:
    """Return where the file is. Raises UploadGoneError."""
    path = folder() / upload.stored_name
    if not upload.stored_name or not path.is_file():
        raise UploadGoneError(_("The file of this import is deleted: upload it again."))
    return path


def named(import_id: int, error: Exception) -> str:
    """Return what ``error`` says of a file, by the name that people know it under."""
    known = Upload.objects.filter(pk=import_id).values_list("stored_name", "source__file_name").first()
    stored, shown = known or ("", "")
    return str(error).replace(stored, shown) if stored else str(error)


# --- from a file to a draft ---------------------------------------------------------------------------------------


def store(*, file_name: str, blocks: Iterable[bytes], user_id: int) -> Import:
    """Write the file under a name of ours and return its draft. Raises UnusableFileError for one too large.

    And where those kept already take all the room there is: a draft nobody starts is kept for two weeks. In constant
    memory; the end of its name stays, which says what it holds.
    """
    _check_room()
    stored_name = secrets.token_hex(16) + "".join(Path(file_name).suffixes[-2:]).lower()[:20].replace("\0", "")
    path = folder() / stored_name
    try:
        size_bytes = _write(path, blocks)
        with transaction.atomic():
            shown = file_name.replace("\0", "")[-255:] or "-"
            source = Import.objects.create(file_name=shown, started_by_id=user_id, status=Status.DRAFT)
            Upload.objects.create(source=source, stored_name=stored_name, size_bytes=size_bytes)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return source


def _check_room() -> None:
    """One query. Two at once may go past the limit by a file: it is there so that the disk does not fill."""
    kept_bytes = Upload.objects.exclude(stored_name="").aggregate(total=Sum("size_bytes"))["total"] or 0
    if kept_bytes >= settings.IMPORT_KEPT_BYTES:
        raise UnusableFileError(_("No more files can be kept. Discard drafts that you do not need, then try again."))


def _write(path: Path, blocks: Iterable[bytes]) -> int:
    size_bytes = 0
    with path.open("xb") as file:
        path.chmod(0o600)
        for block in blocks:
            size_bytes += len(block)
            if size_bytes > settings.IMPORT_UPLOAD_BYTES:
                megabytes = settings.IMPORT_UPLOAD_BYTES // 1_000_000
                raise UnusableFileError(_("The file is larger than %(size)d MB.") % {"size": megabytes})
            file.write(block)
    return size_bytes


def keep_plan(*, import_id: int, plan: Plan) -> None:
    """Say how a draft becomes feedback. Raises DomainError for one that was started."""
    changed = Upload.objects.filter(source_id=import_id, source__status=Status.DRAFT).update(plan=plan.as_json())
    if not changed:
        raise DomainError(_("This import was started already."))


def discard(*, import_id: int) -> None:
    """Forget a draft and its file. Raises DomainError for one that was started."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(source_id=import_id, source__status=Status.DRAFT).first()
        if upload is None:
            raise DomainError(_("This import was started already."))
        Import.objects.filter(pk=import_id).delete()
    (folder() / upload.stored_name).unlink(missing_ok=True)


# --- what people ask for ------------------------------------------------------------------------------------------


@transaction.atomic
def start(*, import_id: int) -> None:
    """Hand a draft, or one that stopped half-way, to the workers. Raises DomainError for any other; twice is once."""
    row = Import.objects.select_for_update().get(pk=import_id)
    if row.status in (Status.QUEUED, Status.RUNNING):
        return
    if row.status not in (Status.DRAFT, Status.FAILED):
        raise DomainError(_("This import is over."))
    path_of(row.upload)
    Import.objects.filter(pk=import_id).update(status=Status.QUEUED, finished_at=None, fed_at=Now())
    Upload.objects.filter(pk=import_id).update(failures=0, reason="", leased_until=Now())
    outbox.wake_dispatcher()


@transaction.atomic
def stop(*, import_id: int) -> None:
    """Stop one that waits or runs; what came in stays. Again changes nothing."""
    rows = Import.objects.filter(pk=import_id, status__in=(Status.QUEUED, Status.RUNNING))
    if rows.update(status=Status.FAILED, finished_at=Now()):
        Upload.objects.filter(pk=import_id).update(reason=STOPPED)


@transaction.atomic
def ask_undo(*, import_id: int) -> None:
    """Have all that an import brought withdrawn, in the background. Again changes nothing; of a draft neither."""
    rows = Import.objects.filter(pk=import_id).exclude(status__in=(Status.DRAFT, Status.UNDOING, Status.UNDONE))
    if rows.update(status=Status.UNDOING, finished_at=Now()):
        outbox.wake_dispatcher()


# --- what workers do ----------------------------------------------------------------------------------------------

_CLAIM = """
UPDATE feedback_upload SET leased_until = clock_timestamp() + interval '60 seconds' WHERE source_id = (
    SELECT u.source_id FROM feedback_upload u JOIN feedback_import i ON i.id = u.source_id
     WHERE i.status IN ('queued', 'running') AND u.leased_until <= clock_timestamp()
     ORDER BY i.id LIMIT 1 FOR UPDATE OF u SKIP LOCKED
) RETURNING source_id, position
"""


def has_work() -> bool:
    """Return whether an import waits for a worker. One query."""
    waiting = Q(status__in=(Status.QUEUED, Status.RUNNING), upload__leased_until__lte=Now())
    return Import.objects.filter(Q(status=Status.UNDOING) | waiting).exists()


@transaction.atomic
def claim() -> Hand | None:
    """Take the oldest import that nobody has in hand; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM)
        row = cursor.fetchone()
    if row is None:
        return None
    if Import.objects.filter(pk=row[0], status=Status.QUEUED).update(status=Status.RUNNING, fed_at=Now()):
        Upload.objects.filter(pk=row[0]).update(
            begun_at=Now(), begun_position=F("position"), begun_share=F("share"), reason=""
        )
    return Hand(*row)


def give_up(*, import_id: int, reason: str) -> None:
    """Stop a running import for a reason that its page tells."""
    with transaction.atomic():
        rows = Import.objects.filter(pk=import_id, status=Status.RUNNING)
        if rows.update(status=Status.FAILED, finished_at=Now()):
            Upload.objects.filter(pk=import_id).update(reason=reason[:400].replace("\0", ""))


def note_failure(*, import_id: int, error: Exception) -> None:
    """Count a chunk that failed for no fault of its rows; after three an import is given up."""
    Upload.objects.filter(pk=import_id).update(failures=F("failures") + 1, leased_until=Now())
    if Upload.objects.filter(pk=import_id, failures__gte=FAILURES).exists():
        give_up(import_id=import_id, reason=f"{type(error).__name__}: {error}")


@transaction.atomic
def undo_some() -> int:
    """Withdraw some of the oldest import being undone; return how many rows, 1 at its end, 0 where there is none."""
    row = Import.objects.select_for_update(skip_locked=True).filter(status=Status.UNDOING).order_by("id").first()
    if row is None:
        return 0
    ids = list(Feedback.objects.of_import(row.pk).order_by("id").values_list("id", flat=True)[:UNDO_ROWS])
    if not ids:
        row.status, row.finished_at = Status.UNDONE, Now()
        row.save(update_fields=["status", "finished_at"])
        return 1
    return len(withdraw(ids))


# --- the end of files ---------------------------------------------------------------------------------------------


def purge(*, older_than: timedelta = KEPT) -> int:
    """Delete files and bad rows of imports long over, drafts nobody started, and files that nobody knows.

    Returns how many files went.
    """
    over = Q(finished_at__lt=Now() - older_than, status__in=(Status.DONE, Status.FAILED, Status.UNDONE))
    ImportProblem.objects.filter(source__in=Import.objects.filter(over)).delete()
    Upload.objects.filter(source__in=Import.objects.filter(over)).update(stored_name="")
    Import.objects.filter(status=Status.DRAFT, started_at__lt=Now() - older_than).delete()
    known = set(Upload.objects.exclude(stored_name="").values_list("stored_name", flat=True))
    unknown = [path for path in folder().iterdir() if path.name not in known and _is_older(path, timedelta(days=1))]
    for path in unknown:
        path.unlink(missing_ok=True)
    return len(unknown)


def forget_files_of(customer_id: int) -> int:
    """Delete the kept files of imports that are over and brought something of this customer; return how many.

    For erasure: what the file says of them is nowhere else. One still running keeps its file until it is over.
    """
    over = Q(source__status__in=(Status.DONE, Status.FAILED, Status.UNDONE))
    theirs = Feedback.objects.filter(customer_id=customer_id, source_import__isnull=False).values("source_import")
    names = list(
        Upload.objects.filter(over, source__in=theirs).exclude(stored_name="").values_list("stored_name", flat=True)
    )
    Upload.objects.filter(stored_name__in=names).update(stored_name="")
    for name in names:
        (folder() / name).unlink(missing_ok=True)
    return len(names)


def _is_older(path: Path, age: timedelta) -> bool:
    """Return whether the file was last written so long ago: one just uploaded has no row yet."""
    return path.stat().st_mtime < time() - age.total_seconds()
