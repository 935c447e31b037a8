"""GET /api/v1/teams/ and a team's queue."""

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.priorities import fold, services
from apps.priorities.models import Standing
from apps.tagging import services as tagging
from tests.factories import (
    ApiKeyFactory,
    CustomerFactory,
    FeedbackFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def headers() -> dict[str, str]:
    return ApiKeyFactory(scopes=["queues:read"])[1]


def tell(tag, user, customers: int) -> None:
    for _ in range(customers):
        feedback = FeedbackFactory(customer=CustomerFactory(), captured_on=timezone.localdate())
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    while fold.fold_ledger():
        pass


def test_teams_are_listed_by_name(client, headers):
    TeamFactory(name="Zeta", slug="zeta")
    TeamFactory(name="Alpha", slug="alpha")

    assert client.get("/api/v1/teams/", headers=headers).json() == {
        "results": [{"slug": "alpha", "name": "Alpha"}, {"slug": "zeta", "name": "Zeta"}]
    }


def test_a_queue_says_how_its_priorities_stand(client, headers):
    team, user = TeamFactory(name="Alpha", slug="alpha"), UserFactory()
    pump, lid = TagFactory(name="Pump", team=team), TagFactory(name="Lid", team=team)
    tell(pump, user, 3)
    tell(lid, user, 1)
    services.set_state(pump, state="planned", user=user)

    answer = client.get("/api/v1/teams/alpha/queue/", headers=headers).json()

    newest = Standing.objects.latest("updated_at").updated_at
    counts = {"anonymous_count": 0, "organisation_count": 0}
    assert answer["entries"] == [
        {
            "rank": 1,
            "tag": {"slug": "pump", "name": "Pump"},
            "score": pytest.approx(3.0),
            "feedback_count": 3,
            "customer_count": 3,
            **counts,
            "organisation_count": 3,
            "trend": {"last_28_days": 3, "previous_28_days": 0, "change": None},
            "state": "planned",
            "is_too_few": False,
        },
        {
            "rank": None,
            "tag": {"slug": "lid", "name": "Lid"},
            "score": pytest.approx(1.0),
            "feedback_count": 1,
            "customer_count": 1,
            **counts,
            "organisation_count": 1,
            "trend": {"last_28_days": 1, "previous_28_days": 0, "change": None},
            "state": "new",
            "is_too_few": True,
        },
    ]
    assert answer["as_of"] == newest.isoformat().replace("+00:00", "Z")
    assert answer["policy_version"] == 1


def test_an_empty_queue_is_as_of_never(client, headers):
    TeamFactory(slug="alpha")

    answer = client.get("/api/v1/teams/alpha/queue/", headers=headers).json()

    assert answer == {"as_of": None, "policy_version": 1, "entries": []}


@pytest.mark.parametrize("address", ["/api/v1/teams/", "/api/v1/teams/alpha/queue/"])
def test_reading_wants_the_scope_or_a_role(client, headers, address):
    TeamFactory(slug="alpha")
    narrow = ApiKeyFactory(scopes=["feedback:read"])[1]

    assert client.get(address).status_code == 401
    assert client.get(address, headers=narrow).status_code == 403
    assert client.post(address, headers=headers).status_code == 405
    client.force_login(UserFactory())
    assert client.get(address).status_code == 403
    client.force_login(UserFactory(role=Role.SCIENTIST))
    assert client.get(address).status_code == 200


def test_an_unknown_team_is_not_found(client, headers):
    response = client.get("/api/v1/teams/nowhere/queue/", headers=headers)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
