"""Who may open the pages of the directory."""

import pytest

from apps.accounts.models import Role
from tests.factories import (
    CustomerFactory,
    OrganisationFactory,
    ProductFactory,
    ProductVersionFactory,
    SegmentFactory,
    TeamFactory,
    UserFactory,
)
from tests.workbench.directory.addresses import url

pytestmark = pytest.mark.django_db


def everything(team) -> dict[str, tuple[object, ...]]:
    product = ProductFactory(team=team)
    version = ProductVersionFactory(product=product)
    customer = CustomerFactory(organisation=OrganisationFactory(segment=SegmentFactory()))
    return {
        "edit-product": (product.pk,),
        "edit-version": (product.pk, version.pk),
        "segment-list": (),
        "create-segment": (),
        "segment": (customer.organisation.segment.pk,),
        "organisation-list": (),
        "create-organisation": (),
        "organisation": (customer.organisation.pk,),
        "customer-list": (),
        "customer": (customer.pk,),
        "edit-customer": (customer.pk,),
    }


POSTS = ("archive-product", "delete-product", "delete-segment", "merge-organisation", "delete-organisation")


def test_every_page_opens_for_an_analyst_and_for_nobody_else(client, team):
    pages = everything(team)
    scientist, analyst = (UserFactory(role=role, team=team) for role in (Role.SCIENTIST, Role.ANALYST))

    def answers() -> list[int]:
        return [client.get(url(name, *args)).status_code for name, args in pages.items()]

    assert set(answers()) == {302}
    client.force_login(scientist)
    assert dict(zip(pages, answers(), strict=True)) == {**dict.fromkeys(pages, 403), "customer": 404}
    client.force_login(analyst)
    assert set(answers()) == {200}
    assert [client.get(url(name, 1)).status_code for name in POSTS] == [405] * len(POSTS)


def test_a_foreign_and_a_missing_thing(client, analyst):
    other = ProductFactory(team=TeamFactory())

    assert client.get(url("edit-product", other.pk)).status_code == 403
    assert client.post(url("archive-product", other.pk), {"action": "archive"}).status_code == 403
    assert client.post(url("delete-product", other.pk), {"is_sure": "1"}).status_code == 403
    for name in ("edit-product", "segment", "organisation", "customer", "edit-customer"):
        assert client.get(url(name, 987654)).status_code == 404
