"""A form of every template: sent by somebody with only a keyboard, by somebody without scripts, and under axe."""

import subprocess
import sys

import pytest
from playwright.sync_api import Browser

from apps.core.supervisor.children import PROJECT_DIR
from apps.feedback.questionnaire import definition
from apps.feedback.questionnaire.purposes import TEMPLATES, definition_of
from apps.feedback.questionnaire.schema import Kind
from tests.e2e.browser import Watch, visitor
from tests.e2e.filling import answer_page, send_by_keyboard, send_without_script
from tests.e2e.test_accessibility import broken_guidelines
from tests.faults.running import RunningPlatform

LOOKS = [(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")]
REFUSED = "answer 400"  # what the watch says of a page that comes back with what to correct
PHONE = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def forms(platform: RunningPlatform, address: str) -> str:
    """The address of a platform that has a form of every template."""
    subprocess.run(
        [sys.executable, "-m", "tests.e2e.template_forms"], cwd=PROJECT_DIR, env=platform.environment, check=True
    )
    return address


OF_SEVERAL_PAGES = [purpose for purpose in TEMPLATES if len(definition_of(purpose, ["en"])["pages"]) > 1]


def asked_by(purpose: str) -> set[str]:
    made = definition.read(definition_of(purpose, ["en"]))
    return {question.key for question in made.questions if question.kind != Kind.FILE}


@pytest.mark.parametrize("purpose", TEMPLATES)
def test_a_form_is_sent_by_keyboard_alone(browser: Browser, forms: str, watch: Watch, purpose: str) -> None:
    with visitor(browser, watch, base_url=forms, locale="en-US") as context:
        page = context.new_page()
        page.goto(f"/f/template-{purpose}/")

        assert send_by_keyboard(page) == asked_by(purpose)


@pytest.mark.parametrize("purpose", TEMPLATES)
def test_a_form_is_sent_without_scripts(browser: Browser, forms: str, watch: Watch, purpose: str) -> None:
    with visitor(browser, watch, has_scripts=False, base_url=forms, locale="en-US", viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"/f/template-{purpose}/")

        assert asked_by(purpose) <= send_without_script(page)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("purpose", TEMPLATES)
def test_no_state_of_a_form_breaks_the_guidelines(browser: Browser, forms: str, purpose: str, language: str) -> None:
    watch = Watch()
    with visitor(browser, watch, base_url=forms) as context:
        page = context.new_page()
        page.goto(f"/f/template-{purpose}/?lang={language}")
        is_whole = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        broken = broken_guidelines(page, LOOKS)
        for summary in page.locator("summary").all():
            summary.click()
        page.locator(".actions button[value=on]").click()
        page.locator(".error-summary, [value=back], .done").first.wait_for()
        broken += broken_guidelines(page, LOOKS)

    assert (broken, is_whole) == ([], True)
    assert [complaint for complaint in watch.complaints if "policy" in complaint or "script:" in complaint] == []


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("purpose", OF_SEVERAL_PAGES)
def test_no_later_page_breaks_the_guidelines(
    browser: Browser, forms: str, watch: Watch, purpose: str, language: str
) -> None:
    with visitor(browser, watch, base_url=forms, locale="en-US") as context:
        page = context.new_page()
        page.goto(f"/f/template-{purpose}/?lang={language}")
        answer_page(page)
        page.locator(".actions button[value=on]").click()
        page.locator("[value=back]").wait_for()
        broken = broken_guidelines(page, LOOKS)
        page.set_viewport_size({"width": 320, "height": 640})
        is_whole = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        answer_page(page)
        page.locator(".actions button[value=on]").click()
        page.locator(".done").wait_for()
        broken += broken_guidelines(page, LOOKS)  # the receipt, with answers on it

    assert (broken, is_whole) == ([], True)
