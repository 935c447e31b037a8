"""One running platform with the demo and one browser for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from apps.dashboard.demo import company
from tests.e2e.browser import Watch, launch, visitor
from tests.faults.running import RunningPlatform


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark this folder's tests; one worker runs them all, for they share what they start."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))
            item.add_marker(pytest.mark.timeout(400))  # the first one waits for the demo


# Of the package, not of the session: while Playwright lives, its event loop forbids Django's ORM in this process.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        if found is None:
            pytest.skip("NOT RUN: no Chromium")
        yield found
        found.close()


@pytest.fixture(scope="package")
def platform(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """``manage.py up`` as `make run` starts it, its demo loaded."""
    running = RunningPlatform(tmp_path_factory.mktemp("e2e"), own_redis=False, with_demo=True)
    try:
        running.start()
        running.wait_for(lambda: "Demo sign-ins:" in running.log.read_text(), "the demo is loaded", seconds=200)
        running.wait_whole()
        yield running
    finally:
        running.stop()


@pytest.fixture
def bare(browser: Browser, tmp_path: Path) -> Iterator[RunningPlatform]:
    """``manage.py up --no-demo`` on an empty data folder."""
    running = RunningPlatform(tmp_path, own_redis=False)
    try:
        running.start()
        running.wait_for(lambda: "/accounts/setup/" in running.log.read_text(), "the link is printed", seconds=10)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
def address(platform: RunningPlatform) -> str:
    return f"http://localhost:{platform.port}"


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Every page of a test behaves: nothing is left to complain of at its end."""
    watch = Watch()
    yield watch
    assert watch.complaints == []


def sign_in(page: Page, member: str) -> None:
    """Sign in through the page, as one of the demo's staff."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(f"{member}@demo.example")
    page.get_by_label("Password").fill(company.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home/")


@pytest.fixture(scope="package")
def administrator(browser: Browser, address: str) -> StorageState:
    """The cookies of a signed-in administrator."""
    with visitor(browser, Watch(), base_url=address) as context:
        sign_in(context.new_page(), "administrator")
        return context.storage_state()
