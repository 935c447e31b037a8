from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from apps.accounts import services
from apps.accounts.errors import LastAdministratorError
from apps.accounts.models import ApiKey, Membership, Role, Team, User
from apps.catalog.models import Product
from apps.catalog.services import add_version
from apps.core.models import OutboxRow
from apps.customers.services import create_segment
from tests.factories import PASSWORD, AdministratorFactory, ProductFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_create_user_keeps_the_normal_form_of_the_address():
    user = services.create_user(email=" Ada@Example.COM ", name=" Ada ", password=PASSWORD)

    assert (user.email, user.name, user.is_staff, user.is_superuser) == (
        "ada@example.com",
        "Ada",
        False,
        False,
    )
    assert user.check_password(PASSWORD)


def test_without_a_password_nobody_can_sign_in():
    assert not services.create_user(email="ada@example.com").has_usable_password()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nonsense",
        "ADA@example.com",
        "\u212aim@example.com",
        "m\u0131ke@example.com",
        "a@ex\u00e4mple.com",
    ],
)
def test_create_user_refused(email):
    UserFactory(email="ada@example.com")

    with pytest.raises(ValidationError) as caught:
        services.create_user(email=email)

    assert list(caught.value.message_dict) == ["email"]
    assert User.objects.count() == 1


def test_a_password_is_the_same_in_every_unicode_form():
    user = services.create_user(email="ada@example.com", password="caf\u00e9 au lait 12")

    assert user.check_password("cafe\u0301 au lait 12")


def test_users_are_never_looked_up_without_regard_to_unicode_case():
    UserFactory(email="mike@example.com")

    assert User.objects.get_by_natural_key("MIKE@example.com").email == "mike@example.com"
    for look_alike in ("m\u0131ke@example.com", "mi\u212ae@example.com"):
        with pytest.raises(User.DoesNotExist):
            User.objects.get_by_natural_key(look_alike)


def test_create_team_gives_each_a_slug():
    slugs = [services.create_team(name=name).slug for name in ("Optics & Lasers", "optics lasers", "光学")]

    assert slugs == ["optics-lasers", "optics-lasers-2", "team"]


@pytest.mark.parametrize("name", ["", " ", "Taken"])
def test_create_team_refused(name):
    TeamFactory(name="Taken")

    with pytest.raises(ValidationError):
        services.create_team(name=name)

    assert Team.objects.count() == 1


def test_set_membership_gives_changes_and_takes():
    user, team = UserFactory(), TeamFactory()
    seen = []

    for role in (Role.SCIENTIST, Role.SCIENTIST, Role.MANAGER, None, None):
        services.set_membership(user=user, team=team, role=role)
        seen.append(list(Membership.objects.values_list("role", flat=True)))

    assert seen == [["scientist"], ["scientist"], ["manager"], [], []]


def told_of_access() -> list[list[int]]:
    """Return the people of each outbox row, the oldest first, and forget them."""
    rows = OutboxRow.objects.filter(topic=services.ACCESS_CHANGED).order_by("pk")
    people = [row.payload["ids"] for row in rows]
    rows.delete()
    return people


def test_a_membership_that_changes_is_told_and_the_same_again_is_not():
    user, team = UserFactory(), TeamFactory()
    told = []

    for role in (None, Role.SCIENTIST, Role.SCIENTIST, Role.MANAGER, None, None):
        services.set_membership(user=user, team=team, role=role)
        told.append(told_of_access())

    assert told == [[], [[user.pk]], [], [[user.pk]], [[user.pk]], []]


def test_a_role_everywhere_that_changes_is_told_and_the_same_again_is_not():
    user = UserFactory()
    told, held = [], []

    for role in (None, Role.ANALYST, Role.ANALYST, Role.MANAGER, None, None):
        services.set_everywhere_role(user=user, role=role)
        told.append(told_of_access())
        held.append(User.objects.get(pk=user.pk).everywhere_role)

    assert told == [[], [[user.pk]], [], [[user.pk]], [[user.pk]], []]
    assert held == ["", "analyst", "analyst", "manager", "", ""]


def test_a_role_that_is_not_given_everywhere_changes_and_tells_nothing():
    user = UserFactory()

    with pytest.raises(ValueError, match="not given everywhere"):
        services.set_everywhere_role(user=user, role=Role.ADMINISTRATOR)

    assert (User.objects.get(pk=user.pk).everywhere_role, told_of_access()) == ("", [])


def test_an_administration_that_changes_is_told_also_where_the_object_says_it_already():
    AdministratorFactory()
    user = UserFactory()
    told = []

    for is_administrator in (True, True, False, False):
        user.is_superuser = is_administrator  # as a form of the admin leaves it
        services.set_administrator(user=user, is_administrator=is_administrator)
        told.append(told_of_access())

    assert told == [[[user.pk]], [], [[user.pk]], []]
    row = User.objects.get(pk=user.pk)
    assert (row.is_superuser, row.is_staff) == (False, False)


def test_what_is_refused_is_told_to_nobody():
    administrator = AdministratorFactory()

    with pytest.raises(LastAdministratorError):
        services.set_administrator(user=administrator, is_administrator=False)

    assert told_of_access() == []


def test_the_last_administrator_stays():
    administrator = AdministratorFactory()
    AdministratorFactory(is_active=False)

    with pytest.raises(LastAdministratorError):
        services.set_active(user=administrator, is_active=False)
    with pytest.raises(LastAdministratorError):
        services.set_administrator(user=administrator, is_administrator=False)

    administrator.refresh_from_db()
    assert (administrator.is_active, administrator.is_superuser) == (True, True)


def test_one_of_two_administrators_may_go():
    first, second = AdministratorFactory(), AdministratorFactory()

    services.set_administrator(user=first, is_administrator=False)

    first.refresh_from_db()
    assert (first.is_superuser, first.is_staff) == (False, False)
    with pytest.raises(LastAdministratorError):
        services.set_active(user=second, is_active=False)


def test_an_ordinary_account_closes_and_opens():
    AdministratorFactory()
    user = UserFactory()

    services.set_active(user=user, is_active=False)
    assert not User.objects.get(pk=user.pk).is_active
    services.set_active(user=user, is_active=True)
    assert User.objects.get(pk=user.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_remove_each_other_at_once_leave_one():
    pair = [AdministratorFactory(), AdministratorFactory()]
    barrier = Barrier(2)

    def remove(user):
        try:
            barrier.wait(timeout=10)
            services.set_active(user=user, is_active=False)
        except LastAdministratorError:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = sorted(pool.map(remove, pair))

    assert answers == ["done", "refused"]
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "make",
    [
        lambda: services.create_team(name="Optics"),
        lambda: services.create_api_key(name="CRM", scopes=["feedback:read"]),
        lambda: create_segment(name="Gold"),
        lambda: add_version(product=Product.objects.get(), name="2.1"),
    ],
    ids=["team", "key", "segment", "version"],
)
def test_of_two_who_give_one_name_at_once_the_second_is_told(make):
    ProductFactory()
    barrier = Barrier(2)

    def try_it(_number):
        try:
            with transaction.atomic():
                barrier.wait(timeout=10)
                make()
                sleep(0.3)  # the other one looks meanwhile
        except ValidationError:
            return "told"
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = sorted(pool.map(try_it, range(2)))

    assert answers == ["made", "told"]


def test_an_api_key_is_kept_as_its_hash():
    row, secret = services.create_api_key(name=" CRM ", scopes=["feedback:write", "feedback:write"])

    assert (row.name, row.scopes) == ("CRM", ["feedback:write"])
    assert secret.startswith(row.prefix)
    assert len(secret) >= 4 + 8 + 43
    assert secret not in repr(ApiKey.objects.values().get())


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "scopes": ["feedback:read"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["all"]},
    ],
)
def test_create_api_key_refused(fields):
    with pytest.raises(ValidationError):
        services.create_api_key(**fields)

    assert ApiKey.objects.count() == 0


def test_revoking_twice_keeps_the_first_moment():
    row, _ = services.create_api_key(name="x", scopes=["feedback:read"])
    services.revoke_api_key(api_key=row)
    revoked_at = ApiKey.objects.get().revoked_at

    services.revoke_api_key(api_key=row)

    assert revoked_at is not None
    assert ApiKey.objects.get().revoked_at == revoked_at
