import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.feedback.models import Feedback
from apps.insight import services
from apps.insight.search import Segment, highlight, matching
from tests.factories import FeedbackFactory, ProductFactory


@pytest.fixture
def product(db):
    return ProductFactory()


def capture(product, *texts: str) -> None:
    services.read_feedback([FeedbackFactory(product=product, text=text).id for text in texts])


def found(q: str) -> list[str]:
    return sorted(matching(Feedback.objects.all(), q).values_list("text", flat=True))


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ("delay", "Our flights were delayed twice this week"),
        ("delays", "Our flights were delayed twice this week"),
        ("Verspätungen", "Die Verspätung der Lieferung ist ärgerlich"),
        ("verspatung", "Die Verspätung der Lieferung ist ärgerlich"),
        ("étalonnages", "L'étalonnage du capteur est perdu encore une fois"),
        ("X-200", "The X-200 stops after an hour of measuring"),
        ("the", "Replace the lamp and the filter of it"),
        ('"lamp and the filter"', "Replace the lamp and the filter of it"),
        ("lamp or nothing", "Replace the lamp and the filter of it"),
        ("delayed", "delayed again"),
        ("校准", "校准"),
    ],
)
def test_search_finds_stems_accents_codes_and_phrases(product, q, text):
    capture(product, text, "Something else entirely was written here")

    assert found(q) == [text]


def test_search_wants_all_words_and_no_excluded_one(product):
    both, one = "The laser drifts and the pump leaks badly", "The laser drifted after the first hour"
    capture(product, both, one)

    assert found("laser drift") == sorted([both, one])
    assert found("laser pump") == [both]
    assert found("laser -pump") == [one]
    assert found("laser -pumps") == [one]  # the stem is excluded in every language
    assert found("-pump") == [one]
    assert found('laser -"pump leaks"') == [one]


@pytest.mark.parametrize("q", ["", "   ", "\0", "\u2003"])
def test_a_blank_query_changes_nothing(product, q):
    capture(product, "one text here", "two text here")

    assert found(q) == ["one text here", "two text here"]


@pytest.mark.parametrize(
    "q",
    [
        "%" * 1_000,
        "word " * 10_000,
        "' OR 1=1 --",
        "a & | ! ( ) <-> :* \\ '",
        '"' * 501,
        "-" * 500,
        '-"',
        "\ud800",
        "a\0b",
        "<script>alert(1)</script>",
        "or or or",
        "😡",
        "x" * 20_000,
        "%s %(q)s {0}",
    ],
)
def test_any_query_is_harmless(product, q):
    capture(product, "a plain text about nothing much")

    assert len(found(q)) <= 1
    assert "".join(segment.text for segment in highlight("a plain text", q)) == "a plain text"


def test_search_keeps_the_filters_of_its_queryset(product):
    capture(product, "The laser drifts a little")
    capture(ProductFactory(), "The laser drifts a lot")

    queryset = Feedback.objects.filter(product=product)

    assert [feedback.text for feedback in matching(queryset, "laser")] == ["The laser drifts a little"]


def test_highlight_marks_stems_and_leaves_markup_alone():
    assert highlight("Delayed: <b>Delays</b> and dales", "delay -and") == [
        Segment("Delayed", is_match=True),
        Segment(": <b>", is_match=False),
        Segment("Delays", is_match=True),
        Segment("</b> and dales", is_match=False),
    ]


def test_highlight_does_not_mark_every_word_that_begins_alike():
    assert highlight("A cat in a catalogue", "cat") == [
        Segment("A ", is_match=False),
        Segment("cat", is_match=True),
        Segment(" in a catalogue", is_match=False),
    ]


@given(st.text(max_size=200), st.text(max_size=40))
def test_highlight_keeps_the_text(text, q):
    assert "".join(segment.text for segment in highlight(text, q)) == text
