"""The demo: what it holds, and that loading it again changes nothing."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import transaction

from apps.accounts.models import Team, User
from apps.catalog.models import ProductVersion
from apps.core import lanes
from apps.customers.models import Customer, Organisation, Segment
from apps.dashboard.demo import company, reading
from apps.dashboard.demo.loading import load_demo
from apps.feedback.models import Feedback, Form
from apps.priorities import check, selectors
from apps.priorities.models import Priority, Snapshot
from apps.tagging.models import KeywordRule, Source, Tag, Tagging

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
COUNTED = (User, Team, Form, Segment, Organisation, Customer, Tag, KeywordRule, Feedback, Tagging, Priority, Snapshot)


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The demo, loaded once for this file in a transaction that is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_demo(now=NOON)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db):
    """The demo; what a test changes is undone."""


def test_the_demo_has_its_size(demo):
    assert counts() == {
        "User": 6,
        "Team": 3,
        "Form": 5,
        "Segment": 4,
        "Organisation": 20,
        "Customer": 66,  # three who came alone and six who only claim a name among them
        "Tag": 30,
        "KeywordRule": 8,
        "Feedback": 250,
        "Tagging": 243,
        "Priority": 6,
        "Snapshot": 84,
    }


def test_feedback_is_of_every_kind(demo):
    def split(field: str) -> dict[str, int]:
        return dict(Counter(Feedback.objects.values_list(field, flat=True)))

    assert split("state") == {"live": 241, "held": 4, "spam": 4, "withdrawn": 1}
    assert split("identity") == {"verified": 190, "anonymous": 47, "claimed": 13}
    assert split("visibility") == {"everyone": 248, "team": 1, "restricted": 1}
    assert Feedback.objects.live().filter(taggings=None).count() == 14
    assert Tagging.objects.filter(source=Source.RULE).count() == 32


def test_every_queue_is_filled_and_all_levels_agree(demo):
    queues = [selectors.queue(team) for team in Team.objects.all()]

    report = check.compare_levels()

    ranked_and_not = {queue.team.name: (len(queue.entries), len(queue.too_few)) for queue in queues}
    assert ranked_and_not == {"Imaging": (8, 0), "Lab Software": (7, 0), "Sequencing": (5, 1)}
    assert report.is_equal, [level for level in report.levels if level.mismatches]
    assert (report.unfolded, report.undelivered, report.quarantined) == (0, {}, 0)
    assert not any(lane.has_work() for lane in lanes.all_lanes())


def test_its_stories_are_told(demo):
    entries = {entry.tag.slug: entry for team in Team.objects.all() for entry in selectors.queue(team).entries}

    assert entries["run-aborts"].rank == 1  # the regression of the last release
    assert entries["stage-drift"].rank == 1  # rising
    assert entries["large-files"].rank == 6  # fading: 16 pieces, and mended
    noisy = entries["fan-noise"]
    assert (noisy.feedback_count, noisy.customer_count, noisy.rank) == (12, 3, 8)


def test_loading_again_changes_nothing(demo):
    before = counts()

    assert load_demo(now=NOON) == 0
    assert counts() == before


def test_every_sign_in_works(demo, client):
    for member in company.STAFF:
        answer = client.post("/accounts/login/", {"login": member.email, "password": company.PASSWORD})

        assert answer.status_code == (302 if member.can_sign_in else 200), member
        client.logout()


def test_dates_count_back_from_the_day_of_loading(demo):
    days = Feedback.objects.order_by("day").values_list("day", flat=True)

    assert [days.first().isoformat(), days.last().isoformat()] == ["2025-10-05", "2026-03-01"]
    version = ProductVersion.objects.get(product__name="Strand 200 Sequencer", name="5.2")
    assert version.released_on.isoformat() == "2026-02-05"
    first_on_it = Feedback.objects.filter(version=version).order_by("day").first()
    assert first_on_it.day > version.released_on


def test_nobody_speaks_of_a_version_before_its_release():
    released = {(plan.key, name): days for plan in company.PRODUCTS for name, days in plan.versions.items()}
    early = [row for row in reading.feedback() if row.version and row.days_ago > released[row.product, row.version]]

    assert early == []


def test_no_two_pieces_of_feedback_are_alike():
    texts = [row.text for row in reading.feedback()]

    assert len({" ".join(text.casefold().split()) for text in texts}) == len(texts) == 250


def test_its_addresses_belong_to_nobody():
    addresses = [one.email for one in reading.customers().values()] + [member.email for member in company.STAFF]

    assert [address for address in addresses if not address.endswith(".example")] == []
