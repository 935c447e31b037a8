"""Every page of staff, found by following links: nothing is cut off, nothing breaks the policy, nothing fails."""

from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, StorageState

from tests.e2e.browser import Watch, visitor

PER_VIEW = 3  # pages of one view that are looked at: an empty queue and a full one, say
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
        seen = walk(context.new_page(), starts, widths=[390, 768, 1024, 1280, 1440])

    assert {path: wide for path, wide in seen.items() if wide} == {}
    assert {view_name(path) for path in seen} >= STAFF


def test_every_public_page_fits(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address) as context:
        seen = walk(context.new_page(), ["/"], widths=[320, 390, 768, 1440])

    assert {path: wide for path, wide in seen.items() if wide} == {}
    assert {view_name(path) for path in seen} >= PUBLIC


def walk(page: Page, starts: list[str], *, widths: list[int]) -> dict[str, dict[int, str]]:
    """Open ``starts`` and what they link to, ``PER_VIEW`` pages of each view; return what is too wide by path."""
    waiting, known = [*starts], {*starts}
    seen: dict[str, dict[int, str]] = {}
    per_view: dict[str, int] = {}
    while waiting:
        path = waiting.pop(0)
        name = view_name(path)
        per_view[name] = per_view.get(name, 0) + 1
        if per_view[name] > PER_VIEW:
            continue
        page.goto(path)
        seen[path] = {width: wide for width in widths if (wide := too_wide(page, width))}
        links = {urlsplit(link).path for link in page.evaluate("[...document.links].map((one) => one.href)")}
        fresh = sorted(link for link in links - known if is_page(link))
        known.update(fresh)
        waiting.extend(fresh)
    return seen


def too_wide(page: Page, width: int) -> str:
    """Return what reaches beyond a window of ``width`` pixels, "" where all fits."""
    page.set_viewport_size({"width": width, "height": 900})
    return str(page.evaluate(WIDEST))


def is_page(path: str) -> bool:
    name = view_name(path)
    return bool(name) and not name.startswith(("admin:", "api-")) and name != "account_logout"


def view_name(path: str) -> str:
    """Return the name of the view that answers at ``path``, "" for none."""
    try:
        return resolve(path).view_name or ""
    except Resolver404:
        return ""
