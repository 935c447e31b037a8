"""Every page of staff, found by following links: nothing is cut off, nothing breaks the policy, nothing fails."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, StorageState

from tests.e2e.browser import Watch, visitor
from tests.e2e.walking import view_name, walk

PUBLIC = {"feedback:start", "feedback:form"}
STAFF = {
    "dashboard:home",
    "dialogue:mail",
    "dialogue:outbox",
    "priorities:priority",
    "priorities:queue-policy",
    "priorities:team-queue",
    "tagging:create-tag",
    "tagging:tag",
    "tagging:tag-tree",
    "tagging:update-rule",
    "workbench:create-form",
    "workbench:create-product",
    "workbench:feedback-detail",
    "workbench:feedback-list",
    "workbench:form-list",
    "workbench:product",
    "workbench:product-list",
}
WIDEST = """
() => {
  const width = document.documentElement.clientWidth;
  const wide = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > width + 1);
  return document.documentElement.scrollWidth > width
    ? wide.map((one) => one.tagName + "." + one.className).slice(0, 5).join(", ") || "something"
    : "";
}
"""


def test_every_page_fits_and_keeps_the_policy(
    browser: Browser, address: str, administrator: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=administrator) as context:
        starts = ["/home/", "/tags/tag/stage-drift/"]  # a tag with a rule
        seen = walk(context.new_page(), starts, widths_that_overflow([320, 390, 768, 1024, 1280, 1440]))

    assert {path: wide for path, wide in seen.items() if wide} == {}
    assert {view_name(path) for path in seen} >= STAFF


def test_every_public_page_fits(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address) as context:
        seen = walk(context.new_page(), ["/"], widths_that_overflow([320, 390, 768, 1440]))

    assert {path: wide for path, wide in seen.items() if wide} == {}
    assert {view_name(path) for path in seen} >= PUBLIC


def widths_that_overflow(widths: list[int]) -> Callable[[Page], dict[int, str]]:
    """Return what looks at a page in each of ``widths`` and tells what is too wide."""
    return lambda page: {width: wide for width in widths if (wide := too_wide(page, width))}


def too_wide(page: Page, width: int) -> str:
    """Return what reaches beyond a window of ``width`` pixels, "" where all fits."""
    page.set_viewport_size({"width": width, "height": 900})
    return str(page.evaluate(WIDEST))
