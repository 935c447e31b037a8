import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from apps.accounts.models import Role
from apps.accounts.permissions import (
    INSTALLATION_ONLY,
    PERMISSIONS,
    Permission,
    may,
    permissions_in,
    require,
    teams_where,
)
from apps.accounts.selectors import teams_of
from apps.accounts.services import set_membership
from tests.factories import AdministratorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

# The whole table, written out once more: a change here is a decision, not an accident.
MATRIX = {
    Permission.READ_FEEDBACK: {"scientist", "analyst", "manager", "administrator", "installation"},
    Permission.EXPORT_FEEDBACK: {"scientist", "analyst", "manager", "administrator", "installation"},
    Permission.WRITE_NOTE: {"scientist", "analyst", "manager", "administrator", "installation"},
    Permission.TAG_FEEDBACK: {"scientist", "analyst", "manager", "administrator", "installation"},
    Permission.MODERATE_FEEDBACK: {"analyst", "manager", "administrator", "installation"},
    Permission.SET_VISIBILITY: {"manager", "administrator", "installation"},
    Permission.MANAGE_TAXONOMY: {"analyst", "administrator", "installation"},
    Permission.MANAGE_RULES: {"analyst", "administrator", "installation"},
    Permission.IMPORT_FEEDBACK: {"analyst", "administrator", "installation"},
    Permission.MANAGE_FORMS: {"analyst", "administrator", "installation"},
    Permission.MANAGE_INTEGRATIONS: {"administrator", "installation"},
    Permission.MANAGE_CATALOG: {"analyst", "administrator", "installation"},
    Permission.MANAGE_CUSTOMERS: {"analyst", "administrator", "installation"},
    Permission.RUN_RESEARCH: {"analyst", "manager", "administrator", "installation"},
    Permission.JOIN_RESEARCH: {"scientist", "analyst", "manager", "administrator", "installation"},
    Permission.APPROVE_INCENTIVE: {"manager", "administrator", "installation"},
    Permission.DECIDE_PRIORITY: {"manager", "administrator", "installation"},
    Permission.SET_POLICY: {"manager", "administrator", "installation"},
    Permission.MANAGE_PEOPLE: {"administrator", "installation"},
    Permission.VIEW_MAIL: {"installation"},
    Permission.VIEW_AUDIT: {"installation"},
    Permission.MANAGE_ACCOUNTS: {"installation"},
    Permission.MANAGE_API_KEYS: {"installation"},
    Permission.ERASE_CUSTOMER: {"installation"},
}


def people():
    yield "nobody", AnonymousUser()
    yield "teamless", UserFactory()
    yield "disabled", AdministratorFactory(is_active=False)
    for role in Role:
        yield role.value, UserFactory(role=role)
    yield "installation", AdministratorFactory()


def test_every_permission_is_given_to_exactly_these():
    cast = list(people())

    given = {permission: {name for name, user in cast if may(user, permission)} for permission in Permission}

    assert given == MATRIX


def test_the_table_is_complete():
    assert set(PERMISSIONS) == set(Role)
    assert frozenset.union(*PERMISSIONS.values()) | INSTALLATION_ONLY == frozenset(Permission)


def test_a_role_counts_for_its_own_team():
    mine, other = TeamFactory(), TeamFactory()
    manager = UserFactory(role=Role.MANAGER, team=mine)
    set_membership(user=manager, team=other, role=Role.SCIENTIST)

    answers = [may(manager, Permission.SET_POLICY, team=team) for team in (mine, other, None)]

    assert answers == [True, False, True]


def test_an_everywhere_role_counts_in_every_team_beside_the_membership():
    mine, other = TeamFactory(), TeamFactory()
    person = UserFactory(role=Role.MANAGER, team=mine, everywhere_role=Role.ANALYST)

    asked = (Permission.SET_POLICY, Permission.MANAGE_RULES, Permission.MANAGE_PEOPLE)

    assert [may(person, permission, team=mine) for permission in asked] == [True, True, False]
    assert [may(person, permission, team=other) for permission in asked] == [False, True, False]
    assert [may(person, permission) for permission in asked] == [True, True, False]
    assert list(teams_where(person, Permission.SET_POLICY)) == [mine]
    assert set(teams_where(person, Permission.MANAGE_RULES)) == {mine, other}
    assert permissions_in(person, team=other) == PERMISSIONS[Role.ANALYST]
    assert permissions_in(person, team=mine) == PERMISSIONS[Role.ANALYST] | PERMISSIONS[Role.MANAGER]


def test_an_everywhere_role_needs_no_team_at_all():
    person = UserFactory(everywhere_role=Role.SCIENTIST)

    assert may(person, Permission.READ_FEEDBACK)
    assert not may(UserFactory(everywhere_role=Role.SCIENTIST, is_active=False), Permission.READ_FEEDBACK)


def test_the_teams_of_a_person():
    mine, other = TeamFactory(name="A"), TeamFactory(name="B")

    assert teams_of(UserFactory(role=Role.SCIENTIST, team=mine, everywhere_role=Role.ANALYST)) == [mine]
    assert teams_of(UserFactory(everywhere_role=Role.ANALYST)) == [mine, other]
    assert teams_of(AdministratorFactory()) == [mine, other]
    assert teams_of(UserFactory()) == []
    assert teams_of(AnonymousUser()) == []


def test_the_administrator_of_everything_needs_no_team():
    assert may(AdministratorFactory(), Permission.SET_POLICY, team=TeamFactory())


def test_roles_are_read_once_per_user_object(django_assert_num_queries):
    user = UserFactory(role=Role.ANALYST, everywhere_role=Role.SCIENTIST)

    with django_assert_num_queries(1):
        for permission in Permission:
            may(user, permission)


def test_a_change_of_role_holds_at_once_and_in_the_next_request():
    team = TeamFactory()
    user = UserFactory(role=Role.MANAGER, team=team)
    assert may(user, Permission.SET_POLICY)

    set_membership(user=user, team=team, role=None)

    assert not may(user, Permission.SET_POLICY)
    assert not may(type(user).objects.get(pk=user.pk), Permission.SET_POLICY)


@require(Permission.SET_POLICY)
def guarded_page(request):
    """A page."""
    return HttpResponse("fine")


def test_require_lets_in_refuses_and_sends_to_sign_in():
    request = RequestFactory().get("/somewhere/?a=1")

    request.user = UserFactory(role=Role.MANAGER)
    assert guarded_page(request).content == b"fine"
    request.user = UserFactory(role=Role.SCIENTIST)
    with pytest.raises(PermissionDenied):
        guarded_page(request)
    request.user = AnonymousUser()
    assert guarded_page(request).url == "/accounts/login/?next=/somewhere/%3Fa%3D1"
    assert guarded_page.__name__ == "guarded_page"


def test_a_page_address_that_is_none_sends_to_sign_in(client):
    answer = client.get("/feedback/", headers={"HX-Request": "true", "HX-Current-URL": "http://[bad"})

    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/accounts/login/")
