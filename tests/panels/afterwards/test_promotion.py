"""Notes and ideas become feedback: with attribution and context, once, and back."""

import threading
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalog.models import Visibility
from apps.core import lanes
from apps.core.errors import DomainError
from apps.feedback.models import Channel, Feedback, FeedbackState, Identity
from apps.panels.afterwards import services
from apps.panels.models import DotVote, Idea, IdeaGroup, Phone, SessionNote, Workshop
from apps.priorities.check import compare_levels
from apps.priorities.models import Standing
from apps.tagging.models import Tagging
from apps.tagging.services import confirm_tag
from tests.factories import CustomerFactory, OrganisationFactory, ProductFactory, TagFactory, TeamFactory, UserFactory
from tests.panels.afterwards.making import AT, attend, consent, make_session, note

pytestmark = pytest.mark.django_db


def test_a_note_becomes_feedback_of_its_speaker_tagged_by_its_author_and_the_queue_moves():
    team = TeamFactory()
    session = make_session(team=team, title="Lab day")
    customer = CustomerFactory(name="Ada", organisation=OrganisationFactory())
    tag, author = TagFactory(name="Drift", team=team), UserFactory()
    said = note(session, speaker=attend(session, customer), author=author, tags=[tag], is_need=True)
    lanes.settle()
    assert not Standing.objects.filter(tag=tag, landmark_score__gt=0).exists()

    done = services.promote(notes=[said], user=UserFactory())
    lanes.settle()

    feedback = Feedback.objects.get()
    assert done.feedback_ids == {said.pk: feedback.pk}
    assert (feedback.channel, feedback.customer, feedback.identity) == (Channel.SESSION, customer, Identity.VERIFIED)
    assert (feedback.product, feedback.captured_at, feedback.text) == (session.product, AT, said.text)
    assert feedback.context == {
        "session": f"{session.pk}: Lab day",
        "session kind": "interview",
        "noted as": "need",
    }
    assert list(Tagging.objects.values_list("user", "state", "span_start")) == [(author.pk, "confirmed", None)]
    assert SessionNote.objects.get().feedback == feedback
    standing = Standing.objects.get(tag=tag)
    assert (standing.team, standing.customer_count, standing.landmark_score > 0) == (team, 1, True)
    assert compare_levels().is_equal


def test_twice_it_is_one_and_half_way_it_is_none(monkeypatch):
    session = make_session()
    notes = [note(session, f"Note {n}", speaker=attend(session, CustomerFactory())) for n in range(2)]
    user = UserFactory()
    with monkeypatch.context() as broken:
        broken.setattr(services, "confirm_tags", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.promote(notes=notes, user=user)
    assert (Feedback.objects.count(), SessionNote.objects.filter(feedback=None).count()) == (0, 2)

    first = services.promote(notes=notes, user=user)
    again = services.promote(notes=notes, user=user)  # as they were read before

    assert (len(first.new_ids), again.new_ids, Feedback.objects.count()) == (2, [], 2)
    assert again.feedback_ids == first.feedback_ids
    assert sorted(SessionNote.objects.values_list("change_number", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_at_once_it_is_one():
    session = make_session()
    said, user = note(session, speaker=attend(session, CustomerFactory())), UserFactory()
    start, found = threading.Barrier(2), []

    def promote() -> None:
        start.wait(timeout=10)
        try:
            found.append(services.promote(notes=[said], user=user).feedback_ids)
        finally:
            connection.close()

    threads = [threading.Thread(target=promote) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert Feedback.objects.count() == 1
    assert found == [{said.pk: Feedback.objects.get().pk}] * 2


def test_a_quote_becomes_feedback_only_while_its_speaker_consents():
    session, customer = make_session(), CustomerFactory()
    quote = note(session, "My own words.", speaker=attend(session, customer), is_quote=True)

    refused = services.promote(notes=[quote], user=UserFactory())
    consent(customer)
    taken = services.promote(notes=[quote], user=UserFactory())

    assert (refused.feedback_ids, list(refused.refused)) == ({}, [quote.pk])
    assert list(taken.feedback_ids) == [quote.pk]
    assert Feedback.objects.get().context["noted as"] == "quote"


def test_deleted_and_erased_notes_and_those_of_nobody():
    session = make_session()
    gone = note(session, deleted_at=AT)
    erased = note(session, "", erased_at=AT)
    anonymous = note(session, "The room was cold.")

    done = services.promote(notes=[gone, erased, anonymous], user=UserFactory())

    assert (sorted(done.refused), list(done.feedback_ids)) == ([gone.pk, erased.pk], [anonymous.pk])
    assert Feedback.objects.values_list("identity", "customer").get() == (Identity.ANONYMOUS, None)


@pytest.mark.parametrize(
    ("of_session", "of_product", "of_feedback"),
    [
        (Visibility.TEAM, Visibility.EVERYONE, Visibility.TEAM),
        (Visibility.EVERYONE, Visibility.TEAM, Visibility.TEAM),
        (Visibility.TEAM, Visibility.RESTRICTED, Visibility.RESTRICTED),
        (Visibility.EVERYONE, Visibility.EVERYONE, Visibility.EVERYONE),
    ],
)
def test_feedback_is_no_more_open_than_its_session_and_its_product(of_session, of_product, of_feedback):
    team = TeamFactory()
    product = ProductFactory(team=team, default_visibility=of_product)
    session = make_session(team=team, product=product, visibility=of_session)

    services.promote(notes=[note(session)], user=UserFactory())

    assert Feedback.objects.get().visibility == of_feedback


def test_what_has_no_product_or_would_open_to_another_team_is_refused():
    closed = make_session(product=ProductFactory(team=TeamFactory()), visibility=Visibility.TEAM)
    for session in (make_session(product=None), closed):
        with pytest.raises(DomainError):
            services.promote(notes=[note(session)], user=UserFactory())

    assert not Feedback.objects.exists()


def test_taken_back_it_no_longer_counts_and_may_be_promoted_anew():
    session, tag = make_session(), TagFactory(team=TeamFactory())
    said = note(session, tags=[tag])
    first = services.promote(notes=[said], user=UserFactory()).feedback_ids[said.pk]

    changed = [services.take_back(notes=[said]) for _ in range(2)]

    assert changed == [[said.pk], []]
    assert Feedback.objects.get(pk=first).state == FeedbackState.WITHDRAWN
    assert services.promote(notes=[said], user=UserFactory()).feedback_ids[said.pk] != first
    lanes.settle()
    assert compare_levels().is_equal


def test_what_somebody_else_worked_with_is_not_taken_back():
    session = make_session()
    said = note(session)
    feedback_id = services.promote(notes=[said], user=UserFactory()).feedback_ids[said.pk]
    confirm_tag(feedback_id=feedback_id, tag=TagFactory(), user=UserFactory())

    with pytest.raises(DomainError, match="Others"):
        services.take_back(notes=[said])

    assert SessionNote.objects.get().feedback_id == feedback_id


def test_a_highlight_promotes_the_note_and_tags_those_words():
    session, tag, user = make_session(), TagFactory(), UserFactory()
    said = note(session, "The stage drifts. Else it is fine.")

    for _ in range(2):
        services.highlight(note=said, quoted="the stage drifts", span=None, tag=tag, user=user)

    tagging = Tagging.objects.get()
    assert (tagging.feedback_id, tagging.user, tagging.span_start, tagging.span_end) == (
        Feedback.objects.get().pk,
        user,
        0,
        16,
    )
    with pytest.raises(DomainError):
        services.highlight(note=note(session), quoted="not said", span=None, tag=tag, user=user)
    assert Feedback.objects.count() == 1  # nothing half-way


# --- workshops ----------------------------------------------------------------------------------------------------


def idea(workshop: Workshop, text: str, **fields) -> Idea:
    return Idea.objects.create(workshop=workshop, client_key=uuid.uuid4(), text=text, **fields)


def test_ideas_become_feedback_of_nobody_with_their_votes_once_and_back():
    session = make_session(kind="workshop", title="Jam")
    workshop = Workshop.objects.create(session=session, question="What next?", code="abc")
    phone = Phone.objects.create(workshop=workshop, key_sha256="x")
    group = IdeaGroup.objects.create(workshop=workshop, title="Optics")
    ideas = [idea(workshop, "Better lens", group=group), idea(workshop, "Louder"), idea(workshop, "?", hidden_at=AT)]
    for place in ({"group": group}, {"group": group}, {"idea": ideas[1]}):
        DotVote.objects.create(workshop=workshop, phone=phone, client_key=uuid.uuid4(), **place)

    done = [services.promote_ideas(ideas=ideas, user=UserFactory()) for _ in range(2)]

    about = ("text", "customer", "channel", "context__votes", "context__group")
    told = Feedback.objects.order_by("text").values_list(*about)
    assert list(told) == [
        ("Better lens", None, Channel.SESSION, "2", "Optics"),
        ("Louder", None, Channel.SESSION, "1", None),
    ]
    assert ([len(one.new_ids) for one in done], list(done[0].refused)) == ([2, 0], [ideas[2].pk])
    workshop.refresh_from_db()
    assert workshop.change_number == 1
    assert [services.take_back_ideas(ideas=ideas) for _ in range(2)] == [[ideas[0].pk, ideas[1].pk], []]
    assert not Feedback.objects.live().exists()


def test_the_board_is_locked_before_its_ideas_as_by_whoever_moves_them():
    workshop = Workshop.objects.create(session=make_session(kind="workshop"), question="What next?", code="abc")
    ideas = [idea(workshop, "Better lens")]

    for write in (
        lambda: services.promote_ideas(ideas=ideas, user=UserFactory()),
        lambda: services.take_back_ideas(ideas=ideas),
    ):
        with CaptureQueriesContext(connection) as asked:
            write()
        tables = [query["sql"].split('"')[1] for query in asked if query["sql"].startswith('UPDATE "panels_')]
        assert tables == ["panels_workshop", "panels_idea"]
