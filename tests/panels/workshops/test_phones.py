"""Phones: what they send is kept once, and never more than they may; also when everything arrives at once."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from apps.core.errors import DomainError
from apps.panels.models import DotVote, Idea, Phase, Phone, Workshop
from apps.panels.workshops import grouping, phones, selectors, services
from apps.panels.workshops.errors import GoneError, LimitError, PhaseError
from apps.panels.workshops.phones import Target
from tests.panels.workshops.rooms import give, lead, make_group, make_idea, make_phone, make_workshop

pytestmark = pytest.mark.django_db


def at_once(*calls: Callable[[], object]) -> list[str]:
    """Run ``calls`` at the same moment; return the name of what each raised, "" for nothing."""
    gate, said = threading.Barrier(len(calls)), [""] * len(calls)

    def run(number: int) -> None:
        gate.wait()
        try:
            calls[number]()
        except (DomainError, ValidationError) as error:
            said[number] = type(error).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def numbers(workshop: Workshop) -> tuple[int, int]:
    workshop.refresh_from_db()
    return workshop.change_number, workshop.layout_number


def test_an_idea_sent_twice_is_kept_once_and_the_board_is_told() -> None:
    workshop = make_workshop()
    phone, _key = make_phone(workshop)
    before, layout = numbers(workshop)
    key = uuid.uuid4()

    ideas = [
        phones.contribute(workshop_id=workshop.pk, phone=phone, client_key=key, text=text)
        for text in ("  A  lens\ncap ", "Something else")
    ]

    assert ideas[0].pk == ideas[1].pk
    assert list(Idea.objects.values_list("text", "phone_id")) == [("A lens cap", phone.pk)]
    assert numbers(workshop) == (before + 1, layout)


@pytest.mark.parametrize("text", ["", " \n ", "\u200b", "x" * 501, "a\0b"])
def test_words_that_cannot_be_kept_are_refused(text: str) -> None:
    workshop = make_workshop()
    phone, _key = make_phone(workshop)

    with pytest.raises(ValidationError):
        phones.contribute(workshop_id=workshop.pk, phone=phone, client_key=uuid.uuid4(), text=text)

    assert Idea.objects.count() == 0


def test_another_phone_cannot_claim_a_key() -> None:
    workshop = make_workshop()
    idea = make_idea(workshop, phone=make_phone(workshop)[0])

    with pytest.raises(LimitError):
        phones.contribute(
            workshop_id=workshop.pk, phone=make_phone(workshop)[0], client_key=idea.client_key, text="Mine"
        )


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.VOTE, Phase.DECIDE, Phase.DONE])
def test_ideas_are_taken_until_the_vote_begins(phase: str) -> None:
    workshop = make_workshop()
    phone, _key = make_phone(workshop)
    make = {"workshop_id": workshop.pk, "phone": phone, "text": "Late"}
    lead(workshop, Phase.DISCUSS)
    phones.contribute(client_key=uuid.uuid4(), **make)
    lead(workshop, phase)

    with pytest.raises(PhaseError):
        phones.contribute(client_key=uuid.uuid4(), **make)

    assert Idea.objects.count() == 1


def test_a_phone_sends_no_more_than_it_may_and_hidden_ideas_count() -> None:
    workshop = make_workshop(ideas_each=2)
    phone, _key = make_phone(workshop)
    grouping.hide_idea(workshop_id=workshop.pk, idea_id=make_idea(workshop, phone=phone).pk)
    make_idea(workshop, phone=phone)
    make_idea(workshop)

    with pytest.raises(LimitError):
        phones.contribute(workshop_id=workshop.pk, phone=phone, client_key=uuid.uuid4(), text="One more")


def test_the_workshop_holds_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = make_workshop()
    phone, _key = make_phone(workshop)
    make_idea(workshop)
    monkeypatch.setattr(phones, "IDEAS_MOST", 1)
    monkeypatch.setattr(phones, "PHONES_MOST", 1)

    with pytest.raises(LimitError):
        phones.contribute(workshop_id=workshop.pk, phone=phone, client_key=uuid.uuid4(), text="One more")
    with pytest.raises(LimitError):
        make_phone(workshop)


def test_nobody_joins_what_is_over_but_who_joined_is_known() -> None:
    workshop = make_workshop()
    phone, _key = make_phone(workshop)
    lead(workshop, Phase.DONE)

    assert phones.join(workshop_id=workshop.pk, key_sha256=phone.key_sha256) == phone
    with pytest.raises(PhaseError):
        make_phone(workshop)


def test_a_vote_sent_twice_counts_once_and_taken_back_twice_is_gone_once() -> None:
    workshop = make_workshop(phase=Phase.VOTE)
    group = make_group(workshop, "Optics", "A lens cap")
    phone, _key = make_phone(workshop)
    key, target = uuid.uuid4(), Target(True, group.pk)
    give(workshop, phone, f"g{group.pk}")

    for _ in range(2):
        phones.vote(workshop_id=workshop.pk, phone=phone, client_key=key, target=target)
    assert DotVote.objects.count() == 2
    for _ in range(2):
        phones.take_back(workshop_id=workshop.pk, phone=phone, client_key=key)

    assert DotVote.objects.count() == 1
    assert not DotVote.objects.filter(client_key=key).exists()


def test_nobody_takes_anothers_vote_back() -> None:
    workshop = make_workshop(phase=Phase.VOTE)
    group = make_group(workshop, "Optics", "A lens cap")
    give(workshop, make_phone(workshop)[0], f"g{group.pk}")
    key = DotVote.objects.get().client_key

    phones.take_back(workshop_id=workshop.pk, phone=make_phone(workshop)[0], client_key=key)

    assert DotVote.objects.count() == 1


def test_votes_stand_on_groups_and_on_ideas_in_none_of_this_workshop_alone() -> None:
    workshop, other = make_workshop(phase=Phase.VOTE), make_workshop(phase=Phase.VOTE)
    group = make_group(workshop, "Optics", "A lens cap")
    loose, hidden = make_idea(workshop), make_idea(workshop)
    grouping.hide_idea(workshop_id=workshop.pk, idea_id=hidden.pk)
    grouped = Idea.objects.get(text="A lens cap")
    foreign, foreign_group = make_idea(other), make_group(other, "Optics")
    phone, _key = make_phone(workshop)

    give(workshop, phone, f"i{loose.pk}")
    for target in (f"i{hidden.pk}", f"i{grouped.pk}", f"i{foreign.pk}", f"g{foreign_group.pk}", "g0"):
        with pytest.raises(GoneError):
            give(workshop, phone, target)

    assert selectors.dots_of(workshop) == {f"i{loose.pk}": 1}
    assert group.pk


@pytest.mark.parametrize("text", ["", "x1", "g", "g-1", "g1x", "g" + "9" * 19, "g²"])
def test_what_is_no_target_is_none(text: str) -> None:
    assert Target.read(text) is None


def test_a_phone_gives_no_more_than_it_has_nor_than_one_may_get() -> None:
    workshop = make_workshop(phase=Phase.VOTE, votes_each=3, votes_per_idea=2)
    first, second = (make_group(workshop, title) for title in ("Optics", "Software"))
    phone, _key = make_phone(workshop)
    give(workshop, phone, f"g{first.pk}", times=2)

    with pytest.raises(LimitError):
        give(workshop, phone, f"g{first.pk}")
    give(workshop, phone, f"g{second.pk}")
    with pytest.raises(LimitError):
        give(workshop, phone, f"g{second.pk}")

    assert selectors.dots_of(workshop) == {f"g{first.pk}": 2, f"g{second.pk}": 1}


def test_a_dot_on_an_idea_taken_off_the_board_is_free_again_and_comes_back_only_where_there_is_room() -> None:
    workshop = make_workshop(phase=Phase.VOTE, votes_each=2, votes_per_idea=2)
    loose, group = make_idea(workshop), make_group(workshop, "Optics", "A lens cap")
    phone, _key = make_phone(workshop)
    give(workshop, phone, f"i{loose.pk}", times=2)

    grouping.hide_idea(workshop_id=workshop.pk, idea_id=loose.pk)
    assert selectors.own_dots(phone) == []
    give(workshop, phone, f"g{group.pk}")
    grouping.show_idea(workshop_id=workshop.pk, idea_id=loose.pk)

    assert len(selectors.own_dots(phone)) == 2


@pytest.mark.django_db(transaction=True)
def test_at_once_a_phone_never_exceeds_its_votes_and_repeats_count_once() -> None:
    workshop = make_workshop(phase=Phase.VOTE, votes_each=2, votes_per_idea=1)
    first, second, third = (make_group(workshop, title) for title in ("Optics", "Software", "Service"))
    phone, _key = make_phone(workshop)
    key = uuid.uuid4()

    def vote(group_id: int, client_key: uuid.UUID | None = None) -> Callable[[], None]:
        return lambda: phones.vote(
            workshop_id=workshop.pk,
            phone=phone,
            client_key=client_key or uuid.uuid4(),
            target=Target(True, group_id),
        )

    said = at_once(vote(first.pk, key), vote(first.pk, key), vote(first.pk, key))
    assert said == ["", "", ""]
    assert DotVote.objects.count() == 1
    said = at_once(vote(first.pk), vote(second.pk), vote(third.pk), vote(second.pk))

    assert sorted(said) == ["", "LimitError", "LimitError", "LimitError"]
    assert DotVote.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_at_once_an_idea_is_kept_once_and_a_phone_sends_no_more_than_it_may() -> None:
    workshop = make_workshop(ideas_each=3)
    phone, _key = make_phone(workshop)
    before = numbers(workshop)[0]
    key = uuid.uuid4()

    def send(client_key: uuid.UUID) -> Callable[[], object]:
        return lambda: phones.contribute(workshop_id=workshop.pk, phone=phone, client_key=client_key, text="An idea")

    assert at_once(*[send(key)] * 4) == [""] * 4
    assert Idea.objects.count() == 1
    said = at_once(*[send(uuid.uuid4()) for _ in range(4)])

    assert sorted(said) == ["", "", "LimitError", "LimitError"]
    assert Idea.objects.count() == 3
    assert numbers(workshop)[0] >= before + 3
    assert Phone.objects.count() == 1


def test_a_vote_that_came_too_late_is_refused_whole() -> None:
    workshop = make_workshop(phase=Phase.VOTE)
    group = make_group(workshop, "Optics")
    phone, _key = make_phone(workshop)
    services.set_phase(workshop_id=workshop.pk, phase=Phase.DECIDE)
    before = numbers(workshop)

    with pytest.raises(PhaseError):
        give(workshop, phone, f"g{group.pk}")

    assert (DotVote.objects.count(), numbers(workshop)) == (0, before)
