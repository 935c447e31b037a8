"""Writes of insight: readings and search documents, derived from feedback, safe to make again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from apps.catalog.models import Product
from apps.core import outbox
from apps.feedback.models import Feedback
from apps.feedback.selectors import answered_words
from apps.insight.models import Reading
from apps.insight.reader import Reader, ReadText, Text, current_reader
from apps.insight.search import text_search_config

CHUNK_IDS = 1_000

_WRITE_DOCUMENTS = """
INSERT INTO insight_searchdocument (feedback_id, document)
SELECT feedback.id,
       to_tsvector('simple', folded.text)
       || CASE wanted.config
              WHEN 'simple' THEN ''::tsvector
              ELSE to_tsvector(wanted.config::regconfig, folded.text)
          END
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS wanted (id, config, answered)
JOIN feedback_feedback feedback ON feedback.id = wanted.id
CROSS JOIN LATERAL (SELECT unaccent(feedback.text || E'\n' || wanted.answered)) AS folded (text)
ORDER BY feedback.id
ON CONFLICT (feedback_id) DO UPDATE SET document = EXCLUDED.document
"""


class _Row(NamedTuple):
    id: int
    product_id: int
    text: str
    is_redacted: bool
    answered: str  # the words of its answers to a form's other questions

    @property
    def words(self) -> str:
        return f"{self.text}\n{self.answered}".strip() if self.answered else self.text


@transaction.atomic
def read_feedback(ids: Iterable[int], *, is_forced: bool = False) -> int:
    """Read the feedback of ``ids`` that this reader has not read yet; return how many were read.

    Of redacted feedback the search document is emptied, while its reading stays as it was, so that its counts do; what
    was redacted before anybody read it is read as blank. Other text never changes. Ids that are gone are passed over.
    Publishes ``insight.read`` with the ids read, in the same transaction. Locks those feedback rows in order of id,
    against a redaction and another reader at once. Six queries for any number of ids, one more with answers to forms,
    and one more with redacted ones.
    """
    reader = current_reader()
    wanted = set(ids) if is_forced else _stale_ids(set(ids), reader)
    rows = _lock_rows(wanted)
    if not rows:
        return 0
    unread = _without_kept(rows)
    readings = reader.read(_texts(unread))
    _write_readings(unread, readings, version=reader.version)
    _write_documents(rows, {row.id: reading.language for row, reading in zip(unread, readings, strict=True)})
    outbox.publish("insight.read", [row.id for row in unread])
    return len(unread)


def read_subscribed(ids: list[int]) -> None:
    """Take ``feedback.captured`` and ``feedback.changed`` from the outbox."""
    read_feedback(ids)


def rebuild(*, is_forced: bool = False, after_id: int = 0) -> Iterator[tuple[int, int]]:
    """Read feedback above ``after_id``: what this reader's version has not read, or all with ``is_forced``.

    Yields (last id, how many were read) after each chunk of CHUNK_IDS, each a transaction of its own: to stop
    and begin again from the last id, or from the start, is safe.
    """
    pending = Feedback.objects.all()
    if not is_forced:
        version = current_reader().version
        outdated = ~Q(reading__reader_version=version) & Q(redacted_at=None)
        pending = pending.filter(Q(reading__isnull=True) | outdated)
    while ids := list(pending.filter(id__gt=after_id).order_by("id").values_list("id", flat=True)[:CHUNK_IDS]):
        after_id = ids[-1]
        yield after_id, read_feedback(ids, is_forced=is_forced)


def _stale_ids(ids: set[int], reader: Reader) -> set[int]:
    fresh = Reading.objects.filter(feedback__in=ids, reader_version=reader.version, feedback__redacted_at__isnull=True)
    return ids - set(fresh.values_list("feedback_id", flat=True))


def _lock_rows(ids: set[int]) -> list[_Row]:
    if not ids:
        return []
    found = Feedback.objects.filter(id__in=ids).select_for_update(no_key=True).order_by("id")
    rows = list(found.values_list("id", "product_id", "text", "redacted_at", "form_version_id"))
    answered = answered_words([row[0] for row in rows if row[-1]])
    return [
        _Row(id_, product_id, text, redacted_at is not None, answered.get(id_, ""))
        for id_, product_id, text, redacted_at, _version in rows
    ]


def _without_kept(rows: Sequence[_Row]) -> list[_Row]:
    """Leave out redacted feedback that was read while it had words: that reading stays."""
    redacted = [row.id for row in rows if row.is_redacted]
    kept = set(Reading.objects.filter(feedback__in=redacted).values_list("feedback_id", flat=True)) if redacted else ()
    return [row for row in rows if row.id not in kept]


def _texts(rows: Sequence[_Row]) -> list[Text]:
    names = dict(Product.objects.filter(id__in={row.product_id for row in rows}).values_list("id", "name"))
    return [Text(row.words, (names[row.product_id],)) for row in rows]


def _write_readings(rows: Sequence[_Row], readings: Sequence[ReadText], *, version: str) -> None:
    Reading.objects.bulk_create(
        (
            Reading(feedback_id=row.id, reader_version=version, **reading._asdict())
            for row, reading in zip(rows, readings, strict=True)
        ),
        update_conflicts=True,
        unique_fields=["feedback"],
        update_fields=["language", "sentiment", "sentiment_milli", "reader_version", "read_at"],
    )


def _write_documents(rows: Sequence[_Row], languages: Mapping[int, str]) -> None:
    """Write the search documents, words as they are and stemmed; of the text itself none is sent for it."""
    configs = [text_search_config(languages.get(row.id, "")) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_DOCUMENTS, [[row.id for row in rows], configs, [row.answered for row in rows]])
