"""Django's admin does what the services do, and nothing past them."""

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.accounts.models import ApiKey, Membership, Role, Team, User
from apps.catalog.models import Product
from apps.core import outbox
from apps.customers.models import Customer, Segment
from tests.factories import (
    AdministratorFactory,
    ApiKeyFactory,
    CustomerFactory,
    MembershipFactory,
    OrganisationFactory,
    ProductFactory,
    SegmentFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    user = AdministratorFactory(email="root@example.com")
    client.force_login(user)
    return user


@pytest.fixture
def published(monkeypatch):
    calls = []
    monkeypatch.setattr(outbox, "publish", lambda topic, ids: calls.append((topic, sorted(ids))))
    return calls


def post(client, model, data, pk=None):
    """Send the add or the change form; the answer is a redirect when it was accepted."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{'change' if pk else 'add'}"
    return client.post(reverse(name, args=[pk] if pk else []), data)


def inline(prefix, rows, initial=0):
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    return data | {f"{prefix}-{n}-{key}": value for n, row in enumerate(rows) for key, value in row.items()}


def test_every_page_of_the_admin_opens(client, operator):
    request = client.get("/admin/").wsgi_request
    for model, model_admin in list(admin.site._registry.items()):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist"), {"q": "x"}).status_code == 200, model
        if model_admin.has_add_permission(request):
            assert client.get(reverse(f"{name}_add")).status_code == 200, model


def test_nothing_of_ours_is_deleted_in_the_admin(client, operator):
    request = client.get("/admin/").wsgi_request
    ours = [admin for model, admin in admin.site._registry.items() if model.__module__.startswith("apps.")]

    assert {type(one).__name__ for one in ours if one.has_delete_permission(request)} == set()


def test_a_person_is_added_without_a_password(client, operator):
    answer = post(client, User, {"email": "Ada@Example.com", "name": "Ada"})

    user = User.objects.get(email="ada@example.com")
    assert answer.status_code == 302
    assert (user.name, user.is_staff, user.has_usable_password()) == ("Ada", False, False)


@pytest.mark.parametrize("email", ["root@example.com", "ROOT@example.com", "\u212a@example.com", "x"])
def test_a_bad_address_is_shown_as_such(client, operator, email):
    answer = post(client, User, {"email": email, "name": ""})

    assert answer.status_code == 200
    assert User.objects.count() == 1


def test_people_are_renamed_closed_and_made_administrators(client, operator):
    user = UserFactory()

    post(client, User, {"name": "Ada", "is_superuser": "on"}, user.pk)

    user.refresh_from_db()
    assert (user.name, user.is_active, user.is_superuser, user.is_staff) == ("Ada", False, True, True)


def test_the_last_administrator_cannot_remove_themselves(client, operator):
    answer = post(client, User, {"name": "Root"}, operator.pk)

    operator.refresh_from_db()
    assert answer.status_code == 409
    assert b"Make another one first" in answer.content
    assert (operator.is_active, operator.is_superuser, operator.name) == (True, True, "")


def test_a_team_and_its_members(client, operator):
    user = UserFactory()
    rows = [{"user": user.pk, "role": "manager"}]
    assert post(client, Team, {"name": "Optics", **inline("memberships", rows)}).status_code == 302
    team = Team.objects.get(slug="optics")
    membership = Membership.objects.get(user=user, team=team, role=Role.MANAGER)

    changed = [{"id": membership.pk, "team": team.pk, "user": user.pk, "role": "analyst"}]
    post(client, Team, {"name": "Lasers", **inline("memberships", changed, initial=1)}, team.pk)
    assert list(Membership.objects.values_list("team__name", "team__slug", "role")) == [("Lasers", "optics", "analyst")]

    gone = [{**changed[0], "DELETE": "on"}]
    post(client, Team, {"name": "Lasers", **inline("memberships", gone, initial=1)}, team.pk)
    assert Membership.objects.count() == 0


def test_keys_are_revoked_and_never_made(client, operator):
    row, _ = ApiKeyFactory(scopes=["feedback:read"])

    client.post(reverse("admin:accounts_apikey_changelist"), {"action": "revoke", "_selected_action": [row.pk]})

    assert ApiKey.objects.get().revoked_at is not None
    assert client.get(reverse("admin:accounts_apikey_add")).status_code == 403


def test_products(client, operator):
    fields = {"description": "", "default_visibility": "everyone"}
    assert post(client, Product, {"name": "pH Meter", **fields, **inline("versions", [])}).status_code == 302
    product = Product.objects.get(slug="ph-meter")

    versions = inline("versions", [{"name": "2.0"}])
    post(client, Product, {"name": "pH Probe", "team": TeamFactory().pk, **fields, **versions}, product.pk)

    product.refresh_from_db()
    assert (product.name, product.slug, product.team is not None) == ("pH Probe", "ph-meter", True)
    assert [version.name for version in product.versions.all()] == ["2.0"]
    ProductFactory(name="Taken")
    taken = post(client, Product, {"name": "Taken", **fields, **inline("versions", [])})
    assert taken.status_code == 200


def test_what_changes_how_a_customer_counts_is_published(client, operator, published):
    segment, acme = SegmentFactory(), OrganisationFactory()
    customer = CustomerFactory()

    answer = post(client, Customer, {"segment": segment.pk, "organisation": acme.pk}, customer.pk)
    segment_of_all = {"name": acme.name, "segment": SegmentFactory().pk}
    other = CustomerFactory(organisation=acme)
    post(client, type(acme), segment_of_all, acme.pk)

    customer.refresh_from_db()
    assert (answer.status_code, customer.segment, customer.organisation) == (302, segment, acme)
    assert published == [
        ("customers.changed", [customer.pk]),
        ("customers.changed", [customer.pk]),
        ("customers.changed", [other.pk]),
    ]


def test_customers_are_verified_once(client, operator, published):
    customer = CustomerFactory(email="ann@example.com")
    url = reverse("admin:customers_customer_changelist")

    for _ in range(2):
        client.post(url, {"action": "verify", "_selected_action": [customer.pk]})

    customer.refresh_from_db()
    assert customer.verified_at is not None
    assert published == [("customers.changed", [customer.pk])]


def test_a_segments_weight_is_set_once(client, operator):
    post(client, Segment, {"name": "Key accounts", "weight": "3"})
    segment = Segment.objects.get()
    post(client, Segment, {"name": "Key customers", "weight": "9"}, segment.pk)

    segment.refresh_from_db()
    assert (segment.name, segment.slug, segment.weight) == ("Key customers", "key-accounts", 3)


def test_roles_in_a_team_open_no_admin(client):
    team = TeamFactory()
    user = UserFactory()
    MembershipFactory(user=user, team=team, role=Role.ADMINISTRATOR)
    client.force_login(user)

    assert client.get("/admin/", follow=True).status_code == 403
