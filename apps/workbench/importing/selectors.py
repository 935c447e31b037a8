"""Reads of imports: whose they are, and how far one is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.feedback.models import Import

PER_PAGE = 50
FIRST_ROWS = 500  # done before a time left is named: the first ones say little
S = Import.Status


def imports_of(user: User) -> QuerySet[Import]:
    """Return the imports that ``user`` may open: their own, for rows of a file may be closed to others."""
    rows = Import.objects.select_related("started_by", "upload")
    return rows if user.is_superuser else rows.filter(started_by=user)


@dataclass(frozen=True)
class ImportPage:
    rows: list[Import]
    next_id: int | None


def import_page(user: User, *, before_id: int | None = None) -> ImportPage:
    """Return one page of imports, newest first. One query."""
    rows = imports_of(user).order_by("-id")
    found = list((rows.filter(id__lt=before_id) if before_id else rows)[: PER_PAGE + 1])
    return ImportPage(found[:PER_PAGE], found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None)


@dataclass(frozen=True)
class Progress:
    """``share``: 0 to 1. ``rows_per_s`` and ``left`` are None while there is too little to tell them by."""

    share: float
    rows: int
    rows_per_s: float | None
    left: timedelta | None


def progress_of(row: Import, *, as_of: datetime) -> Progress:
    """Return how far an upload is, by this stretch of work."""
    upload = row.upload
    done, share = upload.position - upload.begun_position, upload.share - upload.begun_share
    worked = ((row.fed_at if row.status != S.RUNNING else as_of) - (upload.begun_at or as_of)).total_seconds()
    is_known = upload.begun_at is not None and done >= FIRST_ROWS and share > 0 and worked > 0
    return Progress(
        upload.share,
        upload.position,
        done / worked if is_known else None,
        timedelta(seconds=round(worked * (1 - upload.share) / share)) if is_known and row.status == S.RUNNING else None,
    )


def is_under_way(row: Import) -> bool:
    return row.status in (S.QUEUED, S.RUNNING, S.UNDOING)
