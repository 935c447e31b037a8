"""The score's arithmetic, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.priorities import scoring
from apps.priorities.scoring import CellFacts, PolicyFacts

TODAY = date(2026, 3, 30)
POLICY = PolicyFacts(
    half_life_days=30,
    anonymous_weight=0.5,
    anonymous_daily_cap=20,
    unhappy_weight=0.5,
    importance_weight=0.5,
    against_weight=1.0,
    repeat_weight=0.0,
    counts_organisations=False,
    landmark_on=date(2026, 1, 1),
    segment_weights={1: 3.0, 2: 1.0},
)


def cell(**fields) -> CellFacts:
    return CellFacts(**{**dict.fromkeys(CellFacts._fields, 0), "day": TODAY, **fields})


def test_a_voice_halves_with_each_half_life():
    cells = [cell(customer_count=8, feedback_count=8, day=TODAY - timedelta(days=60))]

    assert scoring.subtotal(cells, POLICY, as_of=TODAY) == pytest.approx(2.0)


def test_a_hundred_repeats_of_one_customer_stay_below_twenty_customers():
    repeats = [cell(feedback_count=100, customer_count=1)]
    customers = [cell(feedback_count=20, customer_count=20)]

    assert scoring.subtotal(repeats, POLICY, as_of=TODAY) == 1.0
    assert scoring.subtotal(customers, POLICY, as_of=TODAY) == 20.0


def test_a_hundred_anonymous_posts_of_a_day_stay_below_twenty_customers():
    anonymous = [cell(feedback_count=100, anonymous_count=100)]

    assert scoring.subtotal(anonymous, POLICY, as_of=TODAY) == 10.0


def test_a_voice_against_counts_nothing_by_default():
    assert scoring.subtotal([cell(feedback_count=1, customer_count=1, customer_against=1)], POLICY, as_of=TODAY) == 0.0


def test_organisations_are_counted_where_the_policy_says_so():
    policy = PolicyFacts(**{**POLICY.__dict__, "counts_organisations": True})

    assert scoring.subtotal([cell(feedback_count=9, customer_count=9, organisation_count=2)], policy, as_of=TODAY) == 2


@st.composite
def cells(draw) -> CellFacts:
    customers = draw(st.integers(0, 50))
    organisations = draw(st.integers(0, customers))
    anonymous = draw(st.integers(0, 50))
    return cell(
        segment_id=draw(st.integers(0, 3)),
        day=TODAY - timedelta(days=draw(st.integers(0, 800))),
        feedback_count=anonymous + customers + draw(st.integers(0, 50)),
        anonymous_count=anonymous,
        customer_count=customers,
        customer_unhappy=draw(st.integers(0, customers)),
        customer_importance=draw(st.integers(0, 3 * customers)),
        customer_against=draw(st.integers(0, customers)),
        organisation_count=organisations,
        organisation_unhappy=draw(st.integers(0, organisations)),
        organisation_importance=draw(st.integers(0, 3 * organisations)),
        organisation_against=draw(st.integers(0, organisations)),
    )


@given(st.lists(cells(), max_size=30), st.booleans())
def test_each_partition_sums_to_the_subtotal(facts, counts_organisations):
    policy = PolicyFacts(**{**POLICY.__dict__, "counts_organisations": counts_organisations})

    explanation = scoring.explain(facts, policy, as_of=TODAY, alignment=1.5, effort="large")

    for parts in (explanation.by_segment, explanation.by_recency, explanation.by_sentiment):
        assert sum(part.value for part in parts) == pytest.approx(explanation.subtotal, rel=1e-9, abs=1e-9)
    assert explanation.score == pytest.approx(explanation.subtotal * 1.5 * 0.8)


@given(st.lists(cells(), max_size=10), st.lists(cells(), max_size=10), st.integers(0, 4000))
def test_the_ranking_does_not_depend_on_the_moment(one, other, days_later):
    def lead(as_of: date) -> float:
        return scoring.subtotal(one, POLICY, as_of=as_of) - scoring.subtotal(other, POLICY, as_of=as_of)

    now, later = lead(TODAY), lead(TODAY + timedelta(days=days_later))

    assert later == pytest.approx(now * 2 ** (-days_later / POLICY.half_life_days), rel=1e-6, abs=1e-9)
