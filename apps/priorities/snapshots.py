"""The queue as it was: a row per standing and day, taken once and never changed."""

from datetime import date, timedelta

from apps.accounts.models import Team
from apps.priorities import selectors
from apps.priorities.models import Snapshot, Standing


def take_snapshots(day: date) -> int:
    """Record every team's queue under ``day``; a tag recorded for that day already keeps its row. Return how many."""
    rows = [
        Snapshot(
            tag_id=entry.tag_id,
            day=day,
            team_id=team.pk,
            policy_version=queue.policy.version,
            rank=entry.rank,
            score=entry.score,
            customer_count=entry.customer_count,
            anonymous_count=entry.anonymous_count,
            feedback_count=entry.feedback_count,
            state=entry.state,
        )
        for team in Team.objects.filter(pk__in=Standing.objects.values("team"))
        for queue in [selectors.queue(team, as_of=day)]
        for entry in [*queue.entries, *queue.too_few]
    ]
    Snapshot.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)


def take_yesterdays(today: date) -> None:
    """Record the day that ended: the first thing a new day does, before its trends are refreshed."""
    take_snapshots(today - timedelta(days=1))
