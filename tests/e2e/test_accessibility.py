"""Every page under axe-core: nothing breaks WCAG 2.2 AA, at a desk in light and on a phone in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState

from tests.e2e.browser import Watch, visitor
from tests.e2e.walking import walk

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = [(1440, "light"), (390, "dark")]
HEIGHT = 1600  # pixels: a row that scrolling cuts in half is no small target
ALL_LOOKS = [(width, scheme) for width in (390, 1440) for scheme in ("light", "dark")]
_axe = Axe()


def test_no_page_breaks_the_guidelines(
    browser: Browser, address: str, administrator: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=administrator) as context:
        found = walk(context.new_page(), ["/home/"], lambda page: broken_guidelines(page, LOOKS), per_view=1)

    assert {path: broken for path, broken in found.items() if broken} == {}


def test_no_public_page_breaks_the_guidelines(browser: Browser, address: str, watch: Watch) -> None:
    starts = ["/", "/accounts/login/", "/accounts/password/reset/"]
    with visitor(browser, watch, base_url=address) as context:
        found = walk(context.new_page(), starts, lambda page: broken_guidelines(page, ALL_LOOKS), per_view=2)

    assert {path: broken for path, broken in found.items() if broken} == {}


@pytest.mark.slow
def test_no_page_breaks_the_guidelines_in_any_look(
    browser: Browser, address: str, administrator: StorageState, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, storage_state=administrator) as context:
        found = walk(context.new_page(), ["/home/"], lambda page: broken_guidelines(page, ALL_LOOKS))

    assert {path: broken for path, broken in found.items() if broken} == {}


def broken_guidelines(page: Page, looks: list[tuple[int, str]]) -> list[str]:
    """Return what axe finds on ``page`` in each of ``looks``: width, scheme, rule, where."""
    broken = []
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # a str
        answer = _axe.run(page, options={"runOnly": LEVELS, "resultTypes": ["violations"]}).response
        broken += [
            f"{width} {scheme} {rule['id']}: {', '.join(str(node['target'][0]) for node in rule['nodes'][:3])}"
            for rule in answer["violations"]
        ]
    return broken
