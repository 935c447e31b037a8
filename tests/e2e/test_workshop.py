"""A workshop in real browsers: a phone that loses its network for a moment, and the board in the room."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Watch, visitor
from tests.e2e.conftest import sign_in
from tests.faults.running import RunningPlatform

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
OPEN = """
from apps.accounts.models import Team
from apps.accounts.models import User
from apps.panels.models import ResearchSession
from apps.panels.workshops.services import open_workshop
team = User.objects.get(email="analyst@demo.example").memberships.first()
session = ResearchSession.objects.create(
    team=team.team if team else Team.objects.first(), kind="workshop", title="Ideas", time_zone="UTC")
print(session.pk, open_workshop(session=session, question="What slows you down?").code)
"""


def lead(board: Page, phase: str) -> None:
    board.get_by_role("group", name="Phase").get_by_role("button", name=phase).click()


def send(phone: Page, idea: str) -> None:
    phone.get_by_label("One idea").fill(idea)
    phone.get_by_role("button", name="Send").click()


def test_a_phone_and_a_board(browser: Browser, platform: RunningPlatform, address: str, watch: Watch) -> None:
    session_id, code = platform.manage("shell", "--verbosity", "0", "-c", OPEN).stdout.split()
    cut_off = Watch()  # a phone without network complains of that, and of nothing else
    with (
        visitor(browser, watch, base_url=address, viewport=WIDE) as room,
        visitor(browser, cut_off, base_url=address, viewport=PHONE) as pocket,
    ):
        board, phone = room.new_page(), pocket.new_page()
        sign_in(board, "analyst")
        board.goto(f"/sessions/{session_id}/board/")
        lead(board, "Gather")
        phone.goto("/join/")
        phone.get_by_label("Code").fill(code.lower())
        phone.get_by_role("button", name="Join").click()
        expect(board.locator("#phone-count")).to_have_text("1")

        send(phone, "A lens cap that stays on")
        expect(board.locator("#loose")).to_contain_text("A lens cap that stays on")
        pocket.set_offline(True)
        send(phone, "Shorter start")
        expect(phone.locator("#phone-waiting")).to_contain_text("1")
        pocket.set_offline(False)
        expect(phone.locator("#own")).to_contain_text("Shorter start")
        expect(board.locator("#loose .idea")).to_have_count(2)
        assert pocket.cookies() == []

        lead(board, "Group")
        board.locator("#loose .idea", has_text="lens cap").drag_to(board.locator("[data-drop=new]"))
        group = board.locator("[data-group]")
        expect(group).to_contain_text("A lens cap that stays on")
        board.get_by_label("Shorter start").focus()
        board.keyboard.press("1")
        expect(group.locator(".idea")).to_have_count(2)

        lead(board, "Vote")
        phone.get_by_role("button", name="Vote for A lens cap").click()
        expect(phone.locator("#own")).to_contain_text("2 votes left")
        phone.get_by_role("button", name="Take your vote").click()
        expect(phone.locator("#own")).to_contain_text("3 votes left")
        phone.get_by_role("button", name="Vote for A lens cap").click()
        expect(phone.locator(".own-count").first).to_have_text("●")
        expect(board.locator("[data-group] > header .dots")).to_be_empty()

        lead(board, "Decide")
        expect(board.locator("[data-group] > header .dots")).to_have_text("1")
        board.get_by_label("What was decided").fill("We make one.")
        board.get_by_role("button", name="Write down").click()
        expect(phone.locator("#phone")).to_contain_text("We make one.")
    assert [one for one in cut_off.complaints if "ERR_INTERNET_DISCONNECTED" not in one] == []
