"""What becomes of spans when the words are erased: the statements stay, what they say of places goes."""

from collections.abc import Sequence

from django.db import connection

# Of several spans of one statement one whole statement is left, confirmed where any was: the pair counts as before.
# A span that was rejected says nothing of the whole, so it just goes.
_FORGET_SQL = """
WITH gone AS (
    DELETE FROM tagging_tagging g USING feedback_feedback f
     WHERE g.feedback_id = ANY(%s) AND f.id = g.feedback_id AND f.redacted_at IS NOT NULL AND g.span_start IS NOT NULL
    RETURNING g.feedback_id, g.tag_id, g.source, g.state, g.user_id, g.rule_id, g.confidence, g.importance,
              g.is_against, g.updated_at
)
INSERT INTO tagging_tagging AS kept (feedback_id, tag_id, source, state, user_id, rule_id, confidence, importance,
                                     is_against, updated_at)
SELECT feedback_id, tag_id, source, CASE WHEN bool_or(state = 'confirmed') THEN 'confirmed' ELSE 'suggested' END,
       user_id, rule_id, max(confidence), coalesce(max(importance) FILTER (WHERE state = 'confirmed'), 0),
       coalesce(bool_or(is_against) FILTER (WHERE state = 'confirmed'), false), max(updated_at)
  FROM gone WHERE state <> 'rejected'
 GROUP BY feedback_id, tag_id, source, user_id, rule_id
    ON CONFLICT (feedback_id, tag_id, source, user_id, rule_id, span_start, span_end) DO UPDATE
       SET state = 'confirmed',
           importance = CASE WHEN kept.state = 'confirmed' THEN greatest(kept.importance, excluded.importance)
                             ELSE excluded.importance END,
           is_against = excluded.is_against OR (kept.is_against AND kept.state = 'confirmed')
     WHERE excluded.state = 'confirmed'
"""


def forget_erased(feedback_ids: Sequence[int]) -> None:
    """Take the places out of what is said of erased words; counts stay exact. One query; call under the lock."""
    if feedback_ids:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET_SQL, [list(feedback_ids)])
