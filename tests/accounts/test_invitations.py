"""Invitations: mailed links, good once; the public page tells nothing of any address."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts import invitations, services
from apps.accounts.errors import InvitationGoneError
from apps.accounts.grants import Grant
from apps.accounts.models import Invitation, Membership, Role, User
from tests.answers import same_but_for
from tests.factories import PASSWORD, AdministratorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_in_memory(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def team():
    return TeamFactory(name="Optics", slug="optics")


@pytest.fixture
def leader(team):
    return UserFactory(name="Lea", role=Role.ADMINISTRATOR, team=team)


def sent_token(number: int = -1) -> str:
    return re.search(r"/people/join/([\w-]+)/", mail.outbox[number].body).group(1)


def invite_ada(leader, team, **changes) -> str:
    given = Grant(**{"team": team, "role": "analyst", **changes})
    invitations.invite(addresses=["ada@example.com"], invited_by=leader, grant=given)
    return sent_token()


def test_a_pasted_list_is_invited_once_and_the_inviter_is_told_the_truth(client, leader, team):
    UserFactory(email="known@example.com")
    client.force_login(leader)
    pasted = "Ada <ADA@example.com>, bea@example.com;\nada@example.com known@example.com"
    data = {"addresses": pasted, "team": "optics", "role": "scientist"}

    first, second = (client.post("/people/invite/", data) for _ in range(2))

    assert [message.to for message in mail.outbox] == [["ada@example.com"], ["bea@example.com"]]
    assert first.context["told"].with_account == ["known@example.com"]
    assert second.context["told"].waiting == ["ada@example.com", "bea@example.com"]
    rows = Invitation.objects.order_by("email").values_list("email", "team", "role", "invited_by")
    assert list(rows) == [(f"{name}@example.com", team.pk, "scientist", leader.pk) for name in ("ada", "bea")]
    assert not any(row.token_sha256 in message.body for row in Invitation.objects.all() for message in mail.outbox)


@pytest.mark.parametrize(
    "changes",
    [
        {"addresses": "nothing here"},
        {"addresses": "ada@example.com b@d"},
        {"addresses": "\u212aim@example.com"},
        {"addresses": ""},
        {"role": ""},
        {"role": "king"},
        {"team": ""},
        {"team": "lasers"},
        {"addresses": " ".join(f"a{number}@example.com" for number in range(51))},
    ],
)
def test_what_cannot_be_sent_is_told_and_kept(client, leader, changes):
    TeamFactory(name="Lasers", slug="lasers")
    client.force_login(leader)

    answer = client.post(
        "/people/invite/", {"addresses": "ada@example.com", "team": "optics", "role": "analyst", **changes}
    )

    assert answer.status_code == 422
    assert not Invitation.objects.exists()
    assert mail.outbox == []


def test_nobody_gives_what_they_do_not_hold(leader, team):
    refused = [
        Grant(TeamFactory(), "scientist"),
        Grant(team, "scientist", everywhere_role="scientist"),
        Grant(team, "scientist", is_administrator=True),
        Grant(team, ""),
        Grant(),
    ]

    for grant in refused:
        with pytest.raises(PermissionDenied):
            invitations.invite(addresses=["ada@example.com"], invited_by=leader, grant=grant)
    with pytest.raises(PermissionDenied):
        invitations.invite(
            addresses=["ada@example.com"],
            invited_by=UserFactory(role=Role.MANAGER, team=team),
            grant=Grant(team, "scientist"),
        )
    assert not Invitation.objects.exists()


def test_whoever_was_invited_joins_and_is_signed_in(client, leader, team):
    token = invite_ada(leader, team)
    url = f"/people/join/{token}/"

    shown = client.get(url)
    weak = client.post(url, {"name": "Ada", "password": "short"})
    joined = client.post(url, {"name": "Ada", "password": PASSWORD})

    assert (shown.status_code, weak.status_code, joined.status_code, joined.url) == (200, 422, 302, "/home/")
    user = User.objects.get(email="ada@example.com")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert (user.name, user.check_password(PASSWORD), user.is_superuser, user.everywhere_role) == (
        "Ada",
        True,
        False,
        "",
    )
    assert list(user.memberships.values_list("team", "role")) == [(team.pk, "analyst")]
    assert "no-store" in shown.headers["Cache-Control"]


def test_an_administrator_and_an_everywhere_role_are_given(team):
    token = invite_ada(AdministratorFactory(), None, role="", everywhere_role="manager", is_administrator=True)

    user = invitations.accept(token=token, name="Ada", password=PASSWORD)

    assert (user.is_superuser, user.everywhere_role, user.memberships.count()) == (True, "manager", 0)


def expire(leader):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def use_up(leader):
    invitations.accept(token=sent_token(), name="Ada", password=PASSWORD)


def take_back(leader):
    invitations.revoke(invitation=Invitation.objects.get(), revoked_by=leader)


def send_again(leader):
    invitations.resend(invitation=Invitation.objects.get(), sent_by=leader)


def make_the_account(leader):
    UserFactory(email="ada@example.com")


def close_the_inviter(leader):
    services.set_active(user=leader, is_active=False)


def demote_the_inviter(leader):
    Membership.objects.update(role=Role.MANAGER)


@pytest.mark.parametrize(
    "spoil",
    [expire, use_up, take_back, send_again, make_the_account, close_the_inviter, demote_the_inviter],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_link_that_does_not_work_answers_like_one_that_never_was(leader, team, spoil, method):
    token = invite_ada(leader, team)
    spoil(leader)
    people = User.objects.count()
    data = {"name": "Eve", "password": PASSWORD}

    dead, wrong = (getattr(Client(), method)(f"/people/join/{one}/", data) for one in (token, "A" * len(token)))

    assert (dead.status_code, wrong.status_code) == (404, 404)
    assert same_but_for(dead.content, token) == same_but_for(wrong.content, "A" * len(token))
    assert b"ada@example.com" not in dead.content
    assert User.objects.count() == people


def test_a_new_link_replaces_the_old_one(leader, team):
    old = invite_ada(leader, team)
    row = Invitation.objects.get()

    assert invitations.resend(invitation=row, sent_by=leader)

    new = sent_token()
    assert new != old
    assert invitations.accept(token=new, name="Ada", password=PASSWORD).email == "ada@example.com"
    assert not invitations.resend(invitation=row, sent_by=leader)
    assert not invitations.revoke(invitation=row, revoked_by=leader)
    assert len(mail.outbox) == 2


def test_another_teams_invitations_are_not_there(client, leader, team):
    invitations.invite(
        addresses=["x@example.com"], invited_by=AdministratorFactory(), grant=Grant(TeamFactory(), "analyst")
    )
    other = Invitation.objects.get()
    client.force_login(leader)

    assert b"x@example.com" not in client.get("/people/invite/").content
    for action in ("resend", "revoke"):
        foreign, missing = (client.post(f"/people/invite/{pk}/{action}/") for pk in (other.pk, 999_999))
        assert (foreign.status_code, missing.status_code) == (404, 404)
        alike = [
            same_but_for(answer.content, f"/invite/{pk}/") for answer, pk in ((foreign, other.pk), (missing, 999_999))
        ]
        assert alike[0] == alike[1]
    assert len(mail.outbox) == 1


def test_resending_and_taking_back_by_the_page(client, leader, team):
    invite_ada(leader, team)
    row = Invitation.objects.get()
    client.force_login(leader)

    assert client.post(f"/people/invite/{row.pk}/resend/").url == "/people/invite/"
    assert [client.post(f"/people/invite/{row.pk}/revoke/").status_code for _ in range(2)] == [302, 404]

    row.refresh_from_db()
    assert (len(mail.outbox), row.revoked_at is not None) == (2, True)


def test_nobody_is_bombed_with_links(client, leader, team, monkeypatch):
    monkeypatch.setattr("apps.accounts.inviting.RESEND_LIMIT", "2/h")
    invite_ada(leader, team)
    client.force_login(leader)
    address = f"/people/invite/{Invitation.objects.get().pk}/resend/"

    assert [client.post(address).status_code for _ in range(3)] == [302, 302, 429]
    assert len(mail.outbox) == 3


def test_many_goes_within_an_hour_are_refused_with_the_addresses_kept(client, leader, team, monkeypatch):
    monkeypatch.setattr("apps.accounts.inviting.INVITE_LIMIT", "2/h")
    client.force_login(leader)
    asked = {"team": "optics", "role": "scientist"}

    pages = [client.post("/people/invite/", {**asked, "addresses": f"p{n}@example.com"}) for n in range(3)]

    assert [page.status_code for page in pages] == [302, 302, 422]
    assert b"p2@example.com" in pages[2].content
    assert Invitation.objects.count() == 2


def test_an_expired_invitation_gives_way_to_a_new_one(leader, team):
    invite_ada(leader, team)
    expire(leader)

    told = invitations.invite(addresses=["ada@example.com"], invited_by=leader, grant=Grant(team, "manager"))

    assert [row.email for row in told.invitations] == ["ada@example.com"]
    assert Invitation.objects.filter(revoked_at__isnull=True).count() == 1


def test_the_public_page_is_throttled(client, monkeypatch):
    monkeypatch.setattr("apps.accounts.inviting.JOIN_LIMIT", "2/h")
    headers = {"REMOTE_ADDR": "203.0.113.77"}

    statuses = [client.get("/people/join/nothing/", **headers).status_code for _ in range(3)]

    assert statuses == [404, 404, 429]


@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_make_one_account():
    token = invite_ada(AdministratorFactory(), TeamFactory())
    barrier = Barrier(2)

    def accept(name):
        try:
            barrier.wait(timeout=10)
            return invitations.accept(token=token, name=name, password=PASSWORD).name
        except InvitationGoneError:
            return "gone"
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = list(pool.map(accept, ["Ada", "Eve"]))

    assert sorted(answers)[1:] == ["gone"] or "gone" in answers
    assert User.objects.filter(email="ada@example.com").count() == 1
    assert Membership.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_one_address_at_once_send_one_mail():
    first, second, team = AdministratorFactory(), AdministratorFactory(), TeamFactory()
    barrier = Barrier(2)

    def invite(user):
        try:
            barrier.wait(timeout=10)
            grant = Grant(team, "analyst")
            return len(invitations.invite(addresses=["ada@example.com"], invited_by=user, grant=grant).invitations)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = sorted(pool.map(invite, [first, second]))

    assert answers == [0, 1]
    assert (Invitation.objects.count(), len(mail.outbox)) == (1, 1)


def test_without_a_team_the_role_that_is_not_shown_is_none(client):
    client.force_login(AdministratorFactory())
    asked = {"addresses": "ada@example.com", "team": "", "role": "scientist"}

    refused = client.post("/people/invite/", asked)
    invited = client.post("/people/invite/", {**asked, "everywhere_role": "manager"})

    assert (refused.status_code, invited.status_code) == (422, 302)
    assert [(one.team, one.role, one.everywhere_role) for one in Invitation.objects.all()] == [(None, "", "manager")]
