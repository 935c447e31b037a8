"""Every page of staff, found by following links: nothing is cut off, nothing breaks the policy, nothing fails."""

from urllib.parse import urlsplit

import pytest
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
    "workbench:feedback-detail",
    "workbench:feedback-list",
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


@pytest.mark.parametrize("width", [390, 768, 1024, 1280, 1440])
def test_every_page_fits_and_keeps_the_policy(
    browser: Browser, address: str, administrator: StorageState, watch: Watch, width: int
) -> None:
    size = {"width": width, "height": 900}
    with visitor(browser, watch, base_url=address, storage_state=administrator, viewport=size) as context:
        seen = walk(context.new_page(), "/home/", "/tags/tag/stage-drift/")  # a tag with a rule

    assert {path: wide for path, wide in seen.items() if wide} == {}
    assert {view_name(path) for path in seen} >= STAFF


@pytest.mark.parametrize("width", [320, 1440])
def test_every_public_page_fits(browser: Browser, address: str, watch: Watch, width: int) -> None:
    with visitor(browser, watch, base_url=address, viewport={"width": width, "height": 900}) as context:
        seen = walk(context.new_page(), "/")

    assert {path: wide for path, wide in seen.items() if wide} == {}
    assert {view_name(path) for path in seen} >= PUBLIC


def walk(page: Page, *starts: str) -> dict[str, str]:
    """Open ``starts`` and what they link to, ``PER_VIEW`` pages of each view; return what was too wide by path."""
    waiting, known, seen = [*starts], {*starts}, {}
    per_view: dict[str, int] = {}
    while waiting:
        path = waiting.pop(0)
        name = view_name(path)
        per_view[name] = per_view.get(name, 0) + 1
        if per_view[name] > PER_VIEW:
            continue
        page.goto(path)
        seen[path] = page.evaluate(WIDEST)
        links = {urlsplit(link).path for link in page.evaluate("[...document.links].map((one) => one.href)")}
        fresh = sorted(link for link in links - known if is_page(link))
        known.update(fresh)
        waiting.extend(fresh)
    return seen


def is_page(path: str) -> bool:
    name = view_name(path)
    return bool(name) and not name.startswith(("admin:", "api-")) and name != "account_logout"


def view_name(path: str) -> str:
    """Return the name of the view that answers at ``path``, "" for none."""
    try:
        return resolve(path).view_name or ""
    except Resolver404:
        return ""
