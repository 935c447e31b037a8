"""The widget on somebody else's site: another origin, a strict policy, hostile styles, a lost connection, no mouse."""

import base64
import json
import sys
import time
from collections.abc import Iterator
from subprocess import run
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from apps.feedback.widget.identity import sign
from tests.e2e.browser import Watch, visitor
from tests.e2e.host_site import HostSite, host_site
from tests.e2e.test_accessibility import LEVELS, _axe
from tests.faults.running import RunningPlatform

BUTTON = "Feedback"
QUESTION = "How likely are you to recommend us to a colleague?"
TRACK = "window.FeedbackWidget.track('done')"


class World(NamedTuple):
    platform: RunningPlatform
    site: HostSite  # on the list of the forms
    stranger: HostSite  # on none
    secret: str


@pytest.fixture(scope="module")
def world(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    running = RunningPlatform(tmp_path_factory.mktemp("widget"), own_redis=False, extra={"FORM_WORK_BITS": "6"})
    try:
        running.start()
        address = f"http://localhost:{running.port}"
        with host_site(address) as site, host_site(address) as stranger:
            command = [sys.executable, "-m", "tests.e2e.widget_forms", site.origin]
            made = run(command, env=running.environment, capture_output=True, text=True, check=True).stdout
            yield World(running, site, stranger, json.loads(made.splitlines()[-1])["secret"])
    finally:
        running.stop()


def test_one_question_by_keyboard_alone_under_a_strict_policy(browser: Browser, world: World, watch: Watch) -> None:
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.site.url("w-nps"))
        expect(page.get_by_role("button", name=BUTTON)).to_be_visible()

        press_until_focused(page, BUTTON)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="About w-nps")).to_be_visible()
        expect(page.get_by_label("What is the main reason")).to_be_hidden()  # one question first
        page.keyboard.press("Tab")  # the close button
        page.keyboard.press("Tab")  # the scale
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_label("What disappointed you?")).to_be_visible()  # a low number is asked about
        press_until_focused(page, "What is the main reason for your answer? (optional)")
        page.keyboard.type("By keyboard alone.")
        press_until_focused(page, "Send feedback")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", name="Thank you, we have it")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("button", name=BUTTON)).to_be_focused()
    rows = world.platform.rows("SELECT channel, state, context FROM feedback_feedback WHERE text LIKE 'By keyboard%%'")
    assert rows == [("widget", "live", {"page": f"{world.site.origin}/", "language": "en-US"})]


def test_tab_stays_within_the_dialog(browser: Browser, world: World, watch: Watch) -> None:
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.site.url("w-ces"))
        page.get_by_role("button", name=BUTTON).click()
        expect(page.get_by_role("dialog")).to_be_visible()

        places = []
        for key in ["Tab"] * 9 + ["Shift+Tab"] * 12:
            page.keyboard.press(key)
            places.append(page.evaluate("document.activeElement.tagName"))

        assert set(places) == {"FEEDBACK-WIDGET"}


def test_what_is_missing_is_said_beside_its_question(browser: Browser, world: World, watch: Watch) -> None:
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.site.url("w-nps"))
        page.get_by_role("button", name=BUTTON).click()
        page.get_by_role("button", name="Send feedback").click()

        expect(page.get_by_role("group", name=QUESTION)).to_contain_text("Answer this question.")
        expect(page.get_by_role("radio", name="0, Not at all likely")).to_be_focused()
        expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("There is a problem")


def test_words_are_still_there_after_closing(browser: Browser, world: World, watch: Watch) -> None:
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.site.url("w-ces"))
        page.get_by_role("button", name=BUTTON).click()
        page.get_by_label("What did you want to do?").fill("Calibrate")
        page.keyboard.press("Escape")
        page.get_by_role("button", name=BUTTON).click()

        expect(page.get_by_label("What did you want to do?")).to_have_value("Calibrate")


STYLE_OF = """
() => {
  const root = document.querySelector("feedback-widget").shadowRoot;
  const names = ["color", "fontSize", "fontFamily", "display", "borderTopWidth", "direction", "textTransform",
    "writingMode", "lineHeight", "opacity", "transform"];
  return [...root.querySelectorAll("dialog, dialog *, .launch")].map((one) => {
    const style = getComputedStyle(one);
    return [one.tagName, ...names.map((name) => style[name])].join(" ");
  });
}
"""


def test_no_style_leaks_either_way(browser: Browser, world: World, watch: Watch) -> None:
    styles, boxes = [], []
    for css in ("plain", "hostile"):
        with visitor(browser, watch, reduced_motion="reduce") as context:
            page = context.new_page()
            page.goto(world.site.url("w-nps", css=css))
            page.wait_for_function(
                "() => document.querySelector('feedback-widget')?.shadowRoot.querySelector('.launch')"
            )
            page.evaluate("window.FeedbackWidget.open()")
            page.wait_for_function(
                "() => document.querySelector('feedback-widget').shadowRoot.querySelector('dialog[open]')"
            )
            styles.append(page.evaluate(STYLE_OF))
            boxes.append(page.evaluate("document.querySelectorAll('style, link, [style]').length"))

    assert styles[0] == styles[1]
    assert len(styles[0]) > 30
    assert boxes == [1, 1]  # the page's own sheet


def test_the_hosts_styles_stay_as_they_are(browser: Browser, world: World, watch: Watch) -> None:
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.site.url("w-nps"))
        page.get_by_role("button", name=BUTTON).click()

        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") == "31px"


def test_what_is_written_offline_is_sent_once_when_the_line_is_back(browser: Browser, world: World) -> None:
    with visitor(browser, Watch()) as context:
        page = context.new_page()
        page.goto(world.site.url("w-nps"))
        answer(page, "Written offline.", is_sent=False)
        context.set_offline(True)
        page.get_by_role("button", name="Send feedback").click()
        expect(page.get_by_role("heading", name="Thank you. This browser keeps it")).to_be_focused()
        kept = page.evaluate("JSON.parse(localStorage.getItem('feedback-widget:queue')).length")

        context.set_offline(False)
        page.wait_for_function("() => JSON.parse(localStorage.getItem('feedback-widget:queue')).length === 0")

    assert kept == 1
    assert count(world, "Written offline.") == [("live",)]


def test_an_answer_whose_receipt_was_lost_is_resent_with_its_token(browser: Browser, world: World) -> None:
    tokens = []

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        tokens.append((route.request.post_data or "").partition("&")[0])
        if len(tokens) > 1:
            return route.continue_()
        route.fetch()  # the platform has it
        return route.abort()  # and the page does not know

    with visitor(browser, Watch()) as context:
        page = context.new_page()
        page.route("**/w/w-nps/?lang=*", lose)
        page.goto(world.site.url("w-nps"))
        answer(page, "Sent twice.")
        expect(page.get_by_role("heading", name="Thank you. This browser keeps it")).to_be_visible()
        page.reload()  # the next visit
        page.wait_for_function("() => JSON.parse(localStorage.getItem('feedback-widget:queue')).length === 0")

    assert (len(tokens), len(set(tokens))) == (2, 1)
    assert count(world, "Sent twice.") == [("live",)]


def test_a_full_queue_says_so_and_keeps_the_words_in_the_form(browser: Browser, world: World) -> None:
    with visitor(browser, Watch()) as context:
        page = context.new_page()
        page.goto(world.site.url("w-nps"))
        page.evaluate(
            """localStorage.setItem('feedback-widget:queue', JSON.stringify(Array.from({length: 20}, (_, id) =>
            ({id: 'x' + id, form: 'other', at: Date.now(), fields: [], isStuck: true}))))"""
        )
        page.route("**/w/w-nps/**", lambda route: route.abort())
        page.evaluate("window.FeedbackWidget.flush()")
        answer(page, "No room for this.")

        expect(page.get_by_text("there is no room to keep it here")).to_have_count(2)  # shown, and told
        expect(page.get_by_label("What is the main reason")).to_have_value("No room for this.")


def test_nobody_is_invited_twice_and_open_always_opens(browser: Browser, world: World, watch: Watch) -> None:
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.site.url("w-nps", **{"data-trigger": "event:done"}))
        ready(page)
        page.evaluate(TRACK)
        invitation = page.get_by_role("region", name=BUTTON)
        expect(invitation).to_contain_text(QUESTION)
        assert page.evaluate("document.activeElement.tagName") == "BODY"  # it takes no focus
        invitation.get_by_role("button", name="Not now").click()
        expect(invitation).to_have_count(0)

        page.goto(world.site.url("w-ces", **{"data-trigger": "event:done"}))  # another form, the same visitor
        ready(page)
        page.evaluate(TRACK)
        page.wait_for_timeout(500)
        expect(page.get_by_role("region", name=BUTTON)).to_have_count(0)
        assert page.evaluate("window.FeedbackWidget.open()") is True
        expect(page.get_by_role("dialog")).to_be_visible()

        page.goto(world.site.url("w-ces", **{"data-trigger": "time:0", "data-cooldown-days": "0"}))
        expect(page.get_by_role("region", name=BUTTON)).to_be_visible()


def test_the_cooldown_ends(browser: Browser, world: World, watch: Watch) -> None:
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.site.url("w-nps", **{"data-trigger": "none"}))
        seen = []
        for days in (29, 31):
            page.evaluate(f"localStorage.setItem('feedback-widget:asked', Date.now() - {days} * 864e5)")
            page.goto(world.site.url("w-nps", **{"data-trigger": "event:done"}))
            ready(page)
            page.evaluate(TRACK)
            page.wait_for_timeout(500)
            seen.append(page.get_by_role("region", name=BUTTON).count())

    assert seen == [0, 1]


def test_a_signed_identity_counts_and_a_forged_one_does_not(browser: Browser, world: World, watch: Watch) -> None:
    told = {"email": "ada@lab.example", "name": "Ada", "expires": time.time() + 600}
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    with visitor(browser, watch) as context:
        for words, secret in (("Signed.", world.secret), ("Forged.", "0" * 64)):
            page = context.new_page()
            page.goto(world.site.url("w-nps", **{"data-identity": f"{body}.{sign(body, secret)}"}))
            answer(page, words)
            expect(page.get_by_role("heading", name="Thank you, we have it")).to_be_visible()

    rows = world.platform.rows(
        "SELECT f.text, f.identity, c.email FROM feedback_feedback f LEFT JOIN customers_customer c"
        " ON c.id = f.customer_id WHERE f.text IN ('Signed.', 'Forged.') ORDER BY f.id"
    )
    assert rows == [("Signed.", "verified", "ada@lab.example"), ("Forged.", "anonymous", None)]


def test_a_long_form_opens_in_a_frame_and_brings_the_page_along(browser: Browser, world: World, watch: Watch) -> None:
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.site.url("w-long", **{"data-app-version": "7.1", "data-context": '{"plan": "pro"}'}))
        page.get_by_role("button", name=BUTTON).click()
        frame = page.frame_locator("feedback-widget iframe")
        frame.get_by_label("What happened?").fill("From the frame.")
        page.wait_for_function(
            "() => Number(document.querySelector('feedback-widget').shadowRoot.querySelector('iframe').height) > 500"
        )
        page.evaluate("window.postMessage({feedbackWidget: 1, type: 'escape'}, '*')")  # not from the frame
        frame.get_by_role("button", name="Send feedback").last.click()
        expect(frame.get_by_role("heading", name="Thank you, we have it")).to_be_visible()
        frame.get_by_role("link", name="See what you sent").press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("button", name=BUTTON)).to_be_focused()

    rows = world.platform.rows("SELECT channel, context FROM feedback_feedback WHERE text = 'From the frame.'")
    context_of = {"page": f"{world.site.origin}/", "version": "7.1", "language": "en-US", "plan": "pro"}
    assert rows == [("widget", context_of)]


def test_a_site_on_no_list_gets_neither_questions_nor_a_frame(browser: Browser, world: World) -> None:
    watch = Watch()
    with visitor(browser, watch) as context:
        page = context.new_page()
        page.goto(world.stranger.url("w-nps"))
        ready(page)
        page.wait_for_timeout(500)
        opened = page.evaluate("window.FeedbackWidget.open()")
        page.evaluate(
            "(src) => document.body.append(Object.assign(document.createElement('iframe'), {src}))",
            f"{world.stranger.platform}/f/w-long/embed/",
        )
        page.wait_for_timeout(1000)

        assert opened is False
        expect(page.get_by_role("button", name=BUTTON)).to_have_count(0)
        expect(page.frame_locator("body > iframe").get_by_label("What happened?")).to_have_count(0)
    assert any("frame-ancestors" in one for one in watch.complaints)
    assert any("Access-Control-Allow-Origin" in one for one in watch.complaints)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_within_it(browser: Browser, world: World, watch: Watch, language: str) -> None:
    broken: list[str] = []
    with visitor(browser, watch) as context:
        page = context.new_page()
        more: dict[str, Any] = {"data-trigger": "button time:0", "data-cooldown-days": "0"}  # Any: names with hyphens
        page.goto(world.site.url("w-nps", lang=language, **more))
        page.locator("feedback-widget .card").wait_for()
        broken += [f"invitation {one}" for one in broken_within(page)]
        page.locator("feedback-widget .launch").click()
        page.locator("feedback-widget dialog label").nth(2).click()
        broken += [f"question {one}" for one in broken_within(page)]
        assert page.locator("feedback-widget dialog").evaluate("(one) => getComputedStyle(one).direction") == (
            "rtl" if language == "ar" else "ltr"
        )

    assert broken == []


def broken_within(page: Page) -> list[str]:
    broken = []
    for width in (390, 1440):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # a str
            answer = _axe.run(page, options={"runOnly": LEVELS, "resultTypes": ["violations"]}).response
            broken += [f"{width} {scheme} {rule['id']}: {rule['nodes'][0]['target']}" for rule in answer["violations"]]
    return broken


def answer(page: Page, words: str, *, is_sent: bool = True) -> None:
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_role("radio", name="9", exact=True).check(force=True)
    page.get_by_label("What is the main reason").fill(words)
    if is_sent:
        page.get_by_role("button", name="Send feedback").click()


def ready(page: Page) -> None:
    page.wait_for_function("() => window.FeedbackWidget && document.querySelector('feedback-widget')")


def count(world: World, words: str) -> list[tuple[str]]:
    return world.platform.rows("SELECT state FROM feedback_feedback WHERE text = %s", words)


def press_until_focused(page: Page, name: str) -> None:
    """Press Tab until the element of this name has the focus."""
    look = """() => {
      const one = document.activeElement.shadowRoot ? document.activeElement.shadowRoot.activeElement : null;
      const label = one && (one.labels && one.labels[0] || one);
      return label ? label.textContent.trim() : "";
    }"""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(look) == name:
            return
    raise AssertionError(f"Tab never came to {name!r}")
