"""The reading room in a real browser: by keyboard, with the back button, on a phone, and without scripts."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from apps.tagging.tree import SEPARATOR
from tests.e2e.browser import Watch, visitor
from tests.e2e.conftest import sign_in

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def scientist(browser: Browser, address: str) -> StorageState:
    with visitor(browser, Watch(), base_url=address) as context:
        sign_in(context.new_page(), "scientist")
        return context.storage_state()


def rows(page: Page) -> Locator:
    return page.locator("[data-open]")


def words(row: Locator) -> str:
    return " ".join(row.inner_text().split())[:40]


def test_a_morning_by_keyboard_alone(browser: Browser, address: str, scientist: StorageState, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, storage_state=scientist, viewport=WIDE) as context:
        page = context.new_page()
        page.goto("/feedback/?all=1")
        expect(page.locator("#facet-groups")).to_be_visible()
        page.evaluate("window.isTheSamePage = true")

        page.keyboard.press("j")
        expect(rows(page).first).to_be_focused()
        page.keyboard.press("j")
        second = rows(page).nth(1)
        expect(second).to_be_focused()
        page.keyboard.press("Enter")
        expect(second).to_have_attribute("aria-current", "true")
        expect(page.locator("#room-detail [data-detail-title]")).to_be_focused()
        page.keyboard.press("j")
        third = rows(page).nth(2)
        expect(third).to_have_attribute("aria-current", "true")
        expect(page).to_have_url(re.compile(f"open={third.get_attribute('data-open')}"))
        expect(page.locator("#room-detail .words")).to_contain_text(words(third)[:20])

        page.keyboard.press("t")
        expect(page.get_by_label("Add a tag")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("u")
        expect(page.locator("#room-detail")).to_be_hidden()
        expect(third).to_be_focused()

        page.keyboard.press("/")
        expect(page.get_by_label("Search what customers said")).to_be_focused()
        page.keyboard.type("xyzzyx")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
        expect(page.locator("#room-says")).to_contain_text("0 pieces")
        assert page.evaluate("window.isTheSamePage") is True

        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Copy as citation")


def test_back_and_forward_keep_the_place(browser: Browser, address: str, scientist: StorageState, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, storage_state=scientist, viewport=WIDE) as context:
        page = context.new_page()
        page.goto("/feedback/?all=1")
        expect(page.locator("#facet-groups")).to_be_visible()
        far = rows(page).nth(12)
        far.scroll_into_view_if_needed()
        top = page.evaluate("window.scrollY")
        assert top > 0
        far.click()
        expect(far).to_have_attribute("aria-current", "true")
        other = rows(page).nth(13)
        other.click()
        expect(other).to_have_attribute("aria-current", "true")

        page.go_back()
        expect(far).to_have_attribute("aria-current", "true")
        page.go_back()
        expect(page.locator("#room-detail")).to_be_hidden()
        expect(page).to_have_url(re.compile(r"\?all=1$"))
        assert abs(page.evaluate("window.scrollY") - top) < 200

        page.go_forward()
        expect(far).to_have_attribute("aria-current", "true")
        page.reload()
        expect(page.locator("#room-detail .words")).to_be_visible()


def test_filters_are_chosen_without_leaving_and_taken_back(
    browser: Browser, address: str, scientist: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=scientist, viewport=WIDE) as context:
        page = context.new_page()
        page.goto("/feedback/?all=1")
        page.evaluate("window.isTheSamePage = true")
        option = page.locator("[data-facet=sentiment] .facet-option").first
        found = option.locator(".facet-count").inner_text()
        option.click()

        expect(page.locator(".results-head p")).to_contain_text(found)
        expect(page.locator(".filter-chip")).to_have_count(1)
        page.go_back()
        expect(page.locator(".filter-chip")).to_have_count(0)
        page.go_forward()
        expect(page.locator(".filter-chip")).to_have_count(1)
        page.get_by_role("link", name="Remove the filter").click()
        expect(page.locator(".filter-chip")).to_have_count(0)
        assert page.evaluate("window.isTheSamePage") is True


def test_on_a_phone_the_open_feedback_is_alone(
    browser: Browser, address: str, scientist: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=scientist, viewport=PHONE) as context:
        page = context.new_page()
        page.goto("/feedback/?all=1")
        row = rows(page).nth(5)
        row.scroll_into_view_if_needed()
        top = page.evaluate("window.scrollY")
        row.click()
        expect(page.locator("#room-detail .words")).to_be_visible()
        expect(page.locator("#feedback-results")).to_be_hidden()

        page.get_by_role("link", name="Back to the list").click()
        expect(row).to_be_in_viewport()
        assert abs(page.evaluate("window.scrollY") - top) < 500

        page.get_by_role("button", name="Filters").click()
        expect(page.locator("[data-facet=sentiment] .facet-option").first).to_be_visible()


def test_all_of_it_reads_without_scripts(browser: Browser, address: str, scientist: StorageState, watch: Watch) -> None:
    with visitor(
        browser, watch, has_scripts=False, base_url=address, storage_state=scientist, viewport=WIDE
    ) as context:
        page = context.new_page()
        page.goto("/feedback/?all=1")
        page.get_by_role("link", name="Filters with counts").click()
        page.locator(".facet-option").first.click()
        expect(page.locator(".filter-chip")).to_have_count(1)

        row = rows(page).nth(3)
        opened = row.get_attribute("data-open")
        row.click()
        expect(page.locator("#room-detail .words")).to_be_visible()
        expect(page.locator(f"[data-open='{opened}']")).to_have_attribute("aria-current", "true")
        page.get_by_text("Cite", exact=True).click()
        expect(page.locator("#citation")).to_contain_text(f"Feedback {opened}, ")
        page.get_by_role("link", name="Close").click()
        expect(page.locator("#room-detail")).to_be_hidden()
        expect(page.locator(".filter-chip")).to_have_count(1)
        page.get_by_label("Search what customers said").fill("xyzzyx")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


def test_a_view_is_kept_opened_and_deleted_with_a_way_back(
    browser: Browser, address: str, scientist: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=scientist, viewport=WIDE) as context:
        page = context.new_page()
        page.goto("/feedback/?sentiment=negative")
        page.get_by_text("Save view", exact=True).click()
        page.get_by_label("Save this selection as").fill("Grumbles")
        page.get_by_role("button", name="Save as a view").click()
        expect(page.get_by_role("heading", level=1, name="Grumbles")).to_be_visible()
        expect(page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Grumbles")).to_be_visible()

        page.goto("/feedback/views/")
        page.get_by_role("button", name="Delete “Grumbles”").click()
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("link", name="Grumbles", exact=True).click()
        expect(page.locator(".filter-chip")).to_contain_text("Negative")


def test_a_citation_is_copied_by_a_key(browser: Browser, address: str, scientist: StorageState, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, storage_state=scientist, viewport=WIDE) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto("/feedback/?all=1")
        rows(page).first.click()
        expect(page.locator("#room-detail .words")).to_be_visible()
        page.keyboard.press("c")

        expect(page.locator("#toasts")).to_contain_text("Citation copied")
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#citation").text_content()


def test_a_tag_added_beside_the_list_stays_beside_the_list(
    browser: Browser, address: str, scientist: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=scientist, viewport=WIDE) as context:
        page = context.new_page()
        page.goto("/feedback/?tag=untagged")
        rows(page).first.click()
        expect(page.locator("#room-detail .words")).to_be_visible()
        page.keyboard.press("t")
        path = page.locator("#tag-options option").first.get_attribute("value")
        page.keyboard.type(path)
        page.keyboard.press("Enter")

        expect(page.locator("#feedback-tags .tag-name").first).to_contain_text(path.split(SEPARATOR)[-1])
        expect(page.get_by_label("Add a tag")).to_be_focused()
        expect(rows(page).first).to_have_attribute("aria-current", "true")
