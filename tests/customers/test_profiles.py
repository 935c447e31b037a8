"""What staff know of a customer: cleaned, refused where it is wrong, filled by imports, gone with the person."""

import pytest
from django.core.exceptions import ValidationError

from apps.customers.errors import CustomerErasedError
from apps.customers.models import ProductUse
from apps.customers.profiles import Profile, add_use, fill_profiles, profile_of, remove_use, update_profile
from apps.customers.services import erase_customer
from tests.factories import CustomerFactory, ProductFactory, ProductVersionFactory

pytestmark = pytest.mark.django_db
GIVEN = Profile(
    role_title=" Head  of lab ",
    languages=["DE-at", "en", "EN"],
    time_zone="Europe/Vienna",
    availability="Mornings",
    instruments=["LSM 900", "  lsm 900", ""],
    sites=["Vienna, Austria"],
)
KEPT = Profile(
    role_title="Head of lab",
    languages=["de-at", "en"],
    time_zone="Europe/Vienna",
    availability="Mornings",
    instruments=["LSM 900"],
    sites=["Vienna, Austria"],
)


def test_a_profile_is_kept_clean_and_once():
    customer = CustomerFactory()

    for _ in range(2):
        update_profile(customer_id=customer.pk, profile=GIVEN)
        customer.refresh_from_db()
        assert profile_of(customer) == KEPT

    update_profile(customer_id=customer.pk, profile=Profile())
    customer.refresh_from_db()
    assert profile_of(customer) == Profile(languages=[], instruments=[], sites=[])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Profile(languages=["english"]), "languages"),
        (Profile(languages=["en", "d e"]), "languages"),
        (Profile(time_zone="Mars/Olympus"), "time_zone"),
        (Profile(time_zone="../etc/passwd"), "time_zone"),
        (Profile(role_title="x" * 121), "role_title"),
        (Profile(availability="x" * 301), "availability"),
        (Profile(instruments=["x" * 121]), "instruments"),
        (Profile(sites=[str(number) for number in range(31)]), "sites"),
    ],
)
def test_what_is_no_profile_is_refused_by_field(wrong, field):
    customer = CustomerFactory()
    with pytest.raises(ValidationError) as refused:
        update_profile(customer_id=customer.pk, profile=wrong)
    assert list(refused.value.message_dict) == [field]


def test_an_import_fills_what_is_blank_and_adds_to_lists():
    customer = CustomerFactory(role_title="Postdoc", instruments=["LSM 900", "Spinning disk"])

    assert [fill_profiles({customer.pk: GIVEN}) for _ in range(2)] == [1, 0]

    customer.refresh_from_db()
    assert (customer.role_title, customer.time_zone) == ("Postdoc", "Europe/Vienna")
    assert customer.instruments == ["LSM 900", "Spinning disk"]


def test_uses_are_kept_once_and_only_of_the_product():
    customer, other = CustomerFactory(), CustomerFactory()
    product = ProductFactory()
    version, foreign = ProductVersionFactory(product=product), ProductVersionFactory()

    told = [add_use(customer_id=customer.pk, product=product, version=one) for one in (None, version, None, version)]

    assert told == [True, True, False, False]
    with pytest.raises(ValidationError):
        add_use(customer_id=customer.pk, product=product, version=foreign)
    use = ProductUse.objects.get(version=version)
    remove_use(customer_ids=[other.pk], use_id=use.pk)
    assert ProductUse.objects.count() == 2
    for _ in range(2):
        remove_use(customer_ids=[customer.pk], use_id=use.pk)
    assert ProductUse.objects.count() == 1


def test_a_tombstone_has_no_profile_and_takes_none():
    customer = CustomerFactory()
    product = ProductFactory()
    update_profile(customer_id=customer.pk, profile=GIVEN)
    add_use(customer_id=customer.pk, product=product)

    erase_customer(customer_id=customer.pk)

    customer.refresh_from_db()
    assert profile_of(customer) == Profile(languages=[], instruments=[], sites=[])
    assert ProductUse.objects.count() == 0
    assert fill_profiles({customer.pk: GIVEN}) == 0
    with pytest.raises(CustomerErasedError):
        update_profile(customer_id=customer.pk, profile=GIVEN)
    with pytest.raises(CustomerErasedError):
        add_use(customer_id=customer.pk, product=product)
