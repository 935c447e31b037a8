"""For demonstrations: a year of feedback taken in today looks as if it had come in as it was said."""

from collections.abc import Iterable

from django.db import connection, transaction

MINUTES_ON_THE_WAY = 2


@transaction.atomic
def backdate_receipts(ids: Iterable[int]) -> None:
    """Say that ``ids`` were received two minutes after they were said, where that is not to come yet. One query.

    Days, order and counts stay as they are: a piece counts on the earlier of both days anyway. Never for real
    feedback, of which the time of receipt is a fact.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE feedback_feedback SET received_at = least(now(), captured_at + %s * interval '1 minute')"
            " WHERE id = ANY(%s) AND captured_at < received_at",
            [MINUTES_ON_THE_WAY, list(ids)],
        )
