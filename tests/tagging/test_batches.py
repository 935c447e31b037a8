"""Many statements by people at once."""

import pytest

from apps.core.errors import DomainError
from apps.tagging.batches import Statement, confirm_tags
from apps.tagging.models import LedgerRow, Pair, Tagging
from apps.tagging.services import confirm_tag, reject_tag
from tests.factories import FeedbackFactory, TagFactory, UserFactory

pytestmark = pytest.mark.django_db


def said() -> list[tuple[object, ...]]:
    fields = ("feedback_id", "tag_id", "user_id", "source", "state", "importance", "is_against", "confidence")
    return list(Tagging.objects.order_by("feedback_id", "tag_id", "user_id").values_list(*fields))


def test_a_batch_says_what_single_statements_say():
    tag, user = TagFactory(), UserFactory()
    single, batch = FeedbackFactory(), FeedbackFactory()
    confirm_tag(feedback_id=single.pk, tag=tag, user=user, importance=2, is_against=True)

    assert confirm_tags([Statement(batch.pk, tag.pk, user.pk, 2, is_against=True)]) == 1

    one, other = said()
    assert one[1:] == other[1:]
    assert set(Pair.objects.values_list("is_counted", "importance", "is_against")) == {(True, 2, True)}


def test_saying_it_again_books_nothing_more(django_assert_max_num_queries):
    tags, user = [TagFactory() for _ in range(3)], UserFactory()
    statements = [Statement(FeedbackFactory().pk, tag.pk, user.pk) for tag in tags for _ in range(4)]
    confirm_tags(statements)
    before = (said(), LedgerRow.objects.count())

    with django_assert_max_num_queries(10):
        confirm_tags(statements)

    assert (said(), LedgerRow.objects.count()) == before
    assert before[1] == 12


def test_of_several_by_one_person_the_last_holds_and_a_rejection_is_lifted():
    feedback, tag, user = FeedbackFactory(), TagFactory(), UserFactory()
    reject_tag(feedback_id=feedback.pk, tag=tag, user=user)

    confirm_tags([Statement(feedback.pk, tag.pk, user.pk, 3), Statement(feedback.pk, tag.pk, user.pk, 1)])

    assert said() == [(feedback.pk, tag.pk, user.pk, "person", "confirmed", 1, False, 1.0)]
    assert Pair.objects.get().is_counted


def test_feedback_that_is_gone_refuses_the_whole_batch():
    feedback, tag, user = FeedbackFactory(), TagFactory(), UserFactory()

    with pytest.raises(DomainError):
        confirm_tags([Statement(feedback.pk, tag.pk, user.pk), Statement(feedback.pk + 1, tag.pk, user.pk)])
    assert said() == []


def test_an_empty_batch_is_nothing():
    assert confirm_tags([]) == 0
