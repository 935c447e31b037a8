"""Finding every page by following links, as somebody who is signed in would."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

PER_VIEW = 3  # pages of one view that are looked at: an empty queue and a full one, say
NO_PAGES = ("admin:", "api-", "account_logout", "account_picture")
NO_PAGE_ENDINGS = (".csv", ".eml", ".json", ".png", ".svg", ".txt", ".webp")
T = TypeVar("T")


def walk(page: Page, starts: list[str], visit: Callable[[Page], T], *, per_view: int = PER_VIEW) -> dict[str, T]:
    """Open ``starts`` and what they link to, ``per_view`` pages of each view; return what ``visit`` says, by path."""
    waiting, known = [*starts], {*starts}
    seen: dict[str, T] = {}
    counts: dict[str, int] = {}
    while waiting:
        path = waiting.pop(0)
        name = view_name(path)
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > per_view:
            continue
        try:
            page.goto(path)
        except Error as error:
            if "Download is starting" in error.message:
                continue  # a file, and no page
            raise
        seen[path] = visit(page)
        links = {urlsplit(link).path for link in page.evaluate("[...document.links].map((one) => one.href)")}
        fresh = sorted(link for link in links - known if is_page(link))
        known.update(fresh)
        waiting.extend(fresh)
    return seen


def is_page(path: str) -> bool:
    name = view_name(path)
    is_file = path.endswith(NO_PAGE_ENDINGS) or "download" in name or "export" in name
    return bool(name) and not name.startswith(NO_PAGES) and not is_file


def view_name(path: str) -> str:
    """Return the name of the view that answers at ``path``, "" for none."""
    try:
        return resolve(path).view_name or ""
    except Resolver404:
        return ""
