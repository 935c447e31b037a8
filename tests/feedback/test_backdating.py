"""A demonstration's feedback looks as if it had come in as it was said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.feedback.services.backdating import backdate_receipts
from tests.factories import FeedbackFactory

pytestmark = pytest.mark.django_db


def test_receipt_follows_what_was_said_and_never_lies_ahead():
    now = timezone.now()
    old = FeedbackFactory(captured_at=now - timedelta(days=9))
    fresh = FeedbackFactory(captured_at=now - timedelta(seconds=30))
    other = FeedbackFactory(captured_at=now - timedelta(days=9))
    other.refresh_from_db()  # the database said when
    untouched = other.received_at

    for _ in range(2):
        backdate_receipts([old.pk, fresh.pk])

    for feedback in (old, fresh, other):
        feedback.refresh_from_db()
    assert old.received_at == old.captured_at + timedelta(minutes=2)
    assert fresh.received_at <= timezone.now()
    assert old.listed_at == old.captured_at
    assert other.received_at == untouched
