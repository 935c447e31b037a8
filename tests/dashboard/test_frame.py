"""The frame of every staff page: who is led where, and what the page is drawn with."""

import re

import pytest

from apps.accounts.models import Role
from tests.factories import AdministratorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

SHARED = ["/home/", "/feedback/"]
CUSTOMERS = ["/customers/", "/organisations/"]
SET_UP = ["/forms/", "/products/"]
ADMINISTRATION = ["/people/", "/people/teams/", "/people/access/", "/people/keys/", "/audit/", "/mail/"]


def links(client) -> list[str]:
    html = client.get("/palette/").content.decode()
    return re.findall(r'<a class="nav-link" href="([^"]+)"', html)


def offered(client, paths: list[str]) -> list[str]:
    shown = links(client)
    return [path for path in paths if path in shown]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.SCIENTIST, [*SHARED, "/forms/"]),
        (Role.ANALYST, SHARED + CUSTOMERS + SET_UP),
        (Role.MANAGER, [*SHARED, "/forms/"]),
        (Role.ADMINISTRATOR, [*SHARED, *CUSTOMERS, *SET_UP, "/people/", "/people/teams/"]),
    ],
)
def test_each_role_is_led_to_what_it_may_open(client, role, expected):
    client.force_login(UserFactory(role=role))

    assert offered(client, SHARED + CUSTOMERS + SET_UP + ADMINISTRATION) == expected


@pytest.mark.parametrize("role", list(Role))
def test_every_link_that_is_drawn_opens_for_whom_it_is_drawn(client, role):
    client.force_login(UserFactory(role=role))

    assert {path for path in links(client) if client.get(path).status_code != 200} == set()


def test_every_link_that_is_drawn_opens(client):
    slug = TeamFactory(name="Optics").slug
    client.force_login(AdministratorFactory())

    shown = links(client)

    assert {path for path in shown if client.get(path).status_code != 200} == set()
    assert {*SHARED, *SET_UP, *ADMINISTRATION, f"/teams/{slug}/queue/", f"/teams/{slug}/"} <= set(shown)


def test_somebody_without_a_role_is_led_home_alone(client):
    client.force_login(UserFactory())

    assert links(client) == ["/home/"]


def test_closed_groups_stay_closed(client):
    client.force_login(AdministratorFactory())
    client.cookies["nav_closed"] = "administration.setup"

    html = client.get("/palette/").content.decode()

    groups = re.findall(r'data-nav-group="(\w+)"( open)?', html)
    assert {name for name, is_open in groups if not is_open} == {"administration", "setup"}


def test_the_theme_is_in_the_first_byte_of_the_page(client):
    client.force_login(UserFactory(theme="dark"))

    assert re.search(r'<html lang="en" dir="ltr" data-theme="dark">', client.get("/palette/").content.decode())


def test_strangers_get_the_systems_theme_and_no_frame(client):
    html = client.get("/accounts/login/").content.decode()

    assert 'data-theme="system"' in html
    assert 'class="nav-link"' not in html
    assert 'id="palette"' not in html
