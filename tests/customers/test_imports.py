"""Customers from files: read strictly, told row by row what happens, kept once however often they are sent."""

import pytest

from apps.customers.imports import ROWS, UnusableFileError, keep, preview, read_file
from apps.customers.merging import merge_customers
from apps.customers.models import Customer, Organisation, ProductUse
from apps.customers.services import erase_customer
from tests.factories import CustomerFactory, OrganisationFactory, ProductFactory, ProductVersionFactory

CSV = (
    "Name;E-Mail;Firma;Role;Languages;Time zone;Instruments;Sites;Products;Phone\r\n"
    'Ada;ada@example.org;"Acme; Labs";Countess;"de; en";Europe/Vienna;"LSM; Spinning disk";Vienna;Scope 2.1;+43\r\n'
    "Grace;;Navy;;;;;;Scope;\r\n"
    "\r\n"
    "Ada again;ADA@example.org;;;;;;;;\r\n"
)
CARDS = """BEGIN:VCARD
VERSION:4.0
FN:Ada \\"Countess\\" Lovelace
item1.EMAIL;TYPE=home;PREF=2:home@example.org
EMAIL;PREF=1:ada@example.org
ORG:Acme\\; Labs;Optics
TITLE:Head of
  lab
LANG;PREF=2:en
LANG;PREF=1:de
TZ:Europe/Vienna
ADR;LABEL="a: b";TYPE=work:;;Street 1;Vienna;;1010;Austria
PHOTO:data:image/jpeg;base64,AAAA
END:VCARD
BEGIN:VCARD
VERSION:3.0
N:Hopper;Grace;;;
EMAIL;TYPE=internet,work:grace.work@example.org
EMAIL;TYPE=INTERNET,PREF:grace@example.org
TZ:-05:00
END:VCARD
BEGIN:VCARD
VERSION:2.1
FN:Old
END:VCARD
BEGIN:VCARD
VERSION:4.0
KIND:group
FN:Everybody
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Open
""".replace("\n", "\r\n")


def test_csv_is_read_by_the_names_of_its_columns():
    ada, grace, again = read_file("people.csv", b"\xef\xbb\xbf" + CSV.encode())

    assert (ada.line, ada.name, ada.email, ada.organisation) == (2, "Ada", "ada@example.org", "Acme; Labs")
    assert (ada.role, ada.languages, ada.time_zone) == ("Countess", ["de", "en"], "Europe/Vienna")
    assert (ada.instruments, ada.sites, ada.products) == (["LSM", "Spinning disk"], ["Vienna"], ["Scope 2.1"])
    assert (grace.line, grace.email, grace.products, again.line) == (3, "", ["Scope"], 5)
    assert {row.problem for row in (ada, grace, again)} == {""}
    (given,) = read_file("x.csv", "First name,Last name\nÅsa,Öst\n".encode("cp1252"))
    assert given.name == "Åsa Öst"


def test_cards_of_both_versions_are_read():
    ada, grace, old, group, unclosed = read_file("people.vcf", CARDS.encode())

    assert (ada.line, ada.name, ada.email) == (1, 'Ada "Countess" Lovelace', "ada@example.org")
    assert (ada.organisation, ada.role, ada.languages) == ("Acme; Labs", "Head of lab", ["de", "en"])
    assert (ada.time_zone, ada.sites, ada.problem) == ("Europe/Vienna", ["Vienna, Austria"], "")
    assert (grace.line, grace.name, grace.email, grace.time_zone) == (15, "Grace Hopper", "grace@example.org", "")
    assert ["2.1" not in row.problem and bool(row.problem) for row in (old, group, unclosed)] == [True] * 3


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("=HYPERLINK(1)", "formula"),
        ("@SUM(1)", "formula"),
        ("+1", "formula"),
        ("-1", "formula"),
        ("Ada\x07", "signs"),
        ("x" * 151, "too long"),
        ("x" * 2_001, "characters long"),
    ],
)
def test_what_no_name_is_is_left_out_with_its_reason(cell, why):
    (row,) = read_file("x.csv", f'name\n"{cell}"\n'.encode())
    assert why in row.problem


@pytest.mark.parametrize(
    "line",
    ["Ada,nonsense", "Ada,ada@example.org,,klingon!", "Ada,ada@example.org,Mars/Base", ",,", "a,b@c.de,,,,,"],
)
def test_rows_that_cannot_be_kept_say_why(line):
    rows = read_file("x.csv", f"name,email,time zone,languages\n{line}\nGrace,,,\n".encode())
    assert [bool(row.problem) for row in rows][-1] is False
    assert all(row.problem for row in rows[:-1])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", b""),
        ("x.csv", b"colour,size\nred,1\n"),
        ("x.csv", b"name\n"),
        ("x.csv", b'name\n"open\n'),
        ("x.csv", b"PK\x03\x04\x00\x00"),
        ("x.vcf", b"nothing"),
        ("x.csv", b"name\n" + b"x\n" * (ROWS + 1)),
        ("x.csv", b"x" * 5_000_001),
        ("x.csv", b"\xff\xfe\x00"),
    ],
)
def test_files_that_are_none_are_refused_whole(name, content):
    with pytest.raises(UnusableFileError):
        read_file(name, content)


# --- with what is there -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_import_is_looked_at_then_kept_once(django_assert_max_num_queries):
    product = ProductFactory(name="Scope")
    version = ProductVersionFactory(product=product, name="2.1")
    known = CustomerFactory(name="Ada L.", email="ada@example.org", role_title="Mathematician")
    rows = read_file("people.csv", CSV.encode())

    with django_assert_max_num_queries(4):
        seen = preview(rows)
    assert ([row.name for row in seen.new], [(row.name, pk) for row, pk in seen.known]) == (
        ["Grace"],
        [("Ada", known.pk)],
    )
    assert ([row.name for row in seen.repeated], seen.refused) == (["Ada again"], [])
    assert (Customer.objects.count(), Organisation.objects.count()) == (1, 0)

    told = []
    for _ in range(2):
        with django_assert_max_num_queries(26):
            told.append(keep(rows))

    assert [(done.new_count, done.known_count) for done in told] == [(1, 1), (0, 2)]
    known.refresh_from_db()
    grace = Customer.objects.get(name="Grace")
    assert (known.name, known.role_title, known.languages) == ("Ada", "Mathematician", ["de", "en"])
    assert (known.organisation.name, grace.organisation.name) == ("Acme; Labs", "Navy")
    assert None not in (known.verified_at, grace.verified_at)
    assert set(ProductUse.objects.values_list("customer", "product", "version")) == {
        (known.pk, product.pk, version.pk),
        (grace.pk, product.pk, None),
    }


@pytest.mark.django_db
def test_unknown_products_and_namesakes_elsewhere():
    acme = OrganisationFactory(name="Acme")
    here = CustomerFactory(name="Kim", email="", organisation=acme)
    CustomerFactory(name="Lee", email="")
    rows = read_file("x.csv", b"name,organisation,product\nKim,ACME,\nKim,Other,\nLee,Other,\nAda,,Nothing\n")

    seen = preview(rows)

    assert [(row.name, row.organisation) for row in seen.new] == [("Kim", "Other"), ("Lee", "Other")]
    assert [(row.organisation, pk) for row, pk in seen.known] == [("ACME", here.pk)]
    assert ["Nothing" in row.problem for row in seen.refused] == [True]
    assert Customer.objects.count() == 2


@pytest.mark.django_db
def test_a_merged_record_is_recognised_and_fills_the_kept_one():
    kept, merged = CustomerFactory(name="Ada"), CustomerFactory(name="Ada", email="ada@example.org")
    gone = CustomerFactory(email="gone@example.org")
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=None)
    erase_customer(customer_id=gone.pk)
    rows = read_file("x.csv", b"name,email,role\nAda,ada@example.org,Countess\nNew,gone@example.org,Role\n")

    done = keep(rows)

    assert (done.new_count, done.known_count) == (1, 1)
    roles = dict(Customer.objects.values_list("pk", "role_title"))
    assert (roles[kept.pk], roles[merged.pk], roles[gone.pk]) == ("Countess", "", "")
