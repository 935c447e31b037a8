"""What a reader is told of who said something, and where that leads."""

import pytest

from apps.feedback.models import Identity
from apps.workbench.room.detail import facts
from tests.factories import CustomerFactory, FeedbackFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def test_only_who_manages_customers_is_led_to_the_organisation(client, product, scientist, analyst):
    organisation = OrganisationFactory(name="Uni Basel")
    feedback = FeedbackFactory(product=product, customer=CustomerFactory(name="Ada", organisation=organisation))

    shown = {
        person: {fact.label: (fact.value, fact.url) for fact in facts(feedback, person)}["Organisation"]
        for person in (scientist, analyst)
    }

    assert shown == {
        scientist: ("Uni Basel", ""),
        analyst: ("Uni Basel", f"/organisations/{organisation.pk}/"),
    }
    client.force_login(analyst)
    assert client.get(shown[analyst][1]).status_code == 200


def test_a_claim_has_no_organisation(product, analyst):
    customer = CustomerFactory(name="Ada", organisation=OrganisationFactory(name="Uni Basel"))
    feedback = FeedbackFactory(product=product, customer=customer, identity=Identity.CLAIMED)

    assert [fact.value for fact in facts(feedback, analyst)][:2] == ["Ada", product.name]


def test_the_address_of_a_nameless_customer_is_for_those_who_manage_customers(client, product, scientist, analyst):
    customer = CustomerFactory(name="", email="secret.person@example.org")
    feedback = FeedbackFactory(product=product, customer=customer)
    FeedbackFactory(product=product, customer=customer, text="Another word of theirs.")
    room = f"/feedback/?customer={customer.pk}&open={feedback.pk}"
    pages = [room, f"/feedback/{feedback.pk}/", f"/customers/{customer.pk}/", "/home/"]

    client.force_login(scientist)
    shown = [(response.status_code, b"secret.person" in response.content) for response in map(client.get, pages)]

    assert shown == [(200, False)] * len(pages)
    client.force_login(analyst)
    for page in ("/customers/", f"/customers/{customer.pk}/"):
        assert b"secret.person@example.org" in client.get(page).content
