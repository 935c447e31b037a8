"""Making products and their versions: what comes of it, and who may."""

import pytest

from apps.accounts.models import Role, User
from apps.catalog.models import Product, ProductVersion, Visibility
from apps.feedback.services.public_forms import create_form
from tests.factories import (
    AdministratorFactory,
    FeedbackFactory,
    MembershipFactory,
    ProductFactory,
    ProductVersionFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def asked(owner, **changes) -> dict[str, object]:
    return {"name": "Borealis", "team": owner.pk, "description": "", "default_visibility": "everyone", **changes}


def test_an_analyst_makes_a_product_and_its_page_leads_to_its_form(client, team, analyst):
    client.force_login(analyst)

    response = client.post("/products/new/", asked(team, default_visibility="team"), follow=True)

    product = Product.objects.get()
    assert (product.name, product.slug, product.team) == ("Borealis", "borealis", team)
    assert product.default_visibility == Visibility.TEAM
    assert response.redirect_chain == [(f"/products/{product.pk}/", 302)]
    assert b'href="/forms/new/?product=borealis"' in response.content
    assert b"<code>borealis</code>" in response.content


def test_the_own_team_is_proposed_and_no_other_offered(client, team, analyst):
    TeamFactory(name="Others")
    client.force_login(analyst)

    form = client.get("/products/new/").context["form"]

    assert form["team"].value() == team.pk
    assert [str(label) for _, label in form.fields["team"].choices] == ["No team yet", "Instruments"]


@pytest.mark.parametrize(
    "changes", [{"name": " "}, {"name": "Aurora"}, {"name": "x" * 121}, {"team": 0}, {"default_visibility": "x"}]
)
def test_a_product_that_cannot_be_is_told(client, team, analyst, product, changes):
    client.force_login(analyst)

    response = client.post("/products/new/", asked(team, **changes))

    assert (response.status_code, list(response.context["form"].errors)) == (422, list(changes))
    assert Product.objects.count() == 1


def test_nobody_makes_a_product_of_anothers_team(client, team, analyst):
    client.force_login(analyst)

    assert client.post("/products/new/", asked(TeamFactory())).status_code == 422
    assert not Product.objects.exists()


def test_versions_are_added_once(client, analyst, product):
    client.force_login(analyst)
    address, sent = f"/products/{product.pk}/", {"version": "2.1", "released_on": "2026-03-01"}

    answers = [client.post(address, sent).status_code for _ in range(2)]

    assert answers == [302, 422]
    (version,) = ProductVersion.objects.all()
    assert (version.product, version.name, version.released_on.isoformat()) == (product, "2.1", "2026-03-01")


def test_versions_of_another_teams_product_are_refused(client, analyst):
    foreign = ProductFactory(team=TeamFactory())
    client.force_login(analyst)

    assert client.get(f"/products/{foreign.pk}/").status_code == 200
    assert client.post(f"/products/{foreign.pk}/", {"version": "2.1"}).status_code == 403
    assert not ProductVersion.objects.exists()


def test_the_list_is_by_name_with_versions_and_forms_counted(client, team, analyst, product):
    other = ProductFactory(name="Aardvark", team=team)
    for name in ("1", "2"):
        ProductVersionFactory(product=product, name=name)
        create_form(product=product, title=name)
    create_form(product=product, title="Third")
    client.force_login(analyst)

    rows = client.get("/products/").context["products"]

    assert [(row.pk, row.version_count, row.form_count) for row in rows] == [(other.pk, 0, 0), (product.pk, 2, 3)]


@pytest.mark.parametrize("amount", [1, 3])
def test_the_list_costs_the_same_for_one_product_and_three(client, team, analyst, amount, django_assert_num_queries):
    for _ in range(amount):
        ProductFactory(team=team)
    client.force_login(analyst)

    with django_assert_num_queries(5):  # session, person, roles, products, teams of the navigation
        response = client.get("/products/")

    assert len(response.context["products"]) == amount


@pytest.mark.parametrize("address", ["/products/", "/products/new/", "/products/{}/"])
def test_products_refuse_strangers_roles_and_methods(client, team, scientist, product, address):
    address = address.format(product.pk)
    assert client.get(address).status_code == 302
    for person in (UserFactory(), scientist, UserFactory(role=Role.MANAGER, team=team)):
        client.force_login(person)
        assert client.get(address).status_code == 403
        assert client.post(address, asked(team)).status_code in (403, 405)
    client.force_login(AdministratorFactory())

    assert client.get(address).status_code == 200
    assert client.delete(address).status_code == 405
    assert client.get(f"/products/{product.pk + 1}/").status_code == 404
    assert Product.objects.count() == 1


@pytest.mark.parametrize("is_ours", [True, False])
def test_giving_a_product_away_opens_nothing_that_is_closed_to_the_giver(client, team, analyst, product, is_ours):
    hers = TeamFactory()
    MembershipFactory(user=analyst, team=hers, role=Role.ADMINISTRATOR)
    owner = team if is_ours else None
    Product.objects.filter(pk=product.pk).update(team=owner)
    FeedbackFactory(product=product, visibility=Visibility.RESTRICTED)
    client.force_login(analyst)

    response = client.post(f"/products/{product.pk}/edit/", asked(hers))

    product.refresh_from_db()
    assert (response.status_code, product.team) == (422, owner)


def test_what_is_closed_to_the_asker_is_not_opened_with_the_product(client, team, analyst, product):
    User.objects.filter(pk=analyst.pk).update(everywhere_role=Role.MANAGER)  # sets visibility, reads no restricted
    Product.objects.filter(pk=product.pk).update(default_visibility=Visibility.RESTRICTED)
    closed = FeedbackFactory(product=product, visibility=Visibility.RESTRICTED)
    client.force_login(analyst)

    client.post(f"/products/{product.pk}/edit/", asked(team, changes_existing="on"))

    closed.refresh_from_db()
    assert closed.visibility == Visibility.RESTRICTED


def test_a_product_nothing_of_which_is_closed_changes_hands(client, team, analyst, product):
    hers = TeamFactory()
    MembershipFactory(user=analyst, team=hers, role=Role.ANALYST)
    FeedbackFactory(product=product, visibility=Visibility.TEAM)
    client.force_login(analyst)

    client.post(f"/products/{product.pk}/edit/", asked(hers))

    product.refresh_from_db()
    assert product.team == hers
