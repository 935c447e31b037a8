from datetime import UTC, datetime
from io import StringIO
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection

from apps.core import outbox
from apps.core.models import OutboxRow
from apps.feedback.models import Feedback
from apps.insight import services
from apps.insight.models import Reading, SearchDocument
from apps.insight.reader import LexiconReader
from tests.factories import FeedbackFactory, ProductFactory

GOOD = "The new objective works great, thank you so much!"
BAD = "Der Messkopf ist leider schon wieder ausgefallen."


@pytest.fixture(autouse=True)
def published(monkeypatch):
    """What insight published, whoever subscribes."""
    calls: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(outbox, "publish", lambda topic, ids: calls.append((topic, list(ids))))
    return calls


def readings() -> list[tuple[int, str, str]]:
    return list(Reading.objects.order_by("feedback_id").values_list("feedback_id", "language", "sentiment"))


@pytest.mark.django_db
def test_reading_writes_reading_and_document_and_publishes(published):
    good, bad = FeedbackFactory(text=GOOD), FeedbackFactory(text=BAD)

    count = services.read_feedback([bad.id, good.id, good.id])

    assert count == 2
    assert readings() == [(good.id, "en", "positive"), (bad.id, "de", "negative")]
    assert SearchDocument.objects.count() == 2
    assert published == [("insight.read", [good.id, bad.id])]


@pytest.mark.django_db
def test_reading_twice_reads_once(published):
    feedback = FeedbackFactory(text=GOOD)
    services.read_feedback([feedback.id])

    assert services.read_feedback([feedback.id]) == 0
    assert len(published) == 1
    assert services.read_feedback([feedback.id], is_forced=True) == 1


@pytest.mark.django_db
def test_reading_passes_over_ids_that_are_gone(published):
    feedback = FeedbackFactory()

    assert services.read_feedback([feedback.id + 1_000_000, feedback.id]) == 1
    assert services.read_feedback([feedback.id + 1_000_000]) == 0
    assert services.read_feedback([]) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_reading_costs_six_queries(count, django_assert_num_queries):
    ids = [FeedbackFactory().id for _ in range(count)]

    with django_assert_num_queries(7):  # with the savepoint and its release, without the publishing
        services.read_feedback(ids)


@pytest.mark.django_db
def test_redacted_text_leaves_no_word_and_counts_as_before(published):
    feedback = FeedbackFactory(text=BAD)
    services.read_feedback([feedback.id])
    assert "ausgefall" in str(SearchDocument.objects.values_list("document", flat=True).get())
    # Redacted by a clock behind the database's: emptied all the same.
    Feedback.objects.filter(id=feedback.id).update(text="", redacted_at=datetime(2001, 1, 1, tzinfo=UTC))

    for is_forced in (False, True):
        services.read_feedback([feedback.id], is_forced=is_forced)

    assert SearchDocument.objects.values_list("document", flat=True).get() == ""
    assert readings() == [(feedback.id, "de", "negative")]
    assert [ids for _, ids in published if ids] == [[feedback.id]]


@pytest.mark.django_db
def test_text_redacted_before_anybody_read_it_is_read_as_blank():
    feedback = FeedbackFactory(text="", redacted_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert (services.read_feedback([feedback.id]), services.read_feedback([feedback.id])) == (1, 0)
    assert readings() == [(feedback.id, "", "neutral")]


@pytest.mark.django_db
def test_another_version_leaves_readings_of_redacted_feedback_alone():
    redacted = FeedbackFactory(text=BAD)
    services.read_feedback([redacted.id])
    Feedback.objects.filter(id=redacted.id).update(text="", redacted_at=datetime(2026, 1, 1, tzinfo=UTC))
    Reading.objects.update(reader_version="older")

    assert list(services.rebuild()) == []
    assert [done for _, done in services.rebuild(is_forced=True)] == [0]
    assert readings() == [(redacted.id, "de", "negative")]


@pytest.mark.django_db
def test_product_name_carries_no_sentiment():
    feedback = FeedbackFactory(
        text="I visited Happy Wonderful Best", product=ProductFactory(name="Happy Wonderful Best")
    )

    services.read_feedback([feedback.id])

    assert Reading.objects.get().sentiment == "neutral"


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["x" * 20_000, "wort " * 4_000, "😡" * 20_000, "' \\ : & | ! %s %(x)s", ""])
def test_any_text_gets_a_document(text):
    feedback = FeedbackFactory(text=text)

    services.read_feedback([feedback.id])

    assert SearchDocument.objects.filter(feedback=feedback).count() == 1


@pytest.mark.django_db
def test_every_text_search_config_exists():
    from apps.insight.search import _CONFIGS, QUERY_CONFIGS

    with connection.cursor() as cursor:
        cursor.execute("SELECT cfgname FROM pg_ts_config")
        known = {name for (name,) in cursor.fetchall()}
    assert {*_CONFIGS.values(), *QUERY_CONFIGS} <= known


@pytest.mark.django_db
def test_rebuild_reads_what_is_unread_or_of_an_older_version(monkeypatch):
    old, new = FeedbackFactory(text=GOOD), FeedbackFactory(text=GOOD)
    unread = FeedbackFactory(text=BAD)
    services.read_feedback([old.id, new.id])
    Reading.objects.filter(feedback=old).update(reader_version="older", sentiment="negative")
    Reading.objects.filter(feedback=new).update(sentiment="neutral")  # to see whether it is read
    monkeypatch.setattr(services, "CHUNK_IDS", 1)

    out = StringIO()
    call_command("rebuild_insight", stdout=out)

    assert [sentiment for _, _, sentiment in readings()] == ["positive", "neutral", "negative"]
    assert set(Reading.objects.values_list("reader_version", flat=True)) == {LexiconReader.version}
    assert out.getvalue().splitlines() == [
        f"1 read, up to feedback {old.id}",
        f"2 read, up to feedback {unread.id}",
        "Done: 2 read.",
    ]


@pytest.mark.django_db
def test_rebuild_of_all_begins_after_the_given_id():
    first, second = FeedbackFactory(text=GOOD), FeedbackFactory(text=GOOD)
    services.read_feedback([first.id, second.id])
    Reading.objects.update(sentiment="negative")

    call_command("rebuild_insight", all=True, after=first.id, stdout=StringIO())

    assert [sentiment for _, _, sentiment in readings()] == ["negative", "positive"]


@pytest.mark.django_db(transaction=True)
def test_readers_at_once_end_with_one_reading_each(published):
    ids = [FeedbackFactory(text=GOOD).id for _ in range(50)]
    errors: list[Exception] = []

    def read(some: list[int]) -> None:
        try:
            services.read_feedback(some, is_forced=True)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=read, args=(some,)) for some in (ids, ids[::-1], ids[25:], ids[:25][::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert [reading[0] for reading in readings()] == ids


@pytest.mark.django_db
def test_captured_and_changed_feedback_reaches_the_reader(monkeypatch):
    monkeypatch.undo()  # the real outbox
    feedback = FeedbackFactory(text=GOOD)
    for topic in ("feedback.captured", "feedback.changed"):
        outbox.publish(topic, [feedback.id])

    subscribers = OutboxRow.objects.filter(subscriber__startswith="insight.").values_list("subscriber", "payload")

    assert sorted((name, payload["ids"]) for name, payload in subscribers) == [
        ("insight.captured", [feedback.id]),
        ("insight.changed", [feedback.id]),
    ]
    outbox.drain("insight.captured")
    assert readings() == [(feedback.id, "en", "positive")]
