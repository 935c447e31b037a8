"""Citations: what may leave the house, and that it can be read by programs."""

from datetime import date

import pytest

from apps.customers.consents import take_back
from apps.customers.models import Purpose
from apps.feedback.models import Identity
from apps.feedback.services import redact
from apps.workbench.room.citation import cite
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductVersionFactory,
    SegmentFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    organisation = OrganisationFactory(name="Uni Basel", segment=SegmentFactory(name="Academia"))
    return CustomerFactory(name="Lena Haas", email="lena@uni.example", organisation=organisation)


def make(product, **fields):
    version = ProductVersionFactory(product=product, name="2.1")
    return FeedbackFactory(product=product, version=version, text="It drifts\nby 5 %.", **fields)


def test_a_citation_names_segment_product_day_number_and_address(scientist, product, customer):
    feedback = make(product, customer=customer, captured_on=date(2026, 3, 2))

    citation = cite(feedback, scientist)

    url = f"http://localhost:8000/feedback/{feedback.pk}/"
    assert citation.url == url
    assert citation.plain == (
        f"“It drifts by 5 %.” — a customer in Academia, on Aurora 2.1, 2 March 2026. Feedback {feedback.pk}, {url}"
    )
    assert citation.bibtex.splitlines() == [
        f"@misc{{feedback{feedback.pk},",
        "  title = {“It drifts by 5 \\%.”},",
        "  author = {a customer in Academia},",
        "  year = 2026,",
        "  month = mar,",
        f"  note = {{Customer feedback {feedback.pk}, Aurora 2.1}},",
        f"  url = {{{url}}},",
        "}",
    ]


def test_the_organisation_is_for_those_who_manage_customers_and_the_person_for_nobody(
    scientist, analyst, product, customer
):
    feedback = make(product, customer=customer)

    both = [cite(feedback, reader).plain for reader in (scientist, analyst)]

    assert ["Uni Basel" in one for one in both] == [False, True]
    assert not any(secret in one for one in both for secret in ("Lena", "lena@"))


def test_a_claim_and_nobody_lend_no_name(analyst, product, customer):
    claimed = make(product, customer=customer, identity=Identity.CLAIMED)
    anonymous = FeedbackFactory(product=product)

    assert "a customer, on Aurora" in cite(claimed, analyst).plain
    assert "an anonymous customer, on Aurora" in cite(anonymous, analyst).plain


def test_erased_words_are_not_quoted_and_long_ones_are_cut_at_a_word(scientist, product):
    erased = FeedbackFactory(product=product, text="my name is Canary")
    redact([erased.pk])
    erased.refresh_from_db()
    long = FeedbackFactory(product=product, text="wordy " * 100)

    assert cite(erased, scientist).plain.startswith("[words erased] — ")
    assert " wordy …”" in cite(long, scientist).plain
    assert len(cite(long, scientist).plain) < 400


def test_signs_that_mean_something_to_bibtex_are_disarmed(scientist, product):
    feedback = FeedbackFactory(product=product, text=r"} @book{x, \input{a} $5 & 5_000 #1")

    title = cite(feedback, scientist).bibtex.splitlines()[1]

    assert title == r"  title = {“) @book(x, /input(a) \$5 \& 5\_000 \#1”},"


def test_nothing_names_who_took_back_the_consent_to_be_quoted(scientist, analyst, product, customer):
    feedback = make(product, customer=customer)
    take_back(customer_id=customer.pk, purpose=Purpose.INTERNAL_QUOTE)

    for reader in (scientist, analyst):
        assert "” — a customer, on Aurora" in cite(feedback, reader).plain
