"""A file brought in by keyboard, with scripts and without; words recorded without scripts."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.browser import Watch, visitor
from tests.e2e.test_by_keyboard import go_to

CSV = "What,Nr\nThe zebra lamp {mark} is dead,{mark}-1\n,{mark}-2\nThe zebra stage {mark} hangs,{mark}-3\n"


def upload(page: Page, path: Path) -> None:
    page.goto("/imports/new/")
    page.get_by_label("File").set_input_files(path)
    go_to(page, page.get_by_role("button", name="Upload and go on"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/imports/\d+/columns/"))


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_file_comes_in_by_keyboard_and_goes_again(
    browser: Browser, address: str, administrator: StorageState, watch: Watch, tmp_path: Path, has_scripts: bool
) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(CSV.format(mark=f"e2e{has_scripts:d}"))
    with visitor(browser, watch, has_scripts=has_scripts, base_url=address, storage_state=administrator) as context:
        page = context.new_page()
        upload(page, path)
        expect(page.get_by_label("What", exact=True)).to_have_value("text")
        page.get_by_label("Nr", exact=True).select_option("external_id")
        page.get_by_label("Everything is about").select_option(index=1)
        page.get_by_role("button", name="Go on").press("Enter")
        page.wait_for_url(re.compile(r"/imports/\d+/$"))
        expect(page.get_by_text("Of the first 3 rows 2 would be taken")).to_be_visible()
        page.get_by_role("button", name="Start the import").press("Enter")
        for _ in range(60):
            if page.locator("#state-title").inner_text() == "Done":
                break
            page.wait_for_timeout(500)
            if not has_scripts:
                page.reload()
        expect(page.locator("#state-title")).to_have_text("Done")
        expect(page.locator(".figures .figure").nth(0)).to_contain_text("2")
        expect(page.get_by_text("Write what happened.")).to_be_visible()

        page.get_by_text("Undo this import…").press("Enter")
        page.get_by_role("button", name="Undo it all").press("Enter")
        for _ in range(60):
            page.reload()
            if page.locator("#state-title").inner_text() == "Undone":
                break
            page.wait_for_timeout(500)
        expect(page.locator("#state-title")).to_have_text("Undone")


def test_what_was_said_is_recorded_without_scripts(
    browser: Browser, address: str, administrator: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, has_scripts=False, base_url=address, storage_state=administrator) as context:
        page = context.new_page()
        page.goto("/home/")
        page.get_by_role("link", name="Record what was said").press("Enter")
        page.get_by_label("What did they say?").fill("The zebra objective scratches the slides.")
        page.get_by_label("Product").select_option(index=1)
        page.get_by_label("Find a customer").fill("an")
        page.get_by_role("button", name="Find").press("Enter")
        expect(page.get_by_label("What did they say?")).to_have_value("The zebra objective scratches the slides.")
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Record it").last.press("Enter")

        page.wait_for_url(re.compile(r"/feedback/\d+/$"))
        expect(page.get_by_text("The zebra objective scratches the slides.").first).to_be_visible()
        expect(page.get_by_role("row", name=re.compile("Recorded by"))).to_be_visible()
