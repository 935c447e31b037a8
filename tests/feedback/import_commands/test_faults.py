"""import_feedback killed, stopped, cut off, and its list."""

import os
import re
import signal
from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.feedback.imports import runner
from apps.feedback.models import Import
from apps.feedback.services import imports
from tests.factories import FeedbackFactory
from tests.feedback.import_commands.running import GOOD, HEADER, live, run

pytestmark = pytest.mark.django_db


def test_a_killed_import_goes_on_without_doubles(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    path, real, calls = write(GOOD), imports.capture_chunk, []

    def killed(**arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**arguments)

    monkeypatch.setattr(imports, "capture_chunk", killed)
    with pytest.raises(CommandError, match="run the same command again to go on"):
        run("import_feedback", path)
    stopped = Import.objects.get()
    assert (stopped.status, stopped.new_count, live()) == (Import.Status.FAILED, 3, 3)

    assert run("import_feedback", path)[-1] == "4 new, 3 repeated, 0 rejected"
    assert live() == 7


def test_a_term_signal_stops_it_like_ctrl_c(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    before, real = signal.getsignal(signal.SIGTERM), imports.capture_chunk

    def terminated(**arguments):
        result = real(**arguments)
        os.kill(os.getpid(), signal.SIGTERM)
        return result

    monkeypatch.setattr(imports, "capture_chunk", terminated)

    with pytest.raises(CommandError, match="run the same command again to go on"):
        run("import_feedback", write(GOOD))
    assert (Import.objects.get().status, live()) == (Import.Status.FAILED, 3)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    ("status", "minutes", "label"),
    [
        ("running", 4, "Running"),
        ("running", 6, "Stopped half-way?"),
        ("failed", 6, "Stopped half-way"),
        ("done", 6, "Done"),
    ],
)
def test_an_import_that_was_killed_is_not_listed_as_running(status, minutes, label):
    Import.objects.create(file_name="a.csv", status=status, fed_at=timezone.now() - timedelta(minutes=minutes))

    assert f"  {label}  a.csv" in run("list_imports")[0]


def test_each_chunk_shows_that_an_import_goes_on(product):
    long_ago = timezone.now() - timedelta(hours=1)
    row = Import.objects.create(file_name="a.csv", fed_at=long_ago)

    imports.capture_chunk(import_id=row.pk, captures=[], problems=[], column_of={})

    row.refresh_from_db()
    assert row.fed_at > long_ago


def test_undo_looks_at_each_row_once(product, monkeypatch):
    monkeypatch.setattr(imports, "UNDO_ROWS", 2)
    row = Import.objects.create(file_name="a.csv")
    ids = [FeedbackFactory(product=product, source_import=row).pk for _ in range(5)]

    with CaptureQueriesContext(connection) as queries:
        assert imports.undo_import(import_id=row.pk) == 5

    begins = [int(found[1]) for query in queries if (found := re.search(r'"id" > (\d+)', query["sql"]))]
    assert begins == [0, ids[1], ids[3], ids[4]]


def test_an_answer_lost_after_the_commit_is_not_counted_twice(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    monkeypatch.setattr(runner.connection, "close", lambda: None)
    monkeypatch.setattr(runner.time, "sleep", lambda _: None)
    real, calls = imports.capture_chunk, []

    def lost(**arguments):
        calls.append(1)
        result = real(**arguments)
        if len(calls) == 2:
            raise OperationalError("server closed the connection unexpectedly")
        return result

    monkeypatch.setattr(imports, "capture_chunk", lost)

    lines = run("import_feedback", write(GOOD))

    assert "The database does not answer; trying again." in lines
    assert lines[-1] == "7 new, 0 repeated, 0 rejected"
    assert (len(calls), live(), Import.objects.get().new_count) == (3, 7, 7)


@pytest.mark.django_db(transaction=True)
def test_a_connection_cut_in_the_middle_of_a_chunk_is_made_again(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    monkeypatch.setattr(runner.time, "sleep", lambda _: None)
    real, calls = imports.capture_batch, []

    def cut(captures):
        calls.append(1)
        result = real(captures)
        if len(calls) == 2:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return result

    monkeypatch.setattr(imports, "capture_batch", cut)

    lines = run("import_feedback", write(GOOD))

    assert "The database does not answer; trying again." in lines
    assert lines[-1] == "7 new, 0 repeated, 0 rejected"
    assert (len(calls), live()) == (4, 7)


def test_a_database_away_for_good_is_told_with_what_to_do(write, monkeypatch):
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 0.0)

    def away(**arguments):
        raise OperationalError("could not connect to server")

    monkeypatch.setattr(imports, "capture_chunk", away)

    with pytest.raises(CommandError, match=r"The database is away: .*run the same command again"):
        run("import_feedback", write(GOOD))
    assert Import.objects.get().status == Import.Status.FAILED


def test_long_texts_make_smaller_chunks(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_CHARACTERS", 100)
    real, sizes = imports.capture_chunk, []

    def counting(**arguments):
        sizes.append(len(arguments["captures"]))
        return real(**arguments)

    monkeypatch.setattr(imports, "capture_chunk", counting)
    rows = "".join(f"{n},{'x' * 60},Laser,2026-03-02,\n" for n in range(5))

    assert run("import_feedback", write(HEADER + rows))[-1] == "5 new, 0 repeated, 0 rejected"
    assert sizes == [2, 2, 1]


def test_an_import_undone_meanwhile_stops(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    real = imports.capture_chunk

    def undone(**arguments):
        result = real(**arguments)
        imports.undo_import(import_id=arguments["import_id"])
        return result

    monkeypatch.setattr(imports, "capture_chunk", undone)

    with pytest.raises(CommandError, match="was undone while it ran"):
        run("import_feedback", write(GOOD))
    assert (live(), Import.objects.get().status) == (0, Import.Status.UNDONE)


def test_imports_are_listed_newest_first(write):
    assert run("list_imports") == ["Nothing was imported yet."]
    run("import_feedback", write(GOOD))
    run("import_feedback", write(GOOD, "again.csv"))

    lines = [re.sub(r"^\d+  \S+ \S+", "ID WHEN", line) for line in run("list_imports")]

    assert lines == [
        "ID WHEN  Done  again.csv: 0 new, 7 repeated, 0 rejected",
        "ID WHEN  Done  a.csv: 7 new, 0 repeated, 0 rejected",
    ]


def test_queries_do_not_grow_with_the_rows_of_a_chunk(write, django_assert_max_num_queries):
    run("import_feedback", write(GOOD))
    many = HEADER + "".join(f"m{n},Row {n},Laser,2026-03-02,\n" for n in range(500))

    with django_assert_max_num_queries(16):
        run("import_feedback", write(many, "many.csv"))
