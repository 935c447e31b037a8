"""What comes along with an answer: circumstances and signed identities."""

import base64
import json
import time

import pytest

from apps.customers.models import Customer
from apps.feedback.models import Feedback, Form, Identity, WidgetSecret
from apps.feedback.services.widget_secrets import TooManySecretsError, end_secret, make_secret
from apps.feedback.widget.identity import read_identity, sign
from tests.factories import ProductFactory, UserFactory
from tests.feedback.widget.posting import NPS, send, signed, token_of


def test_circumstances_come_along_without_the_secrets_of_an_address(browser, nps):
    context = {
        "page": "https://ada:pw@lab.example:8443/runs/7?session=SECRET#token=SECRET",
        "language": "de-AT",
        "plan": "pro",
        "seats": 12,
        "beta": True,
        "nested": {"a": 1},
        "bad name!": "x",
        "broken": "\ud800",
    }

    send(browser, {**NPS, "token": token_of(browser), "widget.context": json.dumps(context)})

    assert Feedback.objects.get().context == {
        "page": "https://lab.example:8443/runs/7",
        "language": "de-AT",
        "plan": "pro",
        "seats": "12",
        "beta": "true",
    }


def test_the_apps_version_is_the_feedbacks(browser, nps):
    send(browser, {**NPS, "token": token_of(browser), "widget.context": json.dumps({"version": "4.2"})})

    assert Feedback.objects.get().context == {"version": "4.2"}  # the product has no such version: it stays here


@pytest.mark.parametrize("raw", ["", "no json", "[1]", "null", "[" * 5000, '{"page": "https://[bad"}', "9" * 9000])
def test_bad_circumstances_are_left_out_and_nothing_is_lost(browser, nps, raw):
    told = send(browser, {**NPS, "token": token_of(browser), "widget.context": raw})

    assert (told.status_code, Feedback.objects.get().context) == (200, {})


def test_no_more_circumstances_than_there_is_room_for(browser, nps):
    context = {f"name{number}": "x" * 500 for number in range(15)}

    told = send(browser, {**NPS, "token": token_of(browser), "widget.context": json.dumps(context)})

    kept = Feedback.objects.get().context
    assert (told.status_code, len(kept), {len(value) for value in kept.values()}) == (200, 15, {200})


def test_an_anonymous_form_keeps_neither_where_nor_who(browser, nps):
    secret = make_secret(product=nps.product, user=UserFactory())
    Form.objects.filter(pk=nps.pk).update(is_anonymous=True)
    data = {"widget.context": json.dumps({"page": "https://lab.example/ada"}), "widget.identity": signed(secret)}

    told = send(browser, {**NPS, **data, "token": token_of(browser)})

    feedback = Feedback.objects.get()
    assert (told.json()["identity"], feedback.context, feedback.customer_id) == ("anonymous", {}, None)


def test_a_signed_identity_is_verified(browser, nps):
    secret = make_secret(product=nps.product, user=UserFactory())

    told = send(browser, {**NPS, "token": token_of(browser), "widget.identity": signed(secret, name="Ada")})

    feedback = Feedback.objects.get()
    assert (told.json()["identity"], feedback.identity) == ("verified", Identity.VERIFIED)
    assert (feedback.customer.email, feedback.customer.name) == ("ada@lab.example", "Ada")


def test_a_proven_person_comes_before_the_address_that_was_typed(browser, nps):
    secret = make_secret(product=nps.product, user=UserFactory())
    data = {**NPS, "email": "other@lab.example", "widget.identity": signed(secret)}

    send(browser, {**data, "token": token_of(browser)})

    assert Feedback.objects.get().customer.email == "ada@lab.example"
    assert not Customer.objects.filter(email="other@lab.example").exists()


@pytest.mark.parametrize("seconds", [-1, 40 * 86_400])
def test_an_identity_out_of_date_is_claimed(browser, nps, seconds):
    secret = make_secret(product=nps.product, user=UserFactory())
    identity = signed(secret, expires=time.time() + seconds)

    told = send(browser, {**NPS, "token": token_of(browser), "widget.identity": identity})

    feedback = Feedback.objects.get()
    assert (told.json()["identity"], feedback.identity) == ("claimed", Identity.CLAIMED)
    assert feedback.customer.email == "ada@lab.example"


def _tampered(secret: str) -> str:
    signature = signed(secret).rpartition(".")[2]
    other = base64.urlsafe_b64encode(b'{"email":"eve@lab.example","expires":99999999999}').decode().rstrip("=")
    return f"{other}.{signature}"


WRONG = {
    "no signature": lambda secret: signed(secret).partition(".")[0],
    "another secret": lambda _secret: signed("0" * 64),
    "another body": _tampered,
    "not ASCII": lambda secret: signed(secret) + "ä",
    "no base64": lambda secret: "***." + sign("***", secret),
    "no object": lambda secret: "WzFd." + sign("WzFd", secret),
    "no address": lambda secret: signed(secret, email=""),
    "a bad address": lambda secret: signed(secret, email="ada"),
    "a name that is none": lambda secret: signed(secret, name=["Ada"]),
    "too long": lambda secret: signed(secret, name="a" * 5000),
    "a dot": lambda _secret: ".",
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_a_wrong_identity_is_nobody_and_never_an_error(browser, nps, make):
    secret = make_secret(product=nps.product, user=UserFactory())

    told = send(browser, {**NPS, "token": token_of(browser), "widget.identity": make(secret)})

    feedback = Feedback.objects.get()
    assert (told.status_code, told.json()["identity"]) == (200, "anonymous")
    assert (feedback.identity, feedback.customer_id, Customer.objects.count()) == (Identity.ANONYMOUS, None, 0)


@pytest.mark.parametrize("expires", [None, "soon", True, float("nan"), float("inf"), [1]])
def test_an_end_that_is_none_proves_nothing(nps, expires):
    secret = make_secret(product=nps.product, user=UserFactory())
    told = {"email": "ada@lab.example", "expires": expires}
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    found = read_identity(f"{body}.{sign(body, secret)}", product_id=nps.product_id, now=time.time())

    assert found.standing == "claimed"


def test_a_secret_of_another_product_and_one_that_ended_prove_nothing(nps):
    user = UserFactory()
    others = make_secret(product=ProductFactory(), user=user)
    ended = make_secret(product=nps.product, user=user)
    live = make_secret(product=nps.product, user=user)
    for _ in range(2):
        end_secret(secret=WidgetSecret.objects.filter(product=nps.product).earliest("id"))

    found = [
        read_identity(signed(one), product_id=nps.product_id, now=time.time()).standing for one in (others, ended, live)
    ]

    assert found == ["anonymous", "anonymous", "verified"]


def test_a_secret_is_kept_nowhere_and_three_are_enough(nps):
    user = UserFactory()
    secrets = [make_secret(product=nps.product, user=user) for _ in range(3)]

    with pytest.raises(TooManySecretsError):
        make_secret(product=nps.product, user=user)

    rows = str(list(WidgetSecret.objects.values()))
    assert len(set(secrets)) == 3
    assert not any(secret in rows for secret in secrets)


def test_a_secret_outlives_a_change_of_the_installations_key(nps, settings):
    secret = make_secret(product=nps.product, user=UserFactory())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-of-the-installation", [settings.SECRET_KEY]

    assert read_identity(signed(secret), product_id=nps.product_id, now=time.time()).standing == "verified"
