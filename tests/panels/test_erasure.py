"""An erased member of a panel is nowhere: every text of every table is searched. Counts stay as they were."""

import pytest
from django.db import connection

from apps.accounts.models import Role
from apps.core import lanes
from apps.customers.consents import give, take_back
from apps.customers.models import ContactEvent, Customer, ProductUse, Purpose
from apps.customers.services import ask_for_erasure
from apps.dialogue.customer_mail import write_to_customer
from apps.dialogue.models import Mail
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.services import Capture, Person, capture
from apps.panels.members import services
from apps.panels.members.errors import SeatStateError
from apps.panels.models import (
    Ballot,
    Participant,
    ParticipantState,
    Seat,
    SeatState,
    SessionNote,
    SessionState,
    SusAnswer,
    Vote,
)
from apps.panels.planning import participants
from apps.priorities.check import compare_levels
from apps.priorities.models import Cell, Voice
from apps.tagging.services import confirm_tag
from apps.workbench.room.erasure import erase_person
from tests.factories import CustomerFactory, OrganisationFactory, ProductFactory, TagFactory, TeamFactory, UserFactory
from tests.panels.making import PanelFactory, ParticipantFactory, QuoteFactory, SeatFactory, SessionFactory
from tests.panels.planning.making import invited, make_session, states

pytestmark = pytest.mark.django_db
SECRET = "Quillcanary"  # in every name, address and word of the person, and nowhere else
OTHER = "Otherperson"


def tables_with(word: str) -> set[str]:
    """Return the columns of the database in which ``word`` stands, of whatever type they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND (data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'tsvector', 'bytea'))"
        )
        columns = cursor.fetchall()
        by_table: dict[str, list[str]] = {}
        for table, column in columns:
            by_table.setdefault(table, []).append(column)
        found = set()
        for table, names in by_table.items():
            tests = ", ".join(f'bool_or("{name}"::text ILIKE %s)' for name in names)
            cursor.execute(f'SELECT {tests} FROM "{table}"', [f"%{word}%"] * len(names))
            hits = zip(names, cursor.fetchone(), strict=True)
            found |= {f"{table}.{name}" for name, is_there in hits if is_there}
    return found


class Member:
    """Somebody with two records, who sits on a panel, voted, spoke at a session and sent feedback."""

    def __init__(self, word: str, *, panel, ballot, session, ahead, tag, staff) -> None:
        person = {"organisation": OrganisationFactory()}
        self.customer = CustomerFactory(
            name=f"{word} Ada", email=f"{word.lower()}@example.org", role_title=f"{word} lead", availability=word,
            instruments=[word], sites=[word], languages=["de"], **person,
        )  # fmt: skip
        self.merged = CustomerFactory(
            name=word, email=f"{word.lower()}2@example.org", merged_into=self.customer, **person
        )
        ProductUse.objects.create(customer=self.customer, product=tag.product)
        ContactEvent.objects.create(
            customer=self.customer, kind="panel", about="panel:1", override_reason=f"{word} wanted it"
        )
        self.seat = SeatFactory(
            panel=panel, customer=self.customer, state=SeatState.ACCEPTED, starts_on="2026-01-01", ends_on="2027-01-01"
        )
        Vote.objects.create(ballot=ballot, seat=self.seat, choices=[0])
        SeatFactory(panel=PanelFactory(), customer=self.merged, state=SeatState.DECLINED, reason=f"No, says {word}.")
        self.here = ParticipantFactory(session=session, customer=self.customer, reason=f"{word} is late")
        SusAnswer.objects.create(session=session, participant=self.here, answers=[3] * 10)
        self.ahead = ParticipantFactory(session=ahead, customer=self.customer, state=ParticipantState.ACCEPTED)
        give(customer_id=self.customer.pk, purpose=Purpose.INTERNAL_QUOTE)
        take_back(customer_id=self.merged.pk, purpose=Purpose.RECORDING)
        note = QuoteFactory(speaker=self.here, text=f"I am {word}.", author=staff)
        QuoteFactory(speaker=self.here, text=f"{word} needs it.", author=staff, is_quote=False)
        note.feedback_id = self.say(f"I am {word}.", tag, staff)
        note.save()
        self.say(f"{word} again", tag, staff)
        write_to_customer(customer=self.customer, subject=word, body=word, purpose="test", about_id=self.customer.pk)
        ask_for_erasure(customer_id=self.customer.pk)

    def say(self, text: str, tag, staff) -> int:
        said = capture(
            Capture(
                product_id=tag.product.pk,
                channel=Channel.SESSION,
                text=text,
                person=Person(email=self.customer.email, name=self.customer.name),
                identity=Identity.VERIFIED,
            )
        )
        confirm_tag(feedback_id=said.feedback_id, tag=tag, user=staff)
        return said.feedback_id


@pytest.fixture
def members():
    team = TeamFactory()
    staff, tag = UserFactory(role=Role.ANALYST, team=team), TagFactory(team=team)
    tag.product = ProductFactory(team=team)
    panel = PanelFactory(team=team)
    world = {
        "panel": panel,
        "ballot": Ballot.objects.create(panel=panel, question="Which?", choices=["A", "B"]),
        "session": SessionFactory(team=team),
        "ahead": SessionFactory(team=team, state=SessionState.PLANNED),
        "tag": tag,
        "staff": staff,
    }
    made = [Member(word, **world) for word in (SECRET, OTHER)]
    lanes.settle(seconds=60)
    return made


def counts() -> dict[str, object]:
    lanes.settle(seconds=60)
    return {
        "cells": list(Cell.objects.order_by("pk").values()),
        "voices": Voice.objects.count(),
        "feedback": Feedback.objects.filter(state="live").count(),
        "participants": Participant.objects.count(),
        "seats": Seat.objects.count(),
        "votes": Vote.objects.count(),
        "sus": SusAnswer.objects.count(),
        "notes": SessionNote.objects.count(),
        "asked": ContactEvent.objects.count(),
    }


def test_nothing_of_an_erased_member_is_left_in_any_table_and_counts_stay(members):
    gone, other = members
    before = counts()
    kept = tables_with(OTHER)
    assert kept == tables_with(SECRET)
    assert {
        "panels_seat.reason",
        "panels_participant.reason",
        "panels_sessionnote.text",
        "customers_customer.sites",
        "customers_contactevent.override_reason",
        "dialogue_mail.body",
        "feedback_feedback.text",
    } <= kept

    for record in (gone.merged, gone.customer):
        erase_person(customer_id=record.pk, withdraws_feedback=False)

    assert counts() == before
    assert tables_with(SECRET) == set()
    assert tables_with(OTHER) == kept
    assert compare_levels().is_equal
    gone.seat.refresh_from_db()
    gone.ahead.refresh_from_db()
    gone.here.refresh_from_db()
    assert (gone.seat.state, gone.ahead.state, gone.here.state) == ("left", "withdrawn", "attended")
    other.seat.refresh_from_db()
    assert (other.seat.state, Customer.objects.filter(erasure_asked_at__isnull=False).count()) == ("accepted", 1)


def links() -> list[Seat | Participant]:
    return [*Seat.objects.all(), *Participant.objects.all()]


def test_an_erased_members_links_open_nothing(members):
    gone, other = members
    keys = {row.key for row in links()}

    erase_person(customer_id=gone.customer.pk, withdraws_feedback=False)

    same = {row.customer_id for row in links() if row.key in keys}
    assert same == {other.customer.pk, other.merged.pk}


def test_the_place_of_an_erased_person_goes_to_who_waits_longest_and_is_told():
    session = make_session(capacity=1)
    gone, *waiting = invited(session, 3)
    for one in (gone, *waiting):
        participants.accept(participant_id=one.pk)
    assert states(session) == ["accepted", "waiting", "waiting"]

    for _ in range(2):
        erase_person(customer_id=gone.customer_id, withdraws_feedback=False)

    assert states(session) == ["withdrawn", "accepted", "waiting"]
    told = Mail.objects.filter(subject__startswith="You are in", recipients=[waiting[0].customer.email])
    assert [mail.calendar != "" for mail in told] == [True]


def test_whoever_was_erased_is_not_invited_again_by_an_undo():
    seat = SeatFactory()
    erase_person(customer_id=seat.customer_id, withdraws_feedback=False)
    seat.refresh_from_db()

    with pytest.raises(SeatStateError):
        services.restore(seat=seat)

    seat.refresh_from_db()
    assert seat.state == SeatState.WITHDRAWN
