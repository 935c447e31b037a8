"""Two note takers at once on the live page, and a spell without connection: nothing lost, nothing twice."""

from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.e2e.browser import Watch, visitor
from tests.e2e.conftest import sign_in
from tests.faults.running import RunningPlatform

SESSION = """
INSERT INTO panels_researchsession (kind, team_id, title, purpose, agenda, questions, visibility, state, starts_at,
    time_zone, place, capacity, observer_seats, wants_recording, budget_minor, currency, summary, decisions, uid,
    sequence, started_at)
SELECT 'interview', team_id, 'Talk about drift', '', '[]', '[]', 'team', 'running', now(), 'UTC', '', 1, 2, false, 0,
       'EUR', '', '[]', gen_random_uuid(), 0, now()
  FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id
 WHERE u.email = 'scientist@demo.example' ORDER BY team_id LIMIT 1 RETURNING id
"""
PARTICIPANT = """
INSERT INTO panels_participant (session_id, customer_id, state, key, reason)
SELECT %s, id, 'attended', gen_random_uuid(), '' FROM customers_customer WHERE name <> '' ORDER BY id LIMIT 2
RETURNING id
"""
NOTES = (
    "SELECT text, is_quote, is_need, speaker_id IS NOT NULL FROM panels_sessionnote WHERE session_id = %s ORDER BY at"
)


def test_two_take_notes_at_once_and_one_of_them_without_connection_for_a_while(
    browser: Browser, address: str, platform: RunningPlatform, administrator: StorageState, watch: Watch
) -> None:
    session_id = platform.rows(SESSION)[0][0]
    platform.rows(PARTICIPANT, session_id)
    lost = Watch()  # of what is asked without connection a browser complains

    with (
        visitor(browser, lost, base_url=address) as first,
        visitor(browser, watch, base_url=address, storage_state=administrator) as second,
    ):
        one, other = first.new_page(), second.new_page()
        sign_in(one, "scientist")
        for page in (one, other):
            page.goto(f"/sessions/{session_id}/live/")
        expect(one.locator("#live-status")).to_have_text("Everything is saved.")

        _type(one, "It drifts after an hour")
        expect(_notes(other)).to_contain_text(["It drifts after an hour"])

        first.set_offline(True)
        one.keyboard.press("Alt+1")
        one.keyboard.press("Alt+n")
        _type(one, "I need it to hold")
        _type(one, "Second without a line")
        expect(one.locator("#live-status")).to_contain_text("Waiting on this device: 2")
        _type(other, "Seen from the other desk")
        one.keyboard.press("ArrowUp")  # the last one waits still, and is put right
        one.keyboard.press("End")
        _type(one, ", mended")
        first.set_offline(False)

        expect(one.locator("#live-status")).to_have_text("Everything is saved.")
        expect(_notes(one)).to_have_count(4)
        expect(_notes(other)).to_have_count(4)
        _change(one, other)
        one.evaluate("localStorage.setItem('live-notes:0:1:queue:x', '{}')")  # somebody else's, from before
        one.reload()
        assert one.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('live-notes:'))") == []

    assert platform.rows(NOTES, session_id) == [
        ("It drifts after an hour", False, False, False),
        ("I need it to hold", False, True, True),
        ("Second without a line, mended", False, False, True),
        ("Seen from the other desk!", False, False, False),
    ]


def _change(one: Page, other: Page) -> None:
    """The other changes a note, and the first sees it at once; a scientist changes their own alone."""
    line = one.locator(".live-note", has_text="Seen from the other desk")
    assert line.locator("[data-edit]").count() == 0
    other.locator(".live-note", has_text="Seen from the other desk").locator("[data-edit]").click()
    _type(other, "!")
    expect(_notes(one).filter(has_text="other desk!")).to_have_count(1)


def _type(page: Page, words: str) -> None:
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def _notes(page: Page) -> Locator:
    return page.locator("#live-notes > li .live-note-text")
