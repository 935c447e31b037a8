"""How fast the roll-up books, folds, checks and rebuilds, and whether its cost stays flat as feedback grows.

    python benchmarks/rollup.py [--feedback N] [--json]

Makes a database of its own beside the configured one, fills it with N pieces of feedback by SQL (customers,
organisations and tags as skewed as in life), tags them through the ledger and folds. The last line with --json is
one object; rates are rows per second of one process.
"""

import argparse
import json
import os
import platform
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

TAGS, TEAMS, STEP, BATCH = 200, 10, 20_000, 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feedback", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    import django

    django.setup()
    from django.conf import settings

    from apps.core.embedded.client import services_in_use

    if settings.DATABASE_URL:
        run(options)
        return
    with services_in_use(settings.EMBEDDED, ("postgres",)):
        run(options)


def run(options: argparse.Namespace) -> None:
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        figures = measure(options.feedback)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for key, value in figures.items():
        print(f"{key:32} {value:>14,}")
    if options.json:
        print(json.dumps(figures))


def measure(feedback: int) -> dict[str, float]:
    from apps.priorities import check, rebuild

    team_ids, tag_ids = make_company(feedback)
    figures: dict[str, float] = {"feedback": feedback}
    rates = []
    for start in range(0, feedback, STEP):
        count = min(STEP, feedback - start)
        ids = make_feedback(count)
        booked, book_seconds = timed(lambda ids=ids: tag_and_book(ids, tag_ids))
        folded, fold_seconds = timed(fold_everything)
        rates.append((booked / book_seconds, folded / fold_seconds))
    figures["book_rows_per_s_first"], figures["fold_rows_per_s_first"] = map(round, rates[0])
    figures["book_rows_per_s_last"], figures["fold_rows_per_s_last"] = map(round, rates[-1])
    report, figures["check_seconds"] = timed(check.check_queues)
    if not report.is_equal:
        sys.exit(f"The roll-up is wrong: {[level for level in report.levels if level.mismatches]}")
    figures["pairs"], figures["cells"], figures["voices"] = report.pairs, report.cells, report.voices
    figures |= small_folds(tag_ids)
    figures |= queue_page(team_ids)
    _, figures["policy_change_seconds"] = timed(lambda: change_policy(team_ids[0]))
    _, figures["rebuild_cells_seconds"] = timed(rebuild.rebuild_queues)
    return {name: round(value, 4) for name, value in figures.items()}


def timed(action):
    started = time.perf_counter()
    result = action()
    return result, time.perf_counter() - started


def make_company(feedback: int) -> tuple[list[int], list[int]]:
    from apps.accounts.models import Team
    from apps.catalog.models import Product
    from apps.core import lanes
    from apps.customers.models import Customer, Organisation, Segment
    from apps.tagging.services import create_tag

    teams = [Team.objects.create(name=f"Team {n}", slug=f"team-{n}") for n in range(TEAMS)]
    Product.objects.create(name="Instrument", slug="instrument")
    segments = [Segment.objects.create(name=f"Segment {n}", slug=f"segment-{n}", weight=1 + n) for n in range(5)]
    organisations = Organisation.objects.bulk_create(
        Organisation(name=f"Organisation {n}", segment=segments[n % 5]) for n in range(max(10, feedback // 40))
    )
    Customer.objects.bulk_create(
        (
            Customer(name=f"Customer {n}", organisation=organisations[n % len(organisations)] if n % 4 else None)
            for n in range(max(40, feedback // 5))
        ),
        batch_size=5000,
    )
    tags = [create_tag(name=f"Tag {n}", team=teams[n % TEAMS]).pk for n in range(TAGS)]
    lanes.settle()
    return [team.pk for team in teams], tags


def make_feedback(count: int) -> list[int]:
    """Insert facts of the last two years; every third anonymous."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feedback_feedback (product_id, channel, text, rating, context, customer_id, identity, state,"
            " held_reason, visibility, external_id, dedupe_key, captured_at, day, is_future_dated)"
            " SELECT (SELECT min(id) FROM catalog_product), 'api', 'The stage drifts.', 1 + n %% 5, '{}',"
            "   CASE WHEN n %% 3 > 0 THEN (SELECT min(id) FROM customers_customer)"
            "     + floor(power(random(), 2) * (SELECT count(*) FROM customers_customer))::bigint END,"
            "   CASE WHEN n %% 3 > 0 THEN 'verified' ELSE 'anonymous' END, 'live', '', 'everyone', '',"
            "   gen_random_uuid()::text, d, d::date, false"
            " FROM (SELECT n, now() - random() * interval '730 days' AS d FROM generate_series(1, %s) n) x"
            " RETURNING id",
            [count],
        )
        return [row[0] for row in cursor.fetchall()]


def tag_and_book(ids: list[int], tag_ids: list[int]) -> int:
    """Tag as the rules do, 1.5 tags each on average, in batches of 1,000 feedback; return the number of pairs."""
    from django.db import connection, transaction

    from apps.tagging import ledger

    pairs = 0
    for start in range(0, len(ids), BATCH):
        chunk = ids[start : start + BATCH]
        chosen = sorted(
            {
                (feedback_id, tag_ids[int(random.random() ** 2.5 * len(tag_ids))])
                for feedback_id in chunk
                for _ in range(1 + feedback_id % 2)
            }
        )
        with transaction.atomic(), connection.cursor() as cursor:
            ledger.lock_feedback(chunk)
            ledger.ensure_pairs(chosen)
            cursor.execute(
                "INSERT INTO tagging_tagging (feedback_id, tag_id, source, state, confidence, importance, is_against)"
                " SELECT f, t, 'rule', 'confirmed', 1, 0, false FROM unnest(%s::bigint[], %s::bigint[]) x (f, t)",
                [[f for f, _ in chosen], [t for _, t in chosen]],
            )
            ledger.book(chunk)
        pairs += len(chosen)
    return pairs


def fold_everything() -> int:
    from apps.priorities import fold

    total = 0
    while done := fold.fold_ledger():
        total += done
    while fold.fold_volume_ledger():
        pass
    return total


def small_folds(tag_ids: list[int]) -> dict[str, float]:
    """Time what one new piece of feedback costs: book and fold, 50 times."""
    costs = []
    for _ in range(50):
        ids = make_feedback(1)
        _, booking = timed(lambda ids=ids: tag_and_book(ids, tag_ids))
        _, folding = timed(fold_everything)
        costs.append((booking + folding) * 1000)
    costs.sort()
    return {"one_feedback_p50_ms": costs[25], "one_feedback_p95_ms": costs[47]}


def queue_page(team_ids: list[int]) -> dict[str, float]:
    from apps.accounts.models import Team
    from apps.priorities import selectors

    team = Team.objects.get(pk=team_ids[0])
    times = sorted(timed(lambda: selectors.queue(team))[1] * 1000 for _ in range(50))
    return {"queue_p50_ms": times[25], "queue_p95_ms": times[47]}


def change_policy(team_id: int) -> None:
    from apps.accounts.models import Team
    from apps.priorities import services

    services.change_policy(Team.objects.get(pk=team_id), user=None, changes={"half_life_days": 90})


if __name__ == "__main__":
    main()
