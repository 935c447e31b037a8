"""Recording on behalf: by whom, of whom, once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.core.models import OutboxRow
from apps.customers.models import Customer
from apps.feedback.behalf_models import Recording
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.services import redact
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
URL = "/feedback/record/"


@pytest.fixture
def team():
    return TeamFactory(slug="optics")


@pytest.fixture
def product(team):
    return ProductFactory(name="Laser", slug="laser", team=team)


@pytest.fixture
def scientist(team):
    return UserFactory(role=Role.SCIENTIST, team=team, name="Grace")


@pytest.fixture
def page(scientist):
    return signed_in(scientist)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sent(about, /, **more) -> dict[str, object]:
    return {
        "nonce": "abc",
        "text": "It drifts after an hour.",
        "product": about.pk,
        "customer": "new",
        "customer_name": "Ada",
        "customer_email": "ada@example.org",
        "organisation": "Lab",
        "source_kind": "visit",
        "said_at": "2026-03-28T14:05",
        "link": "https://notes.example/7",
        "rating": "2",
    } | more


def test_what_was_said_is_kept_with_who_said_it_and_who_wrote_it_down(page, product, scientist):
    answer = page.post(URL, sent(product))

    feedback = Feedback.objects.get()
    assert answer.headers["Location"] == reverse("workbench:feedback-detail", args=[feedback.pk])
    assert (feedback.channel, feedback.identity, feedback.text, feedback.rating) == (
        Channel.BEHALF,
        Identity.VERIFIED,
        "It drifts after an hour.",
        2,
    )
    assert feedback.captured_at.isoformat() == "2026-03-28T14:05:00+00:00"
    assert (feedback.customer.email, feedback.customer.organisation.name) == ("ada@example.org", "Lab")
    assert feedback.customer.verified_at is not None
    recording = Recording.objects.get()
    assert (recording.source_kind, recording.link, recording.recorded_by) == (
        "visit", "https://notes.example/7", scientist,
    )  # fmt: skip
    told = OutboxRow.objects.filter(topic="feedback.captured").values_list("payload", flat=True)
    assert [payload for payload in told if payload != {"ids": [feedback.pk]}] == []
    assert told
    seen = page.get(answer.headers["Location"]).content.decode()
    assert '<a href="https://notes.example/7"' in seen
    assert "Grace" in seen


def test_sent_twice_it_is_one(page, product):
    first, second = page.post(URL, sent(product)), page.post(URL, sent(product))

    assert first.headers["Location"] == second.headers["Location"]
    assert (Feedback.objects.count(), Recording.objects.count()) == (1, 1)


def test_the_nonce_of_one_person_is_not_anothers(page, product, team):
    page.post(URL, sent(product))
    signed_in(UserFactory(role=Role.MANAGER, team=team)).post(URL, sent(product))

    assert Feedback.objects.count() == 2


def test_from_a_customers_page_they_are_chosen_already(page, product):
    ada = CustomerFactory(name="Ada", email="", organisation=OrganisationFactory(name="Lab"))
    FeedbackFactory(product=product, customer=ada)

    form = page.get(f"{URL}?customer={ada.pk}").context["form"]
    page.post(URL, sent(product, customer=str(ada.pk), customer_name="", customer_email="", organisation=""))

    assert form["customer"].value() == str(ada.pk)
    assert Feedback.objects.get(channel=Channel.BEHALF).customer == ada
    assert f'href="{URL}?customer={ada.pk}"' in page.get(reverse("workbench:customer", args=[ada.pk])).content.decode()


def test_searching_keeps_what_was_typed_and_offers_who_is_known(page, product):
    known, unknown = CustomerFactory(name="Ada Known"), CustomerFactory(name="Ada Zebra")
    FeedbackFactory(product=product, customer=known)
    FeedbackFactory(customer=unknown, visibility=Visibility.RESTRICTED)

    answer = page.post(URL, sent(product, q="ada", search="1", text="Half a sen", product=""))

    form = answer.context["form"]
    assert [label for _key, label in form.fields["customer"].choices] == ["Ada Known", "Somebody else"]
    assert (form["text"].value(), form["nonce"].value(), form["said_at"].value()) == (
        "Half a sen", "abc", "2026-03-28T14:05",
    )  # fmt: skip
    assert "Zebra" not in answer.content.decode()
    assert Feedback.objects.filter(channel=Channel.BEHALF).count() == 0


def test_addresses_are_found_by_who_manages_customers_alone(page, product, team):
    ada = CustomerFactory(name="Ada", email="zebra@example.org")
    FeedbackFactory(product=product, customer=ada)
    analyst = signed_in(UserFactory(role=Role.ANALYST, team=team))

    offered = [len(one.get(f"{URL}?q=zebra").context["offered"]) for one in (page, analyst)]

    assert offered == [0, 1]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": " \u200b"}, "Write what happened."),
        ({"customer_name": "", "customer_email": ""}, "Say who said it"),
        ({"customer": "999999"}, "Select a valid choice"),
        ({"customer_email": "no address"}, "Enter a valid email address"),
        ({"link": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"said_at": "someday"}, "Enter a valid date/time"),
        ({"said_at": (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")}, "This is in the future."),
        ({"product": "999999"}, "Select a valid choice"),
        ({"rating": "9"}, "Select a valid choice"),
        ({"source_kind": "dream"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_told_and_the_words_come_back(page, product, wrong, told):
    answer = page.post(URL, sent(product, **wrong))

    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert answer.context["form"]["text"].value() == wrong.get("text", "It drifts after an hour.")
    assert (Feedback.objects.count(), Customer.objects.count()) == (0, 0)


def test_redacting_takes_the_link_too(page, product):
    page.post(URL, sent(product))

    redact([Feedback.objects.get().pk])

    assert (Recording.objects.get().link, Feedback.objects.get().text) == ("", "")


def test_an_erased_customer_is_not_offered(page, product):
    gone = CustomerFactory(name="", email="", erased_at=timezone.now())
    FeedbackFactory(product=product, customer=gone)

    assert page.get(f"{URL}?customer={gone.pk}").context["offered"] == []


def test_who_may_not_open_it_afterwards_is_told(page):
    secret = ProductFactory(name="Secret", team=TeamFactory(), default_visibility=Visibility.TEAM)

    answer = page.post(URL, sent(secret), follow=True)

    assert Feedback.objects.get().product == secret
    assert "Only the owning team may open" in answer.content.decode()


def test_strangers_sign_in_and_people_without_a_role_are_refused(product):
    assert Client().get(URL).status_code == 302
    assert signed_in(UserFactory()).get(URL).status_code == 403
    assert signed_in(UserFactory()).post(URL, sent(product)).status_code == 403
