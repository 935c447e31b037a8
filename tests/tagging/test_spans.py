"""Taggings of spans: where they stand, that they count once, and what becomes of them when the words are erased."""

import pytest

from apps.core import lanes, outbox
from apps.core.errors import DomainError
from apps.feedback.services import redact
from apps.priorities.check import compare_levels
from apps.tagging import services, spans
from apps.tagging.models import KeywordRule, LedgerRow, Pair, Source, Tagging, TaggingState
from apps.tagging.rules import Match, state_matches
from apps.tagging.spans import Span
from tests.factories import FeedbackFactory, TagFactory, UserFactory

TEXT = "The stage drifts. It drifts after an hour.\nMy 🔬 is fine, though."


# --- pure ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quoted", "found"),
    [
        ("after an hour", "after an hour"),
        (" “after  an\nHOUR.” ", "after an hour."),
        ("hour. My 🔬", "hour.\nMy 🔬"),
        ("It drifts", "It drifts"),
        (".", None),
        ("drifts", None),
        ("the pump", None),
        (" “” ", None),
        (".*", None),
    ],
)
def test_a_quotation_is_found_by_its_words_where_it_stands_once(quoted, found):
    if found is None:
        with pytest.raises(DomainError):
            spans.find(TEXT, quoted)
    else:
        assert spans.find(TEXT, quoted).words(TEXT) == found


def test_a_span_has_no_blanks_at_its_ends_and_all_of_the_text_is_none():
    assert spans.within(TEXT, Span(3, 10)) == Span(4, 9)
    assert spans.within(TEXT, Span(0, len(TEXT))) is None
    for start, end in ((-1, 4), (4, 4), (5, 4), (0, len(TEXT) + 1), (3, 4)):
        with pytest.raises(DomainError):
            spans.within(TEXT, Span(start, end))


def test_sentences_are_offered_that_can_be_found_again():
    assert spans.sentences(TEXT) == ["The stage drifts.", "It drifts after an hour.", "My 🔬 is fine, though."]
    assert spans.sentences("Yes. Yes. No, never.") == []
    assert all(spans.find(TEXT, one).words(TEXT) for one in spans.sentences(TEXT))


def test_cut_words_join_to_the_text_and_overlap():
    pieces = spans.cut("abcdef", [Span(0, 4), Span(2, 6)], at=[5])

    assert [(one.text, one.covers, one.begins, one.ends) for one in pieces] == [
        ("ab", (0,), (0,), ()),
        ("cd", (0, 1), (1,), (0,)),
        ("e", (1,), (), ()),
        ("f", (1,), (), (1,)),
    ]
    assert [one.text for one in spans.cut("abc", [])] == ["abc"]


# --- statements ---------------------------------------------------------------------------------------------------


def told(feedback) -> list[tuple]:
    rows = Tagging.objects.filter(feedback=feedback).order_by("span_start", "id")
    return [(row.span_start, row.span_end, row.state) for row in rows]


def contributions(feedback) -> tuple[int, int]:
    """How many pairs count, and what the ledger sums to."""
    counted = Pair.objects.filter(feedback=feedback, is_counted=True).count()
    return counted, sum(LedgerRow.objects.filter(feedback_id=feedback.pk).values_list("sign", flat=True))


@pytest.mark.django_db
def test_two_spans_and_a_tagging_of_the_whole_are_one_contribution():
    feedback, tag, user = FeedbackFactory(text=TEXT), TagFactory(), UserFactory()
    first, second = Span(4, 9), Span(10, 16)

    for _ in range(2):
        for span in (first, second, None, Span(0, len(TEXT))):
            services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=span)

    assert told(feedback) == [(4, 9, "confirmed"), (10, 16, "confirmed"), (None, None, "confirmed")]
    assert contributions(feedback) == (1, 1)


@pytest.mark.django_db
def test_a_rejected_span_leaves_the_pair_counted_while_another_is_confirmed():
    feedback, tag, user, other = FeedbackFactory(text=TEXT), TagFactory(), UserFactory(), UserFactory()
    first, second = (
        services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=span)
        for span in (Span(4, 9), Span(10, 16))
    )

    for _ in range(2):
        services.reject_span(tagging=first, user=other)
    assert contributions(feedback) == (1, 1)

    services.reject_span(tagging=second, user=other)
    assert contributions(feedback) == (0, 0)
    assert {state for _, _, state in told(feedback)} == {"rejected"}

    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=Span(4, 9))
    assert contributions(feedback) == (1, 1)


@pytest.mark.django_db
def test_a_person_who_says_the_tag_does_not_fit_ends_its_spans_and_no_rule_brings_it_back():
    feedback, tag, user = FeedbackFactory(text=TEXT), TagFactory(), UserFactory()
    rule = KeywordRule.objects.create(tag=tag, phrases=["drifts"])
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=Span(4, 9))

    services.reject_tag(feedback_id=feedback.pk, tag=tag, user=UserFactory())

    assert state_matches([Match(feedback.pk, tag.pk, rule.pk)]) == 0
    assert contributions(feedback) == (0, 0)


@pytest.mark.django_db
def test_a_rejected_span_says_nothing_of_the_whole_to_a_rule():
    feedback, tag, user = FeedbackFactory(text=TEXT), TagFactory(), UserFactory()
    rule = KeywordRule.objects.create(tag=tag, phrases=["drifts"])
    span = services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=Span(4, 9))
    services.reject_span(tagging=span, user=user)

    assert state_matches([Match(feedback.pk, tag.pk, rule.pk)]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("span", [Span(0, len(TEXT) + 1), Span(9, 4), Span(3, 4)])
def test_a_span_outside_the_words_is_refused_and_nothing_said(span):
    feedback = FeedbackFactory(text=TEXT)

    with pytest.raises(DomainError):
        services.confirm_tag(feedback_id=feedback.pk, tag=TagFactory(), user=UserFactory(), span=span)

    assert (told(feedback), contributions(feedback)) == ([], (0, 0))


@pytest.mark.django_db
def test_erased_words_take_their_spans_along_and_the_counts_stay():
    feedback, tag, other_tag, user = FeedbackFactory(text=TEXT), TagFactory(), TagFactory(), UserFactory()
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=Span(4, 9), importance=2)
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=Span(10, 16), is_against=True)
    gone = services.confirm_tag(feedback_id=feedback.pk, tag=other_tag, user=user, span=Span(10, 16))
    services.reject_span(tagging=gone, user=user)
    lanes.settle()
    before = list(Pair.objects.filter(feedback=feedback).order_by("tag").values())

    for _ in range(2):
        redact([feedback.pk])
        outbox.drain("tagging.rebook_feedback")

    assert told(feedback) == [(None, None, "confirmed")]
    assert list(Pair.objects.filter(feedback=feedback).order_by("tag").values()) == before
    kept = Tagging.objects.get(feedback=feedback)
    assert (kept.tag, kept.source, kept.importance, kept.is_against) == (tag, Source.PERSON, 2, True)
    lanes.settle()
    assert compare_levels().is_equal
    with pytest.raises(DomainError, match="erased"):
        services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=Span(0, 1))


@pytest.mark.django_db
def test_erasing_confirms_the_whole_where_a_span_was_confirmed_and_the_whole_was_not():
    feedback, tag, user = FeedbackFactory(text=TEXT), TagFactory(), UserFactory()
    services.reject_tag(feedback_id=feedback.pk, tag=tag, user=user)
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, span=Span(4, 9))

    redact([feedback.pk])
    outbox.drain("tagging.rebook_feedback")

    assert told(feedback) == [(None, None, TaggingState.CONFIRMED)]
    assert contributions(feedback) == (1, 1)
