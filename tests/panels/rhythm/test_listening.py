"""Whom nobody has listened to: silent for long, or for ever; never by what is restricted."""

from datetime import date, timedelta

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.customers.models import ProductUse
from apps.panels.models import Participant, ParticipantState
from apps.panels.rhythm import listening
from apps.panels.rhythm.days import installation_day
from apps.panels.rhythm.listening import Place
from apps.priorities.models import VolumeCell
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    SegmentFactory,
    UserFactory,
)
from tests.panels.rhythm.rows import session_of

pytestmark = pytest.mark.django_db


def ago(days: int) -> date:
    return installation_day() - timedelta(days=days)


def met(customer, *, days: int, state=ParticipantState.ATTENDED, **fields) -> None:
    Participant.objects.create(session=session_of(days=days, **fields), customer=customer, state=state)


def test_the_longest_silent_come_first_and_the_heard_are_left_out():
    since = ago(56)
    heard, old, never = (
        Place("1", "Heard", 3, None, ago(55)),
        Place("2", "Old", 3, ago(56), ago(90)),
        Place("3", "Never", 1, None, None),
    )
    larger = Place("4", "Larger", 9, None, None)

    found = listening.silence("segment", [heard, old, never, larger], since=since)

    assert ([one.name for one in found.rows], found.silent_count, found.place_count) == (
        ["Larger", "Never", "Old"], 3, 4,
    )  # fmt: skip


@pytest.mark.parametrize(("weeks", "later"), [(0, 0), (8, 100)])  # found among what is older, with a window or none
def test_segments_and_sites_are_those_of_who_was_met_or_wrote(weeks, later):
    labs, firms = SegmentFactory(name="Labs"), SegmentFactory(name="Firms")
    SegmentFactory(name="Empty")
    anna = CustomerFactory(organisation=OrganisationFactory(segment=labs), sites=["Graz", "Ulm"])
    bert = CustomerFactory(segment=firms, sites=["Ulm"])
    twin = CustomerFactory(merged_into=anna)  # the same person's other record
    met(twin, days=30)
    met(anna, days=5, state=ParticipantState.MISSED)
    met(bert, days=5, visibility=Visibility.RESTRICTED)
    FeedbackFactory(customer=twin, captured_on=ago(20))
    FeedbackFactory(customer=bert, captured_on=ago(3), visibility=Visibility.RESTRICTED)
    FeedbackFactory(customer=bert, captured_on=ago(3), identity="claimed")
    for day, count in ((ago(9), 1), (ago(2), 0)):
        VolumeCell.objects.create(
            product_id=ProductFactory().pk,
            version_id=0,
            day=day,
            channel="form",
            segment_id=firms.pk,
            is_tagged=False,
            feedback_count=count,
        )

    segments, sites, _products = listening.silences(weeks=weeks, today=installation_day() + timedelta(days=later))

    assert {(one.name, one.customer_count, one.session_on, one.feedback_on) for one in segments.rows} == {
        ("Labs", 1, ago(30), None),
        ("Firms", 1, None, ago(9)),
    }
    assert {(one.name, one.customer_count, one.session_on, one.feedback_on) for one in sites.rows} == {
        ("Graz", 1, ago(30), ago(20)),
        ("Ulm", 2, ago(30), ago(20)),
    }


def test_products_are_heard_by_sessions_on_them():
    aurora, borealis = ProductFactory(name="Aurora"), ProductFactory(name="Borealis")
    customer = CustomerFactory()
    for version in (None, None):
        ProductUse.objects.get_or_create(customer=customer, product=aurora, version=version)
    ProductUse.objects.create(customer=CustomerFactory(merged_into=customer), product=aurora)
    session_of(days=70, product=aurora)
    session_of(days=-1, product=borealis)
    ProductFactory(name="Gone", archived_at=session_of().starts_at)

    _segments, _sites, products = listening.silences(weeks=8, today=installation_day())

    assert products.rows == [
        Place(str(borealis.pk), "Borealis", 0, None, None),
        Place(str(aurora.pk), "Aurora", 1, ago(70), None),
    ]


@pytest.mark.parametrize("amount", [1, 3])
def test_the_page_costs_the_same_for_one_place_and_three(client, amount, django_assert_num_queries):
    for number in range(amount):
        customer = CustomerFactory(segment=SegmentFactory(), sites=[f"Site {number} <b>"])
        ProductFactory()
        met(customer, days=100)
    client.force_login(UserFactory(role=Role.ANALYST))

    with django_assert_num_queries(10):
        answer = client.get("/listening/?weeks=12")

    assert [len(one.rows) for one in answer.context["silences"]] == [amount] * 3
    assert b"Site 0 &lt;b&gt;" in answer.content
    asked = client.get("/candidates/?site=Site%200%20%3Cb%3E")
    assert b'href="/candidates/?site=Site%200%20%3Cb%3E"' in answer.content
    assert (asked.status_code, asked.context["form"].errors) == (200, {})


def test_a_made_up_number_of_weeks_is_the_usual_one(client):
    client.force_login(UserFactory(role=Role.SCIENTIST))

    assert [client.get(f"/listening/?weeks={text}").context["weeks"] for text in ("7", "x", "9" * 5000, "26")] == [
        8, 8, 8, 26,
    ]  # fmt: skip
    client.force_login(UserFactory())
    assert client.get("/listening/").status_code == 403


def test_who_wrote_within_the_weeks_is_not_silent():
    labs = SegmentFactory()
    for number, days in enumerate((55, 56)):
        customer = CustomerFactory(segment=labs, sites=[f"Site {number}"])
        FeedbackFactory(customer=customer, captured_on=ago(days))
        VolumeCell.objects.create(
            product_id=ProductFactory().pk,
            version_id=0,
            day=ago(days),
            channel="form",
            segment_id=labs.pk,
            is_tagged=False,
            feedback_count=1,
        )

    found = listening.silences(weeks=8, today=installation_day())

    assert [[one.feedback_on for one in silence.rows if one.feedback_on] for silence in found] == [
        [], [ago(56)], [ago(56)],
    ]  # fmt: skip
    assert [(silence.silent_count, silence.place_count) for silence in found[:2]] == [(0, 1), (1, 2)]
