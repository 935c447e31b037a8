"""What people say of feedback with tags, many statements at a time: a coded study, a triage in one go, the demo."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.tagging import ledger


class Statement(NamedTuple):
    """``user_id`` says that ``tag_id`` fits ``feedback_id``."""

    feedback_id: int
    tag_id: int
    user_id: int
    importance: int = 0  # 0 to 3
    is_against: bool = False
    said_at: datetime | None = None  # now where it is None


_WRITE_SQL = """
INSERT INTO tagging_tagging (feedback_id, tag_id, source, state, user_id, confidence, importance, is_against,
                             updated_at)
SELECT x.feedback_id, x.tag_id, 'person', 'confirmed', x.user_id, 1, x.importance, x.is_against,
       coalesce(x.said_at, now())
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::boolean[], %s::timestamptz[])
       AS x (feedback_id, tag_id, user_id, importance, is_against, said_at)
    ON CONFLICT (feedback_id, tag_id, source, user_id, rule_id, span_start, span_end) DO UPDATE
       SET state = 'confirmed', importance = excluded.importance, is_against = excluded.is_against,
           updated_at = excluded.updated_at
"""


@transaction.atomic
def confirm_tags(statements: Sequence[Statement]) -> int:
    """Record all ``statements`` as ``services.confirm_tag`` records one; return how many there are.

    Of several by one person on one pair the last one holds. A constant number of queries. Raises DomainError, having
    written nothing, when some feedback is gone.
    """
    last = {(one.feedback_id, one.tag_id, one.user_id): one for one in statements}
    if not last:
        return 0
    ids = {one.feedback_id for one in last.values()}
    locked = ledger.lock_feedback(ids)
    if len(locked) < len(ids):
        raise DomainError(_("Some of this feedback no longer exists."))
    ledger.ensure_pairs((one.feedback_id, one.tag_id) for one in last.values())
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_SQL, [list(column) for column in zip(*last.values(), strict=True)])
    ledger.book(locked)
    return len(last)
