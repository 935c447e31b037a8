"""From a candidate to a seat, a session, feedback in a queue and an action told back, in real browsers."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Watch, visitor
from tests.e2e.mail_sink import MailSink, link_in
from tests.faults.running import RunningPlatform, Tenant

CUSTOMER = "ada@customer.example"
PANEL, SESSION = "Optics council", "Warm-up with Ada"
MAKE_COLLEAGUE = """
from apps.accounts.models import Team
from apps.accounts.services import create_user, set_membership
user = create_user(email="second@example.org", password="a long enough sentence", name="Second")
set_membership(user=user, team=Team.objects.get(), role="scientist")
"""
SOON_MS = 20_000


@pytest.fixture
def sink() -> Iterator[MailSink]:
    sink = MailSink()
    yield sink
    sink.close()


@pytest.fixture
def running(browser: Browser, tmp_path: Path, sink: MailSink) -> Iterator[RunningPlatform]:
    """A platform without demo that sends its mail."""
    running = RunningPlatform(tmp_path, own_redis=False, extra={"EMAIL_URL": sink.url})
    running.environment["PUBLIC_URL"] = f"http://localhost:{running.port}"
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def tenant(running: RunningPlatform) -> Tenant:
    tenant = running.make_tenant(name="Spectrometer", rules={"Drift": ["drifts away"]})
    running.manage("shell", "-c", MAKE_COLLEAGUE)
    said = {
        "text": "Every morning it drifts away, and the warm-up takes an hour.",
        "product": tenant.product,
        "customer": {"email": CUSTOMER, "name": "Ada Lovelace"},
    }
    headers = {"Authorization": f"Bearer {tenant.api_key}", "Content-Type": "application/json"}
    assert running.call("POST", "/api/v1/feedback/", json.dumps(said).encode(), headers).status == 201
    return tenant


def test_the_whole_way_of_a_panel(
    browser: Browser, running: RunningPlatform, tenant: Tenant, sink: MailSink, watch: Watch
) -> None:
    address = f"http://localhost:{running.port}"
    with (
        visitor(browser, watch, base_url=address) as staff,
        visitor(browser, watch, base_url=address) as colleague,
        visitor(browser, watch, has_scripts=False, base_url=address) as customer,
    ):
        page, second, theirs = staff.new_page(), colleague.new_page(), customer.new_page()
        sign_in(page, tenant.email, tenant.password)
        make_panel(page)
        recruit(page)
        member_page = accept_seat(theirs, sink)
        consent(theirs, sink)
        session_url = plan_session(page)
        accept_place(theirs, sink)
        sign_in(second, "second@example.org", "a long enough sentence")
        before = running.queue(tenant)[tenant.tags["Drift"]]["feedback_count"]
        run_session(page, second, session_url, running)
        promote(page, session_url)
        running.wait_for(
            lambda: running.queue(tenant)[tenant.tags["Drift"]]["feedback_count"] == before + 2, "the queue moves"
        )
        promise(page)
        theirs.goto(member_page)
        expect(theirs.get_by_text("Show the warm-up on the screen")).to_be_visible()
        assert customer.cookies() == []

    assert running.check_queues()[0] == 0


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home/")


def make_panel(page: Page) -> None:
    page.goto("/panels/new/")
    page.get_by_label("Name", exact=True).fill(PANEL)
    page.get_by_label("Mission").fill("Make mornings shorter.")
    page.get_by_role("button", name="Make the panel").click()
    expect(page.get_by_role("heading", level=1, name=PANEL)).to_be_visible()


def recruit(page: Page) -> None:
    """Find who speaks of the warm-up, and invite them."""
    page.goto("/candidates/")
    page.get_by_role("textbox", name=re.compile(r"^Said\b")).first.fill("warm-up")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Ada Lovelace").check()
    page.get_by_role("button", name=PANEL).click()
    page.get_by_role("button", name="Send the invitations").click()
    expect(page.get_by_text("1 invitation is on its way.")).to_be_visible()


def accept_seat(page: Page, sink: MailSink) -> str:
    link = link_in(sink.wait_for(CUSTOMER, PANEL), "/p/")
    page.goto(link)
    expect(page.get_by_text("Make mornings shorter.")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Your term lasts until")).to_be_visible()
    return link


def consent(page: Page, sink: MailSink) -> None:
    """By the customer's own page: quotes inside the house."""
    page.goto("/my/")
    page.get_by_label("Your e-mail address").fill(CUSTOMER)
    page.get_by_role("button", name="Mail me the link").click()
    page.goto(link_in(sink.wait_for(CUSTOMER, "Your page with us"), "/my/"))
    choice = page.locator("#internal_quote")
    choice.get_by_role("button", name="I agree").click()
    expect(choice.get_by_text("You agreed on")).to_be_visible()


def plan_session(page: Page) -> str:
    """Plan a usability test of a new study with one task, and invite the member."""
    start = datetime.now(UTC) + timedelta(days=1)
    page.goto("/sessions/new/")
    page.get_by_role("button", name="Plan: Usability test").click()
    page.locator("#id_title").fill(SESSION)
    page.locator("#id_product").select_option(label="Spectrometer")
    page.locator("#id_panel").select_option(label=PANEL)
    page.locator("#id_day").fill(start.date().isoformat())
    page.locator("#id_at").fill("10:00")
    page.locator("summary", has_text="Study, cycle").click()
    page.locator("#id_new_study").fill("Warm-up study")
    page.get_by_role("button", name="Make the session").click()
    expect(page.get_by_role("heading", level=1, name=SESSION)).to_be_visible()
    url = page.url
    page.get_by_role("link", name="Warm-up study").click()
    page.get_by_label("Task", exact=True).fill("Start the warm-up")
    page.get_by_role("button", name="Add the task").click()
    page.goto(f"{url}invite/")
    page.get_by_label("Ada Lovelace").check()
    page.get_by_label("Why they are asked again so soon").fill("She asked for it")  # a moment after the panel
    page.get_by_role("button", name="Send the invitations").click()
    expect(page.get_by_text("1 customer is invited.")).to_be_visible()
    return url


def accept_place(page: Page, sink: MailSink) -> None:
    mail = sink.wait_for(CUSTOMER, SESSION)
    page.goto(link_in(mail, "/s/"))
    page.get_by_role("button", name="Yes, I come").click()
    expect(page.get_by_text("You have a place.")).to_be_visible()
    calendar = next(
        part for part in sink.wait_for(CUSTOMER, "You are in").walk() if "calendar" in part.get_content_type()
    )
    assert "METHOD:REQUEST" in calendar.get_content()


def run_session(page: Page, second: Page, session_url: str, running: RunningPlatform) -> None:
    """Two take notes at once, one of them times a task."""
    page.goto(session_url)
    page.get_by_role("button", name="Begin").click()
    for one in (page, second):
        one.goto(f"{session_url}live/")
        expect(one.locator("#live-status")).to_have_text("Everything is saved.")
    write(page, "I wait an hour, and nobody tells me why", tag="Drift", quote=True)
    write(second, "Looks at her watch", tag="Drift")
    expect(page.locator("#live-notes > li")).to_have_count(2, timeout=SOON_MS)
    expect(second.locator("#live-notes > li")).to_have_count(2, timeout=SOON_MS)
    run = page.get_by_role("form", name="1. Start the warm-up")
    run.get_by_role("button", name="Start").click()
    page.wait_for_timeout(1_100)
    run.get_by_role("button", name="Stop").click()
    run.get_by_label("How it ended").select_option(label="Done")
    run.get_by_label("How easy it was").select_option(index=6)
    sql = "SELECT outcome, seq, seconds BETWEEN 1 AND 60 FROM panels_taskrun"
    running.wait_for(lambda: running.rows(sql) == [("success", 6, True)], "the task is saved by itself")
    page.get_by_role("link", name="Results of the study").click()
    expect(page.get_by_role("row", name=re.compile("Start the warm-up")).first).to_contain_text("1")
    page.goto(session_url)
    page.locator("summary", has_text=re.compile(r"^\s*End\s*$")).click()
    page.get_by_role("button", name="End it").click()


def write(page: Page, words: str, *, tag: str, quote: bool = False) -> None:
    page.locator("#live-composer textarea[name=text]").fill(words)
    page.locator("#live-composer select[name=speaker]").select_option(label="Ada Lovelace")
    if quote:
        page.locator("#live-composer input[name=is_quote]").check()
    page.locator("#live-composer input[name=tags]").fill(tag)
    page.get_by_role("button", name="Note it").click()
    expect(page.locator("#live-notes").get_by_text(words)).to_be_visible()


def promote(page: Page, session_url: str) -> None:
    page.goto(f"{session_url}summary/notes/")
    page.get_by_role("button", name="Make feedback of 2 notes").click()
    expect(page.get_by_text("2 notes are feedback now.")).to_be_visible()


def promise(page: Page) -> None:
    page.goto("/actions/new/")
    page.get_by_label("What will be done").fill("Show the warm-up on the screen")
    page.get_by_label("Panel").select_option(label=PANEL)
    page.get_by_label("Priority").select_option(label="Drift")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Show the warm-up on the screen").first).to_be_visible()
