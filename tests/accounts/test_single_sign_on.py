"""Signing in through a real OpenID Connect provider: the whole code flow over HTTP."""

import html
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from apps.accounts import single_sign_on
from apps.accounts.models import Membership, Role, User
from apps.core.models import Change
from tests.accounts import provider
from tests.factories import PASSWORD, AdministratorFactory, TeamFactory, UserFactory
from tests.faults.running import free_port

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/oidc/sso/login/"
CALLBACK = "/accounts/oidc/sso/login/callback/"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    """A provider of its own process on loopback."""
    port, folder = free_port(), tmp_path_factory.mktemp("provider")
    command = [sys.executable, provider.__file__, str(port), f"http://localhost:8000{CALLBACK}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_for(f"http://localhost:{port}/.well-known/openid-configuration", folder / "log")
        yield f"http://localhost:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(address: str, log: Path) -> None:
    for _ in range(150):
        try:
            if requests.get(address, timeout=1).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail(log.read_text())


@pytest.fixture(autouse=True)
def _sign_in_settings(settings, issuer):
    cache.clear()
    settings.PUBLIC_URL = "http://localhost:8000"
    settings.OIDC_ISSUER = issuer
    settings.OIDC_CLIENT_ID = provider.CLIENT_ID
    settings.OIDC_CLIENT_SECRET = provider.CLIENT_SECRET
    settings.OIDC_TOKEN_AUTH_METHOD = "client_secret_basic"
    settings.OIDC_SCOPES = "openid profile email groups"
    settings.OIDC_NAME = "Example University"


def consent(start: str, name: str) -> str:
    """Sign in at the provider as ``name``; return the address it sends the browser back to."""
    browser = requests.Session()
    page = browser.get(start, timeout=10)
    for answer in ({"login": name}, {"password": f"{name}-password"}):
        hidden = dict(re.findall(r'name="(csrf_token)" value="([^"]+)"', html.unescape(page.text)))
        page = browser.post(page.url, data={**hidden, **answer}, allow_redirects=False, timeout=10)
        while page.is_redirect:
            target = requests.compat.urljoin(page.url, page.headers["Location"])
            if urlsplit(target).path == CALLBACK:
                return target
            page = browser.get(target, allow_redirects=False, timeout=10)
    pytest.fail(f"The provider did not let {name} through: {page.text}")


def start(client, address: str = LOGIN) -> str:
    answer = client.get(address)
    assert answer.status_code == 302, answer.content
    return answer.url


def come_back(client, address: str):
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(client, name: str, address: str = LOGIN):
    return come_back(client, consent(start(client, address), name))


def who(client) -> str:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key).email if key else ""


# --- who gets in --------------------------------------------------------------------------------------------


def test_a_confirmed_address_links_once_and_signs_in_by_identity_after_that(client):
    ada = UserFactory(email="ada@example.com", role=Role.ANALYST)

    answer = sign_in(client, "ada", f"{LOGIN}?next=/feedback/")

    assert (answer.status_code, answer.url, who(client)) == (302, "/feedback/", "ada@example.com")
    ada.email = "ada.lovelace@example.com"
    ada.save(update_fields=["email"])
    client.logout()
    sign_in(client, "ada")
    assert who(client) == "ada.lovelace@example.com"
    account = SocialAccount.objects.get()
    assert (account.user, account.extra_data) == (ada, {})  # nothing of the claims is kept


def test_the_password_stays_as_it_was(client):
    ada = UserFactory(email="ada@example.com", password=PASSWORD)

    sign_in(client, "ada")

    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(("name", "address"), [("bob", "bob@example.com"), ("eve", "ada@example.com")])
def test_an_address_that_is_not_confirmed_opens_nothing(client, name, address):
    UserFactory(email=address)

    answer = sign_in(client, name)

    assert (answer.status_code, who(client), SocialAccount.objects.count()) == (403, "", 0)
    assert b"does not confirm your e-mail address" in answer.content


def test_a_provider_trusted_with_addresses_need_not_confirm_but_may_deny(client, settings):
    settings.OIDC_TRUST_EMAIL, settings.OIDC_ALLOWED_DOMAINS = True, ["example.com"]
    UserFactory(email="ada@example.com")
    UserFactory(email="bob@example.com")

    assert sign_in(client, "eve").status_code == 302
    assert who(client) == "ada@example.com"
    client.logout()
    assert sign_in(client, "bob").status_code == 403


def test_an_address_given_to_somebody_else_later_opens_nothing(client):
    UserFactory(email="ada@example.com")
    sign_in(client, "ada")
    client.logout()

    answer = sign_in(client, "frank")

    assert (answer.status_code, who(client)) == (403, "")


def test_after_unlinking_the_next_one_is_linked(client):
    ada = UserFactory(email="ada@example.com")
    sign_in(client, "ada")
    client.logout()

    single_sign_on.unlink(user=ada)
    sign_in(client, "frank")

    assert who(client) == "ada@example.com"


def test_unknown_closed_linked_and_foreign_are_answered_with_the_same_bytes(client, settings):
    settings.OIDC_ALLOWED_DOMAINS = ["example.com"]
    UserFactory(email="ada@example.com", is_active=False)
    UserFactory(email="gina@elsewhere.example")

    answers = [sign_in(client, name) for name in ("carl", "ada", "gina")]

    assert {answer.status_code for answer in answers} == {403}
    pages = {
        re.sub(rb'name="(csrfmiddlewaretoken|next)" value="[^"]+"|X-CSRFToken": "\w+"', b"", a.content) for a in answers
    }
    assert len(pages) == 1
    assert (who(client), User.objects.count(), SocialAccount.objects.count()) == ("", 2, 0)


def test_whoever_is_closed_after_linking_stays_out(client):
    AdministratorFactory()
    ada = UserFactory(email="ada@example.com")
    sign_in(client, "ada")
    client.logout()
    ada.is_active = False
    ada.save(update_fields=["is_active"])

    assert (sign_in(client, "ada").status_code, who(client)) == (403, "")


def test_new_people_come_only_where_that_is_allowed(client, settings):
    TeamFactory(slug="optics")
    settings.OIDC_CREATE_PEOPLE, settings.OIDC_DEFAULT_ROLE = True, "scientist"
    settings.OIDC_GROUP_ROLES = ["optics=analyst@optics", "everything=manager@*", "lasers=manager@optics"]
    settings.OIDC_ALLOWED_DOMAINS = ["example.com"]

    sign_in(client, "dora")
    assert who(client) == "dora@example.com"
    dora = User.objects.get(email="dora@example.com")
    client.logout()
    sign_in(client, "carl")

    carl = User.objects.get(email="carl@example.com")
    assert (dora.name, dora.everywhere_role, dora.is_staff, dora.has_usable_password()) == (
        "Dora Example",
        "manager",
        False,
        False,
    )
    assert list(Membership.objects.values_list("user", "team__slug", "role")) == [(dora.pk, "optics", "analyst")]
    assert carl.everywhere_role == "scientist"
    told = Change.objects.filter(kind="accounts.Membership").values_list("via", flat=True)
    assert set(told) == {"system: sign-in provider"}
    client.logout()
    assert sign_in(client, "gina").status_code == 403
    assert sign_in(client, "bob").status_code == 403  # not confirmed
    assert User.objects.count() == 2


def test_roles_given_here_are_not_taken_back_by_groups(client, settings):
    settings.OIDC_CREATE_PEOPLE, settings.OIDC_GROUP_ROLES = True, ["everything=manager@*"]
    sign_in(client, "dora")
    User.objects.update(everywhere_role="scientist")
    client.logout()

    sign_in(client, "dora")

    assert User.objects.get().everywhere_role == "scientist"


def test_nobody_is_mailed_and_no_sign_up_page_stands(client, settings):
    settings.OIDC_CREATE_PEOPLE = True
    sign_in(client, "carl")

    assert mail.outbox == []
    assert client.get("/accounts/signup/").status_code == 404


# --- the protocol -------------------------------------------------------------------------------------------


def test_what_goes_out_carries_pkce_state_and_nonce_and_our_own_address(client, settings):
    settings.ALLOWED_HOSTS = ["*"]

    answer = client.get(
        f"{LOGIN}?scope=admin&auth_params=prompt%3Dnone&process=connect", headers={"Host": "evil.example"}
    )

    asked = parse_qs(urlsplit(answer.url).query)
    assert asked["redirect_uri"] == [f"http://localhost:8000{CALLBACK}"]
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email", "groups"}
    assert all(len(asked[name][0]) >= 16 for name in ("state", "nonce", "code_challenge"))
    assert "prompt" not in asked


def test_a_nonce_of_another_request_is_refused(client):
    UserFactory(email="ada@example.com")
    back = consent(start(client), "ada")
    session = client.session
    for state, *_rest in session["socialaccount_states"].values():
        state["data"]["nonce"] = "another"
    session.save()

    answer = come_back(client, back)

    assert (answer.status_code, who(client)) == (401, "")


@pytest.mark.parametrize("state", ["", "another", None])
def test_a_state_that_this_browser_did_not_get_is_refused(client, state):
    UserFactory(email="ada@example.com")
    back = consent(start(client), "ada")
    bad = re.sub(r"&?state=[^&]*", "" if state is None else f"&state={state}", back)

    assert come_back(client, bad).status_code == 401
    assert who(client) == ""


def test_a_code_in_somebody_elses_browser_signs_nobody_in(client, django_user_model):
    UserFactory(email="ada@example.com")
    back = consent(start(client), "ada")
    victim = type(client)()
    start(victim)

    assert come_back(victim, back).status_code == 401
    assert who(victim) == ""


def test_a_code_of_another_attempt_fails_its_pkce_check(client):
    UserFactory(email="ada@example.com")
    first = consent(start(client), "ada")
    second = consent(start(client), "ada")
    code = parse_qs(urlsplit(first).query)["code"][0]
    mixed = re.sub(r"code=[^&]*", f"code={code}", second)

    assert come_back(client, mixed).status_code == 401
    assert who(client) == ""


def test_an_answer_works_once(client):
    UserFactory(email="ada@example.com")
    back = consent(start(client), "ada")
    come_back(client, back)
    client.logout()

    assert come_back(client, back).status_code == 401
    assert who(client) == ""


def test_cancelling_at_the_provider_leads_back(client):
    state = parse_qs(urlsplit(start(client)).query)["state"][0]

    answer = client.get(CALLBACK, {"error": "access_denied", "state": state})

    assert answer.status_code == 401
    assert reverse("account_login").encode() in answer.content


def test_an_issuer_that_is_another_is_not_spoken_with(client, settings, issuer):
    settings.OIDC_ISSUER = issuer.replace("localhost", "127.0.0.1")

    assert client.get(LOGIN).status_code == 503


def test_a_provider_that_is_away_says_so(client, settings):
    settings.OIDC_ISSUER = f"http://localhost:{free_port()}"

    answer = client.get(LOGIN)

    assert answer.status_code == 503
    assert b"Example University does not answer" in answer.content


def test_without_a_provider_there_is_no_way_in_by_it(client, settings):
    assert b"Example University" in client.get("/accounts/login/").content
    settings.OIDC_ISSUER = ""

    assert b"oidc" not in client.get("/accounts/login/").content
    assert client.get(LOGIN).status_code == 404
    assert client.get(CALLBACK).status_code == 404


def test_only_the_one_provider_and_only_get(client):
    assert client.get("/accounts/oidc/other/login/").status_code == 404
    assert client.post(LOGIN).status_code == 405
    assert client.post(CALLBACK).status_code == 405


def test_the_way_out_is_throttled(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "2/m/ip"}

    answers = [client.get(LOGIN).status_code for _ in range(3)]

    assert answers == [302, 302, 429]


# --- the settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"OIDC_ISSUER": "http://sso.example.org"},
        {"OIDC_CLIENT_ID": ""},
        {"OIDC_TRUST_EMAIL": True, "OIDC_ALLOWED_DOMAINS": []},
        {"OIDC_DEFAULT_ROLE": "administrator"},
        {"OIDC_GROUP_ROLES": ["group=administrator@*"]},
        {"OIDC_GROUP_ROLES": ["group=manager"]},
        {"OIDC_GROUP_ROLES": ["manager@optics"]},
    ],
)
def test_settings_that_could_not_work_stop_the_start(settings, wrong):
    single_sign_on.check_settings()
    for name, value in wrong.items():
        setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured):
        single_sign_on.check_settings()
