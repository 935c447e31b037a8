"""The tree of tags, rules' words, and booking again what a customer said."""

import pytest
from django.db import transaction

from apps.core import lanes, outbox
from apps.core.errors import DomainError
from apps.core.models import OutboxRow
from apps.customers.services import set_segment
from apps.tagging import services
from apps.tagging.models import Pair, Tag
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    ProductFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def published(subscriber: str) -> list[int]:
    """Return, and forget, the ids that wait for ``subscriber``."""
    rows = OutboxRow.objects.filter(subscriber=subscriber).order_by("id")
    ids = [id_ for row in rows for id_ in row.payload["ids"]]
    rows.delete()
    return ids


# --- customers ----------------------------------------------------------------------------------------------------


def test_what_a_customer_said_is_booked_again_in_the_background():
    customer, other, tag, segment = CustomerFactory(), CustomerFactory(), TagFactory(), SegmentFactory()
    mine = [FeedbackFactory(customer=customer).pk for _ in range(3)]
    theirs = FeedbackFactory(customer=other).pk
    for feedback_id in (*mine, theirs):
        services.confirm_tag(feedback_id=feedback_id, tag=tag, user=UserFactory())
    lanes.settle()

    set_segment(customer_ids=[customer.pk], segment=segment)
    outbox.drain("tagging.rebook_customers")

    assert published("tagging.rebook_in_background") == mine
    assert set(Pair.objects.values_list("segment_id", flat=True)) == {0}
    with transaction.atomic():
        services.rebook_customers([customer.pk])
    lanes.settle()
    assert list(Pair.objects.order_by("feedback_id").values_list("segment_id", flat=True)) == [*[segment.pk] * 3, 0]


def test_a_customer_who_said_nothing_costs_nothing():
    services.rebook_customers([CustomerFactory().pk, 1_000_000])

    assert published("tagging.rebook_in_background") == []


# --- the tree -----------------------------------------------------------------------------------------------------


def test_what_hangs_below_moves_along_and_changes_its_team():
    ours, theirs = TeamFactory(), TeamFactory()
    old, new = TagFactory(team=ours), TagFactory(team=theirs)
    moved = TagFactory(parent=old)
    child, own = TagFactory(parent=moved), TagFactory(parent=moved, team=ours)
    below_own = TagFactory(parent=own)
    published("priorities.refresh_tags")

    services.move_tag(moved, parent=new)

    teams = dict(Tag.objects.values_list("pk", "effective_team"))
    assert [teams[tag.pk] for tag in (old, new, moved, child, own, below_own)] == [
        ours.pk,
        theirs.pk,
        theirs.pk,
        theirs.pk,
        ours.pk,
        ours.pk,
    ]
    assert published("priorities.refresh_tags") == [moved.pk, child.pk]


def test_a_tag_is_changed_as_a_whole_or_not_at_all():
    east, west = TeamFactory(), TeamFactory()
    above, tag = TagFactory(name="Above", team=east), TagFactory(name="Old", team=east)
    below = TagFactory(name="Below", parent=tag)

    with pytest.raises(DomainError):
        services.change_tag(tag, name="New", description="?", parent=below, team=west)
    tag = Tag.objects.get(pk=tag.pk)
    assert (tag.name, tag.description, tag.parent, tag.team) == ("Old", "", None, east)

    for _ in range(2):
        services.change_tag(tag, name="New", description="Why", parent=above, team=west)
    tag = Tag.objects.get(pk=tag.pk)
    assert (tag.name, tag.description, tag.parent, tag.team, tag.effective_team) == ("New", "Why", above, west, west)


def test_a_tag_taken_out_of_its_team_is_a_label():
    moved = TagFactory(parent=TagFactory(team=TeamFactory()))

    for _ in range(2):
        services.move_tag(moved, parent=None)

    moved.refresh_from_db()
    assert (moved.parent, moved.effective_team) == (None, None)


@pytest.mark.parametrize("under", ["itself", "child", "grandchild"])
def test_a_circle_is_refused(under):
    top = TagFactory()
    child = TagFactory(parent=top)
    below = {"itself": top, "child": child, "grandchild": TagFactory(parent=child)}[under]

    with pytest.raises(DomainError, match="below itself"):
        services.move_tag(top, parent=below)
    assert Tag.objects.get(pk=top.pk).parent is None


def test_two_tags_of_one_name_side_by_side_are_refused():
    parent = TagFactory()
    TagFactory(name="Drift", parent=parent)
    twin = TagFactory(name="drift")

    with pytest.raises(DomainError, match="already"):
        services.move_tag(twin, parent=parent)


# --- rules' words -------------------------------------------------------------------------------------------------


def test_a_rule_is_changed_and_its_words_cleaned():
    tag, product = TagFactory(), ProductFactory()
    rule = services.create_rule(tag=tag, phrases=["old"])

    services.update_rule(
        rule, phrases=["  zero   point ", "", "drift*", "drift*"], exclusions=[" no  "], product=product
    )

    rule.refresh_from_db()
    assert (rule.phrases, rule.exclusions, rule.product) == (["zero point", "drift*"], ["no"], product)
    services.update_rule(rule, phrases=["drift"])
    rule.refresh_from_db()
    assert (rule.phrases, rule.exclusions, rule.product) == (["drift"], [], None)


@pytest.mark.parametrize("phrases", [[], ["", "  "]])
def test_a_rule_without_words_is_refused(phrases):
    rule = services.create_rule(tag=TagFactory(), phrases=["old"])

    with pytest.raises(DomainError, match="at least one phrase"):
        services.update_rule(rule, phrases=phrases)
    rule.refresh_from_db()
    assert rule.phrases == ["old"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "  ", "a" * 81])
def test_a_name_that_is_none_is_refused(name):
    tag = TagFactory(name="Noise")

    with pytest.raises(DomainError):
        services.create_tag(name=name)
    with pytest.raises(DomainError):
        services.update_tag(tag, name=name, description="")

    assert list(Tag.objects.values_list("name", flat=True)) == ["Noise"]


def test_a_tag_called_untagged_leaves_the_filter_alone():
    assert services.create_tag(name="Untagged").slug == "untagged-2"
