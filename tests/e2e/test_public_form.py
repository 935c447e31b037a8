"""The public form as people use it who use no mouse."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Watch, visitor

FORM = "/f/aurora-confocal/"
WORDS = "The door interlock clicks when a lorry passes."


def test_the_public_form_by_keyboard_alone(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address) as context:
        page = context.new_page()
        page.goto(FORM)

        tab_to(page, "What happened?")
        page.keyboard.type(WORDS)
        tab_to(page, "1 ")
        page.keyboard.press("ArrowRight")  # from 1 to 2, as radio buttons do
        tab_to(page, "E-mail")
        page.keyboard.type("ada@lab.example")
        tab_to(page, "Version, Instrument, Method")
        page.keyboard.press("Enter")  # opens
        tab_to(page, "Version")
        page.keyboard.type("2.1")
        tab_to(page, "Send feedback")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        said = page.get_by_role("main").inner_text()
        assert WORDS in said
        assert "2 of 5" in said
        assert "2.1" in said


def test_what_was_written_survives_a_mistake(browser: Browser, address: str) -> None:
    with visitor(browser, Watch(), has_scripts=False, base_url=address) as context:
        page = context.new_page()
        page.goto(FORM)
        page.get_by_label("What happened?").fill(WORDS)
        page.get_by_label("E-mail").fill("not an address")
        page.get_by_role("button", name="Send").click()

        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("What happened?")).to_have_value(WORDS)
        page.get_by_label("E-mail").fill("")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the control of that label has the focus."""
    for _ in range(20):
        page.keyboard.press("Tab")
        focused = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText")
        if focused.strip().startswith(label.strip()):
            return
    raise AssertionError(f"Tab never reaches “{label}”")


def test_the_watch_itself_sees_what_is_wrong(browser: Browser, address: str) -> None:
    watch = Watch()
    with visitor(browser, watch, base_url=address) as context:
        page = context.new_page()
        page.goto(FORM)
        page.evaluate("document.body.setAttribute('style', 'color: red')")
        page.evaluate("console.error('from a script')")
        page.goto("/f/there-is-none/")

    kinds = {complaint.split(" ")[0] for complaint in watch.complaints}
    assert kinds == {"policy:", "console:", "answer"}
