"""How fast the reading room answers: pages, counts and facets of one big selection, by kind of question.

    python benchmarks/browse.py [--feedback N] [--rounds R] [--json] [--explain CASE]

Makes a database of its own beside the configured one and fills it by SQL: two years of feedback, texts of words as
skewed as in life (Zipf), tags, ratings, customers with organisations and segments. Times are of the selectors as the
page calls them, for a member of one team: best / median / 95th of a hundred, the best being what a quiet machine would
do; "searched" is how many rows the page looked through before it gave up (0:
it was full, or complete). The last line with --json is one object.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

WORDS, WORDS_EACH, TAGS, PRODUCTS, STEP = 20_000, 30, 80, 6, 20_000

# Words: w1 is in nine texts of ten, w10 in a quarter, w100 in 3 %, w1000 in 0.3 %, w15000 in 0.02 %.
CASES = {
    "everything": "",
    "common word": "q=w10",
    "medium word": "q=w100",
    "rare word": "q=w15000",
    "absent word": "q=zebrafish",
    "two common words": "q=w8+w10",
    "phrase of common words": "q=%22w3+w5%22",
    "without a word": "q=-w1",
    "one product": "product=product-3",
    "an old version": "version={version}",
    "common tag": "tag=tag-0",
    "rare tag": "tag=tag-70",
    "tag with many below": "tag=root",
    "untagged": "tag=untagged",
    "one team": "team=team-2",
    "one channel": "channel=widget",
    "rare channel": "channel=session",
    "sentiment": "sentiment=positive",
    "rating": "rating=1",
    "segment": "segment=segment-1",
    "organisation": "organisation={organisation}",
    "customer": "customer={customer}",
    "rare language": "language=fr",
    "context field": "context=instrument:X-8",
    "a past month": "since={month}-01&until={month}-28",
    "spam alone": "state=spam",
    "common word and rating": "q=w10&rating=2",
    "medium word and product": "q=w100&product=product-3",
    "two facets that never meet": "tag=tag-0&sentiment=positive",
    "two tags that never meet": "tag=tag-0&tag=tag-1&tags=all",
    "segment and language": "segment=segment-3&language=fr",
    "four facets": "product=product-1&sentiment=negative&rating=1&segment=segment-1",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feedback", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default="", help="only cases whose name holds this")
    parser.add_argument("--explain", default="", help="print the plans of one case instead of timing all")
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

    keep = bool(os.environ.get("BENCH_KEEP_DATABASE"))  # while one tries things out
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
    try:
        from apps.feedback.models import Feedback

        if Feedback.objects.count() < options.feedback:
            began = time.perf_counter()
            fill(options.feedback)
            print(f"Filled in {time.perf_counter() - began:.0f} s")
        reader, cases = prepare()
        if options.explain:
            explain(reader, cases[options.explain])
            return
        asked = {name: query for name, query in cases.items() if options.only in name}
        figures = [measure(reader, name, query, options.rounds) for name, query in asked.items()]
    finally:
        if not keep:
            connection.creation.destroy_test_db(name, verbosity=0)
    show(options, figures)


def show(options: argparse.Namespace, figures: list[dict]) -> None:
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{options.feedback:,} feedback, milliseconds: best / p50 / p95; queries in brackets")
    print(f"{'case':28} {'page':>22} {'count':>22} {'facets':>24} {'rows':>5} {'searched':>9} {'counted':>14}")
    for one in figures:
        cells = [_cell(one[part]) for part in PARTS]
        line = f"{one['case']:28} {cells[0]:>22} {cells[1]:>22} {cells[2]:>24}"
        print(f"{line} {one['rows']:>5} {one['searched']:>9,} {one['counted']:>14}")
    if options.json:
        print(json.dumps({"feedback": options.feedback, "cases": figures}))


def _cell(figure: dict[str, float]) -> str:
    return f"{figure['best_ms']:.0f} / {figure['p50_ms']:.0f} / {figure['p95_ms']:.0f} [{figure['queries']}]"


PARTS = ("page", "count", "facets")


def measure(reader, name: str, query: str, rounds: int) -> dict:
    from django.http import QueryDict

    from apps.workbench.browse import reading

    parsed = reading.BrowseFilter.from_query(QueryDict(query))
    if parsed.problems:
        sys.exit(f"{name}: {parsed.problems}")
    wanted = parsed.wanted
    page, counted = reading.browse_page(reader, wanted), reading.count(reader, wanted)
    return {
        "case": name,
        "query": query,
        "rows": len(page.entries),
        "searched": page.searched.rows or 0,
        "counted": str(counted),
        "page": timed(lambda: reading.browse_page(reader, wanted), rounds),
        "count": timed(lambda: reading.count(reader, wanted), rounds),
        "facets": timed(lambda: reading.facets(reader, wanted), max(3, rounds // 2)),
    }


def timed(action, rounds: int) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        action()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    p95 = times[min(len(times) - 1, -(-95 * len(times) // 100) - 1)]
    return {
        "best_ms": round(times[0], 1),
        "p50_ms": round(times[len(times) // 2], 1),
        "p95_ms": round(p95, 1),
        "queries": len(captured),
    }


def explain(reader, query: str) -> None:
    from django.db import connection
    from django.http import QueryDict
    from django.test.utils import CaptureQueriesContext

    from apps.workbench.browse import reading

    wanted = reading.BrowseFilter.from_query(QueryDict(query)).wanted
    for action in (reading.browse_page, reading.count, reading.facets):
        print(f"\n=== {action.__name__}")
        with CaptureQueriesContext(connection) as captured:
            action(reader, wanted)
        for one in captured.captured_queries:
            print(f"\n--- {one['sql'][:1500]}")
            if not one["sql"].lstrip().startswith("EXPLAIN"):
                with connection.cursor() as cursor:
                    cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + one["sql"].replace("%", "%%"), [])
                    print("\n".join(row[0] for row in cursor.fetchall()))


def prepare() -> tuple[object, dict[str, str]]:
    from apps.accounts.models import Team, User
    from apps.catalog.models import ProductVersion
    from apps.customers.models import Customer, Organisation
    from apps.feedback.models import Feedback

    middle = Feedback.objects.order_by("listed_at")[Feedback.objects.count() // 3]
    values = {
        "version": ProductVersion.objects.order_by("id").first().pk,
        "organisation": Organisation.objects.order_by("id")[7].pk,
        "customer": Customer.objects.order_by("id")[11].pk,
        "month": f"{middle.listed_at:%Y-%m}",
    }
    reader = User.objects.filter(email="reader@example.org").first()
    if reader is None:
        reader = User.objects.create_user(email="reader@example.org", password=None)
        reader.memberships.create(team=Team.objects.get(slug="team-1"), role="scientist")
    return reader, {name: query.format(**values) for name, query in CASES.items()}


# --- filling ------------------------------------------------------------------------------------------------------


def fill(feedback: int) -> None:
    from django.db import connection

    make_company(feedback)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX search_document_gin")
        for start in range(0, feedback, STEP):
            count = min(STEP, feedback - start)
            cursor.execute(FEEDBACK_SQL, {"start": start, "count": count, "all": feedback})
            after = cursor.fetchall()[0][0] - 1
            for statement in (READINGS_SQL, DOCUMENTS_SQL, TAGGINGS_SQL):
                cursor.execute(statement, {"after": after})
        cursor.execute("CREATE INDEX search_document_gin ON insight_searchdocument USING gin (document)")
        cursor.execute("VACUUM ANALYZE")


def make_company(feedback: int) -> None:
    from apps.accounts.models import Team
    from apps.catalog.models import Product, ProductVersion
    from apps.customers.models import Customer, Organisation, Segment
    from apps.tagging.services import create_tag

    teams = [Team.objects.create(name=f"Team {n}", slug=f"team-{n}") for n in range(4)]
    for n in range(PRODUCTS):
        product = Product.objects.create(name=f"Product {n}", slug=f"product-{n}", team=teams[n % 4])
        ProductVersion.objects.bulk_create(ProductVersion(product=product, name=f"{v}.0") for v in range(1, 5))
    segments = [Segment.objects.create(name=f"Segment {n}", slug=f"segment-{n}") for n in range(5)]
    organisations = Organisation.objects.bulk_create(
        Organisation(name=f"Organisation {n}", segment=segments[min(4, n % 9)]) for n in range(max(10, feedback // 100))
    )
    Customer.objects.bulk_create(
        (
            Customer(name=f"Customer {n}", organisation=organisations[n % len(organisations)] if n % 4 else None)
            for n in range(max(40, feedback // 5))
        ),
        batch_size=5000,
    )
    root = create_tag(name="Root", team=teams[0])
    for n in range(TAGS):
        create_tag(name=f"Tag {n}", team=teams[n % 4], parent=root if n % 3 == 0 else None)


# Every fact of feedback number n follows from n and chance; older ones first, as they came.
FEEDBACK_SQL = f"""
WITH made AS (
    INSERT INTO feedback_feedback (product_id, version_id, channel, text, rating, context, customer_id, identity, state,
        held_reason, visibility, external_id, dedupe_key, captured_at, received_at, day, is_future_dated)
    SELECT p.id, CASE WHEN n %% 3 > 0 THEN v.id END,
        CASE WHEN n %% 2000 = 9 THEN 'session'
            ELSE (ARRAY['form', 'form', 'api', 'api', 'import', 'widget'])[1 + n %% 6] END, words.said,
        CASE WHEN n %% 4 > 0 THEN 1 + floor(5 * power(random(), 1.5))::int END,
        CASE WHEN n %% 2 = 0 THEN jsonb_build_object('instrument', 'X-' || n %% 40, 'site', 'Lab ' || n %% 7)
            ELSE '{{}}' END,
        CASE WHEN n %% 3 > 0 THEN (SELECT min(id) FROM customers_customer)
            + floor(power(random(), 2) * (SELECT count(*) FROM customers_customer))::bigint END,
        CASE WHEN n %% 3 = 0 THEN 'anonymous' WHEN n %% 10 = 0 THEN 'claimed' ELSE 'verified' END,
        CASE WHEN n %% 50 = 0 THEN 'spam' ELSE 'live' END, '',
        CASE WHEN n %% 100 = 7 THEN 'restricted' WHEN n %% 20 = 3 THEN 'team' ELSE 'everyone' END, '', 'bench-' || n,
        at.said_at, at.said_at, at.said_at::date, false
    FROM generate_series(%(start)s, %(start)s + %(count)s - 1) AS n
    CROSS JOIN LATERAL (SELECT now() - interval '730 days' * (1 - n::float / %(all)s) AS said_at) AS at
    CROSS JOIN LATERAL (SELECT 'product-' || floor(power(random(), 1.5) * {PRODUCTS} + 0 * n)::int AS slug) AS which
    JOIN catalog_product p ON p.slug = which.slug
    -- versions follow each other: an old one is found only among the old
    JOIN catalog_productversion v ON v.product_id = p.id AND v.name = 1 + (4 * n / %(all)s) || '.0'
    CROSS JOIN LATERAL (
        SELECT string_agg('w' || floor(exp(random() * ln({WORDS})))::int, ' ') AS said
        FROM generate_series(1, {WORDS_EACH} + 0 * n)
    ) AS words
    RETURNING id
)
SELECT min(id) FROM made
"""
READINGS_SQL = """
INSERT INTO insight_reading (feedback_id, language, sentiment, sentiment_milli, reader_version)
SELECT id, CASE WHEN id %% 997 = 0 THEN 'fr' WHEN id %% 5 = 0 THEN 'de' WHEN id %% 31 = 0 THEN '' ELSE 'en' END,
    (ARRAY['negative', 'neutral', 'positive'])[1 + id %% 3], (id %% 3 - 1) * 600, 'bench'
FROM feedback_feedback WHERE id > %(after)s
"""
DOCUMENTS_SQL = """
INSERT INTO insight_searchdocument (feedback_id, document)
SELECT id, to_tsvector('simple', text) || to_tsvector('english', text) FROM feedback_feedback WHERE id > %(after)s
"""
# tag-0 is on a fifth of all, never on what sounds positive; tag-1 never where tag-0 is; the others by Zipf.
TAGGINGS_SQL = f"""
INSERT INTO tagging_tagging (feedback_id, tag_id, source, state, confidence, importance, is_against)
SELECT DISTINCT x.id, t.id, 'rule', 'confirmed', 1.0, 0, false FROM (
    SELECT id, 'tag-0' AS slug FROM feedback_feedback WHERE id > %(after)s AND id %% 3 < 2 AND id %% 10 < 3
    UNION ALL SELECT id, 'tag-1' FROM feedback_feedback WHERE id > %(after)s AND id %% 10 IN (4, 5)
    UNION ALL
    SELECT id, 'tag-' || floor(exp(random() * ln({TAGS - 2})))::int + 1
    FROM feedback_feedback WHERE id > %(after)s AND id %% 10 > 5
) x JOIN tagging_tag t ON t.slug = x.slug
WHERE NOT EXISTS (SELECT FROM tagging_tagging g WHERE g.feedback_id = x.id)
"""


if __name__ == "__main__":
    main()
