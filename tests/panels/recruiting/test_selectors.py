"""Who fits each criterion, why, and what must never make anybody fit."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.customers.contacts import record_contact
from apps.customers.merging import merge_customers
from apps.customers.models import ContactEvent, ContactKind, Customer, ProductUse, Purpose
from apps.customers.services import erase_customer
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.insight.services import read_feedback
from apps.panels.models import Panel, Seat, SeatState
from apps.panels.recruiting.selectors import candidate_page
from apps.panels.recruiting.wanted import AGREED, HAPPY, UNHAPPY, Wanted
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    ProductVersionFactory,
    SegmentFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def reader(team):
    return UserFactory(role=Role.ANALYST, team=team)


def found(reader, **wanted) -> list[Customer]:
    page = candidate_page(reader, Wanted(**wanted), as_of=NOW)
    assert page.next_id is None
    return [candidate.customer for candidate in page.candidates]


def said(customer, text="The stage drifts.", **fields) -> Feedback:
    feedback = FeedbackFactory(customer=customer, text=text, **fields)
    read_feedback([feedback.pk])
    return feedback


def test_by_product_and_version_used_or_spoken_about(reader):
    product = ProductFactory()
    first, second = (ProductVersionFactory(product=product, name=name) for name in ("1.0", "2.0"))
    user, speaker, other = (CustomerFactory() for _ in range(3))
    ProductUse.objects.create(customer=user, product=product, version=second)
    said(speaker, product=product, version=first)
    said(other)

    assert found(reader, product=product) == [speaker, user]
    assert found(reader, product=product, version=second) == [user]
    assert found(reader, version=first) == [speaker]
    assert found(reader) == [other, speaker, user]


def test_by_words_and_mood_of_one_piece_of_feedback(reader):
    unhappy, happy, both = (CustomerFactory() for _ in range(3))
    said(unhappy, "The laser drifts at night.", rating=1)
    said(happy, "The laser never drifts!", rating=5)
    said(both, "The laser is loud.", rating=5)
    said(both, "The lamp drifts.", rating=1)

    assert found(reader, said="laser drift") == [happy, unhappy]
    assert found(reader, said="laser drift -never") == [unhappy]
    assert found(reader, said="laser", feeling=UNHAPPY) == [unhappy]
    assert found(reader, feeling=HAPPY) == [both, happy]
    assert found(reader, said="…") == []
    page = candidate_page(reader, Wanted(said="drifting"), as_of=NOW)
    assert [(one.customer, one.said.text) for one in page.candidates] == [
        (both, "The lamp drifts."),
        (happy, "The laser never drifts!"),
        (unhappy, "The laser drifts at night."),
    ]
    assert [word.text for word in page.candidates[0].words if word.is_match] == ["drifts"]


def test_what_the_reader_may_not_open_makes_nobody_fit(reader):
    hidden, spam, claimed, foreign = (CustomerFactory() for _ in range(4))
    theirs = ProductFactory(team=TeamFactory())
    said(hidden, "The laser drifts.", visibility=Visibility.RESTRICTED)
    said(spam, "The laser drifts.", state=FeedbackState.SPAM)
    said(claimed, "The laser drifts.", identity=Identity.CLAIMED)
    said(foreign, "The laser drifts.", product=theirs, visibility=Visibility.TEAM)

    assert found(reader, said="laser") == found(reader, product=theirs) == found(reader, feeling=UNHAPPY) == []
    assert found(UserFactory(role=Role.ANALYST, team=theirs.team), said="laser") == [foreign]


def test_by_profile_segment_and_organisation(reader):
    gold = SegmentFactory()
    acme = OrganisationFactory(name="Acme Labs", segment=gold)
    inherited = CustomerFactory(organisation=acme, languages=["de-at", "en"], sites=["Vienna, Austria"])
    own = CustomerFactory(segment=gold, instruments=["Confocal LSM"], languages=["en"])
    CustomerFactory(languages=["nl"])

    assert found(reader, segment=gold) == [own, inherited]
    assert found(reader, organisation="acme") == [inherited]
    assert found(reader, language="de") == [inherited]
    assert found(reader, language="EN") == [own, inherited]
    assert found(reader, language="e") == found(reader, language="at") == []
    assert found(reader, site="austria", segment=gold) == [inherited]
    assert found(reader, instrument="lsm") == [own]
    assert found(reader, instrument="%") == []


def test_by_rest_panel_and_consent(reader, team):
    from apps.customers import consents

    fresh, tired, seated, withdrawn, agreed, gone = (CustomerFactory() for _ in range(6))
    record_contact(customer_ids=[tired.pk], kind=ContactKind.MAIL, about="mail:1", made_by=None)
    ContactEvent.objects.update(at=NOW - timedelta(days=10))
    panel = Panel.objects.create(name="Board", slug="board", team=team)
    Seat.objects.create(panel=panel, customer=seated, state=SeatState.ACCEPTED)
    Seat.objects.create(panel=panel, customer=fresh, state=SeatState.DECLINED)
    consents.give(customer_id=agreed.pk, purpose=Purpose.CONTACT)
    consents.take_back(customer_id=withdrawn.pk, purpose=Purpose.CONTACT)
    erase_customer(customer_id=gone.pk)

    assert found(reader) == [agreed, seated, tired, fresh]
    assert found(reader, rested_days=9) == [agreed, seated, tired, fresh]
    assert found(reader, rested_days=10) == [agreed, seated, tired, fresh]
    assert found(reader, rested_days=11) == [agreed, seated, fresh]
    assert found(reader, panel=panel) == [agreed, tired, fresh]
    assert found(reader, consent=AGREED) == [agreed]
    page = candidate_page(reader, Wanted(), as_of=NOW).candidates
    assert [(one.customer, one.asked_at, one.is_tired, one.has_agreed) for one in page] == [
        (agreed, None, False, True),
        (seated, None, False, False),
        (tired, NOW - timedelta(days=10), True, False),
        (fresh, None, False, False),
    ]


def test_what_a_merged_record_said_and_was_asked_is_the_kept_ones(reader):
    kept, merged = CustomerFactory(), CustomerFactory(sites=["Ghent"])
    said(merged, "The laser drifts.")
    record_contact(customer_ids=[merged.pk], kind=ContactKind.MAIL, about="mail:1", made_by=None)
    ContactEvent.objects.update(at=NOW - timedelta(days=1))
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=reader)

    (candidate,) = candidate_page(reader, Wanted(said="laser", site="Ghent"), as_of=NOW).candidates
    assert (candidate.customer, candidate.is_tired, candidate.said.text) == (kept, True, "The laser drifts.")
    assert found(reader, rested_days=5) == []


def test_a_page_costs_the_same_for_one_and_for_three(reader, django_assert_num_queries):
    product = ProductFactory()
    wanted = Wanted(said="drift", product=product, rested_days=30, consent=AGREED)
    for number in (1, 2):
        from apps.customers import consents

        for _ in range(number):
            customer = CustomerFactory()
            said(customer, product=product)
            ProductUse.objects.create(customer=customer, product=product)
            consents.give(customer_id=customer.pk, purpose=Purpose.CONTACT)
        candidate_page(reader, wanted, as_of=NOW)  # roles are read once for a user object
        with django_assert_num_queries(13):
            assert len(candidate_page(reader, wanted, as_of=NOW).candidates) == number * 2 - 1
