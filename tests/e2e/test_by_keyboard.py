"""Journeys without a mouse, beside those of the public form, the palette and the reading room."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from apps.dashboard.demo import company
from tests.e2e.browser import Watch, visitor

MOST_TABS = 160  # an administrator's navigation alone has some forty links
WIDE = {"width": 1440, "height": 900}


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until ``target`` has the focus."""
    for _ in range(MOST_TABS):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {target}")


def sign_in_by_keyboard(page: Page, member: str) -> None:
    page.goto("/accounts/login/")
    go_to(page, page.get_by_label("E-mail"))
    page.keyboard.type(f"{member}@demo.example")
    go_to(page, page.get_by_label("Password"))
    page.keyboard.type(company.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/home/")


def test_a_manager_signs_in_and_decides(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, viewport=WIDE) as context:
        page = context.new_page()
        sign_in_by_keyboard(page, "manager")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()

        go_to(page, page.locator("nav a[href='/teams/imaging/queue/']"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/teams/imaging/queue/")
        go_to(page, page.get_by_role("link", name="Incubation", exact=True))
        page.keyboard.press("Enter")
        go_to(page, page.get_by_label("State"))
        page.keyboard.type("Planned")
        go_to(page, page.get_by_role("button", name="Save", exact=True))
        page.keyboard.press("Enter")

        expect(page.locator(".page-head .state")).to_have_text("Planned")


def test_a_note_names_a_colleague_who_reads_it(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, viewport=WIDE) as context:
        page = context.new_page()
        sign_in_by_keyboard(page, "scientist")
        page.goto("/feedback/?all=1&q=stage+hang")
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url(re.compile(r"/feedback/\d+/"))
        go_to(page, page.get_by_label("New note"))
        page.keyboard.type("Look at this one, @mart")
        expect(page.get_by_role("listbox")).to_be_visible()
        page.keyboard.press("Enter")
        page.keyboard.type("please")
        go_to(page, page.get_by_role("button", name="Add note"))
        page.keyboard.press("Enter")
        expect(page.locator(".note .mention")).to_have_text(re.compile("@Marta"))

    with visitor(browser, watch, base_url=address, viewport=WIDE) as context:
        page = context.new_page()
        sign_in_by_keyboard(page, "manager")
        expect(page.locator(".side .bell-count")).to_contain_text("1")
        go_to(page, page.locator(".side").get_by_role("link", name="Notifications"))
        page.keyboard.press("Enter")
        go_to(page, page.get_by_role("link", name=re.compile("mentions you")))
        page.keyboard.press("Enter")
        expect(page.locator(".note:target")).to_contain_text("Look at this one")


def test_an_invitation_is_sent_and_accepted(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, viewport=WIDE) as context:
        page = context.new_page()
        sign_in_by_keyboard(page, "administrator")
        page.goto("/people/invite/")
        go_to(page, page.get_by_label("E-mail addresses"))
        page.keyboard.type("new.person@demo.example")
        go_to(page, page.get_by_label("Team", exact=True))
        page.keyboard.type("Imaging")
        go_to(page, page.get_by_label("Role in the team"))
        page.keyboard.type("Scientist")
        go_to(page, page.get_by_role("button", name="Send the invitations"))
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("new.person@demo.example")
        page.goto("/mail/")
        page.get_by_role("link", name=re.compile("invited", re.IGNORECASE)).first.click()
        link = re.search(r"/people/join/\S+", page.locator("main").inner_text())

    with visitor(browser, watch, base_url=address, viewport=WIDE) as context:
        page = context.new_page()
        page.goto(link[0])
        go_to(page, page.get_by_label("Your name"))
        page.keyboard.type("New Person")
        go_to(page, page.get_by_label("Password").first)
        page.keyboard.type("a long enough sentence")
        page.keyboard.press("Enter")
        page.wait_for_url("**/home/")
        expect(page.locator(".side")).to_contain_text("New Person")
