"""Consent to be quoted, taken back, hides the words on every address that can be read, from everybody, at once.

Addresses come from the URLconf, so a new page is tried here the day it is made.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.core import lanes
from apps.customers.consents import give, take_back
from apps.customers.models import Purpose
from apps.customers.tokens import mine_token
from apps.feedback.models import Feedback
from apps.panels.afterwards.services import promote
from apps.panels.models import (
    Action,
    Cycle,
    Finding,
    FindingEvidence,
    ParticipantState,
    SessionKind,
    SessionState,
    Study,
    Workshop,
)
from apps.priorities.check import compare_levels
from tests.factories import (
    AdministratorFactory,
    ApiKeyFactory,
    CustomerFactory,
    ProductFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)
from tests.panels.making import PanelFactory, ParticipantFactory, QuoteFactory, SeatFactory, SessionFactory
from tests.test_visibility import body, patterns, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]
SECRET, SOUGHT = "quokkaquote", "wombat"  # both in the words; the one is searched for, the other looked for
QUERIES = {  # what else a page is asked, so that it shows what it can
    "feedback/": [f"?q={SOUGHT}", "?view=split"],
    "feedback/export.csv": [f"?q={SOUGHT}"],
    "feedback/export.json": [f"?q={SOUGHT}"],
    "api/v1/feedback/": [f"?q={SOUGHT}", "?limit=100"],
    "palette/": [f"?q={SOUGHT}"],
    "findings/": [f"?q={SOUGHT}"],
    "sessions/": [f"?q={SOUGHT}"],
}


class World:
    """A session in which one customer said one thing, which became feedback, and evidence of a finding."""

    def __init__(self) -> None:
        self.team = TeamFactory(name="Optics", slug="optics")
        product = ProductFactory(team=self.team, slug="aurora")
        self.tag = TagFactory(name="Drift", team=self.team)
        self.author = UserFactory(role=Role.SCIENTIST, team=self.team)
        study = Study.objects.create(team=self.team, product=product, name="Calibration")
        self.panel = PanelFactory(team=self.team, slug="users")
        self.cycle = Cycle.objects.create(
            team=self.team, name="Now", starts_on=timezone.localdate(), ends_on=timezone.localdate()
        )
        now = timezone.now()
        self.session = SessionFactory(
            team=self.team, product=product, study=study, panel=self.panel, cycle=self.cycle,
            kind=SessionKind.USABILITY, state=SessionState.DONE, starts_at=now - timedelta(hours=2), ends_at=now,
        )  # fmt: skip
        Workshop.objects.create(session=self.session, question="What next?", code="ABCD2345")
        self.customer = CustomerFactory(name="Ada Quill")
        give(customer_id=self.customer.pk, purpose=Purpose.INTERNAL_QUOTE)
        self.seat = SeatFactory(panel=self.panel, customer=self.customer)
        speaker = ParticipantFactory(session=self.session, customer=self.customer, state=ParticipantState.ATTENDED)
        said = {"speaker": speaker, "author": self.author, "at": now}
        self.note = QuoteFactory(**said, text=f"The {SOUGHT} drifts, {SECRET} indeed.")
        self.note.tags.add(self.tag)
        self.unpromoted = QuoteFactory(**said, text=f"A {SOUGHT}, and {SECRET} again.")
        promoted = promote(notes=[self.note], user=self.author)
        self.feedback = Feedback.objects.get(pk=promoted.feedback_ids[self.note.pk])
        self.finding = Finding.objects.create(team=self.team, title="Drift", text="It drifts.", author=self.author)
        for note in (self.note, self.unpromoted):
            FindingEvidence.objects.create(finding=self.finding, note=note)
        FindingEvidence.objects.create(finding=self.finding, feedback=self.feedback)
        self.action = Action.objects.create(team=self.team, session=self.session, title="Look into it", tag=self.tag)
        lanes.settle(seconds=60)

    def fill(self, route: str, name: str) -> object:
        """Return what a part of an address stands for here."""
        slugs = {"panels/": self.panel.slug, "w/": "ABCD2345", "products/": "aurora"}
        rows: dict[str, object] = {
            "feedback_id": self.feedback.pk,
            "customer_id": self.customer.pk,
            "product_id": self.feedback.product_id,
            "tag_slug": self.tag.slug,
            "session_id": self.session.pk,
            "study_id": self.session.study_id,
            "note_id": self.unpromoted.pk,
            "finding_id": self.finding.pk,
            "cycle_id": self.cycle.pk,
            "action_id": self.action.pk,
            "purpose": "internal_quote",
            "slug": next((slug for start, slug in slugs.items() if route.startswith(start)), self.team.slug),
        }
        return rows.get(name, 1)

    def addresses(self) -> Iterator[str]:
        """Yield every address that staff can read; priorities have their tag's name in theirs."""
        for route, names in patterns(get_resolver()):
            address = route
            for name in names:
                address = re.sub(rf"<(\w+:)?{name}>", str(self.fill(route, name)), address)
            yield address
            if "slug" in names:
                yield re.sub(r"<slug:slug>", self.tag.slug, route) if len(names) == 1 else address
            yield from (route + query for query in QUERIES.get(route, []))


def places(client: Client, addresses: list[str], **more: object) -> set[str]:
    """Return where the words can be read."""
    found = set()
    for address in addresses:
        answer = client.get(f"/{address}", **more)
        assert answer.status_code < 500, (address, answer.status_code)
        if SECRET in body(answer):
            found.add(address)
    return found


def test_words_taken_back_are_read_nowhere_by_nobody():
    world = World()
    asked = sorted(set(world.addresses()))
    _key, headers = ApiKeyFactory(scopes=["feedback:read"])
    before = places(sign_in(world.author), asked)
    must = {
        f"feedback/{world.feedback.pk}/",
        f"feedback/?q={SOUGHT}",
        f"feedback/export.csv?q={SOUGHT}",
        f"sessions/{world.session.pk}/live/",
        f"customers/{world.customer.pk}/",
    }
    assert must <= before
    assert places(Client(), ["api/v1/feedback/?limit=100"], headers=headers)
    count = Feedback.objects.filter(state="live").count()

    take_back(customer_id=world.customer.pk, purpose=Purpose.INTERNAL_QUOTE)
    lanes.settle(seconds=60)

    people = {
        "author": world.author,
        "other": UserFactory(role=Role.MANAGER, team=TeamFactory()),
        "administrator": AdministratorFactory(),
    }
    assert {name: places(sign_in(user), asked) for name, user in people.items()} == {name: set() for name in people}
    assert places(Client(), ["api/v1/feedback/?limit=100"], headers=headers) == set()
    assert places(Client(), [f"my/{mine_token(world.customer)}/data.json"]) != set()  # their own words are theirs
    assert Feedback.objects.filter(state="live", visibility=Visibility.EVERYONE).count() == count
    assert compare_levels().is_equal


def test_words_never_agreed_to_do_not_become_feedback_and_are_their_note_takers_alone():
    world = World()
    take_back(customer_id=world.customer.pk, purpose=Purpose.INTERNAL_QUOTE)
    speaker = ParticipantFactory(session=world.session, state=ParticipantState.ATTENDED)
    note = QuoteFactory(speaker=speaker, author=world.author, text=f"{SECRET} by somebody else", at=timezone.now())

    assert promote(notes=[note], user=world.author).refused.keys() == {note.pk}

    live = f"sessions/{world.session.pk}/live/"
    reader = UserFactory(role=Role.SCIENTIST, team=world.team)
    assert [bool(places(sign_in(user), [live])) for user in (world.author, reader)] == [True, False]
