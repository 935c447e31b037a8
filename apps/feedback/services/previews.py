"""The small picture of a PDF's first page: drawn by workers after the feedback has come, one PDF at a time.

A PDF without one says why, and can be saved all the same. Whoever is killed half-way leaves the PDF to the next after
``LEASE``; one that has had ``TRIES`` workers killed is left alone.
"""

import logging
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.turns import take_turn
from apps.feedback.attachment_models import Attachment, AttachmentKind, Preview
from apps.feedback.attachments import pdf_sandbox, storage
from apps.feedback.attachments.pdf_sandbox import Drawn

logger = logging.getLogger(__name__)

AT_ONCE = 2  # over all workers
LEASE = timedelta(seconds=60)  # longer than the program may run
TRIES = 3

_WAITING = Q(preview=Preview.WAITING, feedback__isnull=False)
_FREE = Q(preview_leased_until__isnull=True) | Q(preview_leased_until__lte=Now())


def has_work() -> bool:
    """Return whether a PDF of a feedback has no picture yet. One query, of the index ``attachment_undrawn``."""
    return Attachment.objects.filter(_WAITING & _FREE).exists()


def work() -> int:
    """Draw one PDF; return 1, or 0 where none is to be drawn or enough are being drawn."""
    row = claim()
    if row is None:
        return 0
    with storage.workplace() as place:
        target = place / "preview"
        source = storage.path_of(row.key)
        drawn = pdf_sandbox.draw_first_page(source, target) if source.exists() else Drawn(Preview.DAMAGED)
        settle(row.pk, drawn, target)
    return 1


@transaction.atomic
def claim() -> Attachment | None:
    """Take the oldest PDF that nobody has in hand; None where there is none, or ``AT_ONCE`` are in hands."""
    take_turn("feedback.previews", 0)
    if Attachment.objects.filter(_WAITING, preview_leased_until__gt=Now()).count() >= AT_ONCE:
        return None
    row = Attachment.objects.select_for_update(skip_locked=True).filter(_WAITING & _FREE).order_by("pk").first()
    if row is None:
        return None
    if row.preview_tries >= TRIES:
        Attachment.objects.filter(pk=row.pk).update(preview=Preview.TOO_SLOW)
        return None
    Attachment.objects.filter(pk=row.pk).update(
        preview_leased_until=Now() + LEASE, preview_tries=F("preview_tries") + 1
    )
    return row


@transaction.atomic
def settle(attachment_id: int, drawn: Drawn, target: Path) -> None:
    """Keep the picture, or why there is none. Under the row's lock: its deletion waits, and then finds the picture."""
    row = Attachment.objects.select_for_update().filter(pk=attachment_id, kind=AttachmentKind.PDF).first()
    if row is None:  # redacted meanwhile
        return
    if drawn.refused:
        logger.info("No preview of attachment %s: %s", attachment_id, drawn.refused)
    else:
        storage.settle(target, row.key, is_preview=True)
    row.preview = Preview.READY if not drawn.refused else reason_of(drawn.refused)
    row.page_count, row.preview_leased_until = drawn.pages, None
    row.save(update_fields=["preview", "page_count", "preview_leased_until"])


def reason_of(code: str) -> Preview:
    """Return why there is no picture; what nobody foresaw is damage."""
    return Preview(code) if code in Preview.values and code not in (Preview.READY, Preview.WAITING) else Preview.DAMAGED
