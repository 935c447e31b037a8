"""What the widget asks of the platform: the script, a form's description, tokens, answers; and from which sites."""

import base64
import gzip
import json
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from apps.customers.models import Customer
from apps.feedback.abuse.work import is_solved
from apps.feedback.models import Answer, Channel, Feedback, FeedbackState, Form, FormView, Identity, WidgetSecret
from apps.feedback.services.widget_secrets import TooManySecretsError, end_secret, make_secret
from apps.feedback.widget.identity import read_identity, sign
from apps.feedback.widget.inline import can_be_asked_inline
from apps.feedback.widget.script import script
from tests.factories import ProductFactory, UserFactory, make_form
from tests.feedback.browser import FormClient

SITE = "https://lab.example"
NPS = {"recommend": "9", "text": "The grating is fine."}


@pytest.fixture
def nps(product, settings) -> Form:
    settings.FORM_MIN_SECONDS = 0.0
    return make_form(product=product, slug="nps", purpose="nps", frame_origins=[SITE])


def token_of(browser: FormClient, slug: str = "nps") -> str:
    return browser.get(f"/w/{slug}/token/", headers={"Origin": SITE}).json()["token"]


def send(browser: FormClient, data: dict, *, slug: str = "nps", **headers):
    return browser.post(f"/w/{slug}/", data, headers={"Origin": SITE, **headers})


def signed(secret: str, *, expires: float | None = None, **claims) -> str:
    told = {"email": "ada@lab.example", "expires": time.time() + 600 if expires is None else expires, **claims}
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    return f"{body}.{sign(body, secret)}"


# --- the script ---------------------------------------------------------------------------------------------------


def test_the_script_is_small_and_asked_for_anew_cheaply(client):
    packed = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/widget.js")
    again = client.get("/widget.js", headers={"If-None-Match": plain.headers["ETag"]})

    assert len(packed.content) < 15_000
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert packed.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (again.status_code, again.content) == (304, b"")
    assert not packed.cookies


def test_the_script_asks_of_a_page_nothing_that_a_strict_policy_forbids():
    source = script().plain.decode()

    forbidden = ("eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", ".style.")
    assert [one for one in forbidden if one in source] == []


# --- what a form asks ---------------------------------------------------------------------------------------------


def test_a_short_form_is_described_with_its_questions_in_the_pages_language(client, nps):
    told = client.get("/w/nps/?lang=de-AT", headers={"Origin": SITE}).json()

    assert (told["form"], told["is_open"], told["language"], told["is_right_to_left"]) == ("nps", True, "de", False)
    assert [one["key"] for one in told["questions"]] == ["recommend", "missed", "text", "name", "email"]
    assert told["questions"][0]["scale"] == list(range(11))
    assert told["questions"][1]["when"] == {"any": False, "of": [["recommend", "at_most", "6"]]}
    assert told["cooldown_days"] == 30


def test_the_browsers_language_counts_where_the_page_names_none_of_the_forms(client, nps):
    headers = {"Origin": SITE, "Accept-Language": "de,en;q=0.5"}

    told = client.get("/w/nps/?lang=xx", headers=headers).json()

    assert (told["language"], told["is_right_to_left"]) == ("de", False)


@pytest.mark.parametrize(("purpose", "is_inline"), [("nps", True), ("csat", True), ("ces", True), ("product", False)])
def test_few_and_simple_questions_are_asked_by_the_script_itself(product, purpose, is_inline):
    form = make_form(product=product, slug=f"a-{purpose}", purpose=purpose)

    assert can_be_asked_inline(form_questions(form)) == is_inline


def form_questions(form: Form):
    from apps.feedback.selectors import questionnaire_of

    return questionnaire_of(form.current_id)


@pytest.mark.parametrize(
    "change", [{"is_open": False}, {"needs_link": True}, {"opens_at": timezone.now() + timedelta(days=1)}]
)
def test_a_form_that_takes_nothing_says_so_and_no_more(client, nps, change):
    Form.objects.filter(pk=nps.pk).update(**change)

    assert client.get("/w/nps/").json() == {"form": "nps", "is_open": False}


# --- from which sites ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        "https://site.evil",
        "null",
        "https://lab.example.site.evil",
        "https://evil-lab.example",
        "http://lab.example",
        "https://lab.example:8443",
        "https://LAB.example/",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/w/nps/", "/w/nps/token/"])
def test_other_sites_are_refused(client, nps, origin, path):
    response = client.get(path, headers={"Origin": origin})

    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers


def test_another_site_cannot_send(browser, nps):
    response = browser.post("/w/nps/", NPS, headers={"Origin": "https://site.evil"})

    assert (response.status_code, Feedback.objects.count()) == (403, 0)


def test_the_forms_site_may_read_and_never_with_credentials(client, nps):
    response = client.get("/w/nps/", headers={"Origin": SITE})

    assert response.headers["Access-Control-Allow-Origin"] == SITE
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.headers["Vary"]
    assert not response.cookies


def test_the_platforms_own_pages_and_default_ports_count(client, nps):
    Form.objects.filter(pk=nps.pk).update(frame_origins=["https://lab.example:443"])

    own = client.get("/w/nps/", headers={"Origin": "http://testserver"})
    listed = client.get("/w/nps/", headers={"Origin": SITE})

    assert (own.status_code, listed.headers["Access-Control-Allow-Origin"]) == (200, SITE)


def test_no_such_form_and_wrong_methods(client, nps):
    assert client.get("/w/none/").status_code == 404
    assert client.get("/w/none/token/").status_code == 404
    assert client.put("/w/nps/").status_code == 405
    assert client.post("/w/nps/token/").status_code == 405
    assert client.post("/widget.js").status_code == 405


# --- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_is_taken_by_the_channel_widget(browser, nps):
    told = send(browser, {**NPS, "token": token_of(browser)})

    feedback = Feedback.objects.get()
    assert told.status_code == 200
    assert told.json() == {"receipt": told.json()["receipt"], "identity": "anonymous"}
    assert browser.get(told.json()["receipt"]).status_code == 200
    assert (feedback.channel, feedback.text, feedback.state) == (Channel.WIDGET, NPS["text"], FeedbackState.LIVE)
    assert (feedback.form_id, feedback.identity) == (nps.pk, Identity.ANONYMOUS)
    assert list(Answer.objects.values_list("question", "number")) == [("recommend", 9)]


def test_sent_again_with_the_same_token_it_is_one(browser, nps):
    data = {**NPS, "token": token_of(browser)}

    receipts = {send(browser, data).json()["receipt"] for _ in range(3)}

    assert (len(receipts), Feedback.objects.count()) == (1, 1)


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_good_token_it_is_held_with_its_words(browser, nps, token):
    told = send(browser, {**NPS, "token": token})

    feedback = Feedback.objects.get()
    assert (told.status_code, feedback.state, feedback.text) == (200, FeedbackState.HELD, NPS["text"])


def test_without_the_work_that_is_asked_for_it_is_held(browser, nps, settings):
    settings.FORM_WORK_BITS = 4
    asked = browser.get("/w/nps/token/", headers={"Origin": SITE}).json()
    found = next(n for n in range(10_000) if is_solved(asked["token"], str(n), bits=4))

    send(browser, {**NPS, "token": token_of(browser)})
    send(browser, {**NPS, "token": asked["token"], "work": str(found)})

    assert asked["bits"] == 4
    assert [one.state for one in Feedback.objects.order_by("id")] == [FeedbackState.HELD, FeedbackState.LIVE]


def test_a_token_kept_for_too_long_is_held_with_its_words(browser, nps, monkeypatch):
    token = token_of(browser)
    later = time.time() + 3 * 86_400
    monkeypatch.setattr("apps.feedback.widget.views.time.time", lambda: later)

    told = send(browser, {**NPS, "token": token})

    feedback = Feedback.objects.get()
    assert (told.status_code, feedback.state, feedback.text) == (200, FeedbackState.HELD, NPS["text"])


def test_the_hidden_field_filled_in_is_held(browser, nps):
    send(browser, {**NPS, "token": token_of(browser), "website": "https://spam.example"})

    assert Feedback.objects.get().state == FeedbackState.HELD


def test_what_is_wrong_comes_back_by_question_and_nothing_is_written(browser, nps):
    missing = send(browser, {"text": "No number.", "token": token_of(browser)})
    bad = send(browser, {"recommend": "11", "email": "no address", "token": token_of(browser)})

    assert (missing.status_code, list(missing.json()["errors"])) == (422, ["recommend"])
    assert (bad.status_code, list(bad.json()["errors"])) == (422, ["recommend"])
    assert Feedback.objects.count() == 0


def test_a_closed_form_says_so_but_knows_what_it_took(browser, nps):
    data = {**NPS, "token": token_of(browser)}
    receipt = send(browser, data).json()["receipt"]
    Form.objects.filter(pk=nps.pk).update(is_open=False)

    again, new = send(browser, data), send(browser, {**NPS, "token": ""})

    assert (again.status_code, again.json()["receipt"]) == (200, receipt)
    assert (new.status_code, new.headers["Access-Control-Allow-Origin"]) == (410, SITE)


def test_only_a_forms_fields_are_taken_and_not_too_many(browser, nps, settings):
    as_json = browser.post("/w/nps/", "{}", "application/json", headers={"Origin": SITE})
    settings.FORM_LIMIT = "1/d"
    data = {**NPS, "token": token_of(browser)}

    first, second = send(browser, data), send(browser, data)

    assert as_json.status_code == 415
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json()["retry_after_seconds"] > 0


def test_asking_for_a_token_is_a_view_of_the_form(browser, nps):
    from apps.feedback import visits

    browser.get("/w/nps/")
    token_of(browser)
    visits.write()

    assert list(FormView.objects.filter(version_id=nps.current_id).values_list("view_count", flat=True)) == [1]


# --- what comes along ---------------------------------------------------------------------------------------------


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


# --- who ----------------------------------------------------------------------------------------------------------


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


def test_a_platform_without_its_database_says_so(browser, nps, monkeypatch):
    from django.db import OperationalError

    token = token_of(browser)

    def gone(**_given):
        raise OperationalError

    monkeypatch.setattr("apps.feedback.widget.views.submit_form", gone)

    assert send(browser, {**NPS, "token": token}).status_code == 503


def test_urlencode_is_what_the_script_sends(browser, nps):
    body = urlencode([("token", token_of(browser)), *NPS.items()])

    response = browser.generic(
        "POST", "/w/nps/", body, "application/x-www-form-urlencoded;charset=UTF-8", headers={"Origin": SITE}
    )

    assert response.status_code == 200
