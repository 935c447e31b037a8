"""Passkeys in a real browser, with Chromium's virtual authenticator: add, rename, sign in, confirm, remove."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from apps.dashboard.demo import company
from tests.e2e.browser import Watch, visitor
from tests.e2e.conftest import sign_in
from tests.faults.running import RunningPlatform

MEMBER = "manager"


@pytest.fixture
def context(browser: Browser, address: str, watch: Watch) -> Iterator[BrowserContext]:
    with visitor(browser, watch, base_url=address) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(autouse=True)
def _no_factors_left(platform: RunningPlatform) -> Iterator[None]:
    """The demo's people belong to every test: they keep no second factor of this one."""
    yield
    platform.rows("DELETE FROM mfa_authenticator RETURNING id")


@pytest.fixture
def device(context: BrowserContext, page: Page) -> tuple[CDPSession, str]:
    """A laptop's fingerprint reader: a session to speak with it, and its id."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, added["authenticatorId"]


def confirm_password(page: Page) -> None:
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.get_by_label("Password").fill(company.PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "logout" not in url)


def test_a_passkey_is_added_used_renamed_and_removed(page: Page, device: tuple[CDPSession, str]) -> None:
    sign_in(page, MEMBER)
    page.goto("/accounts/2fa/passkeys/add/")
    confirm_password(page)
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    codes = page.locator(".codes code").all_text_contents()
    assert len(codes) == 10
    sign_in_by_passkey_alone(page)
    stand_beside_the_password(page)
    cancel_and_be_told(page, device)
    rename(page)
    remove(page)
    sign_out(page)
    sign_in(page, MEMBER)  # the password alone does again


def sign_in_by_passkey_alone(page: Page) -> None:
    sign_out(page)
    page.goto("/accounts/login/?next=/accounts/profile/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/accounts/profile/")


def stand_beside_the_password(page: Page) -> None:
    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(f"{MEMBER}@demo.example")
    page.get_by_label("Password").fill(company.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/accounts/2fa/authenticate/")
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url("**/home/")


def cancel_and_be_told(page: Page, device: tuple[CDPSession, str]) -> None:
    session, device_id = device
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device_id, "isUserVerified": False})
    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="did not work")).to_be_visible()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device_id, "isUserVerified": True})
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/home/")


def rename(page: Page) -> None:
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Rename Work laptop").click()
    confirm_by_passkey(page)
    page.get_by_label("Name").fill("Old laptop")
    page.get_by_role("button", name="Save the name").click()
    page.wait_for_url("**/accounts/2fa/")
    expect(page.get_by_role("heading", name="Old laptop")).to_be_visible()


def confirm_by_passkey(page: Page) -> None:
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.locator("main a[href*='passkeys/reauthenticate']").click()
    page.get_by_role("button", name="Use a passkey or security key").click()


def remove(page: Page) -> None:
    page.goto("/accounts/2fa/")
    page.locator("main a[href$='/remove/']").first.click()
    if "reauthenticate" in page.url:
        confirm_password(page)
    page.get_by_role("button", name="Remove the passkey").click()
    page.wait_for_url("**/accounts/2fa/")
    expect(page.locator("main a[href$='/remove/']")).to_have_count(0)


def test_without_scripts_the_page_says_what_is_needed(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, has_scripts=False, base_url=address) as context:
        page = context.new_page()
        page.goto("/accounts/login/")
        expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
