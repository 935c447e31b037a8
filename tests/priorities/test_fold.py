"""Folding: the ledger into cells, voices and standings, exactly once."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core import lanes
from apps.feedback.services import moderation
from apps.priorities import fold, selectors
from apps.priorities.check import check_queues, compare_levels
from apps.priorities.models import Cell, Standing, Voice, VolumeCell
from apps.priorities.services import change_policy
from apps.tagging import ledger, services
from apps.tagging.models import LedgerRow, Tag
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)


@pytest.fixture
def user() -> User:
    return UserFactory()


@pytest.fixture
def tag() -> Tag:
    return TagFactory(name="Billing", team=TeamFactory())


def tell(tag: Tag, user: User, **fields):
    feedback = FeedbackFactory(**fields)
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    return feedback


def cell_rows(tag: Tag) -> list[tuple]:
    return list(
        Cell.objects.filter(tag_id=tag.pk, feedback_count__gt=0)
        .order_by("day")
        .values_list("day", "feedback_count", "anonymous_count", "customer_count", "organisation_count")
    )


def fold_all() -> None:
    while fold.fold_ledger(limit_rows=100) or fold.fold_volume_ledger(limit_rows=100):
        pass


def test_a_repeat_moves_the_voice_and_adds_no_second_one(tag, user):
    customer = CustomerFactory()
    tell(tag, user, customer=customer, captured_on=MONDAY)
    fold_all()
    tell(tag, user, customer=customer, captured_on=FRIDAY)

    for _ in range(2):
        fold_all()

    assert cell_rows(tag) == [(MONDAY, 1, 0, 0, 0), (FRIDAY, 1, 0, 1, 1)]
    assert list(Voice.objects.order_by("party_kind").values_list("party_kind", "feedback_count", "day")) == [
        (1, 2, FRIDAY),
        (2, 2, FRIDAY),
    ]


def test_taking_the_latest_away_moves_the_voice_back(tag, user):
    customer = CustomerFactory()
    tell(tag, user, customer=customer, captured_on=MONDAY)
    latest = tell(tag, user, customer=customer, captured_on=FRIDAY)
    fold_all()

    services.reject_tag(feedback_id=latest.pk, tag=tag, user=user)
    fold_all()

    assert cell_rows(tag) == [(MONDAY, 1, 0, 1, 1)]


def test_colleagues_are_one_organisation_and_the_unaffiliated_stand_for_themselves(tag, user):
    organisation = OrganisationFactory()
    for customer in (
        CustomerFactory(organisation=organisation),
        CustomerFactory(organisation=organisation),
        CustomerFactory(),
    ):
        tell(tag, user, customer=customer, captured_on=MONDAY)
    fold_all()

    assert cell_rows(tag) == [(MONDAY, 3, 0, 3, 2)]


def test_a_claim_counts_as_anonymous_and_without_segment(tag, user):
    customer = CustomerFactory(segment=SegmentFactory(weight=5))
    tell(tag, user, customer=customer, identity="claimed", captured_on=MONDAY)
    fold_all()

    assert list(Cell.objects.values_list("segment_id", "anonymous_count", "customer_count")) == [(0, 1, 0)]


@pytest.mark.parametrize("state", ["held", "spam", "withdrawn"])
def test_what_is_not_live_does_not_count(tag, user, state):
    feedback = tell(tag, user, captured_on=MONDAY)
    fold_all()

    type(feedback).objects.filter(pk=feedback.pk).update(state=state)
    services.rebook_feedback([feedback.pk])
    fold_all()

    assert cell_rows(tag) == []
    assert sum(VolumeCell.objects.values_list("feedback_count", flat=True)) == 0
    assert Standing.objects.get().landmark_subtotal == 0


def test_restricted_feedback_does_not_count(tag, user):
    tell(tag, user, captured_on=MONDAY, visibility="restricted")
    fold_all()

    assert cell_rows(tag) == []


def test_booking_twice_sends_nothing_the_second_time(tag, user):
    feedback = tell(tag, user)
    assert LedgerRow.objects.count() == 1

    services.rebook_feedback([feedback.pk])
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)

    assert LedgerRow.objects.count() == 1


def test_two_people_on_one_pair_count_once(tag, user):
    feedback = tell(tag, user, captured_on=MONDAY)
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=UserFactory())
    fold_all()

    assert cell_rows(tag) == [(MONDAY, 1, 1, 0, 0)]


def test_importance_and_against_come_from_the_voice(tag, user):
    feedback = FeedbackFactory(customer=CustomerFactory(), rating=1)
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, importance=3)
    fold_all()
    services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user, importance=1, is_against=True)
    fold_all()

    assert list(
        Cell.objects.values_list("customer_unhappy", "customer_importance", "customer_against", "organisation_against")
    ) == [(1, 1, 1, 1)]


def test_a_tag_nobody_owns_has_cells_and_no_standing(user):
    label = TagFactory(name="Label")
    tell(label, user)
    fold_all()

    assert len(cell_rows(label)) == 1
    assert Standing.objects.count() == 0


def test_a_new_owner_takes_the_standing_along(tag, user):
    tell(tag, user)
    fold_all()
    other = TeamFactory()

    services.set_tag_team(tag, team=other)
    lanes.settle()

    assert Standing.objects.get().team_id == other.pk
    assert compare_levels().is_equal


def test_many_voices_outrank_repeats_and_anonymous_posts(user):
    team, product, today = TeamFactory(), ProductFactory(), timezone.localdate()
    many, loud, crowd = (TagFactory(name=name, team=team) for name in ("Twenty", "Loud", "Crowd"))
    loudmouth = CustomerFactory()
    for _ in range(20):
        tell(many, user, product=product, customer=CustomerFactory(), captured_on=today)
    for _ in range(100):
        tell(loud, user, product=product, customer=loudmouth, captured_on=today)
        tell(crowd, user, product=product, captured_on=today)
    fold_all()

    queue = selectors.queue(team)
    ranked = [(e.tag.name, round(e.score, 6)) for e in queue.entries]
    assert ranked == [("Twenty", 20.0), ("Crowd", 2.5)]
    assert [(e.tag.name, round(e.score, 6)) for e in queue.too_few] == [("Loud", 1.0)]
    assert compare_levels().is_equal


@pytest.mark.parametrize("half_life_days", [30, 3])
def test_feedback_of_a_century_ago_stops_nothing(tag, user, half_life_days):
    change_policy(tag.effective_team, user=None, changes={"half_life_days": half_life_days})
    tell(tag, user, captured_on=date(1900, 1, 2))
    fold_all()
    tell(tag, user, captured_on=date(2015, 2, 24))
    fold_all()

    assert len(cell_rows(tag)) == 2
    assert 0 < Standing.objects.get().landmark_subtotal < 1e-20
    assert compare_levels().is_equal


def test_a_hundred_anonymous_posts_over_a_week_stay_below_twenty_customers(user):
    team, product, today = TeamFactory(), ProductFactory(), timezone.localdate()
    crowd, many = TagFactory(name="Crowd", team=team), TagFactory(name="Twenty", team=team)
    for number in range(100):
        tell(crowd, user, product=product, captured_on=today - timedelta(days=number % 7))
    for _ in range(20):
        tell(many, user, product=product, customer=CustomerFactory(), captured_on=today)
    fold_all()

    assert [entry.tag.name for entry in selectors.queue(team).entries] == ["Twenty", "Crowd"]


def test_trend_and_sparkline_come_from_cells(tag, user):
    today = timezone.localdate()
    for days in (0, 3, 30, 31, 32, 100):
        tell(tag, user, captured_on=today - timedelta(days=days))
    fold_all()

    entry = selectors.queue(tag.effective_team).entries[0]
    assert entry.trend == (2, 3)
    assert entry.sparkline == [0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2]


@pytest.mark.parametrize("count", [1, 3])
def test_a_queue_takes_three_queries_whatever_its_size(user, django_assert_num_queries, count):
    team = TeamFactory()
    for _ in range(count):
        tell(TagFactory(team=team), user)
    fold_all()

    with django_assert_num_queries(3):
        selectors.queue(team)


def test_volume_is_counted_by_version_channel_segment_day_and_tagged(tag, user):
    product = ProductFactory()
    segment = SegmentFactory()
    tell(tag, user, product=product, rating=1, customer=CustomerFactory(segment=segment), captured_on=MONDAY)
    services.rebook_feedback([FeedbackFactory(product=product, captured_on=MONDAY).pk])
    fold_all()

    rows = VolumeCell.objects.filter(feedback_count__gt=0).order_by("is_tagged")
    assert list(rows.values_list("is_tagged", "segment_id", "feedback_count", "unhappy_count", "rating_sum")) == [
        (False, 0, 1, 0, 0),
        (True, segment.pk, 1, 1, 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_folding_at_once_counts_everything_once(user):
    team = TeamFactory()
    tags = [TagFactory(team=team) for _ in range(5)]
    customers = [CustomerFactory() for _ in range(3)]
    product = ProductFactory()
    for number in range(60):
        tell(tags[number % 5], user, product=product, customer=customers[number % 3], captured_on=MONDAY)
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        try:
            for _ in range(100):
                fold.fold_ledger(limit_rows=3)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fold_all()

    report = check_queues()
    assert report.is_equal, report.levels
    assert (report.unfolded, report.pairs) == (0, 60)


@pytest.mark.django_db(transaction=True)
def test_a_fold_that_breaks_off_leaves_the_ledger_as_it_was(tag, user):
    tell(tag, user)

    def break_off() -> None:
        with transaction.atomic():
            assert fold.fold_ledger() == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()

    assert LedgerRow.objects.count() == 1
    assert Cell.objects.count() == 0


def test_the_check_finds_a_wrong_number_on_every_level(tag, user):
    tell(tag, user, customer=CustomerFactory())
    lanes.settle()
    assert compare_levels().is_equal

    for table, change in (
        ("tagging_pair", "is_unhappy = NOT is_unhappy"),
        ("tagging_volumebooking", "channel = 'form'"),
        ("priorities_cell", "feedback_count = feedback_count + 1"),
        ("priorities_cell", "customer_count = 0"),
        ("priorities_voice", "feedback_count = 7"),
        ("priorities_voice", "day = day - 1"),
        ("priorities_volumecell", "rating_sum = rating_sum + 1"),
        ("priorities_standing", "landmark_score = landmark_score * 1.0001"),
    ):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET {change}")
            assert not compare_levels().is_equal, f"{table}: {change}"
            transaction.set_rollback(True)


def test_lock_feedback_leaves_out_what_is_gone():
    feedback = FeedbackFactory()

    assert ledger.lock_feedback([feedback.pk, 10**12]) == [feedback.pk]


def test_spam_leaves_the_queue_through_the_outbox(tag, user):
    feedback = tell(tag, user, captured_on=MONDAY)
    lanes.settle()

    moderation.mark_spam([feedback.pk])
    lanes.settle()

    assert cell_rows(tag) == []
