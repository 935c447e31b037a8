"""A form is built, published and answered, by keyboard alone; what is typed is saved, and two people do not collide."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browser import Watch, visitor
from tests.e2e.conftest import sign_in
from tests.e2e.test_by_keyboard import go_to, sign_in_by_keyboard

WIDE = {"width": 1440, "height": 900}
TALL = {"width": 1440, "height": 1800}  # a page that need not scroll while something is dragged over it


def make_form(page: Page, title: str) -> None:
    """Make an NPS form by keyboard, and land in the builder."""
    page.goto("/forms/new/")
    go_to(page, page.get_by_label("Product feedback"))
    page.keyboard.press("ArrowUp")  # the radio buttons go round: the last template
    page.keyboard.press("ArrowDown")
    go_to(page, page.get_by_label("Product", exact=True))
    page.keyboard.type("Aurora")
    go_to(page, page.get_by_label("Title"))
    page.keyboard.type(title)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/forms/\d+/$"))


def add_question(page: Page, kind: str, *, to: str = "Page 1") -> None:
    """Open the menu of kinds under the page ``to`` and choose one; its editor has the focus then."""
    block = page.get_by_role("region", name=re.compile(f"^{to}"))
    go_to(page, block.locator(".add-question summary"))
    page.keyboard.press("Enter")
    go_to(page, block.get_by_role("button", name=kind, exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_be_focused()


def saved(page: Page) -> Locator:
    return page.locator("#builder-bar").get_by_text("Saved in the draft")


def choose(page: Page, label: Locator, words: str) -> None:
    go_to(page, label)
    page.keyboard.type(words)


def test_a_form_is_built_published_and_answered_by_keyboard(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, viewport=WIDE) as context:
        page = context.new_page()
        sign_in_by_keyboard(page, "analyst")
        make_form(page, "Built by keys")

        # three kinds: a choice whose last answer leads on, a number under a condition, and stars on a second page
        add_question(page, "Single choice")
        page.keyboard.type("Did it work?")
        go_to(page, page.get_by_label("Choice 1", exact=True))
        page.keyboard.type("Yes")
        go_to(page, page.get_by_label("Choice 2", exact=True))
        page.keyboard.type("No")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Choice 3", exact=True)).to_be_focused()
        page.keyboard.type("Perhaps")
        page.keyboard.press("Alt+ArrowUp")
        expect(page.get_by_label("Choice 2", exact=True)).to_have_value("Perhaps")
        expect(page.get_by_label("Choice 2", exact=True)).to_be_focused()

        add_question(page, "Number")
        page.keyboard.type("How often?")
        go_to(page, page.locator("#rule summary"))
        page.keyboard.press("Enter")
        choose(page, page.get_by_role("group", name="Condition 1").get_by_label("Earlier question"), "Did it work?")
        value = page.get_by_role("group", name="Condition 1").get_by_label("With what")
        expect(value.locator("option", has_text="Perhaps")).to_have_count(1)
        choose(page, value, "No")
        expect(page.get_by_role("group", name="Condition 2")).to_be_visible()
        expect(saved(page)).to_be_visible()

        go_to(page, page.get_by_role("button", name="Add a page"))
        page.keyboard.press("Enter")
        expect(page.get_by_label("Heading of the page")).to_be_focused()
        page.keyboard.type("The rest")
        add_question(page, "Stars, 1 to 5", to="Page 2")
        page.keyboard.type("How many stars?")

        # the number moves before the first question, where its condition cannot stand, and back
        card = page.locator("[data-question^=number]")
        go_to(page, card.locator(".card-face"))
        page.keyboard.press("Alt+ArrowUp")
        expect(card.get_by_text("A condition asks of a question before it.")).to_be_visible()
        expect(card.locator(".card-face")).to_be_focused()
        page.keyboard.press("Alt+ArrowDown")
        expect(card.get_by_text("A condition asks of a question before it.")).to_have_count(0)

        # a jump over the second page
        go_to(page, page.get_by_role("link", name="Heading and jumps of Page 1"))
        page.keyboard.press("Enter")
        expect(page.get_by_label("Heading of the page")).to_be_focused()
        go_to(page, page.get_by_role("button", name="Add a jump"))
        page.keyboard.press("Enter")
        jump = page.get_by_role("form", name="Jump 1")
        choose(page, jump.get_by_label("Earlier question"), "Did it work?")
        expect(jump.get_by_role("group")).to_have_count(2)
        choose(page, jump.get_by_role("group", name="Condition 1").get_by_label("With what"), "Yes")
        expect(saved(page)).to_be_visible()

        go_to(page, page.get_by_role("link", name="Publish…"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("“Did it work?” is asked, as: Single choice.")).to_be_visible()
        go_to(page, page.get_by_role("button", name="Publish"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("Version 2 is live.")).to_be_visible()
        go_to(page, page.get_by_role("button", name="Open the form"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Close the form")).to_be_visible()
        public = page.locator(".page-head .address").inner_text()

        page.goto(public)
        go_to(page, page.get_by_label("What happened?"))
        page.keyboard.type("All by keys.")
        go_to(page, page.get_by_label("Yes", exact=True))
        page.keyboard.press("Space")
        go_to(page, page.locator(".actions button").first)
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", name="Thank you, we have it")).to_be_visible()
        expect(page.locator(".facts")).to_contain_text("Did it work?")


def test_what_is_typed_is_saved_and_not_over_somebody_elses_words(browser: Browser, address: str, watch: Watch) -> None:
    with (
        visitor(browser, watch, base_url=address, viewport=WIDE) as mine,
        visitor(browser, watch, base_url=address, viewport=WIDE) as theirs,
    ):
        first, second = mine.new_page(), theirs.new_page()
        for page in (first, second):
            sign_in(page, "analyst")
        make_form(first, "For two")
        first.goto(f"{first.url}?open=text")
        second.goto(first.url)
        first.get_by_label("Question", exact=True).fill("What did I ask?")
        expect(saved(first)).to_be_visible()

        second.get_by_label("Question", exact=True).fill("What did you ask?")
        expect(second.get_by_text("Somebody else changed this form meanwhile.")).to_be_visible()
        expect(second.get_by_label("Question", exact=True)).to_have_value("What did you ask?")
        second.get_by_role("button", name="Save what I typed").click()
        expect(saved(second)).to_be_visible()
        second.reload()

        expect(second.get_by_label("Question", exact=True)).to_have_value("What did you ask?")
        watch.complaints[:] = [one for one in watch.complaints if "409" not in one]  # the refusal is what was wanted


def test_choices_written_one_a_line_come_in_however_they_are_left(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, viewport=WIDE) as context:
        page = context.new_page()
        sign_in(page, "analyst")
        make_form(page, "In lines")
        add_question(page, "Single choice")
        lines, choices = page.get_by_label("One a line"), page.locator("input[name^='choices.']")

        def write(words: str) -> None:
            page.get_by_text("Add several at once").click()
            lines.click()
            page.keyboard.type(words)

        write("Red\nGreen")
        page.locator("#label").click()  # they are left for another field
        expect(choices).to_have_count(4)
        write("Blue")
        page.get_by_role("button", name="Add a choice").click()
        expect(choices).to_have_count(5)
        write("Grey")
        page.get_by_role("link", name="Done").click()  # away from the card
        expect(lines).to_have_count(0)

        page.locator("[data-question^=single-choice] .card-face").click()
        expect(choices).to_have_count(6)
        assert [one.input_value() for one in choices.all()] == ["", "", "Red", "Green", "Blue", "Grey"]


def test_a_question_is_built_without_scripts(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, has_scripts=False, base_url=address) as context:
        page = context.new_page()
        sign_in(page, "analyst")
        page.goto("/forms/new/")
        page.get_by_label("NPS", exact=False).check()
        page.get_by_label("Product", exact=True).select_option(label="Aurora Confocal")
        page.get_by_role("button", name="Make the form").click()
        page.locator(".add-question summary").first.click()
        page.get_by_role("button", name="Multiple choice").first.click()
        page.get_by_label("Question", exact=True).fill("Which?")
        page.get_by_label("Choice 1", exact=True).fill("This")
        page.get_by_label("Choice 2", exact=True).fill("That")
        page.get_by_role("button", name="Add a choice").click()
        page.get_by_label("Choice 3", exact=True).fill("Another")
        page.get_by_role("button", name="Move Choice 3 up").click()

        choices = [page.get_by_label(f"Choice {number}", exact=True).input_value() for number in (1, 2, 3)]
        assert choices == ["This", "Another", "That"]
        page.get_by_role("button", name="Take “Which?” out").click()
        page.get_by_role("button", name="Put back “Which?”").click()
        expect(page.get_by_text("Which?").first).to_be_visible()


def order(page: Page) -> list[list[str]]:
    """Return the keys of the questions, page by page, as the board shows them."""
    blocks = page.locator(".page-block").all()
    return [
        [str(card.get_attribute("data-question")) for card in block.locator("[data-question]").all()]
        for block in blocks
    ]


def drag(page: Page, key: str, onto: Locator, *, below: bool) -> None:
    """Drag a question by its grip with the mouse, onto the upper or the lower part of ``onto``, and let go."""
    page.locator(f"[data-question={key}] [data-grip]").hover()
    page.mouse.down()
    box = onto.bounding_box()
    assert box
    x, y = box["x"] + 40, box["y"] + box["height"] * (0.85 if below else 0.15)
    page.mouse.move(x, y - 4)
    page.mouse.move(x, y, steps=4)  # the browser tells of a drag as the pointer moves
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.mouse.up()


def test_questions_are_dragged_after_others_and_onto_other_pages(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, viewport=TALL) as context:
        page = context.new_page()
        sign_in(page, "analyst")
        make_form(page, "Dragged")
        page.get_by_role("button", name="Add a page").click()
        expect(page.locator(".page-block")).to_have_count(2)
        page.goto(page.url.partition("?")[0])  # every card closed
        first, second, third, *rest = order(page)[0]

        drag(page, first, page.locator(f"[data-question={third}]"), below=True)

        expect(page.locator("[data-question]").first).to_have_attribute("data-question", second)
        expect(page.locator(f"#open-{first}")).to_be_focused()
        expect(page.locator("#builder-says")).to_contain_text("3")
        assert order(page) == [[second, third, first, *rest], []]

        drag(page, third, page.locator(".page-block").nth(1), below=True)

        expect(page.locator(".page-block").nth(1).locator("[data-question]")).to_have_count(1)
        drag(page, first, page.locator(f"[data-question={third}]"), below=False)
        expect(page.locator(".page-block").nth(1).locator("[data-question]")).to_have_count(2)
        assert order(page) == [[second, *rest], [first, third]]
        page.reload()

        assert order(page) == [[second, *rest], [first, third]]


def test_a_question_let_go_outside_stays_where_it_was(browser: Browser, address: str, watch: Watch) -> None:
    with visitor(browser, watch, base_url=address, viewport=TALL) as context:
        page = context.new_page()
        sign_in(page, "analyst")
        make_form(page, "Let go")
        before = order(page)

        page.locator(f"[data-question={before[0][0]}] [data-grip]").hover()
        page.mouse.down()
        page.mouse.move(400, 20, steps=4)
        page.mouse.up()

        expect(page.locator(".is-dragged, .is-over, .is-over-after")).to_have_count(0)
        assert order(page) == before
        page.reload()
        assert order(page) == before


def test_a_list_chosen_from_by_two_quick_words_makes_one_condition(
    browser: Browser, address: str, watch: Watch
) -> None:
    with visitor(browser, watch, base_url=address, viewport=WIDE) as context:
        page = context.new_page()
        sign_in(page, "analyst")
        make_form(page, "Typed quickly")
        labels = page.locator(".page-block").first.locator(".card-title").all_inner_texts()
        last = order(page)[0][-1]
        page.locator(f"#open-{last}").click()
        page.locator("#rule summary").click()
        earlier = page.get_by_role("group", name="Condition 1").get_by_label("Earlier question")
        earlier.focus()

        page.keyboard.type(labels[0], delay=15)  # chooses, letter by letter
        page.keyboard.press("Home")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")

        expect(page.get_by_role("group", name="Condition 2")).to_be_visible()  # the empty one, to go on with
        chosen = earlier.locator("option:checked").inner_text()
        expect(saved(page)).to_be_visible()
        page.reload()
        if not page.get_by_role("group", name="Condition 1").is_visible():
            page.locator("#rule summary").click()

        expect(page.locator("#rule [role=group]")).to_have_count(2)
        assert earlier.locator("option:checked").inner_text() == chosen
        assert page.get_by_role("group", name="Condition 2").get_by_label("Earlier question").input_value() == ""
