"""The people pages: whom one sees, what one may change, and that nobody gives what they do not hold."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from apps.accounts import services
from apps.accounts.models import Membership, Role, User
from tests.answers import same_but_for
from tests.factories import AdministratorFactory, MembershipFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_in_memory(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def team():
    return TeamFactory(name="Optics")


@pytest.fixture
def administrator():
    return AdministratorFactory(name="Root")


@pytest.fixture
def leader(team):
    """The administrator of one team."""
    return UserFactory(name="Lea", role=Role.ADMINISTRATOR, team=team)


@pytest.fixture
def member(team):
    return UserFactory(name="Mina", email="mina@example.com", role=Role.SCIENTIST, team=team)


@pytest.fixture
def outsider():
    return UserFactory(name="Otto", email="otto@example.com", role=Role.SCIENTIST, team=TeamFactory(name="Lasers"))


def shown_names(answer) -> list[str]:
    return [person.name for person in answer.context["page"].object_list]


def test_the_list_shows_everybody_to_an_administrator_and_the_team_to_its_own(
    client, administrator, leader, member, outsider
):
    UserFactory(name="Closed", is_active=False)
    client.force_login(administrator)
    assert shown_names(client.get("/people/")) == ["Lea", "Mina", "Otto", "Root"]

    client.force_login(leader)
    answer = client.get("/people/")

    assert shown_names(answer) == ["Lea", "Mina"]
    assert b"Otto" not in answer.content
    assert b"Lasers" not in answer.content


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=MINA", ["Mina"]),
        ("q=otto%40", ["Otto"]),
        ("team=optics", ["Lea", "Mina"]),
        ("role=scientist", ["Mina", "Otto"]),
        ("role=installation", ["Root"]),
        ("role=analyst", ["Ann"]),
        ("state=closed", ["Closed"]),
        ("state=all&sort=-name", ["Root", "Otto", "Mina", "Lea", "Closed", "Ann"]),
        ("state=never&team=optics", ["Lea", "Mina"]),
        ("team=nowhere&sort=x", ["Ann", "Lea", "Mina", "Otto", "Root"]),  # what is not understood is left out
    ],
)
def test_the_list_is_searched_filtered_and_sorted(client, administrator, leader, member, outsider, query, names):
    leader.memberships.get().team.__class__.objects.filter(name="Optics").update(slug="optics")
    UserFactory(name="Ann", everywhere_role=Role.ANALYST)
    UserFactory(name="Closed", is_active=False)
    User.objects.filter(pk=administrator.pk).update(last_login=administrator.joined_at)
    client.force_login(administrator)

    assert shown_names(client.get(f"/people/?{query}")) == names


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_person_and_three(
    client, administrator, team, count, django_assert_num_queries
):
    for _ in range(count):
        person = UserFactory(role=Role.ANALYST, team=team)
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    client.force_login(administrator)
    client.get("/people/")

    with django_assert_num_queries(8):
        answer = client.get("/people/?team=")

    assert len(answer.context["page"].object_list) == count + 1


def test_a_person_shows_only_the_roles_in_teams_one_manages(client, leader, member, outsider):
    MembershipFactory(user=member, team=outsider.memberships.get().team, role=Role.MANAGER)
    client.force_login(leader)

    answer = client.get(f"/people/{member.pk}/")

    assert answer.status_code == 200
    assert b"Lasers" not in answer.content
    assert b"Deactivate" not in answer.content


def test_foreign_and_missing_people_are_answered_alike(client, leader, outsider):
    client.force_login(leader)

    foreign, missing = (client.get(f"/people/{pk}/") for pk in (outsider.pk, 999_999))

    assert (foreign.status_code, missing.status_code) == (404, 404)
    alike = [same_but_for(answer.content, f"/{pk}/") for answer, pk in ((foreign, outsider.pk), (missing, 999_999))]
    assert alike[0] == alike[1]


def test_a_role_is_given_changed_and_taken(client, leader, member, team):
    client.force_login(leader)
    url, seen = f"/people/{member.pk}/membership/", []

    for role in ("analyst", "analyst", "administrator", ""):
        client.post(url, {"team": team.slug, "role": role})
        seen.append(list(Membership.objects.filter(user=member).values_list("role", flat=True)))

    assert seen == [["analyst"], ["analyst"], ["administrator"], []]


def test_a_teams_administrator_gives_nothing_elsewhere(client, leader, member, outsider, team):
    other = outsider.memberships.get().team
    client.force_login(leader)

    answers = [
        client.post(f"/people/{member.pk}/membership/", {"team": other.slug, "role": "scientist"}),
        client.post(f"/people/{outsider.pk}/membership/", {"team": team.slug, "role": "scientist"}),
        client.post(f"/people/{member.pk}/standing/", {"everywhere_role": "manager", "is_administrator": "on"}),
        client.post(f"/people/{member.pk}/name/", {"name": "Else"}),
        client.post(f"/people/{member.pk}/address/", {"email": "else@example.com", "is_sure": "on"}),
        client.post(f"/people/{member.pk}/deactivate/"),
        client.post(f"/people/{member.pk}/reactivate/"),
        client.post(f"/people/{member.pk}/password-link/"),
        client.post(f"/people/{member.pk}/reset-factors/", {"is_sure": "1"}),
        client.post("/people/teams/", {"name": "Mine"}),
        client.post(f"/people/teams/{other.slug}/rename/", {"name": "Taken"}),
        client.post(f"/people/teams/{other.slug}/members/", {"email": member.email, "role": "scientist"}),
        client.post(f"/people/teams/{team.slug}/delete/"),
        client.get("/people/keys/"),
        client.get("/people/access/"),
    ]

    assert [answer.status_code for answer in answers] == [422, 404, *[403] * 8, 404, 404, *[403] * 3]
    member.refresh_from_db()
    assert (member.name, member.everywhere_role, member.is_superuser, member.is_active) == ("Mina", "", False, True)
    assert Membership.objects.filter(team=other).count() == 1
    assert mail.outbox == []


def test_the_standing_is_set_and_the_last_administrator_stays(client, administrator, member):
    client.force_login(administrator)

    client.post(f"/people/{member.pk}/standing/", {"everywhere_role": "manager", "is_administrator": "on"})
    member.refresh_from_db()
    assert (member.everywhere_role, member.is_superuser, member.is_staff) == ("manager", True, True)

    client.post(f"/people/{member.pk}/standing/", {"everywhere_role": ""})
    refused = client.post(f"/people/{administrator.pk}/standing/", {"everywhere_role": "analyst"})

    member.refresh_from_db()
    administrator.refresh_from_db()
    assert (member.everywhere_role, member.is_superuser) == ("", False)
    assert refused.status_code == 422
    assert (administrator.is_superuser, administrator.everywhere_role) == (True, "")  # all or nothing


def test_an_administrators_role_is_not_given_everywhere(client, administrator, member):
    client.force_login(administrator)

    answer = client.post(f"/people/{member.pk}/standing/", {"everywhere_role": "administrator"})

    assert answer.status_code == 422
    with pytest.raises(ValueError, match="not given everywhere"):
        services.set_everywhere_role(user=member, role=Role.ADMINISTRATOR)


def test_an_address_is_changed_once_told_and_ends_sessions(client, administrator, member):
    theirs = Client()
    theirs.force_login(member)
    client.force_login(administrator)
    url = f"/people/{member.pk}/address/"

    unsure = client.post(url, {"email": "new@example.com"})
    taken = client.post(url, {"email": administrator.email, "is_sure": "on"})
    done, again = (client.post(url, {"email": " NEW@example.com", "is_sure": "on"}) for _ in range(2))

    assert [answer.status_code for answer in (unsure, taken, done, again)] == [422, 422, 302, 302]
    member.refresh_from_db()
    assert member.email == "new@example.com"
    assert [message.to for message in mail.outbox] == [["mina@example.com"]]
    assert theirs.get("/home/").status_code == 302


def test_deactivating_lists_what_is_owned_ends_sessions_and_can_be_undone(client, administrator, member):
    theirs = Client()
    theirs.force_login(member)
    client.force_login(administrator)
    url = f"/people/{member.pk}/deactivate/"

    assert client.get(url).status_code == 200
    for _ in range(2):
        assert client.post(url).status_code == 302

    member.refresh_from_db()
    assert not member.is_active
    assert not UserSession.objects.filter(user=member).exists()
    assert member.memberships.count() == 1
    for _ in range(2):
        assert client.post(f"/people/{member.pk}/reactivate/").status_code == 302
    member.refresh_from_db()
    assert member.is_active
    assert theirs.get("/home/").status_code == 302  # the old session stays dead


def test_nobody_closes_their_own_account(client, administrator):
    AdministratorFactory()
    client.force_login(administrator)

    answer = client.post(f"/people/{administrator.pk}/deactivate/")

    assert answer.status_code == 409
    assert User.objects.get(pk=administrator.pk).is_active


def test_a_password_link_goes_to_the_stored_address(client, administrator, member):
    client.force_login(administrator)

    client.post(f"/people/{member.pk}/password-link/")
    services.set_active(user=member, is_active=False)
    client.post(f"/people/{member.pk}/password-link/")

    assert [message.to for message in mail.outbox] == [["mina@example.com"]]


def test_second_factors_are_reset_after_a_tick(client, administrator, member):
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={})
    client.force_login(administrator)
    url = f"/people/{member.pk}/reset-factors/"

    client.post(url)
    assert Authenticator.objects.filter(user=member).count() == 1
    for _ in range(2):
        assert client.post(url, {"is_sure": "1"}).status_code == 302

    assert Authenticator.objects.filter(user=member).count() == 0


@pytest.mark.parametrize("role", [Role.SCIENTIST, Role.ANALYST, Role.MANAGER])
def test_other_roles_do_not_enter(client, role):
    client.force_login(UserFactory(role=role))

    for url in ("/people/", "/people/teams/", "/people/invite/", "/people/roles/", "/people/keys/", "/people/access/"):
        assert client.get(url).status_code == 403
