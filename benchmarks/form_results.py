"""How fast a form's results page and its file of responses are, over many responses.

    python benchmarks/form_results.py [--answers N] [--rounds R] [--json] [--explain] [--keep]

Makes a database of its own beside the configured one and fills it by SQL: one form with two versions that asks an
NPS, a single and a multiple choice, a matrix of five rows, a number, a date, a line of text and the feedback's own
words, answered N times over two years, with a visit for every response and as many that were left half-way. Pages are
asked through Django's test client, as ``pages.py`` does it. cold: after 20 new responses came in; first: with
nothing kept; best: what a quiet machine would do; cpu: of this process alone; db: what PostgreSQL took for all queries
of the page. The last line with --json is one object.
"""

import argparse
import json
import os
import resource
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

import measuring
import pages

CASES = {
    "everything": "",
    "one answer": "?answer=area:a1",
    "one version": "?version=2",
    "a quarter": "?since={quarter}",
    "one version, one answer": "?version=2&answer=score:10",
}
AREAS, FEATURES, ROWS, COLUMNS = 6, 8, 5, 5
LEFT_HALF_WAY = 1  # visits for each response

ASKED = [
    ("score", "nps", {}),
    ("area", "single_choice", {"choices": AREAS, "has_other": True}),
    ("features", "multiple_choice", {"choices": FEATURES}),
    ("table", "matrix", {"choices": COLUMNS, "rows": ROWS}),
    ("load", "number", {"unit": "mA"}),
    ("since", "date", {}),
    ("line", "short_text", {}),
    ("text", "long_text", {"role": "words"}),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--explain", action="store_true", help="print the plans of the page's slow queries too")
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
    from django.db import connection
    from django.utils import timezone

    from apps.feedback.models import Answer, Form

    machine = measuring.describe_machine()
    with pages.database(keep=options.keep):
        if not Form.objects.exists():
            began = time.perf_counter()
            fill(options.answers)
            print(f"Filled in {time.perf_counter() - began:.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("TRUNCATE feedback_results_cache")
        form = Form.objects.get()
        quarter = f"{timezone.localdate() - timezone.timedelta(days=90):%Y-%m-%d}"
        client = reader_client()
        files = [measure_file(client, form, ending) for ending in ("csv", "json")]  # first: memory only grows
        figures = [
            measure(client, form, name, query.format(quarter=quarter), options.rounds) for name, query in CASES.items()
        ]
        if options.explain:
            explain(client, f"/forms/{form.pk}/results/")
        answer_count = Answer.objects.count()
    show(machine, options.answers, answer_count, figures, files)
    if options.json:
        print(json.dumps({"machine": machine, "answers": options.answers, "pages": figures, "files": files}))


def show(machine: dict, responses: int, answers: int, figures: list[dict], files: list[dict]) -> None:
    print(f"{machine['cpu']}, {machine['cpus']} CPUs, load {machine['load_before']}")
    print(f"{responses:,} responses with {answers:,} answers")
    heads = ("best ms", "p50 ms", "p95 ms", "cpu ms", "db ms", "cold ms", "first ms", "queries")
    head = " ".join(f"{one:>8}" for one in heads)
    print(f"{'page':26} {head}")
    for one in figures:
        names = ("best_ms", "p50_ms", "p95_ms", "cpu_p50_ms", "database_ms", "cold_ms", "first_ms")
        print(f"{one['page']:26} {' '.join(f'{one[name]:>8.1f}' for name in names)} {one['queries']:>8}")
    for one in files:
        print(
            f"{one['file']:26} {one['rows_per_s']:>8,.0f} rows/s, {one['cpu_s']:.1f} s of this process's CPU,"
            f" {one['megabytes']:.1f} MB, memory grew by {one['grew_mb']:.1f} MB"
        )


# --- the data -----------------------------------------------------------------------------------------------------


def fill(responses: int) -> None:
    from django.db import connection

    from apps.catalog.models import Product
    from apps.feedback.models import Form
    from apps.feedback.questionnaire import definition
    from apps.feedback.services.form_versions import add_version

    product = Product.objects.create(name="Detector", slug="detector")
    form = Form.objects.create(product=product, slug="survey", title="Survey")
    for number in (1, 2):
        add_version(form, definition.read(definition_of(number)), None)
    with connection.cursor() as cursor:
        for statement in statements(form):
            cursor.execute(statement, {"responses": responses, "form": form.pk, "product": product.pk})


def definition_of(number: int) -> dict[str, object]:
    def some(count: int, letter: str) -> list[dict[str, object]]:
        return [{"key": f"{letter}{n}", "label": {"en": f"Choice {letter}{n}"}} for n in range(1, count + 1)]

    questions = []
    for key, kind, extra in ASKED:
        more = dict(extra)
        if "choices" in more:
            more["choices"] = some(int(str(more["choices"])), "a")
        if "rows" in more:
            more["rows"] = some(int(str(more["rows"])), "r")
        questions.append({"key": key, "kind": kind, "label": {"en": f"Question {key}, {number}"}, **more})
    page = {"key": "page-1", "questions": questions}
    return {"languages": ["en"], "title": {"en": "Survey"}, "intro": {}, "pages": [page]}


def statements(form: object) -> list[str]:
    """Return what inserts responses, their answers and the ways to them; each knows which response by its number."""
    versions = "(SELECT id FROM feedback_formversion WHERE form_id = %(form)s AND number = 1 + n %% 2)"
    of_all = "FROM feedback_feedback f, LATERAL (SELECT f.id AS n) x WHERE f.form_id = %(form)s"
    answer = "INSERT INTO feedback_answer (feedback_id, form_id, question, row, choice, number, text, day, position)"
    nothing = {"row": "''", "choice": "''", "number": "NULL::numeric", "text": "''", "day": "NULL::date"}
    pick = "('a' || 1 + (n * 7919 + {salt}) %% {count})"

    def one(question: str, *, extra: str = "", where: str = "", **values: str) -> str:
        columns = ", ".join({**nothing, **values}[name] for name in nothing)
        source = of_all.replace(" WHERE", f"{extra} WHERE")
        return f"{answer} SELECT f.id, %(form)s, '{question}', {columns}, 0 {source} {where}"

    text = "'The signal was lost within an hour of the update, number ' || n || '. ' || md5(n::text)"
    return [
        (
            "INSERT INTO feedback_feedback (product_id, channel, form_id, form_version_id, text, context, identity,"
            " state, held_reason, visibility, external_id, dedupe_key, captured_at, received_at, day,"
            " is_future_dated, rating)"
            f" SELECT %(product)s, 'form', %(form)s, {versions}, {text}, '{{}}', 'anonymous',"
            " CASE WHEN n %% 40 = 0 THEN 'spam' ELSE 'live' END, '',"
            " CASE WHEN n %% 50 = 0 THEN 'restricted' WHEN n %% 9 = 0 THEN 'team' ELSE 'everyone' END, '',"
            " md5(n::text), moment, moment, moment::date, false, NULL"
            " FROM (SELECT n, now() - (%(responses)s - n) * interval '730 days' / %(responses)s AS moment"
            " FROM generate_series(1, %(responses)s) AS n) made"
        ),
        one("score", number="(n * 31 + n / 7) %% 11"),
        one("area", choice=pick.format(salt=3, count=AREAS)),
        one(
            "features",
            extra=", generate_series(1, 3) AS k",
            choice="('a' || 1 + (n + k * 2) %% 8)",
            where="AND (n + k) %% 4 > 0",
        ),
        one("table", extra=", generate_series(1, 5) AS k", row="('r' || k)", choice="('a' || 1 + (n * k) %% 5)"),
        one("load", number="(n %% 2000) / 10.0"),
        one("since", day="(current_date - (n %% 400)::int)"),
        one("line", text="'Line ' || n"),
        (
            "INSERT INTO feedback_formvisit (key, version_id, day, reached, is_complete, seconds)"
            f" SELECT md5(n::text), {versions}, current_date - (n %% 730)::int, 1 + n %% 8, n %% 2 = 0,"
            " jsonb_build_object('score', n %% 20, 'area', n %% 30, 'text', n %% 90)"
            f" FROM generate_series(1, %(responses)s * {1 + LEFT_HALF_WAY}) AS n"
        ),
        (
            "INSERT INTO feedback_formview (version_id, day, view_count)"
            " SELECT v.id, current_date - n, 300 FROM feedback_formversion v, generate_series(0, 729) AS n"
        ),
    ]


# --- measuring ----------------------------------------------------------------------------------------------------


def reader_client() -> object:
    from django.test import Client

    from apps.accounts.models import Team, User

    team, _ = Team.objects.get_or_create(slug="team-1", defaults={"name": "Team 1"})
    reader, is_new = User.objects.get_or_create(email="analyst@example.org", defaults={"name": "Analyst"})
    if is_new:
        reader.memberships.create(team=team, role="analyst")
    client = Client(headers={"host": "localhost"})
    client.force_login(reader)
    return client


def measure(client: object, form: object, name: str, query: str, rounds: int) -> dict[str, object]:
    """Ask for the page again and again: at first, after new responses, and with nothing changed in between."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = f"/forms/{form.pk}/results/{query}"
    ask(client, url.partition("?")[0] + "?since=2100-01-01")  # imports and templates, but nothing of the form's
    first = timed(client, url)[0]
    cold = []
    for _ in range(3):
        more_responses(form)
        cold.append(timed(client, url)[0])
    with CaptureQueriesContext(connection) as captured:
        ask(client, url)
        queries = len(captured)
    times = [timed(client, url) for _ in range(rounds)]
    return {
        "page": name,
        "best_ms": round(min(one for one, _cpu in times), 1),
        "p50_ms": round(measuring.median([one for one, _cpu in times]), 1),
        "p95_ms": round(measuring.percentile([one for one, _cpu in times], 0.95), 1),
        "cpu_p50_ms": round(measuring.median([cpu for _one, cpu in times]), 1),
        "database_ms": round(database_ms(client, url), 1),
        "cold_ms": round(measuring.median(cold), 1),
        "first_ms": round(first, 1),
        "queries": queries,
    }


def ask(client: object, url: str) -> None:
    answer = client.get(url)
    if answer.status_code != 200:
        sys.exit(f"{url} answered {answer.status_code}")


def timed(client: object, url: str) -> tuple[float, float]:
    """Return the milliseconds of the clock and of this process's CPU."""
    began, own_began = time.perf_counter(), time.process_time()
    ask(client, url)
    return (time.perf_counter() - began) * 1000, (time.process_time() - own_began) * 1000


def more_responses(form: object) -> None:
    """Send 20 responses more, by the door that every channel uses."""
    from decimal import Decimal

    from apps.feedback.models import Channel
    from apps.feedback.questionnaire.values import Value
    from apps.feedback.services import Capture, capture
    from apps.feedback.services.capture import Answered

    for n in range(20):
        capture(
            Capture(
                product_id=form.product_id,
                channel=Channel.FORM,
                text=f"One more at {time.time_ns()}, {n}",
                form_id=form.pk,
                form_version_id=form.current_id,
                answers=[
                    Answered("score", Value(number=Decimal(n % 11))),
                    Answered("area", Value(choice="a1")),
                    Answered("table", Value(row="r1", choice="a2")),
                ],
            )
        )


def database_ms(client: object, url: str) -> float:
    """Return what the queries of the page took in PostgreSQL, as EXPLAIN ANALYZE without timing of nodes tells."""
    return sum(took for took, _sql, _plan in plans(client, url, "ANALYZE, TIMING OFF"))


def plans(client: object, url: str, options: str) -> list[tuple[float, str, str]]:
    """Return milliseconds, statement and plan of every query that the page reads by."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        ask(client, url)
        said = [one["sql"] for one in captured.captured_queries]
    found = []
    for sql in said:
        if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN ({options}) " + sql.replace("%", "%%"), [])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        took = [float(line.split()[2]) for line in plan.splitlines() if line.startswith(("Planning T", "Execution T"))]
        found.append((sum(took), sql, plan))
    return found


def explain(client: object, url: str) -> None:
    for took, sql, plan in sorted(plans(client, url, "ANALYZE, BUFFERS"), reverse=True)[:8]:
        print(f"\n--- {took:.1f} ms: {sql[:900]}\n{plan}")


def measure_file(client: object, form: object, ending: str) -> dict[str, object]:
    """Read all responses as they stream; memory is what the process grew by after the first tenth."""
    began, own_began = time.perf_counter(), time.process_time()
    size = chunks = 0
    early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = 0
    for chunk in client.get(f"/forms/{form.pk}/responses.{ending}").streaming_content:
        size, chunks, rows = size + len(chunk), chunks + 1, rows + chunk.count(b"\n")
        if rows < 10_000:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = time.perf_counter() - began
    return {
        "file": ending,
        "rows": rows,
        "rows_per_s": round(rows / took),
        "cpu_s": round(time.process_time() - own_began, 2),
        "megabytes": round(size / 1e6, 1),
        "grew_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early) / 1024, 1),
    }


if __name__ == "__main__":
    main()
