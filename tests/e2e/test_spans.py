"""Words of a feedback are tagged in a real browser: selected with the mouse, then typed by keyboard alone."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Watch, visitor
from tests.e2e.conftest import sign_in


def selected_words(page: Page) -> tuple[str, int]:
    """Drag over the beginning of the words; return what is selected, and how many characters that are."""
    box = page.locator("[data-words] p").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 1, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 14, steps=4)
    page.mouse.up()
    field = page.get_by_label("Only for these words")
    expect(field).not_to_have_value("")
    return field.input_value(), int(page.locator(".tag-form [name=span_end]").input_value())


def test_words_are_tagged_by_mouse_and_by_keyboard(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        sign_in(page, "scientist")
        page.goto("/feedback/?all=1")
        page.goto(f"/feedback/{page.locator('[data-open]').first.get_attribute('data-open')}/")
        text = page.locator("[data-words] p").inner_text()
        marks = page.locator("mark.span-mark")
        tag = page.locator("#tag-options option").first.get_attribute("value") or ""

        words, end = selected_words(page)
        assert words == text[:end].strip()
        page.keyboard.press("t")
        page.keyboard.type(tag)
        page.keyboard.press("Enter")
        expect(marks).to_have_text([words])

        page.get_by_label("Add a tag").fill(tag)
        page.get_by_label("Only for these words").fill(text[-25:].strip())
        page.keyboard.press("Enter")
        expect(marks).to_have_count(2)
        page.locator(".passage-words").first.click()
        expect(page.locator(".span-begin:target")).to_have_text(words)
