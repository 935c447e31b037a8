"""What moderators do: opening, phases, order on the board, decisions. Each works, twice, and is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from apps.panels.afterwards.selectors import summary_of
from apps.panels.models import DotVote, Idea, IdeaGroup, Phase, ResearchSession, SessionState, Workshop
from apps.panels.workshops import codes, grouping, phones, selectors, services
from apps.panels.workshops.errors import GoneError, LimitError, PhaseError, WorkshopError
from tests.panels.workshops.rooms import give, lead, make_group, make_idea, make_phone, make_session, make_workshop

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def board(workshop: Workshop) -> dict[str, list[str]]:
    """Every group's title with its ideas' words; "" for the ideas in none."""
    shown = selectors.board_of(workshop, with_dots=False)
    found = {column.group.title: [card.text for card in column.ideas] for column in shown.columns if column.group}
    return found | {"": [card.text for card in shown.loose.ideas]}


def test_a_code_is_readable_and_read_however_it_is_typed() -> None:
    code = codes.make_code()

    assert len(code) == 6
    assert codes.read_code(f" {code[:3].lower()}-{code[3:]} ") == code
    assert [codes.read_code(text) for text in ("", "AAAAAA", code + "C", code[:5], "\uff10" * 6)] == [""] * 5


def test_a_session_gets_one_workshop_however_often_it_is_opened() -> None:
    session = make_session()

    made = [services.open_workshop(session=session, question=text) for text in ("What  slows you?", "Something")]

    assert made[0] == made[1]
    assert (made[1].question, made[1].phase, len(made[1].code)) == ("What slows you?", Phase.CLOSED, 6)


def test_a_code_that_is_taken_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = make_workshop().code
    made = iter([taken, taken, "CDFHJK"])
    monkeypatch.setattr(services, "make_code", lambda: next(made))

    assert services.open_workshop(session=make_session(), question="Why?").code == "CDFHJK"


def test_opening_is_refused_for_a_cancelled_session_and_for_numbers_that_cannot_be() -> None:
    with pytest.raises(WorkshopError):
        services.open_workshop(session=make_session(state=SessionState.CANCELLED), question="Why?")
    for wrong in ({"question": " "}, {"votes_each": 0}, {"votes_per_idea": 4}, {"votes_each": 21}, {"ideas_each": 0}):
        with pytest.raises(ValidationError):
            services.open_workshop(session=make_session(), **{"question": "Why?", **wrong})

    assert Workshop.objects.count() == 0


def test_votes_only_grow_once_some_were_given() -> None:
    workshop = make_workshop(phase=Phase.VOTE)
    group = make_group(workshop, "Optics")
    change = {"workshop_id": workshop.pk, "question": "Why?", "votes_per_idea": 2, "ideas_each": 9}
    services.change_workshop(votes_each=2, **change)
    give(workshop, make_phone(workshop)[0], f"g{group.pk}")

    with pytest.raises(WorkshopError):
        services.change_workshop(votes_each=2, **{**change, "votes_per_idea": 1})
    services.change_workshop(votes_each=5, **change)

    workshop.refresh_from_db()
    assert (workshop.votes_each, workshop.votes_per_idea, workshop.question) == (5, 2, "Why?")


def test_a_phase_has_a_timer_that_does_nothing_by_itself() -> None:
    workshop = make_workshop(phase=Phase.CLOSED)

    services.set_phase(workshop_id=workshop.pk, phase=Phase.GATHER, minutes=5, now=NOON)

    workshop.refresh_from_db()
    assert (workshop.phase, workshop.phase_ends_at) == (Phase.GATHER, NOON + timedelta(minutes=5))
    assert selectors.seconds_left(workshop, now=NOON + timedelta(minutes=4)) == 60
    assert selectors.seconds_left(workshop, now=NOON + timedelta(minutes=9)) == 0
    services.set_phase(workshop_id=workshop.pk, phase=Phase.GROUP)
    workshop.refresh_from_db()
    assert (workshop.phase_ends_at, workshop.layout_number) == (None, 2)
    for wrong in ({"phase": "x"}, {"phase": Phase.VOTE, "minutes": 0}, {"phase": Phase.VOTE, "minutes": 241}):
        with pytest.raises(ValidationError):
            services.set_phase(workshop_id=workshop.pk, **wrong)


def test_ideas_move_into_groups_and_out_and_twice_is_once() -> None:
    workshop = make_workshop(phase=Phase.GROUP)
    ideas = [make_idea(workshop, text) for text in ("a", "b", "c")]
    ids = [idea.pk for idea in ideas]

    for _ in range(2):
        group = grouping.create_group(workshop_id=workshop.pk, title=" Optics ", idea_ids=[ids[2]])
    for _ in range(2):
        grouping.move_ideas(workshop_id=workshop.pk, idea_ids=ids[:2], group_id=group.pk)
    assert board(workshop) == {"Optics": ["c", "a", "b"], "": []}
    grouping.move_ideas(workshop_id=workshop.pk, idea_ids=[ids[2]], group_id=None)

    assert board(workshop) == {"Optics": ["a", "b"], "": ["c"]}


def test_nothing_of_another_workshop_is_moved_nor_into_its_groups() -> None:
    workshop, other = make_workshop(phase=Phase.GROUP), make_workshop(phase=Phase.GROUP)
    foreign, mine = make_idea(other, "theirs"), make_idea(workshop, "mine")
    theirs, ours = make_group(other, "Theirs"), make_group(workshop, "Ours")

    grouping.move_ideas(workshop_id=workshop.pk, idea_ids=[foreign.pk], group_id=ours.pk)
    with pytest.raises(GoneError):
        grouping.move_ideas(workshop_id=workshop.pk, idea_ids=[mine.pk], group_id=theirs.pk)
    for change in (grouping.hide_idea,):
        with pytest.raises(GoneError):
            change(workshop_id=workshop.pk, idea_id=foreign.pk)
    grouping.show_idea(workshop_id=workshop.pk, idea_id=foreign.pk)
    grouping.remove_group(workshop_id=workshop.pk, group_id=theirs.pk)
    with pytest.raises(GoneError):
        grouping.merge_groups(workshop_id=workshop.pk, group_id=ours.pk, into_id=theirs.pk)
    with pytest.raises(GoneError):
        services.decide(workshop_id=workshop.pk, group_id=theirs.pk, words="x", was="")

    assert board(other) == {"Theirs": [], "": ["theirs"]}
    assert board(workshop) == {"Ours": [], "": ["mine"]}


def test_a_merge_takes_ideas_dots_and_decisions_along_and_no_phone_has_too_many() -> None:
    workshop = make_workshop(phase=Phase.VOTE, votes_each=4, votes_per_idea=2)
    first, second = make_group(workshop, "Optics", "a"), make_group(workshop, "Lenses", "b")
    one, two = make_phone(workshop)[0], make_phone(workshop)[0]
    give(workshop, one, f"g{first.pk}", times=2)
    give(workshop, one, f"g{second.pk}", times=2)
    give(workshop, two, f"g{second.pk}")
    lead(workshop, Phase.DISCUSS)
    services.decide(workshop_id=workshop.pk, group_id=second.pk, words="Buy one", was="")

    for _ in range(2):
        grouping.merge_groups(workshop_id=workshop.pk, group_id=second.pk, into_id=first.pk)

    assert board(workshop) == {"Optics": ["a", "b"], "": []}
    assert selectors.dots_of(workshop) == {f"g{first.pk}": 3}
    assert [len(selectors.own_dots(phone)) for phone in (one, two)] == [2, 1]
    assert IdeaGroup.objects.get().decision == "Buy one"
    with pytest.raises(ValidationError):
        grouping.merge_groups(workshop_id=workshop.pk, group_id=first.pk, into_id=first.pk)


def test_dots_of_an_idea_go_with_it_into_its_group() -> None:
    workshop = make_workshop(phase=Phase.VOTE, votes_each=3, votes_per_idea=1)
    idea, group = make_idea(workshop, "a"), make_group(workshop, "Optics")
    phone = make_phone(workshop)[0]
    give(workshop, phone, f"i{idea.pk}")
    give(workshop, phone, f"g{group.pk}")
    lead(workshop, Phase.GROUP)

    grouping.move_ideas(workshop_id=workshop.pk, idea_ids=[idea.pk], group_id=group.pk)

    assert selectors.dots_of(workshop) == {f"g{group.pk}": 1}
    assert DotVote.objects.count() == 1


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.VOTE, Phase.DECIDE, Phase.DONE])
def test_the_board_is_still_while_people_vote_on_it(phase: str) -> None:
    workshop = make_workshop(phase=Phase.GROUP)
    idea, group, other = make_idea(workshop, "a"), make_group(workshop, "Optics"), make_group(workshop, "Other")
    lead(workshop, phase)
    refused = [
        lambda: grouping.create_group(workshop_id=workshop.pk, title="New"),
        lambda: grouping.move_ideas(workshop_id=workshop.pk, idea_ids=[idea.pk], group_id=group.pk),
        lambda: grouping.merge_groups(workshop_id=workshop.pk, group_id=group.pk, into_id=other.pk),
        lambda: grouping.remove_group(workshop_id=workshop.pk, group_id=group.pk),
    ]

    for change in refused:
        with pytest.raises(PhaseError):
            change()

    assert board(workshop) == {"Optics": [], "Other": [], "": ["a"]}


def test_groups_are_named_ordered_and_removed_when_empty() -> None:
    workshop = make_workshop(phase=Phase.GROUP)
    first, second = make_group(workshop, "Optics"), make_group(workshop, "Software", "a")

    grouping.rename_group(workshop_id=workshop.pk, group_id=first.pk, title="Lenses")
    grouping.order_group(workshop_id=workshop.pk, group_id=second.pk, steps=-1)
    grouping.order_group(workshop_id=workshop.pk, group_id=second.pk, steps=-1)
    assert list(board(workshop)) == ["Software", "Lenses", ""]
    with pytest.raises(WorkshopError):
        grouping.rename_group(workshop_id=workshop.pk, group_id=first.pk, title="software")
    with pytest.raises(WorkshopError):
        grouping.remove_group(workshop_id=workshop.pk, group_id=second.pk)
    for _ in range(2):
        grouping.remove_group(workshop_id=workshop.pk, group_id=first.pk)

    assert board(workshop) == {"Software": ["a"], "": []}


def test_there_is_an_end_to_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = make_workshop(phase=Phase.GROUP)
    make_group(workshop, "Optics")
    monkeypatch.setattr(grouping, "GROUPS_MOST", 1)

    assert grouping.create_group(workshop_id=workshop.pk, title="OPTICS").title == "Optics"
    with pytest.raises(LimitError):
        grouping.create_group(workshop_id=workshop.pk, title="Another")
    with pytest.raises(ValidationError):
        grouping.create_group(workshop_id=workshop.pk, title=" ")


def test_a_hidden_idea_is_nowhere_and_comes_back_to_its_place() -> None:
    workshop = make_workshop(phase=Phase.GROUP)
    make_group(workshop, "Optics", "rude", "kind")
    rude = Idea.objects.get(text="rude")

    for _ in range(2):
        grouping.hide_idea(workshop_id=workshop.pk, idea_id=rude.pk)
    hidden = selectors.board_of(workshop, with_dots=False)
    assert board(workshop) == {"Optics": ["kind"], "": []}
    assert ([card.text for card in hidden.hidden], hidden.idea_count) == (["rude"], 1)
    assert selectors.new_ideas(workshop, after_id=rude.pk - 1) == [(rude.pk + 1, "kind")]
    grouping.show_idea(workshop_id=workshop.pk, idea_id=rude.pk)

    assert board(workshop) == {"Optics": ["rude", "kind"], "": []}


def test_what_was_decided_is_copied_to_the_session_once() -> None:
    workshop = make_workshop(phase=Phase.DECIDE)
    ResearchSession.objects.filter(pk=workshop.pk).update(decisions=["Meet again"])
    group = make_group(workshop, "Optics", "a")
    make_group(workshop, "Software", "b")
    services.decide(workshop_id=workshop.pk, group_id=group.pk, words="Buy one\r\nin May", was="")

    for _ in range(2):
        services.close(workshop_id=workshop.pk)

    session = ResearchSession.objects.get(pk=workshop.pk)
    assert session.decisions == ["Meet again", "Optics: Buy one in May"]
    assert [one.text for one in summary_of(session).decisions] == session.decisions  # and not from the board again
    with pytest.raises(PhaseError):
        phones.contribute(workshop_id=workshop.pk, phone=None, client_key=group.workshop.session.uid, text="Late")


def test_two_moderators_do_not_write_over_each_other() -> None:
    workshop = make_workshop(phase=Phase.DECIDE)
    group = make_group(workshop, "Optics")
    decide = {"workshop_id": workshop.pk, "group_id": group.pk}
    services.decide(words="Buy one", was="", **decide)
    services.decide(words="Buy one", was="", **decide)  # the same twice

    with pytest.raises(WorkshopError, match="Buy one"):
        services.decide(words="Build one", was="", **decide)
    services.decide(words="Build one", was="Buy one", **decide)

    assert IdeaGroup.objects.get().decision == "Build one"
    for wrong in ("x" * 2_001, "a\0b"):
        with pytest.raises(ValidationError):
            services.decide(words=wrong, was="Build one", **decide)
