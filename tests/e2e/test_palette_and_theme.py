"""The command palette, the jumps and the theme, by keyboard alone; and the frame of a small screen."""

from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.browser import Watch, visitor

THEME = "document.documentElement.dataset.theme"
SHADE = "getComputedStyle(document.body).backgroundColor"


def test_the_palette_finds_a_priority_by_keyboard_alone(
    browser: Browser, address: str, administrator: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=administrator) as context:
        page = context.new_page()
        page.goto("/home/")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("option").first).to_be_visible()
        page.keyboard.type("stage dri")
        expect(page.get_by_role("option", name="Stage drift")).to_have_class("palette-item is-active")
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("option", name="Search feedback")).to_have_class("palette-item is-active")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.wait_for_url("**/priorities/stage-drift/")


def test_escape_closes_the_palette_and_jumps_lead_on(
    browser: Browser, address: str, administrator: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=administrator) as context:
        page = context.new_page()
        page.goto("/home/")
        page.keyboard.press("Control+k")
        page.keyboard.type("x")
        page.keyboard.press("Escape")
        expect(page.locator("#palette")).not_to_be_visible()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("f")
        page.wait_for_url("**/feedback/**")


def test_a_chosen_theme_holds_at_once_and_on_the_next_page(
    browser: Browser, address: str, administrator: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=administrator, color_scheme="light") as context:
        page = context.new_page()
        page.goto("/home/")
        light = page.evaluate(SHADE)
        with page.expect_response("**/accounts/theme/"):
            run_action(page, "switch to dark")
        dark = page.evaluate(SHADE)
        page.goto("/tags/")
        kept = (page.evaluate(THEME), page.evaluate(SHADE))
        with page.expect_response("**/accounts/theme/"):
            run_action(page, "as the system")

        assert light != dark
        assert kept == ("dark", dark)
        assert (page.evaluate(THEME), page.evaluate(SHADE)) == ("system", light)


def run_action(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    expect(page.get_by_role("option").first).to_contain_text(words.split()[-1])
    page.keyboard.press("Enter")


def test_the_menu_of_a_small_screen_works_without_scripts(
    browser: Browser, address: str, administrator: StorageState, watch: Watch
) -> None:
    options = {"viewport": {"width": 320, "height": 700}, "storage_state": administrator}
    with visitor(browser, watch, has_scripts=False, base_url=address, **options) as context:
        page = context.new_page()
        page.goto("/home/")
        expect(page.locator("#side")).not_to_be_visible()
        page.get_by_role("button", name="Menu").click()
        page.locator("#side").get_by_role("link", name="Tags").click()
        page.wait_for_url("**/tags/")
