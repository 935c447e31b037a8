"""Findings: written from what one may open, resting on evidence that each reader sees as far as they may, searched."""

import pytest
from django.conf import settings

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.customers.models import Purpose
from apps.panels.models import Finding, FindingEvidence, SessionRecording
from apps.panels.repository import selectors, services
from apps.panels.repository.services import Source, Words
from tests.factories import CustomerFactory, FeedbackFactory, ProductFactory, TagFactory, TeamFactory, UserFactory
from tests.panels.afterwards.making import attend, consent, make_session, note

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def member(client, team):
    user = UserFactory(role=Role.SCIENTIST, team=team)
    client.force_login(user)
    return user


def write(team, title="Drift makes people recalibrate", text="Seen often.", **fields) -> Finding:
    source = fields.pop("source", None)
    words = Words(title, text, **fields)
    return services.create_finding(team=team, author=UserFactory(), words=words, source=source)


def test_a_finding_is_written_from_a_note_and_rests_on_it(client, member, team):
    tag = TagFactory()
    said = note(make_session(team=team), "The stage drifts.", tags=[tag])
    address = f"/findings/new/?note={said.pk}"

    offered = client.get(address)
    answer = client.post(
        address, {"title": " Stages  drift ", "text": "Three of four.", "team": team.pk, "tag": tag.pk}
    )

    assert b"The stage drifts." in offered.content
    assert offered.context["form"].initial["tag"] == tag.pk
    finding = Finding.objects.get()
    assert answer.headers["Location"] == f"/findings/{finding.pk}/"
    assert (finding.title, finding.team, finding.tag, finding.author) == ("Stages drift", team, tag, member)
    assert FindingEvidence.objects.get().note == said
    page = client.get(f"/findings/{finding.pk}/").content.decode()
    assert f"F-{finding.pk}" in page
    assert f"{settings.PUBLIC_URL}/findings/{finding.pk}/" in page
    assert f"@misc{{finding{finding.pk}," in page


def test_nothing_that_one_may_not_open_is_written_from_or_shown(client, member, team):
    closed = make_session(visibility=Visibility.RESTRICTED, title="zebra session")
    hidden_note = note(closed, "zebra note")
    hidden = FeedbackFactory(text="zebra words", visibility=Visibility.RESTRICTED)
    for query in (f"note={hidden_note.pk}", f"session={closed.pk}", f"feedback={hidden.pk}"):
        assert b"zebra" not in client.get(f"/findings/new/?{query}").content
    finding = write(team)
    for source in (Source(session=closed), Source(note=hidden_note), Source(feedback=hidden)):
        services.add_evidence(finding=finding, source=source)
    services.add_evidence(finding=finding, source=Source(feedback=FeedbackFactory(text="Open words.")))

    page = client.get(f"/findings/{finding.pk}/").content.decode()

    assert "zebra" not in page
    assert "Open words." in page
    assert "3 pieces of evidence you may not open." in page
    hidden_row = FindingEvidence.objects.get(feedback=hidden)
    assert client.post(f"/findings/{finding.pk}/evidence/{hidden_row.pk}/remove/").status_code == 404


def test_evidence_is_added_by_its_address_once_and_removed(client, member, team):
    session, finding = make_session(team=team), write(team)
    said, feedback = note(session), FeedbackFactory()
    closed = make_session(visibility=Visibility.RESTRICTED)
    address = f"/findings/{finding.pk}/evidence/"

    for pasted in (
        f"https://x.example/sessions/{session.pk}/summary/notes/#note-{said.pk}",
        f"/sessions/{session.pk}/",
        f"/feedback/{feedback.pk}/?q=a",
    ):
        assert [client.post(address, {"address": pasted}).status_code for _ in range(2)] == [302, 302]
    refused = [
        client.post(address, {"address": pasted}).status_code
        for pasted in (f"/sessions/{closed.pk}/", "/feedback/999999999999999999999/", "nothing", "")
    ]

    assert refused == [422] * 4
    rows = FindingEvidence.objects.order_by("pk").values_list("session", "note", "feedback")
    assert list(rows) == [(None, said.pk, None), (session.pk, None, None), (None, None, feedback.pk)]
    last = FindingEvidence.objects.latest("pk")
    statuses = [client.post(f"{address}{last.pk}/remove/").status_code for _ in range(2)]
    assert (statuses, FindingEvidence.objects.count()) == ([302, 404], 2)


def test_a_hidden_quote_is_neither_shown_nor_found_by_its_words(client, member, team):
    session, ada = make_session(team=team), CustomerFactory()
    quote = note(session, "It wobbles terribly", speaker=attend(session, ada), is_quote=True)
    note(session, "Their lens wobbled too")
    finding = write(team, source=Source(note=quote))

    def pages() -> list[bool]:
        paths = (f"/findings/{finding.pk}/", "/findings/?q=wobbling", f"/findings/new/?note={quote.pk}")
        return [b"terribly" in client.get(path).content for path in paths]

    assert pages() == [False, False, False]
    assert b"lens" in client.get("/findings/?q=wobbling").content
    consent(ada)
    assert pages()[0]
    consent(ada, is_given=False)
    assert pages() == [False, False, False]


def test_recordings_are_linked_only_while_all_who_were_there_consent(member, team):
    session, ada = make_session(team=team), CustomerFactory()
    attend(session, ada)
    film = SessionRecording.objects.create(session=session, title="Film", url="https://films.example/1")
    finding = write(team, source=Source(session=session))

    assert selectors.rests_on(finding, member).recordings == []
    consent(ada, Purpose.RECORDING)
    assert selectors.rests_on(finding, member).recordings == [film]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("stages", ["Die Bühne driftet", "The stage drifts"]),
        ("drifting", ["The stage drifts"]),
        ("buhne", ["Die Bühne driftet"]),
        ('"stage drifts"', ["The stage drifts"]),
        ('"drifts stage"', []),
        ("stage -drifts", ["Die Bühne driftet"]),
        ("lens or bühne", ["Clean the lens", "Die Bühne driftet"]),
        ("'); DROP TABLE", []),
        ("", ["Clean the lens", "Die Bühne driftet", "The stage drifts"]),
    ],
)
def test_it_is_the_search_of_feedback(client, member, team, q, found):
    write(team, "The stage drifts", "After an hour.")
    write(team, "Die Bühne driftet", "The stage, that is.")
    write(team, "Clean the lens", "Always.")

    page = client.get("/findings/", {"q": q})

    assert sorted(one.title for one in page.context["findings"]) == found


def test_sessions_and_notes_are_found_where_one_may_open_them(client, member, team):
    mine = make_session(team=team, title="Visit at the lab", visibility=Visibility.TEAM)
    theirs = make_session(title="Visit elsewhere", visibility=Visibility.TEAM)
    note(mine, "We visited the oven.")
    note(theirs, "A secret visit.")

    page = client.get("/findings/", {"q": "visits"})

    assert [one.title for one in page.context["sessions"]] == ["Visit at the lab"]
    assert [one.text for one, _segments in page.context["notes"]] == ["We visited the oven."]


def test_a_list_costs_the_same_for_any_number(client, member, team, django_assert_max_num_queries):
    for number in range(3):
        write(team, f"Finding {number}", source=Source(feedback=FeedbackFactory(product=ProductFactory())))

    with django_assert_max_num_queries(14):
        client.get("/findings/")


def test_withdrawn_it_is_in_no_list_and_comes_back(client, member, team):
    finding = write(team)

    for _ in range(2):
        client.post(f"/findings/{finding.pk}/withdraw/")
    assert list(client.get("/findings/").context["findings"]) == []
    assert b"was withdrawn" in client.get(f"/findings/{finding.pk}/").content
    for _ in range(2):
        client.post(f"/findings/{finding.pk}/restore/")
    assert list(client.get("/findings/").context["findings"]) == [finding]


def test_bad_words_are_told_and_another_teams_finding_is_only_read(client, member, team):
    theirs = write(TeamFactory())

    assert client.post("/findings/new/", {"title": "", "text": "x", "team": team.pk}).status_code == 422
    assert client.post("/findings/new/", {"title": "x", "text": "x", "team": theirs.team_id}).status_code == 422
    assert client.get(f"/findings/{theirs.pk}/").status_code == 200
    assert client.get(f"/findings/{theirs.pk}/edit/").status_code == 403
    assert client.post(f"/findings/{theirs.pk}/withdraw/").status_code == 403
    assert client.get("/findings/99/").status_code == 404
    mine = write(team)
    assert client.post(f"/findings/{mine.pk}/edit/", {"title": "New", "text": "y"}).status_code == 302
    mine.refresh_from_db()
    assert (mine.title, mine.edited_at is not None) == ("New", True)
