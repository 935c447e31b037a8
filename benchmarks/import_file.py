"""A big file, imported end to end on the real platform, beside a plain COPY of the same rows.

    python benchmarks/import_file.py [--rows N] [--json] [--kill] [--folder DIR]

Starts the platform (web, dispatcher, worker, beat, Redis) on a data folder of its own with production settings, makes a
team with 40 tags and their rules, writes a varied CSV (skewed words in English and German, ratings, customers with
organisations, two years of times, versions, context) and imports it by the command, while the platform's own workers
read, tag and fold. Then it waits until outbox and ledgers are empty and asks ``check_queues``. Last it copies what is
there out, empties the tables and loads feedback and search documents again by COPY with all their indexes.

- ``captured_rows_per_s``: rows by the seconds of the command, from its start to its end
- ``end_to_end_rows_per_s``: rows by the seconds from its start until everything is read, tagged and folded
- ``copy_rows_per_s``: rows by the seconds of the two COPYs
- ``peak_rss_mb``: the most memory that the importing process had

``--kill`` ends the import by SIGKILL half-way and runs it again: the figures are then of both runs together, and the
counts must be exact. The last line with --json is one object. Exit code 1 when something came out wrong.
"""

import argparse
import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import psycopg2
from measuring import PROJECT_DIR, describe_machine  # the folder of this script is on the path

from tests.faults.running import RunningPlatform

AIMS = {"captured_rows_per_s": 4_000, "end_to_end_rows_per_s": 1_000}
RSS_MB = 300
PRODUCTS, VERSIONS, TAGS, WORDS = 6, 5, 40, 15_000
HEADER = [
    "id", "text", "product", "version", "rating", "email", "name", "organisation", "created_at", "context.instrument",
    "context.site",
]  # fmt: skip
ENGLISH = (
    "the a to and of it is in we for on with that this not when after before every sample results data export cannot"
    " always slow fast great love broken terrible helpful confusing excellent fails works again please add support"
    " calibration detector temperature pressure baseline noise spectrum peak column gradient solvent vendor driver"
    " software update licence server login password report template chart axis legend colour unit method protocol"
    " manual training engineer visit spare part pump valve tubing lamp laser stage camera lens focus shutter exposure"
)
GERMAN = (
    "die der und das ist nicht wir mit auf für nach wenn immer Probe Ergebnis Daten Export langsam schnell sehr gut"
    " schlecht kaputt hilfreich Gerät Messung Kalibrierung Temperatur Druck Rauschen Pumpe Ventil Lampe Laser Kamera"
    " Software Update Bericht Vorlage Fehler Meldung bitte danke funktioniert leider wieder"
)
SYLLABLES = [
    "ka", "lo", "mi", "ne", "ru", "sta", "tri", "ver", "xon", "pel", "dar", "gim", "hol", "ster", "ban", "qui", "mor",
    "tel", "fis", "zur",
]  # fmt: skip
TABLES = {  # by table: its columns are asked of the catalogue, without what the database makes itself
    "feedback_feedback": "id",
    "insight_searchdocument": "feedback_id",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--kill", action="store_true", help="end the import by SIGKILL half-way, and run it again")
    parser.add_argument("--folder", type=Path, default=None, help="where the data folder and the files go")
    options = parser.parse_args()
    machine = describe_machine()
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="import-", dir=options.folder) as name:
        folder = Path(name)
        path = folder / "feedback.csv"
        write_file(path, options.rows)
        running = RunningPlatform(folder)
        try:
            running.start()
            running.wait_whole()
            running.make_tenant(name="Product 0", rules=rules())
            figures = measure(running, path, options, problems)
            figures["copy_rows_per_s"] = measure_copy(running, folder)
        finally:
            running.stop()
    report(figures, problems, machine)
    if options.json:
        print(json.dumps(figures | {"problems": problems, "machine": machine}))
    return 1 if problems else 0


# --- the file -------------------------------------------------------------------------------------------------------


def vocabulary(text: str, chance: random.Random) -> list[str]:
    """Return the words of ``text``, then made-up ones as rare as in life: together WORDS, the commonest first."""
    made = {"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(WORDS * 2)}
    return [*dict.fromkeys(text.split()), *sorted(made)][:WORDS]


def rules() -> dict[str, list[str]]:
    """Return phrases by tag: words of the texts, pairs of them, and beginnings; one or two fit most texts."""
    words = [word for word in ENGLISH.split() if len(word) > 5]
    return {
        f"Tag {number}": [words[number], f"{words[number]} {words[number - 1]}", f"{words[number - 2]}ing*"]
        for number in range(TAGS)
    }


def write_file(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(generated(rows))
    print(f"{path.stat().st_size / 1e6:,.0f} MB of CSV, {rows:,} rows", file=sys.stderr)


def generated(rows: int) -> Iterator[list[object]]:
    chance = random.Random(7)
    weights = list(accumulate(1 / (place + 5) for place in range(WORDS)))  # Zipf's law
    languages = [vocabulary(text, chance) for text in (ENGLISH, GERMAN)]
    began = datetime(2024, 11, 1, tzinfo=UTC)
    for number in range(rows):
        spoken = chance.choices(languages[chance.random() < 0.15], cum_weights=weights, k=chance.randint(8, 60))
        spoken[0] = f"{spoken[0].capitalize()} {number}"
        text = " ".join(spoken) + chance.choice(".!?")
        if chance.random() < 0.05:
            text = text.replace(" ", "\n", 1) + ' "quoted", and more'
        customer = int(rows * chance.random() ** 2 / 8)
        is_named = chance.random() < 0.8
        yield [
            number,
            text,
            f"Product {chance.randrange(PRODUCTS)}",
            f"{chance.randrange(VERSIONS)}.0" if chance.random() < 0.5 else "",
            chance.choice(["", 1, 2, 3, 4, 5]),
            f"customer{customer}@example.org" if is_named else "",
            f"Customer {customer}" if is_named else "",
            f"Laboratory {customer % 500}" if is_named else "",
            (began + timedelta(seconds=chance.randrange(63_000_000))).isoformat(),
            chance.choice(["X-8", "X-9", "Y-1", ""]),
            chance.choice(["Berlin", "Basel", "Boston", ""]),
        ]


# --- the import -----------------------------------------------------------------------------------------------------


def measure(
    running: RunningPlatform, path: Path, options: argparse.Namespace, problems: list[str]
) -> dict[str, float | int]:
    began_at = time.monotonic()
    rss_kb, seconds = 0, 0.0
    if options.kill:
        rss_kb, seconds, _said = run_import(running, path, kill_at=options.rows // 2)
    again_kb, again_seconds, said = run_import(running, path)
    wait_settled(running)
    settled_seconds = time.monotonic() - began_at
    new, repeated, rejected = map(int, re.findall(r"\d+", said.splitlines()[-1]))
    [(there,)] = running.rows("SELECT count(*) FROM feedback_feedback")
    if (there, new + repeated, rejected) != (options.rows, options.rows, 0):
        problems.append(f"{there} rows are there; the import said {said.splitlines()[-1]}")
    code, found = running.check_queues()
    if code or found["quarantined"]:
        problems.append(f"check_queues: exit {code}, {found}")
    peak_mb = max(rss_kb, again_kb) / 1000
    if peak_mb > RSS_MB:
        problems.append(f"the import took {peak_mb:.0f} MB")
    [(pairs,)] = running.rows("SELECT count(*) FROM tagging_pair WHERE is_counted")
    return {
        "rows": options.rows,
        "pairs": pairs,
        "captured_seconds": round(seconds + again_seconds, 1),
        "settled_seconds": round(settled_seconds, 1),
        "captured_rows_per_s": round(options.rows / (seconds + again_seconds)),
        "end_to_end_rows_per_s": round(options.rows / settled_seconds),
        "peak_rss_mb": round(peak_mb, 1),
        "check_queues_exit": code,
    }


def run_import(running: RunningPlatform, path: Path, *, kill_at: int = 0) -> tuple[int, float, str]:
    """Run the command, killed at so many rows if told; return its peak in kB, its seconds, and what it said."""
    began_at = time.monotonic()
    log = path.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "import_feedback", str(path)],
            cwd=PROJECT_DIR,
            env=running.environment,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
        while kill_at and process.poll() is None:
            time.sleep(0.2)
            if running.rows("SELECT coalesce(sum(new_count), 0) FROM feedback_import")[0][0] >= kill_at:
                process.send_signal(signal.SIGKILL)
                break
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and not kill_at:
        raise RuntimeError(log.read_text()[-2000:])
    return used.ru_maxrss, time.monotonic() - began_at, log.read_text()


def wait_settled(running: RunningPlatform) -> None:
    """Wait until outbox and ledgers are empty: everything is read, tagged and folded.

    Asked twice a second on one connection whether a row is there at all: counting them takes from what is measured.
    """
    tables = ["core_outboxrow WHERE quarantined_at IS NULL", "tagging_ledgerrow", "tagging_volumeledgerrow"]
    connection = psycopg2.connect(running.paths.database_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            ends_at = time.monotonic() + 7200
            while time.monotonic() < ends_at:
                cursor.execute("SELECT " + " OR ".join(f"EXISTS (SELECT FROM {table})" for table in tables))
                if cursor.fetchone() == (False,):
                    return
                time.sleep(0.5)
    finally:
        connection.close()
    raise TimeoutError("outbox and ledgers are not empty after two hours")


# --- the COPY beside it ---------------------------------------------------------------------------------------------


def measure_copy(running: RunningPlatform, folder: Path) -> int:
    """Load what is there once more by COPY, with all indexes; return rows a second over both tables."""
    connection = psycopg2.connect(running.paths.database_url)
    try:
        with connection, connection.cursor() as cursor:
            columns = {table: _columns(cursor, table) for table in TABLES}
            for table, key in TABLES.items():
                with (folder / table).open("wb") as file:
                    cursor.copy_expert(
                        f"COPY (SELECT {columns[table]} FROM {table} ORDER BY {key}) TO STDOUT (FORMAT binary)", file
                    )
            cursor.execute("SELECT count(*) FROM feedback_feedback")
            rows = cursor.fetchone()[0]
            cursor.execute("SET audit.may_truncate = 'on'; TRUNCATE feedback_feedback CASCADE")
        began_at = time.monotonic()
        for table in TABLES:
            with connection, connection.cursor() as cursor, (folder / table).open("rb") as file:
                cursor.copy_expert(f"COPY {table} ({columns[table]}) FROM STDIN (FORMAT binary)", file)
        return round(rows / (time.monotonic() - began_at))
    finally:
        connection.close()


def _columns(cursor: psycopg2.extensions.cursor, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    )
    return str(cursor.fetchone()[0])


# --- the report -----------------------------------------------------------------------------------------------------


def report(figures: dict[str, float | int], problems: list[str], machine: dict[str, object]) -> None:
    print("\nA file, end to end")
    for name, value in machine.items():
        print(f"  {name:26} {value}")
    for name, value in figures.items():
        aim = AIMS.get(name)
        mark = "" if aim is None else f"(at least {aim:,}) {'ok' if value >= aim else 'MISSED'}"
        print(f"  {name:26} {value:>12,}  {mark}")
    for problem in problems:
        print(f"  WRONG: {problem}")


if __name__ == "__main__":
    sys.exit(main())
