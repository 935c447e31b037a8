"""Whom a note names."""

import time

from apps.accounts.models import User
from apps.dialogue.mentions import cut_at_mentions, find_mentions

ANN = User(pk=1, name="Ann", email="ann@example.com")
ANN_LEE = User(pk=2, name="Ann Lee", email="ann.lee@example.com")
JURGEN = User(pk=3, name="Jürgen Groß", email="jg@example.org")
PEOPLE = [ANN, ANN_LEE, JURGEN]


def test_the_longest_name_wins():
    assert find_mentions("@Ann Lee and @ann, please", PEOPLE) == [ANN_LEE, ANN]


def test_a_name_is_found_by_address_and_in_any_case():
    assert find_mentions("(@ann.lee) @JÜRGEN GROSS; @jg@example.org", PEOPLE) == [ANN_LEE, JURGEN]


def test_an_address_or_a_longer_word_is_no_mention():
    assert find_mentions("mail ann@example.com, @Annabel, @Ann-Marie", PEOPLE) == []


def test_a_name_of_two_people_is_nobodys():
    twin = User(pk=9, name="Ann", email="other@example.com")

    assert find_mentions("@Ann @other", [ANN, twin]) == [twin]


def test_segments_join_to_the_text():
    text = "Ask @Ann Lee.\n@Ann <b>"

    segments = cut_at_mentions(text, PEOPLE)

    assert "".join(segment.text for segment in segments) == text
    assert [segment.text for segment in segments if segment.is_mention] == ["@Ann Lee", "@Ann"]


def test_a_note_full_of_at_signs_costs_little_however_many_people_there_are():
    people = [User(pk=pk, name=f"Person Number {pk}", email=f"person.number{pk}@example.com") for pk in range(2000)]

    started = time.process_time()
    found = find_mentions("@" * 4000 + " @Person Number 7", people)

    assert [person.pk for person in found] == [7]
    assert time.process_time() - started < 1
