"""The door of capture: what goes in, what repeats, what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.models import Visibility
from apps.core import outbox
from apps.customers.models import Customer
from apps.feedback.models import Channel, Feedback, FeedbackState, Identity
from apps.feedback.services import Capture, Outcome, Person, Problem, capture, capture_batch, withdraw
from apps.feedback.services.capture import prepare
from apps.feedback.services.dedupe import hash_parts
from tests.factories import ProductFactory, ProductVersionFactory

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHORT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def said(product, text="The stage drifts.", **fields) -> Capture:
    return Capture(**{"product_id": product.pk, "channel": Channel.API, "text": text, **fields})


def imported(product, text="The stage drifts.", **fields) -> Capture:
    return said(product, text, **{"channel": Channel.IMPORT, **fields})


def test_capture_writes_the_fact_and_publishes_it(product, published):
    outcome = capture(said(product, " It drifts.\r\n", rating=2, context={"instrument": "X 200"}, captured_at=MONDAY))

    row = Feedback.objects.get()
    assert outcome == Outcome(row.pk, is_new=True)
    assert published("feedback.captured") == [row.pk]
    assert (row.text, row.rating, row.context, row.captured_at, row.day, row.state, row.identity) == (
        "It drifts.", 2, {"instrument": "X 200"}, MONDAY, date(2026, 3, 2), "live", "anonymous",
    )  # fmt: skip


def test_capture_twice_by_external_id_is_one_whatever_the_channel(product, published):
    first = capture(said(product, external_id="A-1"))
    again = capture(said(product, "Other words", external_id="A-1", channel=Channel.EMAIL))

    assert again == Outcome(first.feedback_id, is_new=False)
    assert published("feedback.captured") == [first.feedback_id]
    assert Feedback.objects.get().text == "The stage drifts."


def test_capture_by_external_id_is_two_for_two_products(product):
    capture(said(product, external_id="A-1"))
    capture(said(ProductFactory(), external_id="A-1"))

    assert Feedback.objects.count() == 2


def test_capture_without_external_id_through_the_api_is_never_a_repeat(product):
    assert [capture(said(product)).is_new for _ in range(2)] == [True, True]


@pytest.mark.parametrize(
    ("changed", "is_new"),
    [
        ({}, False),
        ({"text": "The  stage drifts."}, True),
        ({"text": " The stage drifts.\n"}, False),
        ({"rating": 3}, True),
        ({"captured_at": MONDAY + timedelta(seconds=1)}, True),
        ({"person": Person(email="b@example.org")}, True),
        ({"person": Person(email="A@Example.ORG", name="Ada")}, False),
        ({"person": Person(email="ı@example.org")}, True),  # noqa: RUF001 a dotless i is not an i
        ({"person": None}, True),
        ({"version": "2"}, False),
    ],
)
def test_an_imported_row_repeats_by_its_content(product, changed, is_new):
    row = {"captured_at": MONDAY, "rating": 2, "person": Person(email="a@example.org")}
    capture(imported(product, **row))

    assert capture(imported(product, **{**row, **changed})).is_new is is_new


def test_withdrawn_feedback_does_not_block_capturing_it_again(product):
    first = capture(said(product, external_id="A-1"))
    withdraw([first.feedback_id])

    assert capture(said(product, external_id="A-1")).is_new
    assert not capture(said(product, external_id="A-1")).is_new


def test_batch_tells_new_repeated_and_refused_apart_in_order(product, published):
    old = capture(imported(product, "old"))
    published("feedback.captured")

    result = capture_batch(
        [
            imported(product, "old"),
            imported(product, "new"),
            imported(product, "\u200b"),
            imported(product, "new"),
            imported(product, "x", rating=6),
            imported(product, "x", person=Person(email="nobody")),
            Capture(product_id=0, channel=Channel.IMPORT, text="x"),
        ]
    )

    (new,) = result.new_ids
    assert result.outcomes == [
        Outcome(old.feedback_id, is_new=False),
        Outcome(new, is_new=True),
        Outcome(None, is_new=False, problem=Problem("text", "Write what happened.")),
        Outcome(new, is_new=False),
        Outcome(None, is_new=False, problem=Problem("rating", "Give a whole number from 1 to 5.")),
        Outcome(
            None,
            is_new=False,
            problem=Problem("customer_email", "Enter an e-mail address like name@example.com."),
        ),
        Outcome(None, is_new=False, problem=Problem("product", "There is no such product.")),
    ]
    assert (result.new_count, result.repeated_count, result.rejected_count) == (1, 2, 4)
    assert published("feedback.captured") == [new]
    assert Feedback.objects.count() == 2


def test_an_empty_batch_is_nothing(db):
    assert capture_batch([]).outcomes == []


def test_capture_refuses_by_field_and_writes_nothing(product, published):
    with pytest.raises(ValidationError) as caught:
        capture(said(product, "x", external_id="\0"))

    assert caught.value.message_dict == {"external_id": ["Remove the NUL character."]}
    assert (Feedback.objects.count(), published("feedback.captured")) == (0, [])


@pytest.mark.parametrize("field", ["text", "version", "external_id"])
@pytest.mark.parametrize("bad", ["a\0b", "a\ud800b"])
def test_what_postgresql_cannot_store_is_refused_everywhere(product, field, bad):
    result = capture_batch(
        [
            said(product, **{field: bad}),
            said(product, person=Person(email=bad)),
            said(product, person=Person(name=bad)),
            said(product, person=Person(name="Ada", organisation=bad)),
            said(product, context={"k": bad}),
        ]
    )

    assert result.rejected_count == 5


def test_a_future_time_is_flagged_and_counts_on_the_day_of_receipt(product):
    tomorrow = timezone.now() + timedelta(days=2)

    capture(said(product, captured_at=tomorrow))

    row = Feedback.objects.get()
    assert (row.is_future_dated, row.captured_at, row.day) == (True, tomorrow, timezone.localdate())


def test_a_clock_a_little_fast_is_no_future(product):
    capture(said(product, captured_at=timezone.now() + timedelta(minutes=2)))

    assert not Feedback.objects.get().is_future_dated


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 3, 28)),
        ("Asia/Kathmandu", date(2026, 3, 29)),
        ("America/Santiago", date(2026, 3, 28)),
    ],
)
def test_the_day_is_one_of_the_installations_zone(product, settings, zone, day):
    settings.TIME_ZONE = zone

    capture(said(product, captured_at=datetime(2026, 3, 28, 23, 30, tzinfo=UTC)))

    assert Feedback.objects.get().day == day


def test_visibility_is_the_products(db):
    capture(said(ProductFactory(default_visibility=Visibility.RESTRICTED)))

    assert Feedback.objects.get().visibility == Visibility.RESTRICTED


def test_a_reason_holds_it(product):
    capture(said(product, held_reason="No token"))

    row = Feedback.objects.get()
    assert (row.state, row.held_reason) == (FeedbackState.HELD, "No token")


def test_a_known_version_is_linked_and_an_unknown_one_stays_in_the_context(product):
    version = ProductVersionFactory(product=product, name="4.2")
    ProductVersionFactory(product=ProductFactory(), name="5.0")

    capture(said(product, "a", version="4.2"))
    capture(said(product, "b", version="5.0", context={"site": "B"}))

    assert list(Feedback.objects.order_by("text").values_list("version", "context")) == [
        (version.pk, {}),
        (None, {"site": "B", "version": "5.0"}),
    ]


def test_a_claim_makes_a_customer_and_verifies_nobody(product):
    capture(said(product, person=Person("a@example.org", "Ada", "Lab"), identity=Identity.CLAIMED))

    customer, row = Customer.objects.get(), Feedback.objects.get()
    assert (row.customer_id, row.identity) == (customer.pk, Identity.CLAIMED)
    assert (customer.email, customer.name, customer.organisation, customer.verified_at) == (
        "a@example.org", "Ada", None, None,
    )  # fmt: skip


def test_a_claim_changes_nothing_of_a_known_customer(product):
    capture(said(product, person=Person("a@example.org", "Ada", "Lab"), identity=Identity.VERIFIED))
    before = Customer.objects.values().get()

    capture(said(product, person=Person("A@example.org", "Eve", "Evil"), identity=Identity.CLAIMED))

    assert Customer.objects.values().get() == before
    assert list(Feedback.objects.order_by("id").values_list("identity", flat=True)) == ["verified", "claimed"]


def test_a_repeat_makes_no_customer(product):
    capture(said(product, external_id="A-1"))

    capture(said(product, external_id="A-1", person=Person("a@example.org"), identity=Identity.VERIFIED))

    assert Customer.objects.count() == 0


def test_an_organisation_alone_names_nobody(product):
    capture(said(product, person=Person(organisation="Lab"), identity=Identity.VERIFIED))

    row = Feedback.objects.get()
    assert (row.customer, row.identity) == (None, Identity.ANONYMOUS)


@pytest.mark.parametrize("size", [1, 3])
def test_queries_do_not_grow_with_the_batch(product, published, monkeypatch, django_assert_num_queries, size):
    monkeypatch.setattr(outbox, "NOTIFY_PAUSE_SECONDS", 0.0)
    captures = [said(product, f"anonymous {number}") for number in range(size)]

    with django_assert_num_queries(1):  # insert, outbox and NOTIFY in one
        assert capture_batch(captures).new_count == size


@given(st.lists(SHORT, max_size=4), st.lists(SHORT, max_size=4))
def test_keys_are_equal_only_for_equal_parts(left, right):
    assert (hash_parts(*left) == hash_parts(*right)) is (left == right)


@given(SHORT, SHORT)
def test_repeat_keys_do_not_run_into_one_another(external_id, other):
    def key(value: str) -> str | None:
        try:
            return prepare(Capture(product_id=1, channel=Channel.API, text="x", external_id=value)).repeat_key
        except ValidationError:
            return None

    left, right = key(external_id), key(other)
    if left and right and left == right:
        assert " ".join(external_id.split()) == " ".join(other.split()) or not external_id.isascii()
