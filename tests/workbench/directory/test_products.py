"""Products, their versions, and who reads what is said of them."""

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.catalog.models import Product
from apps.core.models import Change
from apps.feedback.models import Feedback, Form
from tests.factories import (
    FeedbackFactory,
    ProductFactory,
    ProductVersionFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
    make_form,
)
from tests.workbench.directory.addresses import url

pytestmark = pytest.mark.django_db


def test_a_product_is_renamed_and_refused_a_name_that_is_taken(client, analyst, team):
    product, taken = ProductFactory(team=team, name="Aurora", slug="aurora"), ProductFactory(name="Borealis")
    asked = {"name": "Aurora X", "team": team.pk, "description": "A laser", "default_visibility": "everyone"}

    saved = client.post(url("edit-product", product.pk), asked)
    refused = client.post(url("edit-product", product.pk), {**asked, "name": taken.name})

    assert (saved.status_code, refused.status_code) == (302, 422)
    product.refresh_from_db()
    assert (product.name, product.slug, product.description) == ("Aurora X", "aurora", "A laser")
    assert "There is a product of this name already." in refused.content.decode()


def test_archiving_closes_forms_and_keeps_feedback(client, analyst, team):
    product = ProductFactory(team=team)
    make_form(product=product, slug="f", title="How is it?")
    feedback = FeedbackFactory(product=product)

    for _ in range(2):
        assert client.post(url("archive-product", product.pk), {"action": "archive"}).status_code == 302

    product.refresh_from_db()
    assert product.archived_at is not None
    assert not Form.objects.get().is_open
    assert client.get(reverse("workbench:feedback-detail", args=[feedback.pk])).status_code == 200
    assert product.name not in client.get(reverse("workbench:create-form")).content.decode()
    refused = client.post(url("open-or-close-form", Form.objects.get().pk), {"action": "open"}, follow=True)
    assert (Form.objects.get().is_open, "The product is archived." in refused.content.decode()) == (False, True)
    client.post(url("archive-product", product.pk), {"action": "restore"})
    product.refresh_from_db()
    assert product.archived_at is None
    assert client.post(url("archive-product", product.pk), {"action": "burn"}).status_code == 400


def test_only_a_product_nothing_was_said_of_is_deleted(client, analyst, team):
    spoken_of, unused = ProductFactory(team=team), ProductFactory(team=team)
    FeedbackFactory(product=spoken_of)
    ruled = ProductFactory(team=team)
    TagFactory(team=team).rules.create(product=ruled, phrases=["drift"])

    client.post(url("delete-product", unused.pk))  # not sure
    assert Product.objects.filter(pk=unused.pk).exists()
    for product in (spoken_of, ruled, unused):
        client.post(url("delete-product", product.pk), {"is_sure": "1"})

    assert set(Product.objects.values_list("pk", flat=True)) == {spoken_of.pk, ruled.pk}


def test_a_version_is_corrected(client, analyst, team):
    product = ProductFactory(team=team)
    version, other = ProductVersionFactory(product=product), ProductVersionFactory(product=product, name="2.0")
    address = url("edit-version", product.pk, version.pk)

    assert client.post(address, {"version": "1.1", "released_on": "2026-03-01"}).status_code == 302
    assert client.post(address, {"version": other.name}).status_code == 422

    version.refresh_from_db()
    assert (version.name, str(version.released_on)) == ("1.1", "2026-03-01")
    assert client.get(url("edit-version", ProductFactory(team=team).pk, version.pk)).status_code == 404


def test_a_manager_opens_and_closes_one_feedback_of_their_team(client, team):
    feedback = FeedbackFactory(product=ProductFactory(team=team))
    foreign = FeedbackFactory(product=ProductFactory(team=TeamFactory()))
    address = url("set-visibility", feedback.pk)
    client.force_login(UserFactory(role=Role.ANALYST, team=team))
    assert client.post(address, {"visibility": "team"}).status_code == 403
    client.force_login(UserFactory(role=Role.MANAGER, team=team))

    assert client.get(address).status_code == 405
    assert client.post(address, {"visibility": "secret"}).status_code == 400
    assert client.post(url("set-visibility", foreign.pk), {"visibility": "team"}).status_code == 403
    for _ in range(2):
        assert client.post(address, {"visibility": "team"}).status_code == 302
    fragment = client.post(address, {"visibility": "everyone"}, headers={"HX-Request": "true"})
    assert 'id="visibility"' in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    closed = client.post(address, {"visibility": "restricted"}, headers={"HX-Request": "true"})

    assert (closed.status_code, closed.headers["HX-Redirect"]) == (204, reverse("workbench:feedback-list"))
    assert client.post(address, {"visibility": "everyone"}).status_code == 404
    told = Change.objects.filter(kind="feedback.Feedback").order_by("id").values_list("after", flat=True)
    assert [after["visibility"] for after in told] == ["team", "everyone", "restricted"]


def test_another_default_changes_what_came_in_before_only_when_asked(client, team):
    client.force_login(UserFactory(role=Role.MANAGER, team=team))
    person = UserFactory(role=Role.ADMINISTRATOR, team=team)
    client.force_login(person)
    product = ProductFactory(team=team)
    ordinary, closed = FeedbackFactory(product=product), FeedbackFactory(product=product, visibility="restricted")
    asked = {"name": product.name, "team": team.pk, "description": "", "default_visibility": "team"}

    client.post(url("edit-product", product.pk), asked)
    assert Feedback.objects.get(pk=ordinary.pk).visibility == "everyone"
    client.post(url("edit-product", product.pk), {**asked, "default_visibility": "everyone"})
    client.post(url("edit-product", product.pk), {**asked, "changes_existing": "on"})

    assert Feedback.objects.get(pk=ordinary.pk).visibility == "team"
    assert Feedback.objects.get(pk=closed.pk).visibility == "restricted"


def test_an_analyst_is_not_asked_about_what_came_in_before(client, analyst, team):
    product = ProductFactory(team=team)
    feedback = FeedbackFactory(product=product)
    asked = {"name": product.name, "team": team.pk, "default_visibility": "team", "changes_existing": "on"}

    assert client.post(url("edit-product", product.pk), asked).status_code == 302

    assert Feedback.objects.get(pk=feedback.pk).visibility == "everyone"
