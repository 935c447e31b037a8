"""What static/js/form.js does in a browser, against a server that the test plays itself."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from apps.feedback import pages
from apps.feedback.pages import Showing
from apps.feedback.selectors import PublicForm
from tests.e2e.browser import Watch, visitor
from tests.feedback.questionnaires import ask, choices, made_of, page, when

STATIC = Path(settings.BASE_DIR) / "static"
CASES = json.loads((Path(settings.BASE_DIR) / "tests" / "feedback" / "conditions.json").read_text())
RECEIPT = "<script src=/static/js/form.js defer></script><h1>Thank you</h1><article data-sent=f></article>"
AB = choices("a", "b")
PLAIN = [page("p", ask("text", "long_text"), ask("pick", "single_choice", choices=AB, has_other=True))]


class Server:
    """Shows a form to GET, answers POST as a test says, and remembers what was posted."""

    def __init__(self) -> None:
        self.posts: list[dict[str, list[str]]] = []
        self.beacons: list[str] = []
        self.statuses: list[int | None] = []  # of the next posts: None for no answer at all; then receipts
        self.html = ""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.show(self)

            def do_POST(self) -> None:
                server.take(self, self.rfile.read(int(self.headers["Content-Length"])).decode())

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def ask(self, *made: dict[str, Any], is_anonymous: bool = False) -> None:  # Any: a definition as JSON
        form = PublicForm(1, "f", "F", True, 1, "P", 1, is_anonymous, False, None, None, None, ())
        self.html = pages.shown_page(Showing(form=form, made=made_of(*made), token="token-TOKEN"))

    def show(self, call: BaseHTTPRequestHandler) -> None:
        if call.path.startswith("/static/"):
            kind = "text/css" if call.path.endswith("css") else "text/javascript"
            answer(call, 200, (STATIC / call.path.removeprefix("/static/")).read_text(), kind)
        elif call.path.startswith("/r/"):
            answer(call, 200, RECEIPT)
        else:
            answer(call, 200, self.html.replace("TOKEN", str(len(self.posts))))

    def take(self, call: BaseHTTPRequestHandler, body: str) -> None:
        if call.path.endswith("/seen/"):
            self.beacons.append(body)
            status: int | None = 204
        else:
            self.posts.append(parse_qs(body))
            status = self.statuses.pop(0) if self.statuses else 303
        if status is None:
            call.connection.close()
        else:
            answer(call, status, "" if status == 204 else "Away")


def answer(call: BaseHTTPRequestHandler, status: int, body: str, kind: str = "text/html; charset=utf-8") -> None:
    call.send_response(status)
    headers = {"Content-Type": kind, "Retry-After": "1", "Location": "/r/1/", "Content-Length": str(len(body.encode()))}
    for name, value in headers.items():
        call.send_header(name, value)
    call.end_headers()
    call.wfile.write(body.encode())


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.ask(*PLAIN)
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    with visitor(browser, Watch(), base_url=server.address) as context:
        yield context


@pytest.fixture
def shown(tab: BrowserContext) -> Page:
    """The plain form, just opened."""
    page = tab.new_page()
    page.goto("/f/f/")
    return page


def kept(shown: Page, kind: str = "localStorage") -> str:
    return str(shown.evaluate(f"{kind}.getItem('feedback.form.f') ?? ''"))


def test_the_script_decides_as_the_server_does(server: Server, tab: BrowserContext) -> None:
    found = {}
    for case in CASES:
        asked = page("p", *case["questions"], ask("then", show_when=case["rule"]))
        server.ask(asked, is_anonymous=True)  # so that nothing is kept from one tab to the next
        shown = tab.new_page()
        shown.goto("/f/f/")
        for name, values in case["sent"].items():
            for value in values if isinstance(values, list) else [values]:
                _give(shown, name.replace("__", ".", 1), value)
        found[case["id"]] = shown.locator('[data-question="then"]').is_visible()
        shown.close()

    assert found == {case["id"]: case["holds"] for case in CASES}


def _give(shown: Page, name: str, value: str) -> None:
    control = shown.locator(f'[name="{name}"]')
    kind = control.first.get_attribute("type") or ""
    if kind in ("radio", "checkbox"):
        shown.locator(f'[name="{name}"][value="{value}"]').check(force=True)
    elif control.first.evaluate("one => one.tagName") == "SELECT":
        control.first.select_option(value)
    else:  # even where it is hidden: a person may have filled it in before
        control.first.evaluate(
            "(one, value) => { one.value = value; one.dispatchEvent(new Event('input', { bubbles: true })); }", value
        )


def test_what_is_written_outlives_a_crash_until_it_is_sent(tab: BrowserContext, shown: Page) -> None:
    shown.get_by_label("Label of text").fill("My words")
    shown.get_by_label("Choice b").check()
    expect(shown.locator(".how-kept")).to_contain_text("kept in this browser")
    expect(shown.locator(".how-kept")).to_be_visible()
    shown.wait_for_function("localStorage.getItem('feedback.form.f')")
    shown.close()

    again = tab.new_page()
    again.goto("/f/f/")

    expect(again.get_by_role("status").first).to_contain_text("We filled in what you wrote before.")
    expect(again.get_by_label("Label of text")).to_have_value("My words")
    expect(again.get_by_label("Choice b")).to_be_checked()
    assert "token" not in kept(again)
    again.get_by_role("button", name="Send feedback").click()
    expect(again.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert kept(again) == ""


def test_somebody_else_can_start_anew(shown: Page) -> None:
    shown.get_by_label("Label of text").fill("My words")
    shown.wait_for_function("localStorage.getItem('feedback.form.f')")
    shown.on("dialog", lambda dialog: dialog.accept())
    shown.reload()

    shown.get_by_role("button", name="Start anew").click()

    expect(shown.get_by_label("Label of text")).to_have_value("")
    assert kept(shown) == ""


def test_an_anonymous_form_keeps_words_in_the_tab_alone(server: Server, shown: Page) -> None:
    server.ask(*PLAIN, is_anonymous=True)
    shown.reload()
    shown.get_by_label("Label of text").fill("My words")

    expect(shown.locator(".how-kept")).to_contain_text("kept in this tab")
    assert "My words" in kept(shown, "sessionStorage")
    assert shown.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("statuses", [[None, None], [503], [429, 500]], ids=["offline", "away", "too much"])
def test_what_cannot_be_sent_is_sent_again_with_its_token(
    server: Server, shown: Page, statuses: list[int | None]
) -> None:
    server.statuses = list(statuses)
    shown.get_by_label("Label of text").fill("My words")
    shown.get_by_role("button", name="Send feedback").click()

    expect(shown.get_by_role("status").first).to_contain_text("We cannot be reached right now.")
    expect(shown.get_by_label("Label of text")).to_have_value("My words")
    expect(shown.get_by_role("heading", level=1)).to_have_text("Thank you", timeout=20_000)
    assert [(post["token"], post["text"]) for post in server.posts] == [(["token-0"], ["My words"])] * (
        len(statuses) + 1
    )
    assert kept(shown) == ""


def test_a_double_click_sends_once(server: Server, shown: Page) -> None:
    shown.get_by_label("Label of text").fill("My words")
    shown.get_by_role("button", name="Send feedback").dblclick()

    expect(shown.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert len(server.posts) == 1


def test_leaving_with_unsent_words_asks_and_tells_how_far_one_came(server: Server, shown: Page) -> None:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    shown.on("dialog", answer)
    shown.goto("/f/f/")
    assert asked == []
    shown.get_by_label("Label of text").press_sequentially("My words")
    shown.goto("/r/1/")

    assert asked == ["beforeunload"]
    assert server.beacons == ["token=token-0&seen=text%3A0"]


def test_seconds_on_each_question_are_sent_along(server: Server, shown: Page) -> None:
    shown.clock.install()
    shown.get_by_label("Label of text").fill("My words")
    shown.clock.fast_forward(7_000)
    shown.get_by_label("Choice b").check()
    shown.get_by_role("button", name="Send feedback").click()

    expect(shown.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert re.fullmatch(r"text:[78],pick:[01]", server.posts[0]["seen"][0])


def test_words_beside_other_choose_it(shown: Page) -> None:
    words = shown.get_by_label("Other: Label of pick")
    expect(words).to_be_hidden()
    shown.get_by_label("Other", exact=True).check()
    words.fill("Mine")
    shown.get_by_label("Choice a").check()
    expect(words).to_be_hidden()
    shown.get_by_label("Other", exact=True).check()

    expect(words).to_have_value("Mine")


def test_an_order_is_made_by_keys_by_places_and_by_dragging(server: Server, shown: Page) -> None:
    server.ask(page("p", ask("order", "ranking", choices=choices("a", "b", "c"))))
    shown.reload()

    def order() -> list[str]:
        return [one.get_attribute("name") or "" for one in shown.locator("select").all()]

    def places() -> list[str]:
        return [one.input_value() for one in shown.locator("select").all()]

    assert (order(), places()) == (["order.a", "order.b", "order.c"], ["", "", ""])
    shown.get_by_role("button", name="Move up: Choice c").press("Enter")
    assert (order(), places()) == (["order.a", "order.c", "order.b"], ["1", "2", "3"])
    expect(shown.get_by_role("button", name="Move up: Choice c")).to_be_focused()
    shown.get_by_label("Choice b").first.select_option("1")
    assert order() == ["order.b", "order.a", "order.c"]
    shown.locator(".rank").nth(0).drag_to(shown.locator(".rank").nth(2))
    assert (order(), places()) == (["order.a", "order.c", "order.b"], ["1", "2", "3"])


def test_a_question_named_as_a_property_of_forms_breaks_nothing(server: Server, shown: Page) -> None:
    names = ["action", "elements", "method", "submit", "dataset", "append", "name", "id"]
    server.ask(page("p", *[ask(name) for name in names], ask("then", show_when=when("submit", "answered"))))
    shown.reload()
    for name in names:
        shown.locator(f'[name="{name}"]').fill(name)
    expect(shown.locator('[data-question="then"]')).to_be_visible()
    shown.get_by_role("button", name="Send feedback").click()

    expect(shown.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert {name: server.posts[0][name] for name in names} == {name: [name] for name in names}
