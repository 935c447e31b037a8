"""Files that come with feedback: kept before it is, attached in its transaction, gone with its words.

The only writer of attachments. A file is on the disk before its row is committed, and off it after its row is gone:
what a kill leaves behind is a file without a row, which the sweep deletes, and never a row without a file.
"""

import hashlib
import secrets
import shutil
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.core.turns import take_turn
from apps.feedback.attachment_models import Attachment, AttachmentKind, Preview
from apps.feedback.attachments import kinds, sandbox, storage
from apps.feedback.attachments.kinds import FileKind

WAITS = timedelta(hours=50)  # a form's token, and some slack
UNKNOWN_WAITS = timedelta(hours=24)  # a file without a row
PER_FEEDBACK = 5  # files


class QuotaError(DomainError):
    """No more files are taken: of this form today, or of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file as a channel received it. ``seed`` makes a repeat: the same content under the same seed is one file."""

    content: IO[bytes]
    name: str
    size_bytes: int
    form_id: int | None = None
    question: str = ""
    seed: str = ""  # blank: never a repeat


class _Made(NamedTuple):
    """A file made harmless, in its workplace."""

    path: Path
    preview: Path | None
    kind: str
    extension: str
    width: int | None = None
    height: int | None = None


def keep(incoming: Incoming) -> Attachment:
    """Make a file harmless and keep it until its feedback comes; sent again, return the one that is there.

    Outside a transaction: a picture takes up to seconds of another process. Raises ValidationError for what is not
    taken, QuotaError, sandbox.BusyError, OSError where the disk is full; nothing is left behind then.
    """
    if incoming.size_bytes > settings.ATTACHMENT_BYTES:
        raise ValidationError(too_large())
    label = kinds.label_of(incoming.name)
    kind = kinds.kind_of(label, incoming.content)
    key = _key_of(incoming)
    with sandbox.turn() if kind.name == "image" else nullcontext(), storage.workplace() as place:
        found = Attachment.objects.filter(key=key).first()  # the same, sent many times at once, is drawn once
        if found is not None:
            return found
        made = _make(incoming.content, kind, place)
        return _settle(incoming, label, key, made)


def too_large() -> str:
    return _("This file is larger than %(size)d MB.") % {"size": settings.ATTACHMENT_BYTES // 1_000_000}


def _key_of(incoming: Incoming) -> str:
    """Return the key of the file: chance, or where there is a seed what nobody without our secret can foretell."""
    if not incoming.seed:
        return secrets.token_hex(storage.KEY_CHARACTERS // 2)
    incoming.content.seek(0)
    digest = hashlib.file_digest(incoming.content, "sha256").hexdigest()  # type: ignore[arg-type]  # any binary file
    parts = "\0".join((incoming.seed, str(incoming.form_id), incoming.question, incoming.name, digest))
    return salted_hmac("feedback.attachment", parts, algorithm="sha256").hexdigest()[: storage.KEY_CHARACTERS]


def _make(content: IO[bytes], kind: FileKind, place: Path) -> _Made:
    source, target, preview = place / "source", place / "target", place / "preview"
    content.seek(0)
    with source.open("xb") as file:
        shutil.copyfileobj(content, file)
    if kind.name != "image":
        return _Made(source, None, kind.name, kind.extension)
    picture = sandbox.make_harmless(source, target=target, preview=preview)
    return _Made(target, preview, kind.name, picture.extension, picture.width, picture.height)


@transaction.atomic
def _settle(incoming: Incoming, label: str, key: str, made: _Made) -> Attachment:
    """Put the file in its place and write its row: one at a time per form, so that a quota is exact."""
    take_turn("feedback.attachments", incoming.form_id or 0)
    found = Attachment.objects.filter(key=key).first()
    if found is not None:
        return found
    size_bytes = made.path.stat().st_size
    _check_quota(incoming.form_id, size_bytes)
    with made.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if made.preview is not None:
        storage.settle(made.preview, key, is_preview=True)
    storage.settle(made.path, key)
    return Attachment.objects.create(
        key=key,
        form_id=incoming.form_id,
        question=incoming.question,
        label=label,
        kind=made.kind,
        extension=made.extension,
        size_bytes=size_bytes,
        sha256=digest,
        width=made.width,
        height=made.height,
        preview=Preview.WAITING if made.kind == AttachmentKind.PDF else Preview.NOTHING,
    )


def _check_quota(form_id: int | None, size_bytes: int) -> None:
    """Two queries. Raises QuotaError."""
    of_form = Q(form=None) if form_id is None else Q(form_id=form_id)
    recent = Attachment.objects.filter(of_form, uploaded_at__gte=Now() - timedelta(days=1))
    sizes = list(recent.values_list("size_bytes", flat=True))
    is_over = len(sizes) >= settings.ATTACHMENTS_A_DAY or sum(sizes) + size_bytes > settings.ATTACHMENT_BYTES_A_DAY
    total = 0 if is_over else Attachment.objects.aggregate(total=Sum("size_bytes"))["total"] or 0
    if is_over or total + size_bytes > settings.ATTACHMENT_BYTES_IN_ALL:
        raise QuotaError(
            _("No more files can be taken today. Send your words without the file, or come back tomorrow.")
        )


_ATTACH = """
UPDATE feedback_attachment a SET feedback_id = r.feedback_id
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS r (feedback_id, form_id, key)
 WHERE a.key = r.key AND a.feedback_id IS NULL AND a.form_id IS NOT DISTINCT FROM r.form_id
"""


def attach(wanted: Sequence[tuple[int, int | None, str]]) -> int:
    """Give files that wait (feedback, form, key) to their feedback; return how many. In the capture's transaction.

    A key of another form, or of a file that has its feedback already, changes nothing.
    """
    if not wanted:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_ATTACH, [list(column) for column in zip(*wanted, strict=True)])
        return int(cursor.rowcount)


def copy(key: str) -> str:
    """Return the key of a waiting copy of the file, for a second feedback; "" where there is no such file."""
    row = Attachment.objects.filter(key=key).first()
    if row is None:
        return ""
    fresh = secrets.token_hex(storage.KEY_CHARACTERS // 2)
    if not storage.link(key, fresh):
        return ""
    row.pk, row.key, row.feedback_id = None, fresh, None
    row.uploaded_at, row.preview_leased_until = Now(), None
    row.save(force_insert=True)
    return fresh


# --- the end of files ---------------------------------------------------------------------------------------------


def forget(feedback_ids: Iterable[int]) -> int:
    """Delete the files of redacted feedback: the rows now, the files once that is committed. Returns how many."""
    return _forget(Attachment.objects.filter(feedback_id__in=list(feedback_ids)).values_list("key", flat=True))


def _forget(keys: Iterable[str]) -> int:
    gone = sorted(keys)
    if gone:
        Attachment.objects.filter(key__in=gone).delete()
        transaction.on_commit(partial(_delete_files, gone))
    return len(gone)


def _delete_files(keys: Iterable[str]) -> None:
    for key in keys:
        storage.delete(key)


@transaction.atomic
def sweep(*, waits: timedelta = WAITS, unknown_waits: timedelta = UNKNOWN_WAITS) -> int:
    """Delete files whose form was never sent, and files that have no row; return how many went. Again: none."""
    late = Attachment.objects.select_for_update(skip_locked=True).filter(feedback=None, uploaded_at__lt=Now() - waits)
    count = _forget(late.values_list("key", flat=True))
    storage.clear_workplaces(older_than=unknown_waits)
    stored = list(storage.stored_keys(older_than=unknown_waits))
    for start in range(0, len(stored), 1_000):
        some = stored[start : start + 1_000]
        known = set(Attachment.objects.filter(key__in=some).values_list("key", flat=True))
        unknown = [key for key in some if key not in known]
        _delete_files(unknown)
        count += len(unknown)
    return count
