"""The review queue: what is held, alike together, let go or taken out, and that taken back."""

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.feedback.models import Feedback
from apps.workbench.review.queue import groups, together
from tests.factories import AdministratorFactory, FeedbackFactory, ProductFactory, TeamFactory, UserFactory

URL = "/feedback/review/"
LONG = "The stage of our instrument drifts after an hour of scanning in the cold room"


@pytest.fixture
def held(product):
    """Return a function that makes held feedback of the team's product."""

    def make(text: str = LONG, *, reason: str = "Many links", **fields) -> Feedback:
        return FeedbackFactory(**{"product": product, "text": text, "state": "held", "held_reason": reason, **fields})

    return make


def states(*rows: Feedback) -> list[tuple[str, str]]:
    found = {row.pk: row for row in Feedback.objects.filter(pk__in=[row.pk for row in rows])}
    return [(found[row.pk].state, found[row.pk].held_reason) for row in rows]


def decide(client, action: str, *rows: Feedback):
    return client.post(reverse("workbench:decide-review"), {"action": action, "id": [row.pk for row in rows]})


def test_the_queue_shows_what_is_held_with_its_reasons(client, analyst, held):
    held("<b>My words</b>", reason="Many links; Form token expired")
    FeedbackFactory(product=held().product, text="Live words")
    client.force_login(analyst)

    page = client.get(URL).text

    assert "&lt;b&gt;My words&lt;/b&gt;" in page
    assert [reason for reason in ("Many links", "Form token expired") if reason not in page] == []
    assert "Live words" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_takes_few_queries(client, analyst, held, django_assert_num_queries, count):
    words = ["alpha beams bend", "broken valves leak", "cold fingers freeze"]
    for text in words[:count]:
        held(text)
    client.force_login(analyst)
    client.get(URL)

    with django_assert_num_queries(6):
        page = client.get(URL).text

    assert page.count("data-held") == count


def test_an_empty_queue_says_so(client, analyst):
    client.force_login(analyst)

    assert "Nothing is held" in client.get(URL).text


def test_texts_that_begin_or_end_alike_are_together(held):
    tail = "and afterwards the whole image was shifted by about twenty pixels to one side"
    rows = [
        held(f"{LONG} {tail}"),
        held(f"{LONG.upper()}!!! 42 {tail}, visit https://one.example/"),
        held(f"Something new. {tail}"),
        held("It drifts"),
        held("it DRIFTS."),
        held("Other words"),
        held(""),
        held(""),
    ]

    assert [group.ids for group in together(rows)] == [
        [rows[0].pk, rows[1].pk, rows[2].pk],
        [rows[3].pk, rows[4].pk],
        [rows[5].pk],
        [rows[6].pk],
        [rows[7].pk],
    ]


@pytest.mark.parametrize(("action", "state", "reason"), [("release", "live", ""), ("spam", "spam", "Many links")])
def test_a_group_is_decided_and_that_is_taken_back(client, analyst, held, action, state, reason):
    first, second = held(), held(reason="Form token expired")
    client.force_login(analyst)

    answer = decide(client, action, first, second)

    assert answer.status_code == 302
    assert [one for one, _ in states(first, second)] == [state, state]
    assert states(first)[0] == (state, reason)
    client.post(reverse("workbench:undo-review"))
    client.post(reverse("workbench:undo-review"))
    assert states(first, second) == [("held", "Many links"), ("held", "Form token expired")]


@pytest.mark.parametrize("action", ["release", "spam"])
def test_what_is_no_longer_theirs_is_not_held_again(client, analyst, held, product, action):
    mine, moved = held(), held("Other words of another kind")
    client.force_login(analyst)
    decide(client, action, mine, moved)
    Feedback.objects.filter(pk=moved.pk).update(product=ProductFactory(team=TeamFactory()))
    decided = states(moved)

    client.post(reverse("workbench:undo-review"))

    assert (states(mine), states(moved)) == ([("held", "Many links")], decided)


def test_decided_twice_changes_nothing_and_says_so(client, analyst, held):
    row = held()
    client.force_login(analyst)
    decide(client, "spam", row)

    answer = client.post(reverse("workbench:decide-review"), {"action": "release", "id": [row.pk]}, follow=True)

    assert states(row)[0][0] == "spam"
    assert "Somebody else decided this already." in answer.text


def test_what_a_person_decides_is_in_the_history(client, analyst, held):
    row = held()
    client.force_login(analyst)

    decide(client, "release", row)

    client.force_login(AdministratorFactory())
    page = client.get("/audit/").text
    assert [word for word in ("Ana Lyst", f"/feedback/{row.pk}/") if word not in page] == []


@pytest.mark.parametrize(
    "data",
    [
        {"action": "withdraw", "id": ["1"]},
        {"action": "release"},
        {"id": ["1"]},
        {"action": "release", "id": ["x"]},
        {"action": "release", "id": ["-1", "9" * 30, "1.5", "²"]},
        {"action": "spam", "id": ["1"], "following": "//evil.example"},
    ],
)
def test_nonsense_changes_nothing(client, analyst, held, data):
    row = held()
    client.force_login(analyst)

    answer = client.post(reverse("workbench:decide-review"), data)

    assert (answer.status_code, answer.headers["Location"]) == (302, URL)
    assert states(row) == [("held", "Many links")]


def test_only_ones_own_products_are_reviewed(client, analyst, held):
    foreign = held(product=ProductFactory(team=TeamFactory()))
    client.force_login(analyst)

    decide(client, "release", foreign)

    assert (groups(analyst), states(foreign)[0][0]) == ([], "held")


def test_who_does_not_moderate_is_refused(client, scientist, held):
    row = held()
    client.force_login(scientist)

    assert [client.get(URL).status_code, decide(client, "release", row).status_code] == [403, 403]
    client.force_login(UserFactory())
    assert client.get(URL).status_code == 403
    client.logout()
    assert client.get(URL).status_code == 302


def test_wrong_methods_are_405(client, analyst):
    client.force_login(analyst)

    assert client.post(URL).status_code == 405
    assert [client.get(f"{URL}{end}/").status_code for end in ("decide", "undo")] == [405, 405]


def test_the_navigation_leads_there_for_those_who_review(client, analyst, scientist):
    client.force_login(analyst)
    assert f'href="{URL}"' in client.get("/feedback/").text
    client.force_login(scientist)
    assert f'href="{URL}"' not in client.get("/feedback/").text
    assert scientist.memberships.get().role == Role.SCIENTIST
