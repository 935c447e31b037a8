"""What is said to a team, folded, and its dashboard."""

from datetime import date, timedelta

from django.utils import timezone

from apps.priorities import fold
from apps.tagging import services as tagging
from tests.factories import FeedbackFactory

TODAY = date(2026, 3, 31)


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def say(product, *, days: int = 0, tag=None, user=None, **fields):
    """Book one piece of feedback said that many days ago; with ``tag`` tagged by ``user``."""
    feedback = FeedbackFactory(product=product, captured_on=days_ago(days), **fields)
    if tag is None:
        tagging.rebook_feedback([feedback.pk])
    else:
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    return feedback


def fold_all() -> None:
    while fold.fold_ledger() or fold.fold_volume_ledger():
        pass


def page_of(client, query: str = ""):
    return client.get(f"/teams/instruments/{query}").context["page"]
