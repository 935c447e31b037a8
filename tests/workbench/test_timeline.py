"""The timeline of one piece of feedback: everything that happened to it, in order, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.catalog.models import Visibility
from apps.dialogue.confirmations import PURPOSE
from apps.dialogue.models import Mail, MailState
from apps.feedback.models import Feedback
from apps.feedback.services import moderation
from apps.insight.services import read_feedback
from apps.tagging import services as tagging
from apps.workbench.room.timeline import timeline
from tests.factories import FeedbackFactory, TagFactory

pytestmark = pytest.mark.django_db


def fetch(feedback) -> Feedback:
    return Feedback.objects.select_related("form", "source_import", "reading").get(pk=feedback.pk)


def sentences(feedback) -> list[str]:
    return [event.sentence for event in timeline(fetch(feedback))]


def test_everything_that_happened_in_order(scientist, analyst, product, django_assert_num_queries):
    feedback = FeedbackFactory(product=product, text="Terrible, it broke again.")
    read_feedback([feedback.pk])
    fits, against, wrong = (TagFactory(name=name) for name in ("Pump", "Noise", "Price"))
    tagging.confirm_tag(feedback_id=feedback.pk, tag=fits, user=scientist)
    tagging.confirm_tag(feedback_id=feedback.pk, tag=against, user=analyst, is_against=True)
    tagging.reject_tag(feedback_id=feedback.pk, tag=wrong, user=analyst)
    Mail.objects.create(
        sender="a@example.org", recipients=["lena@uni.example"], subject="?", body="?", purpose=PURPOSE,
        about_id=feedback.pk, state=MailState.SENT, created_at=datetime.now(UTC) + timedelta(minutes=1),
    )  # fmt: skip
    Mail.objects.create(
        sender="a@example.org", recipients=["x"], subject="?", body="?", purpose="other", about_id=feedback.pk
    )
    fetched = fetch(feedback)

    with django_assert_num_queries(3):
        events = timeline(fetched)

    assert sorted(event.sentence for event in events) == sorted(
        [
            "The customer said it.",
            "Received. Channel: API.",
            "Read by machine: sounds negative.",
            "Sci Entist tagged it “Pump”.",
            "Ana Lyst tagged it “Noise”, as speaking against.",
            "Ana Lyst said that “Price” does not fit.",
            "The customer was asked by mail whether it is theirs.",
        ]
    )
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert events[0].sentence == "The customer said it."
    assert "lena" not in str(events)


def test_what_is_said_and_received_at_once_is_one_event(product):
    feedback = FeedbackFactory(product=product, captured_at=datetime(2026, 3, 2, tzinfo=UTC),
                               received_at=datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC))  # fmt: skip

    assert sentences(feedback) == ["Received. Channel: API."]


def test_an_erasure_is_told(product):
    feedback = FeedbackFactory(product=product, redacted_at=datetime.now(UTC) + timedelta(days=1))

    assert sentences(feedback)[-1] == "The words were erased."


def test_state_and_visibility_are_told_as_they_changed(product):
    feedback = FeedbackFactory(product=product)
    moderation.hold([feedback.pk], reason="Odd")
    moderation.release([feedback.pk])
    Feedback.objects.filter(pk=feedback.pk).update(visibility=Visibility.TEAM)

    told = sentences(feedback)

    assert sorted(told[2:]) == [  # the history's times are of the transaction's beginning: one for all here
        "It was opened to: The owning team.",
        "The state was set: Held for review.",
        "The state was set: Live.",
    ]
