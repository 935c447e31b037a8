"""Merging organisations and deleting segments re-books what their customers said: the counts stay right."""

import pytest

from apps.core import lanes
from apps.customers.organisations import merge_organisations
from apps.customers.segments import delete_segment
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.services import Capture, Person, capture
from apps.priorities.check import check_queues
from apps.priorities.models import Cell, PartyKind, Voice
from apps.tagging.services import confirm_tag
from tests.factories import OrganisationFactory, ProductFactory, SegmentFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_counts_follow_a_merge_and_a_deleted_segment():
    team, user = TeamFactory(), UserFactory()
    tag, product = TagFactory(team=team), ProductFactory(team=team)
    gold, silver = SegmentFactory(name="Gold"), SegmentFactory(name="Silver")
    source, target = (
        OrganisationFactory(name="Acme Ltd", segment=gold),
        OrganisationFactory(name="Acme", segment=silver),
    )
    for number, name in enumerate(("Acme Ltd", "Acme", "Acme Ltd")):
        said = capture(
            Capture(
                product_id=product.pk,
                channel=Channel.API,
                text=f"It drifts, {number}.",
                person=Person(email=f"p{number}@example.org", organisation=name),
                identity=Identity.VERIFIED,
            )
        )
        assert said.feedback_id is not None
        confirm_tag(feedback_id=said.feedback_id, tag=tag, user=user)
    lanes.settle(seconds=30)
    assert set(Cell.objects.values_list("segment_id", flat=True)) == {gold.pk, silver.pk}

    merge_organisations(source=source, target=target)
    delete_segment(segment=silver, move_to=gold)
    lanes.settle(seconds=30)

    assert Feedback.objects.count() == 3
    counted = Cell.objects.filter(feedback_count__gt=0).values_list("segment_id", "feedback_count")
    assert list(counted) == [(gold.pk, 3)]
    parties = Voice.objects.filter(party_kind=PartyKind.ORGANISATION).values_list("party_id", flat=True)
    assert set(parties) <= {target.pk}
    report = check_queues()
    assert report.is_equal, report.levels
