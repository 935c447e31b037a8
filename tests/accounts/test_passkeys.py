"""Passkeys as a server sees them; tests/e2e/test_passkeys.py uses them in a browser."""

import json
from base64 import urlsafe_b64encode

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache

from apps.accounts.models import Role
from tests.accounts.signing_in import give_app, is_signed_in, reauthenticate, sign_in
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

SIGN_IN, ADD = "/accounts/2fa/passkeys/sign-in/", "/accounts/2fa/passkeys/add/"
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com", name="Ada", password=PASSWORD, role=Role.ANALYST)


def claim(handle: str) -> str:
    """A credential that says it is of the person ``handle`` names, signed by nobody."""
    text = urlsafe_b64encode(b"x" * 40).decode().rstrip("=")
    client_data = urlsafe_b64encode(json.dumps({"type": "webauthn.get", "challenge": text, "origin": "x"}).encode())
    response = {
        "clientDataJSON": client_data.decode().rstrip("="),
        "authenticatorData": text,
        "signature": text,
        "userHandle": urlsafe_b64encode(handle.encode()).decode().rstrip("="),
    }
    return json.dumps({"id": text, "rawId": text, "type": "public-key", "response": response})


def test_options_name_the_host_of_public_url_whatever_the_header_says(client, settings):
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://voc.example.org", ["*"]

    options = client.get(SIGN_IN, headers={**JSON, "Host": "evil.example"}).json()["request_options"]["publicKey"]

    assert (options["rpId"], options["userVerification"], len(options["challenge"]) > 20) == (
        "voc.example.org",
        "required",
        True,
    )
    assert not options.get("allowCredentials")  # nobody's keys are told to strangers


def test_a_new_key_carries_no_address_but_the_persons_own(client, ada):
    sign_in(client)
    reauthenticate(client)

    page = client.get(ADD).content.decode()

    assert '"rp": {"name": "Feedback Platform", "id": "localhost"}' in page
    assert "ada@example.com" in page


@pytest.mark.parametrize(
    "credential",
    ["", "x", "{}", "null", "[]", '"x"', "1", '{"response": {}}', '{"response": {"userHandle": "AAAA"}}', claim("zz!")],
)
def test_nonsense_signs_nobody_in_and_breaks_nothing(client, ada, credential):
    client.get(SIGN_IN, headers=JSON)

    answer = client.post(SIGN_IN, {"credential": credential})

    assert (answer.status_code, answer.url, is_signed_in(client)) == (302, "/accounts/login/", False)


def test_known_and_unknown_people_are_answered_alike(client, ada):
    pages = []
    for handle in (user_pk_to_url_str(ada), user_pk_to_url_str(type(ada)(pk=ada.pk + 999))):
        client.get(SIGN_IN, headers=JSON)
        answer = client.post(SIGN_IN, {"credential": claim(handle)})
        shown = client.get(answer.url)
        pages.append((answer.status_code, answer.url, [str(one) for one in shown.context["messages"]]))

    assert pages[0] == pages[1]
    assert not is_signed_in(client)


def test_asking_for_options_is_throttled(client, settings):
    settings.MFA_RATE_LIMITS = {"webauthn_login": "2/m/ip"}

    assert [client.get(SIGN_IN, headers=JSON).status_code for _ in range(3)] == [200, 200, 429]


def test_nonsense_adds_no_key(client, ada):
    sign_in(client)
    reauthenticate(client)
    client.get(ADD)

    for credential in ("{}", "null", '{"response": {}}', "x"):
        assert client.post(ADD, {"name": "Mine", "credential": credential}).status_code == 200
    assert Authenticator.objects.count() == 0


def test_a_reset_is_answered_alike_for_people_with_and_without_factors(client, ada):
    give_app(ada)
    UserFactory(email="bob@example.com")  # came by the provider: no password
    emails = ["ada@example.com", "bob@example.com", "nobody@example.com"]

    answers = [client.post("/accounts/password/reset/", {"email": email}) for email in emails]

    assert {(answer.status_code, answer.url) for answer in answers} == {(302, "/accounts/password/reset/done/")}
    assert [message.to for message in mail.outbox] == [[email] for email in emails]
