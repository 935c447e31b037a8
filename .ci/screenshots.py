"""Take pictures of every page: make screenshots [ARGS="--only feedback --out DIR --tour"].

Starts the platform with its demo in a folder of its own, walks it as an administrator and as a customer, and writes
one picture per page, width (390, 1440 pixels) and scheme (light, dark) into .screenshots/, which git ignores. With
--tour the pictures of the README's tour are taken instead, into docs/pictures/.
"""

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402

LOOKS = [(width, scheme) for width in (390, 1440) for scheme in ("light", "dark")]
HEIGHT = 900  # pixels of the window
TALLEST = 4_000  # pixels of a picture
SETTLE_MS = 350  # charts are drawn, fragments have arrived


def main() -> None:
    options = _options()
    os.environ["DJANGO_SETTINGS_MODULE"] = "feedback_platform.settings"
    django.setup()  # only to resolve addresses: no database is used from here
    from tests.e2e.browser import launch
    from tests.faults.running import RunningPlatform

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        if browser is None:
            sys.exit("NOT RUN: no Chromium")
        running = RunningPlatform(Path(folder), own_redis=False, with_demo=True)
        try:
            running.start()
            running.wait_for(lambda: "Demo sign-ins:" in running.log.read_text(), "the demo is loaded", seconds=120)
            running.wait_whole()
            take = take_tour if options.tour else take_all
            take(browser, f"http://localhost:{running.port}", options)
        finally:
            running.stop()
            browser.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=None, help="folder for the pictures")
    parser.add_argument("--only", default="", help="only views whose name contains this")
    parser.add_argument("--tour", action="store_true", help="the README's pictures, into docs/pictures/")
    return parser.parse_args()


@contextmanager
def signed_in(browser: Browser, address: str, member: str) -> Iterator[BrowserContext]:
    from tests.e2e.browser import Watch, visitor
    from tests.e2e.conftest import sign_in

    with visitor(browser, Watch(), base_url=address, viewport={"width": 1440, "height": HEIGHT}) as context:
        sign_in(context.new_page(), member)
        yield context


def take_all(browser: Browser, address: str, options: argparse.Namespace) -> None:
    """Take every page that an administrator, a scientist at home, and a customer can reach by links."""
    from tests.e2e.browser import Watch, visitor
    from tests.e2e.walking import view_name, walk

    out = options.out or ROOT / ".screenshots"
    out.mkdir(parents=True, exist_ok=True)

    def visit(page: Page, who: str = "") -> int:
        name = view_name(re.sub(r"^https?://[^/]+", "", page.url).partition("?")[0])
        if options.only not in name:
            return 0
        stem = "-".join(filter(None, [who, re.sub(r"\W+", "-", name)]))
        taken = len(list(out.glob(f"{stem}-*-1440-light.png")))
        for width, scheme in LOOKS:
            take(page, out / f"{stem}-{taken + 1}-{width}-{scheme}.png", width, scheme)
        return len(LOOKS)

    with signed_in(browser, address, "administrator") as context:
        pages = walk(context.pages[0], ["/home/"], visit, per_view=2)
    for member in ("scientist", "analyst", "manager"):
        with signed_in(browser, address, member) as context:
            context.pages[0].goto("/home/")
            visit(context.pages[0], member)
    with visitor(browser, Watch(), base_url=address) as context:
        pages |= walk(context.new_page(), ["/", "/accounts/login/"], lambda page: visit(page, "public"), per_view=2)
    print(f"{sum(pages.values())} pictures of {sum(1 for count in pages.values() if count)} pages in {out}")


def take(page: Page, path: Path, width: int, scheme: str) -> None:
    """Write one picture of the whole page, as far as ``TALLEST``."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # a str
    page.wait_for_timeout(SETTLE_MS)
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST)
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": max(height, HEIGHT)})


def take_tour(browser: Browser, address: str, options: argparse.Namespace) -> None:
    """Take the pictures that README.md shows, in the order of its tour: a manager looks for what went wrong."""
    out = options.out or ROOT / "docs" / "pictures"
    out.mkdir(parents=True, exist_ok=True)
    with signed_in(browser, address, "manager") as context:
        page = context.pages[0]
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        for name, go in TOUR.items():
            go(page)
            page.wait_for_timeout(SETTLE_MS * 2)
            page.screenshot(path=out / f"{name}.png")
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.goto(f"/teams/{REGRESSED_TEAM}/queue/")
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=out / "queue-dark.png")
    print(f"{len(TOUR) + 1} pictures in {out}")


REGRESSED_TEAM, REGRESSED_PRODUCT, REGRESSED_VERSION = "lab-software", "lumen-acquire", "4.2"
REGRESSION = "Hangs on stage moves"


def _dashboard(page: Page) -> None:
    page.goto(f"/teams/{REGRESSED_TEAM}/?period=90")


def _versions(page: Page) -> None:
    page.get_by_role("heading", name="Products and versions").evaluate("one => one.scrollIntoView()")


def _priority(page: Page) -> None:
    page.goto(f"/teams/{REGRESSED_TEAM}/queue/")
    page.get_by_role("link", name=REGRESSION, exact=True).click()
    page.get_by_role("heading", level=1, name=REGRESSION).wait_for()


def _words(page: Page) -> None:
    page.goto(f"/feedback/?product={REGRESSED_PRODUCT}&q=stage+hang&all=1")
    page.locator(".item-words").first.click()


TOUR = {
    "1-home": lambda page: page.goto("/home/"),
    "2-dashboard": _dashboard,
    "3-versions": _versions,
    "4-priority": _priority,
    "5-words": _words,
}


if __name__ == "__main__":
    main()
