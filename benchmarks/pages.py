"""How fast the staff pages answer over a big history: queue, home per role, dashboards, overview, browse.

    python benchmarks/pages.py [--feedback N] [--rounds R] [--json] [--keep]

Makes a database of its own beside the configured one, fills it as ``browse.py`` does, and books and folds all of it
set-based. Pages are asked through Django's test client: every middleware, session, permission and template, but no
socket and no web server. Times are of the whole request (cpu: of this process alone, which a busy machine disturbs
less); bytes are of the page gzipped, without its assets. The last
line with --json is one object with ``pages``.
"""

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

import browse
import measuring

# Page, who asks, address.
PAGES = [
    ("queue", "scientist", "/teams/team-1/queue/"),
    ("home scientist", "scientist", "/home/"),
    ("home analyst", "analyst", "/home/"),
    ("home manager", "manager", "/home/"),
    ("home administrator", "administrator", "/home/"),
    ("dashboard 28 days", "manager", "/teams/team-1/"),
    ("dashboard 90 days", "manager", "/teams/team-1/?period=90"),
    ("dashboard 365 days", "manager", "/teams/team-1/?period=365&compare=year"),
    ("overview 28 days", "manager", "/overview/"),
    ("overview 365 days", "manager", "/overview/?period=365"),
    ("browse everything", "scientist", "/feedback/"),
    ("browse a common word", "scientist", "/feedback/?q=w10"),
    ("browse a rare word", "scientist", "/feedback/?q=w15000"),
    ("browse an absent word", "scientist", "/feedback/?q=zebrafish"),
    ("browse a common tag", "scientist", "/feedback/?tag=tag-0"),
    ("browse one product", "scientist", "/feedback/?product=product-3"),
    ("browse two facets that never meet", "scientist", "/feedback/?tag=tag-0&sentiment=positive"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feedback", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", action="store_true", help="use the database again, and leave it")
    options = parser.parse_args()

    import django

    django.setup()
    from django.conf import settings

    from apps.core.embedded.client import services_in_use

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # the others want collected files
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    if settings.DATABASE_URL:
        run(options)
        return
    with services_in_use(settings.EMBEDDED, ("postgres",)):
        run(options)


def run(options: argparse.Namespace) -> None:
    machine = measuring.describe_machine()
    with database(keep=options.keep):
        from apps.feedback.models import Feedback

        if not Feedback.objects.exists():
            began = time.perf_counter()
            fill(options.feedback)
            print(f"Filled in {time.perf_counter() - began:.0f} s")
        count = Feedback.objects.count()
        people = make_people()
        pages = [measure(people[who], name, url, count, options.rounds) for name, who, url in PAGES]
    print(f"{machine['cpu']}, {machine['cpus']} CPUs, load {machine['load_before']}, {count:,} feedback")
    print(f"{'page':36} {'p50 ms':>8} {'p95 ms':>8} {'cpu ms':>8} {'queries':>8} {'gzip kB':>8}")
    for one in pages:
        size = one["bytes_gzip"] / 1000
        times = f"{one['p50_ms']:>8.1f} {one['p95_ms']:>8.1f} {one['cpu_p50_ms']:>8.1f}"
        print(f"{one['page']:36} {times} {one['queries']:>8} {size:>8.1f}")
    if options.json:
        print(json.dumps({"machine": machine, "client": "django test client with middleware", "pages": pages}))


@contextmanager
def database(*, keep: bool) -> Iterator[None]:
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
    try:
        yield
    finally:
        if not keep:
            connection.creation.destroy_test_db(name, verbosity=0)


def fill(feedback: int) -> None:
    """Fill as ``browse.py`` does, then make pairs, bookings, cells, standings, snapshots and first looks of it."""
    from django.db import connection
    from django.utils import timezone

    from apps.accounts.models import Team
    from apps.priorities import first_look, rebuild
    from apps.priorities.services import current_policy

    browse.fill(feedback)
    make_people()
    for team in Team.objects.all():
        current_policy(team)
    with connection.cursor() as cursor:
        for statement in book_statements():
            cursor.execute(statement)
    rebuild.rebuild_queues()
    first_look.rebuild_first_looks(timezone.localdate())
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOTS_SQL)
        cursor.execute("VACUUM ANALYZE")


def book_statements() -> list[str]:
    """Return what makes every pair and booking at once, releases, and a look of a person at every tenth feedback."""
    from apps.tagging import ledger

    volume = ", ".join(ledger.VOLUME_COLUMNS)
    pairs_now = ledger.pairs_now_sql(of_ids=False).replace("%%", "%")
    volume_now = ledger.volume_now_sql(of_ids=False).replace("%%", "%")
    return [
        "UPDATE catalog_productversion SET released_on = current_date - 730 + 180 * (left(name, 1)::int - 1)",
        (
            "INSERT INTO dialogue_note (feedback_id, author_id, text, created_at)"
            " SELECT f.id, u.id, 'Seen.', f.received_at + interval '5 hours'"
            " FROM feedback_feedback f, (SELECT min(id) AS id FROM accounts_user) u"
            " WHERE f.id % 10 = 0 AND u.id IS NOT NULL"
        ),
        (
            "INSERT INTO tagging_pair (feedback_id, tag_id, is_counted, segment_id, day, customer_id, organisation_id,"
            " sentiment_milli, is_unhappy, importance, is_against)"
            " SELECT DISTINCT g.feedback_id, g.tag_id, false, 0, f.day, 0, 0, 0, false, 0, false"
            " FROM tagging_tagging g JOIN feedback_feedback f ON f.id = g.feedback_id"
        ),
        (
            f"UPDATE tagging_pair b SET is_counted = n.is_counted,"
            f" {', '.join(f'{name} = n.{name}' for name in ledger.PAIR_COLUMNS)} FROM ({pairs_now}) n WHERE n.id = b.id"
        ),
        (
            f"INSERT INTO tagging_volumebooking (feedback_id, is_counted, is_ruled, {volume})"
            f" SELECT feedback_id, is_counted, true, {volume} FROM ({volume_now}) n"
        ),
    ]


SNAPSHOTS_SQL = """
INSERT INTO priorities_snapshot (tag_id, day, team_id, policy_version, rank, score, customer_count, anonymous_count,
                                 feedback_count, state)
SELECT s.tag_id, d.day::date, s.team_id, 1,
       row_number() OVER (PARTITION BY s.team_id, d.day ORDER BY s.landmark_score * (0.7 + 0.6 * random()) DESC),
       s.landmark_score, s.customer_count, s.anonymous_count, s.feedback_count, 'new'
  FROM priorities_standing s, generate_series(current_date - 400, current_date - 1, interval '1 day') AS d (day)
 WHERE s.feedback_count > 0
"""


def make_people() -> dict[str, object]:
    """Return one person of each role, members of two of four teams."""
    from apps.accounts.models import Team, User

    people: dict[str, object] = {}
    for role in ("scientist", "analyst", "manager"):
        person, is_new = User.objects.get_or_create(email=f"{role}@example.org", defaults={"name": role.title()})
        for team in Team.objects.filter(slug__in=["team-1", "team-2"]) if is_new else []:
            person.memberships.create(team=team, role=role)
        people[role] = person
    people["administrator"], _ = User.objects.get_or_create(
        email="administrator@example.org", defaults={"name": "Administrator", "is_superuser": True}
    )
    return people


def measure(person: object, name: str, url: str, feedback: int, rounds: int) -> dict[str, object]:
    """Ask for ``url`` again and again; the first three answers warm up and are not counted."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    for _ in range(3):
        answer = client.get(url)
        if answer.status_code != 200:
            sys.exit(f"{name}: {url} answered {answer.status_code}")
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
        queries = len(captured)  # now: the next request forgets them
    times, own_times = [], []
    for _ in range(rounds):
        began, own_began = time.perf_counter(), time.process_time()
        client.get(url)
        times.append((time.perf_counter() - began) * 1000)
        own_times.append((time.process_time() - own_began) * 1000)
    return {
        "page": name,
        "feedback": feedback,
        "p50_ms": round(measuring.median(times), 1),
        "p95_ms": round(measuring.percentile(times, 0.95), 1),
        "cpu_p50_ms": round(measuring.median(own_times), 1),
        "queries": queries,
        "bytes_gzip": len(gzip.compress(answer.content, mtime=0)),
    }


if __name__ == "__main__":
    main()
