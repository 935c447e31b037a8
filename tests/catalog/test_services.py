from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from apps.catalog import services
from apps.catalog.models import Product, ProductVersion, Visibility
from tests.factories import ProductFactory, ProductVersionFactory, TeamFactory

pytestmark = pytest.mark.django_db


def test_create_product():
    team = TeamFactory()

    product = services.create_product(
        name=" pH Meter ", team=team, description=" Measures. ", default_visibility=Visibility.TEAM
    )

    assert (product.name, product.slug, product.team) == ("pH Meter", "ph-meter", team)
    assert (product.description, product.default_visibility) == ("Measures.", "team")


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "Taken"])
def test_create_product_refused(name):
    ProductFactory(name="Taken")

    with pytest.raises(ValidationError):
        services.create_product(name=name)


def test_get_or_create_products_solves_slug_collisions():
    old = ProductFactory(name="pH Meter", slug="ph-meter")

    found = services.get_or_create_products(["pH Meter", " pH Meter", "PH-Meter", "ph meter", "測定器", "Ω"])

    assert found["pH Meter"] == found[" pH Meter"] == old
    assert {name: product.slug for name, product in found.items()} == {
        "pH Meter": "ph-meter",
        " pH Meter": "ph-meter",
        "PH-Meter": "ph-meter-2",
        "ph meter": "ph-meter-3",
        "測定器": "product-2",
        "Ω": "product",
    }


def test_get_or_create_products_twice_makes_them_once():
    first = services.get_or_create_products(["A", "B"])

    assert services.get_or_create_products(["B", "A"]) == first
    assert services.get_or_create_product(name="A") == first["A"]
    assert Product.objects.count() == 2


def test_a_bad_product_name_makes_none():
    with pytest.raises(ValidationError):
        services.get_or_create_products(["Fine", ""])

    assert Product.objects.count() == 0


@pytest.mark.parametrize("size", [1, 50])
def test_product_query_counts_do_not_grow(size, django_assert_num_queries):
    names = [f"Product {n}" for n in range(size)]

    with django_assert_num_queries(6):  # savepoint, find, slugs, insert, find, release
        services.get_or_create_products(names)
    with django_assert_num_queries(3):
        services.get_or_create_products(names)


@pytest.mark.parametrize("size", [1, 50])
def test_versions_are_made_once_per_product(size, django_assert_num_queries):
    one, two = ProductFactory(), ProductFactory()
    old = ProductVersionFactory(product=one, name="v0")
    ProductVersionFactory(product=two, name="v0")
    wanted = [(one.pk, "v0"), *[(product.pk, f"v{n + 1}") for product in (one, two) for n in range(size)]]

    with django_assert_num_queries(5):  # savepoint, find, insert, find, release
        found = services.get_or_create_versions(wanted)
    with django_assert_num_queries(3):
        again = services.get_or_create_versions(wanted)

    assert found == again
    assert found[one.pk, "v0"] == old.pk
    assert ProductVersion.objects.count() == 2 + 2 * size


@pytest.mark.django_db(transaction=True)
def test_imports_at_once_make_each_product_once():
    barrier = Barrier(5)

    def work(number):
        try:
            barrier.wait(timeout=10)
            return services.get_or_create_products(["Alpha", f"al pha {number}", "al-pha"])["Alpha"].pk
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=5) as pool:
        keys = set(pool.map(work, range(5)))

    assert len(keys) == 1
    assert Product.objects.count() == 7


def test_a_version_is_added_once_with_its_release_day():
    product = ProductFactory()

    made = services.add_version(product=product, name=" 5.2 ", released_on=date(2026, 2, 5))

    assert (made.product, made.name, made.released_on) == (product, "5.2", date(2026, 2, 5))
    with pytest.raises(ValidationError):
        services.add_version(product=product, name="5.2")
    with pytest.raises(ValidationError):
        services.add_version(product=product, name=" ")
    assert product.versions.count() == 1
