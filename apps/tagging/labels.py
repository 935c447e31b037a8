"""Tags that the file of an import names: found by slug, name or path, and stated on the import's word."""

from collections.abc import Mapping, Sequence

from django.db import connection

from apps.feedback.import_models import ImportLabels
from apps.tagging import ledger
from apps.tagging.models import Tag
from apps.tagging.phrases import fold
from apps.tagging.tree import taxonomy

_STATE_SQL = """
INSERT INTO tagging_tagging (feedback_id, tag_id, source, state, confidence, importance, is_against)
SELECT x.feedback_id, x.tag_id, 'import', 'confirmed', 1, 0, false
  FROM unnest(%s::bigint[], %s::bigint[]) AS x (feedback_id, tag_id)
 WHERE NOT EXISTS (SELECT FROM tagging_tagging p WHERE p.feedback_id = x.feedback_id AND p.tag_id = x.tag_id
                    AND p.source = 'person' AND p.state = 'rejected' AND p.span_start IS NULL)
    ON CONFLICT (feedback_id, tag_id, source, user_id, rule_id, span_start, span_end) DO NOTHING
"""


def tag_labelled(feedback_ids: list[int]) -> None:
    """Confirm the tags that files gave to these pieces of feedback; words that are no tag of ours say nothing.

    Subscriber of ``feedback.labelled``; again changes nothing, and what a person rejected stays rejected.
    """
    ids = ledger.lock_feedback(feedback_ids)
    given = dict(ImportLabels.objects.filter(feedback__in=ids).values_list("feedback_id", "labels"))
    known = tags_by_word() if given else {}
    pairs = sorted({(pk, tag_id) for pk, labels in given.items() for tag_id in _tag_ids(labels, known)})
    if pairs:
        ledger.ensure_pairs(pairs)
        with connection.cursor() as cursor:
            cursor.execute(_STATE_SQL, [list(column) for column in zip(*pairs, strict=True)])
    ledger.book(ids)


def tags_by_word() -> dict[str, int]:
    """Return the tag's id by what a file may call it, folded: its slug, its path, or its name where no other has it."""
    by_name: dict[str, list[int]] = {}
    known: dict[str, int] = {}
    for tag in Tag.objects.all():
        by_name.setdefault(fold(tag.name), []).append(tag.pk)
    known.update({name: keys[0] for name, keys in by_name.items() if len(keys) == 1})
    for node in taxonomy():
        known[fold(node.path)] = node.tag.pk
    known.update({fold(tag.slug): tag.pk for tag in Tag.objects.all()})
    return known


def _tag_ids(labels: Sequence[str], known: Mapping[str, int]) -> list[int]:
    return [known[key] for label in labels if (key := fold(label)) in known]
