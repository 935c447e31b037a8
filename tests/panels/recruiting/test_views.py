"""The page of candidates: its criteria, its choice, and what is kept by whom."""

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.panels.models import Criteria
from tests.factories import CustomerFactory, SegmentFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/candidates/"


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def manager(client, team):
    person = UserFactory(role=Role.MANAGER, team=team)
    client.force_login(person)
    return person


def test_the_page_finds_and_says_what_is_wrong(client, manager):
    segment = SegmentFactory()
    ada, _other = CustomerFactory(name="Ada", segment=segment), CustomerFactory(name="Grace")

    answer = client.get(PAGE, {"segment": segment.pk})

    assert [one.customer for one in answer.context["page"].candidates] == [ada]
    assert f'value="{ada.pk}"' in answer.content.decode()
    for wrong in ({"segment": "x"}, {"product": 9_999}, {"said": "-drift"}, {"rested_days": "-1"}, {"before": "x"}):
        refused = client.get(PAGE, wrong)
        assert (refused.status_code, "page" in refused.context) == (422, False)
    assert client.get(PAGE, {"said": "x" * 9_999}).status_code == 422
    assert client.post(PAGE).status_code == 405


def test_scientists_may_not_look_for_anybody(client, team):
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))
    assert client.get(PAGE).status_code == 403


def test_criteria_are_kept_opened_renamed_and_deleted(client, manager):
    segment = SegmentFactory()
    query = f"segment={segment.pk}&rested_days=30&said=&before=7"

    for _ in range(2):
        answer = client.post(reverse("recruiting:save"), {"name": " Gold ", "query": query})
        kept = Criteria.objects.get()
        address = f"{PAGE}?segment={segment.pk}&rested_days=30&kept={kept.pk}"
        assert answer.headers["Location"] == address
    assert (kept.name, kept.conditions, kept.is_shared) == (
        "Gold",
        {"segment": str(segment.pk), "rested_days": "30"},
        False,
    )
    assert client.get(reverse("recruiting:open", args=[kept.pk])).headers["Location"] == address
    assert client.get(address).context["opened"] == kept

    Criteria.objects.create(owner=manager, name="Taken")
    edit = reverse("recruiting:edit", args=[kept.pk])
    assert client.post(edit, {"name": "Taken"}).status_code == 422
    client.post(edit, {"name": "Rested gold", "is_shared": "1"})
    kept.refresh_from_db()
    assert (kept.name, kept.is_shared) == ("Rested gold", True)

    delete = reverse("recruiting:delete", args=[kept.pk])
    assert client.get(delete).status_code == 405
    assert client.post(delete).headers["Location"] == f"{PAGE}?segment={segment.pk}&rested_days=30"
    assert client.post(delete).status_code == 404


def test_nothing_is_kept_without_criteria_or_a_name(client, manager):
    for data in ({"name": "x"}, {"name": "x", "query": "segment=zzz"}, {"name": "", "query": "rested_days=3"}):
        client.post(reverse("recruiting:save"), data)
    assert Criteria.objects.count() == 0


def test_others_open_what_is_shared_and_change_nothing(client, manager):
    other = UserFactory(role=Role.ANALYST, team=TeamFactory())
    secret = Criteria.objects.create(owner=other, name="Secret", conditions={"said": "laser"})
    shared = Criteria.objects.create(owner=other, name="Shared", conditions={"said": "laser"}, is_shared=True)

    page = client.get(PAGE).content.decode()

    assert ("Secret" in page, "Shared" in page) == (False, True)
    assert client.get(reverse("recruiting:open", args=[shared.pk])).status_code == 302
    assert client.get(reverse("recruiting:open", args=[secret.pk])).status_code == 404
    for name in ("recruiting:edit", "recruiting:delete"):
        assert client.post(reverse(name, args=[shared.pk]), {"name": "Mine"}).status_code == 404
    assert Criteria.objects.filter(owner=other).count() == 2
