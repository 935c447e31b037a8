"""Pages of a selection: every plan finds what the filter means, no more, no less, in order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog.models import Visibility
from apps.feedback.models import Feedback, FeedbackState
from apps.workbench.browse import plans, reading
from apps.workbench.browse.filters import PARAMETERS, UNTAGGED
from apps.workbench.browse.reading import BrowseFilter, browse_page, neighbours
from tests.factories import CustomerFactory, FeedbackFactory
from tests.workbench import corpus

pytestmark = pytest.mark.django_db


def walked(reader, wanted: BrowseFilter, limit: int) -> list[int]:
    """Go through all pages; none may be overfull, and only one that was not searched through may be short."""
    found, cursor = [], None
    while True:
        page = browse_page(reader, wanted, cursor, limit)
        found += [entry.pk for entry in page.entries]
        assert len(page.entries) <= limit
        if page.next_cursor is None:
            assert page.searched.is_everything
            return found
        assert len(page.entries) == limit or not page.searched.is_everything
        cursor = reading.parse_cursor(str(page.next_cursor))


def test_page_by_page_any_filter_finds_what_it_means(company, plan):
    @settings(max_examples=40, deadline=None)
    @given(corpus.filters(company), st.sampled_from(corpus.READERS), st.integers(3, 40))
    def check(wanted, reader, limit):
        assert walked(company.readers[reader], wanted, limit) == company.found(reader, wanted)

    check()


def test_one_filter_alone_finds_what_it_means(company, plan):
    """Random filters hold so many conditions that one that is not obeyed might hide behind the others."""
    drawn = {
        "product": ["product=aurora"], "version": [f"version={company.said[1].version}"], "q": ["q=laser"],
        "tag": ["tag=hardware", "tag=untagged", "tag=manual&tag=untagged"],
        "tags": ["tag=hardware&tag=manual&tags=all"],
        "below": ["tag=hardware&below=no"], "team": ["team=east", "team=west&team=east"], "channel": ["channel=widget"],
        "sentiment": ["sentiment=positive"], "rating": ["rating=2&rating=5"], "unhappy": ["unhappy=yes"],
        "segment": ["segment=academia"],
        "organisation": [f"organisation={company.said[0].organisation or company.said[5].organisation}"],
        "customer": [f"customer={company.said[5].customer}"], "language": ["language=fr", "language=unsure"],
        "context": ["context=instrument:X-1", "context=instrument:X-1&context=instrument:X-2&context=site:Lab 0"],
        "form": [], "import": [], "state": ["state=spam", "state=held&state=live"], "visibility": ["visibility=team"],
        "identity": ["identity=claimed"], "since": ["since=2026-04-01"], "until": ["until=2026-02-28"],
        "order": ["order=oldest"],
    }  # fmt: skip
    assert drawn.keys() >= set(PARAMETERS)
    for query in (query for queries in drawn.values() for query in queries):
        wanted, problems = BrowseFilter.from_query(QueryDict(query))
        for reader in corpus.READERS:
            assert walked(company.readers[reader], wanted, 30) == company.found(reader, wanted), query
        assert problems == {}, query
        assert 0 < len(company.found("administrator", wanted)) < corpus.PIECES, query


def test_any_filter_survives_its_query_string(company):
    @settings(max_examples=40, deadline=None)
    @given(corpus.filters(company))
    def check(wanted):
        parsed = BrowseFilter.from_query(QueryDict(wanted.to_query()))

        is_backwards = wanted.since and wanted.until and wanted.until < wanted.since
        assert parsed.wanted == wanted
        assert set(parsed.problems) == ({"until"} if is_backwards else set())

    check()


def test_no_query_string_is_an_error():
    @settings(max_examples=100, deadline=None)
    @given(st.dictionaries(st.sampled_from([*PARAMETERS, "x"]), st.lists(st.text(max_size=20), max_size=3)))
    def check(said):
        query = QueryDict(mutable=True)
        for name, values in said.items():
            query.setlist(name, values)

        wanted, problems = BrowseFilter.from_query(query)

        assert BrowseFilter.from_query(QueryDict(wanted.to_query())).wanted == wanted
        assert set(problems) <= {*said, "until"}

    check()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("x=1", ["x"]), ("product=nope", ["product"]), ("product=a%20b", ["product"]), ("version=0", ["version"]),
        ("version=99999999999999999999", ["version"]), ("rating=6", ["rating"]), ("rating=%D9%A3", ["rating"]),
        ("context=nothing", ["context"]), ("context=:x", ["context"]), ("since=2026-13-01", ["since"]),
        ("since=2026-W01-1", ["since"]), ("since=2026-02-02&until=2026-01-01", ["until"]), ("q=a&q=b", ["q"]),
        ("q=" + "a" * 201, ["q"]), ("q=a%00b", ["q"]), ("tags=some", ["tags"]), ("unhappy=no", ["unhappy"]),
        ("order=-id", ["order"]),
        ("&".join(f"organisation={n}" for n in range(1, 40)), ["organisation"]),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_and_left_out(query, names):
    wanted, problems = BrowseFilter.from_query(QueryDict(query))

    assert sorted(problems) == names
    assert names in (["q"], ["until"]) or wanted.is_everything


def test_facet_links_add_and_take_away():
    wanted = BrowseFilter(q="pump", tags=("a",), is_untagged=True, ratings=(1,), since=date(2026, 1, 1))

    assert wanted.toggled("rating", "2").to_query() == "q=pump&tag=a&tag=untagged&rating=1&rating=2&since=2026-01-01"
    assert wanted.toggled("rating", "1") == replace(wanted, ratings=())
    assert wanted.without("tag", UNTAGGED) == replace(wanted, is_untagged=False)
    assert wanted.without("tag") == replace(wanted, tags=(), is_untagged=False)
    assert wanted.with_value("q", "laser").q == "laser"
    assert wanted.without("since").since is None
    assert BrowseFilter(order="oldest").is_everything
    assert not wanted.is_everything


def test_a_clock_that_is_ahead_does_not_stay_on_top(scientist, product):
    ahead = FeedbackFactory(
        product=product,
        captured_at=datetime(2039, 1, 1, tzinfo=UTC),
        received_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    newer = FeedbackFactory(product=product, captured_at=datetime(2026, 3, 2, tzinfo=UTC))

    page = browse_page(scientist, BrowseFilter())

    assert [entry.pk for entry in page.entries] == [newer.pk, ahead.pk]
    assert Feedback.objects.get(pk=ahead.pk).listed_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_page_that_found_too_little_says_how_far_it_looked(scientist, product, monkeypatch):
    monkeypatch.setattr(plans, "COLUMN_WALK_ROWS", 3)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    made = [FeedbackFactory(product=product, rating=1 + (n > 0), captured_at=start + timedelta(n)) for n in range(5)]

    first = browse_page(scientist, BrowseFilter(ratings=(1,)))
    second = browse_page(scientist, BrowseFilter(ratings=(1,)), first.next_cursor)

    assert first.entries == []
    assert first.searched == reading.Searched(is_everything=False, rows=3, back_to=made[2].captured_at)
    assert ([entry.pk for entry in second.entries], second.next_cursor) == ([made[0].pk], None)


def test_neighbours_are_those_of_the_list(company, plan):
    for order in ("newest", "oldest"):
        wanted = BrowseFilter(ratings=(2, 3, 4), order=order)
        ids = company.found("scientist", wanted)
        for place, feedback_id in enumerate(ids):
            before, after = neighbours(company.readers["scientist"], wanted, Feedback.objects.get(pk=feedback_id))

            assert (before.pk if before else None) == (ids[place - 1] if place else None)
            assert (after.pk if after else None) == (ids[place + 1] if place + 1 < len(ids) else None)


def test_around_is_the_same_product_in_the_days_before_and_after(scientist, product):
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    feedback = FeedbackFactory(product=product, captured_at=noon)
    near = [FeedbackFactory(product=product, captured_at=noon + timedelta(days=d)) for d in (-3, 3)]
    for days in (-4, 4):
        FeedbackFactory(product=product, captured_at=noon + timedelta(days=days))
    FeedbackFactory(captured_at=noon)
    FeedbackFactory(product=product, captured_at=noon, visibility=Visibility.RESTRICTED)
    FeedbackFactory(product=product, captured_at=noon, state=FeedbackState.SPAM)

    found = reading.around(scientist, Feedback.objects.get(pk=feedback.pk))

    assert [entry.pk for entry in found] == [near[1].pk, near[0].pk]


def test_a_timeline_is_what_one_customer_said(scientist, product):
    customer = CustomerFactory()
    older, newer = (FeedbackFactory(product=product, customer=customer, captured_on=date(2026, 3, d)) for d in (1, 2))
    FeedbackFactory(product=product, customer=customer, visibility=Visibility.RESTRICTED)
    FeedbackFactory(product=product, customer=CustomerFactory())

    assert [entry.pk for entry in reading.timeline_of(scientist, customer.pk)] == [newer.pk, older.pk]


@pytest.mark.parametrize("amount", [1, 3])
def test_a_page_costs_the_same_for_one_row_and_three(product, scientist, amount, django_assert_num_queries):
    for _ in range(amount):
        FeedbackFactory(product=product, customer=CustomerFactory())

    with django_assert_num_queries(5):  # roles, places, rows, taggings, what lies beyond
        page = browse_page(scientist, BrowseFilter())
        for entry in page.entries:
            assert (str(entry.customer), reading.distinct_tags(entry)) == ("A customer", [])

    assert len(page.entries) == amount
