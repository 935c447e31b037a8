"""Parts of a score: none of fewer than three voices is shown, and none can be had by subtraction."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.priorities import scoring
from apps.priorities.disclosure import OTHERS, TOGETHER, disclosed, shown_parts, too_few
from apps.priorities.scoring import CellFacts, Part, PolicyFacts

TODAY = date(2026, 3, 2)
POLICY = PolicyFacts(
    half_life_days=30,
    anonymous_weight=0.5,
    anonymous_daily_cap=20,
    unhappy_weight=0.5,
    importance_weight=0.5,
    against_weight=1.0,
    repeat_weight=0.5,
    counts_organisations=False,
    landmark_on=TODAY,
)
NONE = CellFacts(0, TODAY, *[0] * (len(CellFacts._fields) - 2))


def split(**voices: int) -> list[tuple[str, float]]:
    """Show parts with these voices, each worth ten times as much."""
    parts = [Part(label, 10.0 * count, 0.1) for label, count in voices.items()]
    shown = shown_parts(parts, lambda labels: sum(voices[label] for label in labels))
    return [(part.label, part.value) for part in shown]


@pytest.mark.parametrize(
    ("voices", "shown"),
    [
        ({"a": 5, "b": 3}, [("a", 50), ("b", 30)]),
        ({"a": 5, "b": 2, "c": 1}, [("a", 50), (OTHERS, 30)]),
        ({"a": 5, "b": 3, "c": 1}, [("a", 50), (OTHERS, 40)]),  # one small part: with the next smallest
        ({"a": 9, "b": 1, "c": 1}, [(TOGETHER, 110)]),
        ({"a": 4, "b": 5, "c": 6, "d": 2}, [("b", 50), ("c", 60), (OTHERS, 60)]),
        ({"a": 2, "b": 1}, [(TOGETHER, 30)]),
        ({"a": 3}, [("a", 30)]),
        ({}, []),
    ],
)
def test_small_parts_go_into_others(voices, shown):
    assert split(**voices) == shown


@given(st.lists(st.integers(0, 8), max_size=7))
def test_every_part_shown_and_what_is_left_of_the_sum_has_three_voices(counts):
    voices = {f"part {index}": count for index, count in enumerate(counts)}
    parts = [Part(label, float(count), 0.0) for label, count in voices.items()]

    shown = shown_parts(parts, lambda labels: sum(voices[label] for label in labels))

    assert sum(part.value for part in shown) == sum(counts)
    if sum(counts) >= 3:  # each value is the number of its voices
        assert all(part.value >= 3 for part in shown)


def explained(*cells: CellFacts, policy: PolicyFacts = POLICY) -> scoring.Explanation:
    names = {1: "Academia", 2: "Industry"}
    whole = scoring.explain(cells, policy, as_of=TODAY, segment_names=names)
    return disclosed(whole, cells, policy, segment_label=lambda pk: names.get(pk, "No segment"))


def test_each_partition_is_folded_and_still_adds_up():
    cells = [
        NONE._replace(segment_id=1, feedback_count=5, customer_count=5, customer_unhappy=1),
        NONE._replace(segment_id=2, feedback_count=4, customer_count=4),
        NONE._replace(day=TODAY - timedelta(days=8), feedback_count=1, customer_count=1, customer_importance=3),
    ]

    why = explained(*cells)

    assert [part.label for part in why.by_segment] == ["Academia", OTHERS]
    assert [part.label for part in why.by_recency] == [TOGETHER]
    assert [part.label for part in why.by_sentiment] == [TOGETHER]
    for parts in (why.by_segment, why.by_recency, why.by_sentiment):
        assert sum(part.value for part in parts) == pytest.approx(why.subtotal)


def test_kinds_of_the_same_voice_are_not_counted_twice():
    one = NONE._replace(
        feedback_count=4, customer_count=1, customer_unhappy=1, customer_importance=3, customer_against=1
    )
    many = NONE._replace(segment_id=1, feedback_count=6, customer_count=6)

    assert [part.label for part in explained(one, many).by_sentiment] == [TOGETHER]


def test_organisations_are_counted_where_the_policy_does():
    cell = NONE._replace(feedback_count=9, customer_count=9, organisation_count=2)

    assert explained(cell).by_segment != []
    assert explained(cell, policy=replace(POLICY, counts_organisations=True)).by_segment == []


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([], set()),
        ([0, 5, 4], set()),
        ([1, 5, 9], {0, 1}),
        ([2, 1, 9], {0, 1}),
        ([0, 2, 0], {1}),
        ([1, 1, 7, 8], {0, 1, 2}),
    ],
)
def test_few_pieces_are_hidden_and_never_left_over(counts, hidden):
    assert too_few(counts) == hidden
