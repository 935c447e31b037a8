"""Facets and counts: equal to counting by hand, or marked as estimates, and never of what the reader may not open."""

from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog.models import Visibility
from apps.workbench.browse import counts, facet_counts, facets, plans, reading
from apps.workbench.browse.filters import ContextPair
from apps.workbench.browse.reading import BrowseFilter, Facet
from tests.factories import CustomerFactory, FeedbackFactory, OrganisationFactory, ProductFactory, TagFactory
from tests.workbench import corpus

pytestmark = pytest.mark.django_db


def options_by_hand(company, reader: str, wanted: BrowseFilter, facet: Facet) -> dict[str, int]:
    """Count each option by putting it into the filter, in the place of what the facet itself narrows."""
    return {
        option.value: len(company.found(reader, with_option(wanted, facet, option.value))) for option in facet.options
    }


def with_option(wanted: BrowseFilter, facet: Facet, value: str) -> BrowseFilter:
    if facet.key == "month":
        return wanted.with_(since=date.fromisoformat(f"{value}-01"), until=corpus.last_day(value))
    if facet.key.startswith("context:"):
        field, _, said = value.partition(":")
        others = tuple(pair for pair in wanted.context if pair.field != field)
        return wanted.with_(context=(*others, ContextPair(field, said)))
    if facet.key == "tag" and wanted.tags_mode == "all":
        return wanted.with_value("tag", value)
    return wanted.without(facet.key).with_value(facet.key, value)


def test_any_facet_counts_what_its_option_would_leave(company, plan):
    @settings(max_examples=30, deadline=None)
    @given(corpus.filters(company), st.sampled_from(corpus.READERS))
    def check(wanted, reader):
        # All of some tags, or untagged: one more tag narrows the first half only, which no single count can say.
        if wanted.tags_mode == "all" and wanted.is_untagged:
            return
        for facet in reading.facets(company.readers[reader], wanted):
            shown = {option.value: option.count for option in facet.options}

            assert shown == options_by_hand(company, reader, wanted, facet), facet.key
            assert not facet.is_estimate

    check()


def test_everything_that_occurs_is_an_option(company):
    shown = {facet.key: facet for facet in reading.facets(None, BrowseFilter())}
    found = [one for one in company.said if one.feedback_id in company.found("key", BrowseFilter())]

    assert list(shown) == [
        "product", "version", "tag", "team", "channel", "sentiment", "rating", "segment", "organisation", "language",
        "context:instrument", "context:site", "month",
    ]  # fmt: skip
    assert {option.value for option in shown["rating"].options} == {str(one.rating) for one in found if one.rating}
    assert {option.value for option in shown["tag"].options} == {*corpus.ABOVE, "untagged"}
    assert [option.label for option in shown["month"].options][:2] == ["January 2026", "February 2026"]
    assert sum(option.count for option in shown["month"].options) == len(found)


def test_an_option_links_to_itself_added_or_taken_out(scientist, product):
    FeedbackFactory(product=product, rating=2)
    wanted = BrowseFilter.from_query(QueryDict("rating=2&rating=3&since=2026-03-01&until=2026-03-31")).wanted

    shown = {facet.key: facet.options for facet in reading.facets(scientist, wanted)}

    days = "since=2026-03-01&until=2026-03-31"
    assert [(one.value, one.count, one.is_selected, one.query) for one in shown["rating"]] == [
        ("2", 1, True, f"rating=3&{days}"),
        ("3", 0, True, f"rating=2&{days}"),
    ]
    assert [(one.value, one.is_selected, one.query) for one in shown["month"]] == [
        ("2026-03", True, "rating=2&rating=3")
    ]
    assert shown["product"][0].query == f"product=aurora&rating=2&rating=3&{days}"


def test_a_facet_does_not_tell_of_what_the_reader_may_not_open(scientist, product):
    FeedbackFactory(product=product, rating=1)
    hidden = ProductFactory(name="Secret project", slug="secret")
    FeedbackFactory(product=hidden, rating=5, visibility=Visibility.TEAM, context={"codename": "Canary"})

    shown = reading.facets(scientist, BrowseFilter())

    assert "Secret" not in str(shown)
    assert "Canary" not in str(shown)
    assert [option.value for facet in shown if facet.key == "rating" for option in facet.options] == ["1"]
    assert reading.count(scientist, BrowseFilter()) == reading.Count(1)


def test_an_organisation_asked_for_by_number_keeps_its_name(scientist, product):
    open_one, closed_one = OrganisationFactory(name="Open Labs"), OrganisationFactory(name="Secret Labs")
    FeedbackFactory(product=product, customer=CustomerFactory(organisation=open_one))
    FeedbackFactory(customer=CustomerFactory(organisation=closed_one), visibility=Visibility.RESTRICTED)
    wanted = BrowseFilter(organisations=(open_one.pk, closed_one.pk), ratings=(1,))

    shown = str(reading.facets(scientist, wanted))

    assert "Open Labs" in shown
    assert "Secret Labs" not in shown


def test_a_facet_of_many_shows_the_most_frequent_and_what_is_selected(scientist, product, monkeypatch):
    monkeypatch.setattr(facets, "OPTIONS_SHOWN", 2)
    for rating, amount in ((1, 3), (2, 2), (3, 1), (4, 1)):
        for _ in range(amount):
            FeedbackFactory(product=product, rating=rating)

    shown = next(one for one in reading.facets(scientist, BrowseFilter(ratings=(4,))) if one.key == "rating")

    assert [(option.value, option.count) for option in shown.options] == [("1", 3), ("2", 2), ("4", 1)]
    assert shown.has_more


def test_beyond_the_newest_facets_are_marked_as_estimates(company, monkeypatch):
    monkeypatch.setattr(plans, "SEEK_IDS", 0)
    monkeypatch.setattr(facet_counts, "FACET_ROWS", 20)
    monkeypatch.setattr(facets, "FACET_ROWS", 20)

    shown = reading.facets(company.readers["administrator"], BrowseFilter())

    assert {(facet.is_estimate, facet.searched_rows) for facet in shown} == {(True, 20)}
    newest = company.found("administrator", BrowseFilter(states=("live", "spam", "held")))[:20]
    live = [one for one in company.said if one.feedback_id in newest and one.state == "live"]
    channels = next(facet for facet in shown if facet.key == "channel")
    assert {option.value: option.count for option in channels.options} == {
        channel: sum(one.channel == channel for one in live) for channel in {one.channel for one in live}
    }


def test_a_tag_counts_with_those_below_it_once_for_each_feedback(scientist, product):
    above = TagFactory(name="Hardware")
    below = [TagFactory(name=name, parent=above) for name in ("Pump", "Laser")]
    feedback = FeedbackFactory(product=product)
    for tag in below:
        corpus._state(feedback.pk, tag, scientist, "confirmed")

    shown = next(one for one in reading.facets(scientist, BrowseFilter()) if one.key == "tag")

    assert {option.value: option.count for option in shown.options} == {"hardware": 1, "pump": 1, "laser": 1}


# --- counts -------------------------------------------------------------------------------------------------------


def test_any_count_is_exact_where_all_is_looked_at(company, plan):
    @settings(max_examples=30, deadline=None)
    @given(corpus.filters(company), st.sampled_from(corpus.READERS))
    def check(wanted, reader):
        assert reading.count(company.readers[reader], wanted) == reading.Count(len(company.found(reader, wanted)))

    check()


def test_beyond_the_newest_a_count_is_an_estimate(company, monkeypatch):
    monkeypatch.setattr(plans, "SEEK_IDS", 0)
    monkeypatch.setattr(counts, "COUNT_ROWS", 60)
    reader = company.readers["administrator"]

    assert reading.count(reader, BrowseFilter()).kind == "about"
    few = reading.count(reader, BrowseFilter(ratings=(5,)))
    assert few.kind == "at_least"
    assert 0 < few.number <= len(company.found("administrator", BrowseFilter(ratings=(5,))))


def test_counts_read_as_people_say_them():
    said = [str(reading.Count(1234)), str(reading.Count(12000, "about")), str(reading.Count(7, "at_least"))]

    assert said == ["1,234", "about 12,000", "7 or more"]
    assert [counts._two_digits(number) for number in (7, 99, 994, 123_456)] == [7, 99, 990, 120_000]
