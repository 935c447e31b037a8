import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tagging.phrases import Rule, TaggableText, compile_phrases, fold, match_texts, parse_phrase


def fits(phrase: str, text: str) -> bool:
    return compile_phrases([phrase]).matches(text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("delay", "A DELAY again"),
        ("delay", "#delay"),
        ("delay", "(delay)!"),
        ("delay", "flight_delay"),
        ("delay", "delay"),
        ("  Lost   Luggage ", "my lost\n\tluggage"),
        ("Verspätung", "die VERSPATUNG"),
        ("verspatung", "Verspa\u0308tung heute"),
        ("straße", "STRASSE"),
        ("Øresund", "oresund"),
        ("can't connect", "I can\u2019t connect"),
        ("e-mail", "by e\u2011mail"),
        ("C++", "the C++ library"),
        ("c++", "(c++)"),
        ("24/7", "open 24/7."),
        (".*", "a .hidden file"),
        ("delay*", "delayed"),
        ("delay*", "#Delays"),
        ("delay*", "delay"),
        ("late flight*", "two late flights"),
        ("校准", "仪器又失去了校准"),
        (":(", "oh no :("),
        ("de\u200blay", "delay"),
        ("İstanbul", "istanbul"),
        ("지연*", "배송이 지연되었습니다"),
    ],
)
def test_phrase_fits(phrase, text):
    assert fits(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("delay", "delayed"),
        ("delay", "undelay"),
        ("delay*", "undelayed"),
        ("lost luggage", "lost my luggage"),
        ("lost luggage", "lost luggages"),
        ("late flight*", "chocolate flights"),
        ("late flight", "a chocolate flight was late"),
        ("flight late", "flight lately, late flight"),
        ("c++", "c"),
        ("a.c", "abc"),
        ("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        ("", "anything"),
        ("  ", "any  thing"),
        ("*", "anything"),
        (" * ", "anything *"),
        ("지연", "배송이 지연되었습니다"),
    ],
)
def test_phrase_does_not_fit(phrase, text):
    assert not fits(phrase, text)


def test_an_exclusion_wins_wherever_it_stands():
    matcher = compile_phrases(["delay*", "late"], ["not late", "no delay*"])

    assert [matcher.matches(text) for text in ("late again", "not late", "late but no delays", "nothing")] == [
        True,
        False,
        False,
        False,
    ]


def test_rules_are_told_by_id_in_their_order_and_only_of_their_product():
    rules = [
        Rule(30, ("delay",)),
        Rule(10, ("delay",), product_id=1),
        Rule(20, ("delay",), product_id=2),
        Rule(40, ("delay",), ("lost",)),
        Rule(50, ()),
    ]
    texts = [
        TaggableText("delay", 1),
        TaggableText("delay", None),
        TaggableText("lost by delay", 2),
        TaggableText(""),
    ]

    assert match_texts(rules, texts) == [[30, 10, 40], [30, 40], [30, 20], []]
    assert match_texts([], texts) == [[], [], [], []]
    assert match_texts(rules, []) == []


@pytest.mark.parametrize("phrase", ["a", "a*", "a a a", "a a*", "aa aa aa b", "((", "(( x"])
@pytest.mark.parametrize("text", ["a" * 20_000, "a " * 10_000, "(" * 20_000, "aa " * 6_000, "\u0301" * 20_000])
def test_a_hostile_text_takes_no_time(phrase, text):
    matcher = compile_phrases([phrase], [phrase + "x"])
    began = time.process_time()

    matcher.matches(text)

    assert time.process_time() - began < 0.5


def test_thousands_of_phrases_cost_little_per_text():
    rules = [Rule(n, tuple(f"word{n}x{m} again" for m in range(50)), (f"never{n}*",)) for n in range(100)]
    texts = [TaggableText("the word7x3 again was shown on the display of the instrument")] * 1_000
    match_texts(rules, texts[:1])
    began = time.process_time()

    found = match_texts(rules, texts)

    assert found == [[7]] * 1_000
    assert time.process_time() - began < 1


# --- against a naive oracle ---

LETTERS = st.text(alphabet="abÄäß é-'#*_. (+\n校准", max_size=12)


def naive_fits(phrase: str, text: str) -> bool:
    """The same promise by one regular expression: slower, and read at a glance."""
    word = r"[^\W_校准]"
    folded, has_any_ending = parse_phrase(phrase)
    if not folded:
        return False
    before = f"(?<!{word})" if re.match(word, folded) else ""
    after = f"(?!{word})" if re.match(word, folded[-1]) and not has_any_ending else ""
    return re.search(before + re.escape(folded) + after, fold(text)) is not None


@given(LETTERS, LETTERS)
def test_one_phrase_agrees_with_the_naive_reading(phrase, text):
    assert fits(phrase, text) == naive_fits(phrase, text)


@given(
    st.lists(st.tuples(st.lists(LETTERS, max_size=3), st.lists(LETTERS, max_size=2)), max_size=4),
    st.lists(LETTERS),
)
def test_many_rules_agree_with_the_naive_reading(raw_rules, texts):
    rules = [Rule(n, tuple(phrases), tuple(exclusions)) for n, (phrases, exclusions) in enumerate(raw_rules)]

    expected = [
        [
            rule.id
            for rule in rules
            if any(naive_fits(phrase, text) for phrase in rule.phrases)
            and not any(naive_fits(phrase, text) for phrase in rule.exclusions)
        ]
        for text in texts
    ]

    assert match_texts(rules, [TaggableText(text) for text in texts]) == expected


@given(st.text(), st.text(max_size=30))
def test_any_unicode_is_taken_and_a_phrase_fits_itself(text, phrase):
    fits(phrase, text)

    assert fits(phrase, phrase) == bool(parse_phrase(phrase).text)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
