"""App configuration: folding, and what else moves standings."""

from django.apps import AppConfig


class PrioritiesConfig(AppConfig):
    name = "apps.priorities"
    label = "priorities"

    def ready(self) -> None:
        from apps.core import jobs, lanes, outbox
        from apps.priorities import derive, first_look, fold, holdings, snapshots

        holdings.announce()
        outbox.subscribe("tagging.owners_changed", "priorities.refresh_tags", derive.refresh_tags)
        outbox.subscribe("customers.segments_changed", "priorities.refresh_for_segments", derive.refresh_for_segments)
        lanes.register(lanes.Lane("priorities.fold", "priorities", fold.has_ledger_rows, fold.fold_ledger))
        lanes.register(
            lanes.Lane("priorities.fold_volume", "priorities", fold.has_volume_ledger_rows, fold.fold_volume_ledger)
        )
        # In this order: the day that ended is recorded with its own trends.
        jobs.register(jobs.DailyJob("priorities.snapshots", snapshots.take_yesterdays))
        jobs.register(jobs.DailyJob("priorities.refresh", derive.refresh_all))
        jobs.register(jobs.DailyJob("priorities.first_looks", first_look.count_first_looks))
