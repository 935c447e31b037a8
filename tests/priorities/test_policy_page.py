"""The page of a team's policy: what it says, and who may change what to what."""

import pytest

from apps.accounts.models import Role
from apps.core import lanes
from apps.priorities import selectors, services
from apps.priorities.models import Policy
from apps.tagging import services as tagging
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PAGE, CHANGE = "/teams/instruments/queue/how/", "/teams/instruments/queue/how/change/"


@pytest.fixture
def team():
    return TeamFactory(name="Instruments", slug="instruments")


@pytest.fixture
def manager(team):
    return UserFactory(role=Role.MANAGER, team=team, name="Man Ager")


def asked(**changes) -> dict[str, object]:
    """The first policy as its form sends it, with ``changes``."""
    return {
        "half_life_days": "30",
        "counted": "customers",
        "anonymous_weight": "0.5",
        "anonymous_daily_cap": "20",
        "unhappy_weight": "0.5",
        "importance_weight": "0.5",
        "against_weight": "1.0",
        "repeat_weight": "0.0",
        "min_voices": "3",
        **changes,
    }


def test_a_manager_changes_the_policy_and_the_queue_follows_at_once(client, team, manager):
    segment, tag = SegmentFactory(name="Partners", weight=2), TagFactory(team=team)
    for _ in range(3):
        feedback = FeedbackFactory(customer=CustomerFactory(segment=segment))
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=manager)
    lanes.settle()
    services.current_policy(team)
    before = selectors.queue(team).entries[0].score
    client.force_login(manager)

    html = client.post(CHANGE, asked(**{f"segment_{segment.pk}": "6"}), follow=True).content.decode()

    policy = Policy.objects.get(version=2)
    assert (policy.segment_weights, policy.created_by, policy.half_life_days) == ({str(segment.pk): 6.0}, manager, 30)
    assert selectors.queue(team).entries[0].score == pytest.approx(3 * before)
    assert "Policy 2 of Instruments, set by Man Ager on" in html
    assert "Partners \u00d7 6.0" in html


def test_everything_of_a_policy_can_be_changed(client, team, manager):
    wanted = {
        "half_life_days": 90,
        "counted": "organisations",
        "anonymous_weight": 0.25,
        "anonymous_daily_cap": 5,
        "unhappy_weight": 1.0,
        "importance_weight": 0.75,
        "against_weight": 0.5,
        "repeat_weight": 0.1,
        "min_voices": 5,
    }
    client.force_login(manager)

    client.post(CHANGE, {name: str(value) for name, value in wanted.items()})

    assert {name: getattr(services.current_policy(team), name) for name in wanted} == wanted


def test_the_same_again_makes_no_new_version(client, team, manager):
    SegmentFactory()
    client.force_login(manager)

    for _ in range(2):
        assert client.post(CHANGE, asked(half_life_days="60")).headers["Location"] == PAGE

    assert list(Policy.objects.order_by("version").values_list("version", "half_life_days")) == [(1, 30), (2, 60)]


def test_a_segment_left_blank_weighs_what_it_does_everywhere(client, team, manager):
    segment = SegmentFactory(weight=2)
    services.change_policy(team, user=manager, changes={"segment_weights": {str(segment.pk): 6}})
    client.force_login(manager)

    client.post(CHANGE, asked(**{f"segment_{segment.pk}": ""}))

    assert services.current_policy(team).segment_weights == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"half_life_days": "2"}, {"half_life_days": "1827"}, {"half_life_days": ""}, {"counted": "dogs"},
        {"anonymous_weight": "-0.1"}, {"anonymous_weight": "nan"}, {"anonymous_weight": "11"},
        {"anonymous_daily_cap": "-1"}, {"anonymous_daily_cap": "99999999999"}, {"unhappy_weight": "inf"},
        {"importance_weight": "x"}, {"against_weight": "1.1"}, {"repeat_weight": "1e400"}, {"min_voices": "0"},
        {"segment": "-1"}, {"segment": "100.1"}, {"segment": "nan"}, {"segment": "heavy"},
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_told_at_its_field(client, team, manager, changes):
    name = f"segment_{SegmentFactory().pk}"
    sent = {(name if key == "segment" else key): value for key, value in changes.items()}
    client.force_login(manager)

    response = client.post(CHANGE, asked(**sent))

    assert (response.status_code, list(response.context["form"].errors)) == (422, list(sent))
    assert not Policy.objects.exists()


def test_looking_at_the_policy_makes_none(client, team, manager):
    client.force_login(manager)

    assert b"nobody has changed it yet" in client.get(PAGE).content
    assert not Policy.objects.exists()


def test_the_form_is_shown_to_those_who_may_use_it(client, team, manager):
    people = {
        manager: True,
        AdministratorFactory(): True,
        UserFactory(role=Role.ANALYST, team=team): False,
        UserFactory(role=Role.MANAGER): False,  # of another team
    }
    for person, is_shown in people.items():
        client.force_login(person)
        assert (CHANGE.encode() in client.get(PAGE).content) == is_shown


def test_changing_is_refused_to_strangers_other_roles_teams_and_get(client, team, manager):
    assert client.post(CHANGE, asked()).status_code == 302
    for person in (UserFactory(), UserFactory(role=Role.ANALYST, team=team), UserFactory(role=Role.MANAGER)):
        client.force_login(person)
        assert client.post(CHANGE, asked(half_life_days="60")).status_code == 403
    client.force_login(manager)

    assert client.get(CHANGE).status_code == 405
    assert client.post(CHANGE.replace("instruments", "nowhere"), asked()).status_code == 404
    assert not Policy.objects.exists()
