"""Under axe, on a phone and at a desk: pages of capture while somebody works there, which no link leads to."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.browser import Watch, visitor
from tests.e2e.test_accessibility import broken_guidelines
from tests.e2e.test_importing import CSV, upload
from tests.integrations import letters

Looks = list[tuple[int, str]]  # width, scheme
EACH_ONCE: Looks = [(320, "dark"), (1280, "light")]
EVERY: Looks = [(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")]
DESK = {"width": 1280, "height": 900}
SECRET = "s3cret"


@pytest.fixture
def page(browser: Browser, address: str, administrator: StorageState, watch: Watch) -> Iterator[Page]:
    """A page of an administrator's, at a desk."""
    with visitor(browser, watch, base_url=address, storage_state=administrator, viewport=DESK) as context:
        yield context.new_page()


@pytest.fixture(
    params=[pytest.param(EACH_ONCE, id="each once"), pytest.param(EVERY, id="every", marks=pytest.mark.slow)]
)
def looks(request: pytest.FixtureRequest) -> Looks:
    return request.param


def wrong_with(page: Page, looks: Looks) -> list[str]:
    """Return what axe finds, and whether the page scrolls sideways on a phone; leave it at a desk."""
    page.evaluate("scrollTo(0, 0)")  # what stays at the top covers nothing there
    broken = broken_guidelines(page, looks)
    page.set_viewport_size({"width": 320, "height": 900})
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        broken.append("320: it scrolls sideways")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]  # a dict of two
    return broken


def open_builder(page: Page) -> None:
    """Make a bug report, two pages long, and land in its builder."""
    page.goto("/forms/new/")
    page.get_by_label("Bug report", exact=False).check()
    page.get_by_label("Product", exact=True).select_option(label="Aurora Confocal")
    page.get_by_role("button", name="Make the form").click()
    page.wait_for_url(re.compile(r"/forms/\d+/$"))


def test_no_state_of_the_builder_breaks_the_guidelines(page: Page, looks: Looks) -> None:
    open_builder(page)
    builder = page.url
    page.locator(".add-question summary").first.click()
    broken = {"menu of kinds": wrong_with(page, looks)}
    page.get_by_role("button", name="Matrix", exact=True).first.click()
    expect(page.locator("#label")).to_be_focused()
    page.locator("#rule summary").click()
    page.get_by_label("Earlier question").select_option(index=1)
    expect(page.get_by_role("group", name="Condition 2")).to_be_visible()
    broken["question with a fault and a condition"] = wrong_with(page, looks)
    page.goto(builder)
    page.get_by_role("link", name="Heading and jumps of Page 1").click()
    page.get_by_role("button", name="Add a jump").click()
    expect(page.get_by_role("form", name="Jump 1")).to_be_visible()
    broken["page with a jump"] = wrong_with(page, looks)
    for part in ("publish", "preview", "versions", "settings", "share", "translations", "widget"):
        page.goto(f"{builder}{part}/")
        broken[part] = wrong_with(page, looks)

    assert {place: found for place, found in broken.items() if found} == {}


def test_the_list_of_faults_stays_on_a_phones_screen(page: Page) -> None:
    open_builder(page)
    page.set_viewport_size({"width": 320, "height": 900})
    page.locator(".add-question summary").first.click()
    page.get_by_role("button", name="Short text", exact=True).first.click()
    page.locator(".bar-faults summary").click()
    box = page.locator(".bar-faults .menu-list").bounding_box()

    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= 320) == (True, True)


def test_no_step_of_an_import_breaks_the_guidelines(page: Page, tmp_path: Path, looks: Looks) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(CSV.format(mark="axe"))
    upload(page, path)
    broken = {"columns": wrong_with(page, looks)}
    page.get_by_label("Nr", exact=True).select_option("external_id")
    page.get_by_label("Everything is about").select_option(index=1)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    page.get_by_text("Keep this mapping…").click()
    broken["preview"] = wrong_with(page, looks)
    page.get_by_role("button", name="Start the import").click()
    expect(page.locator("#state-title")).to_have_text("Done", timeout=30_000)
    page.get_by_text("Undo this import…").click()
    broken["done, with bad rows"] = wrong_with(page, looks)
    page.goto("/imports/")
    broken["list"] = wrong_with(page, looks)

    assert {place: found for place, found in broken.items() if found} == {}


def test_no_page_of_a_webhook_breaks_the_guidelines(page: Page, looks: Looks) -> None:
    page.goto("/integrations/hooks/new/")
    page.get_by_label("Product").select_option(index=1)
    page.get_by_label("Name", exact=True).fill("Help desk")
    broken = {"new": wrong_with(page, looks)}
    page.get_by_role("button", name="Make the webhook").click()
    url = page.get_by_label("Address").input_value()
    broken["address, once"] = wrong_with(page, looks)
    for body in ({"text": "", "id": "axe-1"}, {"text": "The zebra stage hangs.", "id": "axe-2"}):
        page.context.request.post(url, data=body)
    page.get_by_role("link", name="I have it").click()
    expect(page.get_by_text("Refused", exact=True)).to_be_visible()
    page.get_by_text("A sample").click()
    broken["the last posts"] = wrong_with(page, looks)
    page.get_by_role("link", name="Mapping", exact=True).click()
    page.get_by_label("text becomes").select_option("context")
    expect(page.get_by_label("Name of the context for text")).to_be_visible()
    expect(page.get_by_label("Name of the context for id")).to_be_hidden()
    page.get_by_label("text becomes").select_option("text")
    page.get_by_role("button", name="Preview").click()
    broken["mapping, tried"] = wrong_with(page, looks)

    assert {place: found for place, found in broken.items() if found} == {}


def test_no_page_of_a_mailbox_breaks_the_guidelines(page: Page, looks: Looks) -> None:
    page.goto("/integrations/mailboxes/new/")
    page.get_by_label("Address", exact=True).fill("axe@aurora.example")
    page.get_by_label("Product").select_option(index=1)
    expect(page.get_by_label("Mail service", exact=True)).to_be_hidden()
    broken = {"new": wrong_with(page, looks)}
    page.get_by_label("A mail service posts it to us").check()
    expect(page.get_by_label("Mail server")).to_be_hidden()
    page.get_by_label("Mail service", exact=True).select_option("raw")
    page.get_by_label("Its secret").fill(SECRET)
    page.get_by_role("button", name="Save").click()
    url = page.get_by_label("Address").input_value()
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "message/rfc822"}
    page.context.request.post(url, data=letters.plain(message_id="<axe@example.org>"), headers=headers)
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("link", name="Stage drifts").click()
    broken["a mail"] = wrong_with(page, looks)
    page.go_back()
    broken["its mail"] = wrong_with(page, looks)
    page.goto("/integrations/")
    broken["overview"] = wrong_with(page, looks)

    assert {place: found for place, found in broken.items() if found} == {}


def test_neither_the_review_nor_recording_breaks_the_guidelines(page: Page, looks: Looks) -> None:
    page.goto("/feedback/review/")
    expect(page.locator("[data-held]").first).to_be_visible()
    broken = {"review": wrong_with(page, looks)}
    page.goto("/feedback/record/")
    page.get_by_label("Find a customer").fill("an")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("radio").first).to_be_visible()
    broken["record"] = wrong_with(page, looks)

    assert {place: found for place, found in broken.items() if found} == {}
