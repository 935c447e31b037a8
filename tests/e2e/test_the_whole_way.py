"""From a customer's words to a team's queue, in real browsers on the running platform."""

import re
import time

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browser import Watch, visitor
from tests.e2e.conftest import sign_in
from tests.faults.running import RunningPlatform

WARM_UP = "Laser warm-up"  # a demo priority whose rule knows the words "warm-up"
FAN = "Fan noise"
WORDS = "The warm-up of the blue laser takes an hour, and nobody could tell me why."
MORE_WORDS = (
    "Terrible: we wait for the warm-up every single morning.",
    "After the firmware update the warm-up is even slower, very annoying.",
)
SOON_MS = 10_000  # two seconds are promised of a machine that does nothing else


def test_the_whole_way(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address) as staff:
        page = staff.new_page()
        sign_in(page, "manager")
        open_queue(page, "Imaging")
        before, fan_before = figure(page, WARM_UP, "Feedback"), figure(page, FAN, "Feedback")
        rank_before = rank(page, WARM_UP)
        page.evaluate("window.isTheSamePage = true")

        submit_as_customer(browser, address, watch, WORDS, rating=2)
        wait_for_figure(page, WARM_UP, "Feedback", before + 1)
        for words in MORE_WORDS:
            submit_as_customer(browser, address, watch, words)
        wait_for_figure(page, WARM_UP, "Feedback", before + 3)
        assert rank(page, WARM_UP) < rank_before
        assert page.evaluate("window.isTheSamePage") is True

        second = staff.new_page()
        second.goto(page.url)
        second.get_by_role("link", name=WARM_UP).click()
        expect(second.get_by_role("heading", level=1, name=WARM_UP)).to_be_visible()
        assert_parts_add_up(second)
        second.get_by_role("link", name=WORDS).click()
        tag_by_hand(second, FAN)

        wait_for_figure(page, FAN, "Feedback", fan_before + 1)
        assert page.evaluate("window.isTheSamePage") is True


def test_the_first_administrator_comes_in_by_the_link(browser: Browser, bare: RunningPlatform, watch: Watch) -> None:
    link = re.search(r"http://localhost:\d+/accounts/setup/\S+", bare.log.read_text())[0]
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(link)
        page.get_by_label("E-mail").fill("first@example.org")
        page.get_by_label("Your name").fill("First Person")
        page.get_by_label("First team").fill("Optics")
        page.get_by_label("Password").first.fill("a long enough sentence")
        page.get_by_role("button", name="Start").click()

        page.wait_for_url("**/home/")
        open_queue(page, "Optics")
        expect(page.get_by_text("Nothing in this queue yet")).to_be_visible()

    assert bare.call("GET", link.partition(str(bare.port))[2]).status == 404


def open_queue(page: Page, team: str) -> None:
    main = page.get_by_role("navigation", name="Main", exact=True)
    main.get_by_role("link", name=team, exact=True).and_(page.locator("[href$='/queue/']")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(team)


def submit_as_customer(browser: Browser, address: str, watch: Watch, words: str, *, rating: int = 0) -> None:
    """Write ``words`` into the public form of the Aurora, as a stranger whose browser runs no scripts."""
    with visitor(browser, watch, has_scripts=False, base_url=address) as customer:
        page = customer.new_page()
        page.goto("/")
        page.get_by_role("link", name="Your time at the Aurora").click()
        page.get_by_label("What happened?").fill(words)
        if rating:
            page.get_by_role("radio").nth(rating - 1).check()
        page.get_by_role("button", name="Send").click()

        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        assert customer.cookies() == []
        receipt = page.url
    with visitor(browser, watch, has_scripts=False) as anybody:
        page = anybody.new_page()
        page.goto(receipt)
        expect(page.get_by_text(words)).to_be_visible()


def tag_by_hand(page: Page, tag: str) -> None:
    page.get_by_label("Add a tag").fill(tag)
    page.get_by_label("Importance").select_option(index=2)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("region", name="Tags").get_by_role("link", name=tag)).to_be_visible()


# --- reading the pages by what they say ---------------------------------------------------------------------------


def row(page: Page, priority: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile(f"^{priority}")))


def figure(page: Page, priority: str, column: str) -> int:
    """Return the number in the column of that heading."""
    return int(cells(page, priority)[headings(page).index(column)])


def rank(page: Page, priority: str) -> int:
    return int(cells(page, priority)[0])


def headings(page: Page) -> list[str]:
    return [text.strip() for text in page.get_by_role("table").first.get_by_role("columnheader").all_inner_texts()]


def cells(page: Page, priority: str) -> list[str]:
    return [text.strip() for text in row(page, priority).locator("th, td").all_inner_texts()]


def wait_for_figure(page: Page, priority: str, column: str, expected: int) -> None:
    """Wait until the page shows it, without touching the page."""
    ends_at = time.monotonic() + SOON_MS / 1000
    while (found := figure(page, priority, column)) != expected:
        assert time.monotonic() < ends_at, f"{priority}, {column}: {found} instead of {expected}"
        page.wait_for_timeout(100)


def assert_parts_add_up(page: Page) -> None:
    """Each way to split the subtotal sums to the subtotal that is shown, to the last digit shown."""
    why = page.get_by_role("region", name=re.compile("^Why"))
    tables = why.get_by_role("table").all()
    assert len(tables) == 3
    subtotals = set()
    for table in tables:
        *parts, subtotal = [round(float(text) * 10) for text in table.get_by_role("cell").all_inner_texts()]
        assert sum(parts) == subtotal, table.inner_text()
        subtotals.add(subtotal)
    assert len(subtotals) == 1
    score = why.get_by_role("listitem").last.inner_text()
    assert score.split()[-1] == why.get_by_role("heading").inner_text().split()[-1]
