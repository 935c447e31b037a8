"""Filling in any public form: with a keyboard alone, and without scripts. Everything that is asked is answered."""

from playwright.sync_api import Locator, Page, expect

WORDS = "It clicks when a lorry passes."
MOST_TABS = 150  # on one page
SAYS = {"email": "ada@lab.example", "date": "03312026", "number": "12", "text": "Some words"}  # typed as en-US does
FOCUSED = """() => {
  const one = document.activeElement, asked = one.closest("[data-question]");
  return {
    question: asked && asked.getAttribute("data-question"),
    kind: one.classList.contains("number") ? "number" : one.tagName === "INPUT" ? one.type : one.tagName.toLowerCase(),
    name: one.name || "",
    isSubmit: one.type === "submit" && one.value === "on",
    isMove: one.type === "button" && Boolean(one.closest("[data-ranking]")),
    isOpen: one.tagName === "SUMMARY" && one.parentElement.open,
  };
}"""


def is_receipt(page: Page) -> bool:
    return "/r/" in page.url


def send_by_keyboard(page: Page) -> set[str]:
    """Answer page after page by keys alone, until the receipt is there; return the questions that were answered."""
    answered: set[str] = set()
    done: set[str] = set()  # controls, and groups of them
    for _ in range(5):
        number = page.locator("form[data-page]").get_attribute("data-page")
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused["isSubmit"]:
                break
            _answer(page, focused, done, answered)
        page.keyboard.press("Enter")
        page.wait_for_function(
            "n => location.pathname.startsWith('/r/') || document.querySelector('form[data-page]')?.dataset.page !== n",
            arg=number,
        )
        if is_receipt(page):
            break
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    return answered


def _answer(page: Page, focused: dict[str, str | bool], done: set[str], answered: set[str]) -> None:
    kind, name = str(focused["kind"]), str(focused["name"])
    if kind == "summary" and not focused["isOpen"]:
        page.keyboard.press("Enter")
        return
    control = f"{focused['question']} {'order' if focused['isMove'] else name}"
    if not focused["question"] or control in done or kind in ("file", "select"):
        return
    done.add(control)
    answered.add(str(focused["question"]))
    if kind == "textarea":
        page.keyboard.type(WORDS)
    elif kind in ("radio", "checkbox"):
        page.keyboard.press("Space")
    elif focused["isMove"]:
        page.keyboard.press("Enter")
    else:
        page.keyboard.type(SAYS.get(kind, SAYS["text"]))


def send_without_script(page: Page) -> set[str]:
    """Answer page after page in a browser without scripts; return the questions that were answered."""
    answered: set[str] = set()
    for _ in range(5):
        answered |= answer_page(page)
        page.locator(".actions button[value=on]").click()
        if is_receipt(page):
            break
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    return answered


def answer_page(page: Page) -> set[str]:
    """Answer all that the page asks, without sending it; return the questions."""
    for closed in page.locator("details:not([open]) > summary").all():
        closed.click()
    asked = page.locator("[data-question]").all()
    for one in asked:
        _fill(one)
    return {one.get_attribute("data-question") or "" for one in asked}


def _fill(asked: Locator) -> None:
    for group in {one.get_attribute("name") for one in asked.locator("input[type=radio], input[type=checkbox]").all()}:
        asked.locator(f'input[name="{group}"]').first.check(force=True)
    for place, order in enumerate(asked.locator("select").all(), start=1):
        order.select_option(str(place))
    for area in asked.locator("textarea").all():
        area.fill(WORDS)
    for line in asked.locator("input:not([type=radio], [type=checkbox], [type=file], .other)").all():
        kind = line.get_attribute("type") or "text"
        said = {"email": SAYS["email"], "date": "2026-03-31"}.get(kind, SAYS["text"])
        line.fill(SAYS["number"] if "number" in (line.get_attribute("class") or "") else said)
