"""How a selection is found: which questions get candidates, and what no plan may do."""

import pytest
from django.db import connection

from apps.insight.services import read_feedback
from apps.workbench.browse import plans
from apps.workbench.browse.conditions import selection
from apps.workbench.browse.plans import Seek, Walk, choose_plan
from apps.workbench.browse.reading import BrowseFilter, browse_page
from tests.factories import CustomerFactory, FeedbackFactory, OrganisationFactory, TagFactory
from tests.workbench import corpus

pytestmark = pytest.mark.django_db


def plan_of(wanted: BrowseFilter, reader=None):
    return choose_plan(wanted, selection(reader, wanted))


@pytest.fixture
def spoken(product, scientist):
    """Six pieces, each third about a pump, with a tag, a customer and a language that few have."""
    made = [FeedbackFactory(product=product, text="pump leaks" if n % 3 == 0 else "stage drifts") for n in range(6)]
    rare = FeedbackFactory(product=product, customer=CustomerFactory(organisation=OrganisationFactory()))
    read_feedback([one.pk for one in [*made, rare]])
    corpus._state(rare.pk, TagFactory(name="Rare"), scientist, "confirmed")
    return [one.pk for one in made], rare


def test_what_is_rare_is_found_by_candidates(spoken):
    made, rare = spoken
    asked = {
        "customer": BrowseFilter(customers=(rare.customer_id,)),
        "organisation": BrowseFilter(organisations=(rare.customer.organisation_id,)),
        "tag": BrowseFilter(tags=("rare",)),
    }

    found = {name: plan_of(wanted) for name, wanted in asked.items()}

    assert found == dict.fromkeys(asked, Seek([rare.pk]))
    words = plan_of(BrowseFilter(q="pump"))
    assert isinstance(words, Seek)
    assert sorted(words.ids) == [made[0], made[3]]


def test_what_is_common_is_walked(spoken, monkeypatch):
    monkeypatch.setattr(plans, "SEEK_IDS", 1)
    common = [BrowseFilter(), BrowseFilter(q="drift"), BrowseFilter(languages=("unsure",)), BrowseFilter(ratings=(1,))]

    assert [isinstance(plan_of(wanted), Walk) for wanted in common] == [True] * 4


def test_an_estimate_never_says_that_a_word_is_absent(spoken, monkeypatch):
    monkeypatch.setattr(plans.search, "estimated_hits", lambda parsed: 0)
    rarely = browse_page(None, BrowseFilter(q="pump"))
    monkeypatch.setattr(plans.search, "estimated_hits", lambda parsed: 10**9)
    often = browse_page(None, BrowseFilter(q="pump"))

    assert [len(page.entries) for page in (rarely, often)] == [2, 2]
    assert browse_page(None, BrowseFilter(q="zebrafish")).entries == []


def test_words_that_only_say_what_must_not_be_there_also_find_what_nobody_read(spoken, product):
    made, rare = spoken
    unread = FeedbackFactory(product=product, text="pump")

    found = {entry.pk for entry in browse_page(None, BrowseFilter(q="-leaks")).entries}

    assert found == {unread.pk, rare.pk, *(one for place, one in enumerate(made) if place % 3)}


@pytest.mark.parametrize("q", ["%%%", '""', "or", "' or 1=1 --", "!!!", "\\", "a:*b", "\ud800", "-", "-!!"])
def test_no_words_are_an_error(spoken, q):
    page = browse_page(None, BrowseFilter(q=q))

    assert page.next_cursor is None


def test_nobody_is_told_of_a_search_for_what_they_may_not_read(spoken, scientist, monkeypatch):
    monkeypatch.setattr(plans, "COLUMN_WALK_ROWS", 2)

    page = browse_page(scientist, BrowseFilter(states=("spam",)))

    assert (page.entries, page.next_cursor, page.searched.is_everything) == ([], None, True)


# --- what the planner does with it: no timing, only plans ---------------------------------------------------------


def explained(wanted: BrowseFilter) -> str:
    feedback = selection(None, wanted).order_by(*plans.NEWEST).values_list("id", "listed_at")[:31]
    sql, params = plans.laid_over(choose_plan(wanted, feedback), feedback, window=20_000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows fit on one page
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(row[0] for row in cursor.fetchall())


def test_a_walk_follows_the_index_and_sorts_nothing(spoken, monkeypatch):
    monkeypatch.setattr(plans, "SEEK_IDS", 0)
    wanted = BrowseFilter(sentiments=("negative",), tags=("rare",), segments=("x",), q="pump", ratings=(1,))

    plan = explained(wanted)

    assert "using feedback_listed" in plan
    assert "Sort" not in plan
    assert "Hash" not in plan


@pytest.mark.parametrize("field", ["products", "versions"])
def test_one_product_or_version_is_walked_along_its_own_index(spoken, product, field):
    from tests.factories import ProductVersionFactory

    version = ProductVersionFactory(product=product)
    wanted = BrowseFilter(products=("aurora",)) if field == "products" else BrowseFilter(versions=(version.pk,))

    plan = explained(wanted)

    assert f"using feedback_{field.removesuffix('s')}_listed" in plan
    assert "Sort" not in plan


def test_candidates_are_looked_up_one_by_one(spoken):
    plan = explained(BrowseFilter(q="pump", tags=("rare",)))

    assert "Index Cond: (id = hit.id)" in plan  # of whichever index: with so few rows all cost the same
    assert "feedback_listed" not in plan
