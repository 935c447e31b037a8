"""Phones' pages: without a name, without a cookie, with and without a script."""

import uuid

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.panels.models import DotVote, Idea, Phase, Phone, Workshop
from apps.panels.workshops import keys, throttles
from tests.panels.workshops.rooms import give, lead, make_group, make_idea, make_phone, make_workshop

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _own_address(client: Client) -> None:
    """An address of its own for each test: limits count by it."""
    number = uuid.uuid4().int
    client.defaults["REMOTE_ADDR"] = f"10.{number % 250}.{number // 250 % 250}.{number // 62_500 % 250}"


def path(workshop: Workshop) -> str:
    return f"/join/{workshop.code}/"


def send(client: Client, workshop: Workshop, key: str, **fields: str):
    fields.setdefault("client_key", str(uuid.uuid4()))
    return client.post(
        path(workshop), "&".join(f"{name}={value}" for name, value in {"phone": key, **fields}.items()),
        content_type="application/x-www-form-urlencoded", headers=JSON,
    )  # fmt: skip


def test_the_code_leads_on_however_it_is_typed_and_a_wrong_one_says_so(client: Client) -> None:
    workshop = make_workshop()

    assert client.get("/join/").status_code == 200
    right = client.get("/join/", {"code": f" {workshop.code.lower()} "})
    wrong = client.get("/join/", {"code": "<b>"})

    assert (right.status_code, right.headers["Location"]) == (303, f"{path(workshop)}?lang=en")
    assert (wrong.status_code, b"No workshop has this code" in wrong.content, b"<b>" in wrong.content) == (
        404, True, False,
    )  # fmt: skip
    assert client.post("/join/").status_code == 405


def test_a_page_is_private_sets_no_cookie_and_speaks_the_phones_language(client: Client) -> None:
    workshop = make_workshop()

    answer = client.get(path(workshop), headers={"Accept-Language": "ar"})

    assert answer.status_code == 200
    assert not answer.cookies
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert 'lang="ar" dir="rtl"' in answer.content.decode()
    assert Phone.objects.count() == 0  # looking on writes nothing
    assert client.get("/join/CDFHJK/").status_code == 404
    assert client.put(path(workshop)).status_code == 405


def test_without_a_script_a_phone_sends_sees_and_votes(client: Client) -> None:
    workshop = make_workshop()
    page = client.get(path(workshop))
    fields = {"phone": page.text.split('name="phone" value="')[1].split('"')[0], "do": "idea"}
    fields["client_key"] = page.text.split('name="client_key" value="')[1].split('"')[0]

    for _ in range(2):
        sent = send_form(client, workshop, {**fields, "text": "A lens & a cap"})
    shown = client.get(sent.headers["Location"])

    assert sent.status_code == 303
    assert "A lens &amp; a cap" in shown.text
    assert fields["phone"] in shown.text
    assert Idea.objects.count() == 1
    lead(workshop, Phase.VOTE)
    shown = client.get(sent.headers["Location"])
    idea = Idea.objects.get()
    vote = {"phone": fields["phone"], "do": "vote", "client_key": str(uuid.uuid4()), "target": f"i{idea.pk}"}
    sent = send_form(client, workshop, vote)
    assert "2 votes left" in client.get(sent.headers["Location"]).text
    send_form(client, workshop, {**vote, "do": "back"})
    assert DotVote.objects.count() == 0


def send_form(client: Client, workshop: Workshop, fields: dict[str, str]):
    from urllib.parse import urlencode

    return client.post(path(workshop), urlencode(fields), content_type="application/x-www-form-urlencoded")


def test_words_that_are_refused_come_back(client: Client) -> None:
    workshop = make_workshop()
    _phone, key = make_phone(workshop)
    fields = {"phone": key, "do": "idea", "client_key": str(uuid.uuid4())}

    long = send_form(client, workshop, {**fields, "text": "word " * 120})
    lead(workshop, Phase.VOTE)
    late = send_form(client, workshop, {**fields, "text": "A late word"})
    old = send_form(client, workshop, {**fields, "phone": "x", "text": "A lost word"})

    assert (long.status_code, "word word" in long.text) == (422, True)
    assert (late.status_code, "A late word" in late.text) == (409, True)
    assert (old.status_code, "A lost word" in old.text) == (409, True)
    assert Idea.objects.count() == 0


def test_a_script_gets_what_is_the_phones_own_and_reasons(client: Client) -> None:
    workshop = make_workshop()
    _phone, key = make_phone(workshop)
    sent = send(client, workshop, key, do="idea", text="A+lens")

    assert "A lens" in sent.json()["own"]
    assert send(client, workshop, key, do="join").status_code == 200
    lead(workshop, Phase.VOTE)
    idea = Idea.objects.get()
    for _ in range(3):
        voted = send(client, workshop, key, do="vote", target=f"i{idea.pk}")
    assert 'data-votes-left="0"' in voted.json()["own"]
    more = send(client, workshop, key, do="vote", target=f"i{idea.pk}")
    assert (more.status_code, more.json()["error"]) == (409, "You have given all your votes. Take one back first.")
    for wrong in ({"do": "vote", "target": "x"}, {"do": "fly"}, {"do": "idea", "client_key": "1", "text": "A"}):
        assert send(client, workshop, key, **wrong).status_code == 422
    files = client.post(path(workshop), {"phone": key, "do": "join"}, headers=JSON)  # multipart
    assert files.status_code == 404


def test_state_is_asked_cheaply_and_whole_where_the_layout_changed(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workshop = make_workshop()
    _phone, key = make_phone(workshop)
    state = f"{path(workshop)}state/?lang=en"

    first = client.get(state, headers={"X-Phone": key})
    with django_assert_num_queries(1):
        same = client.get(state, headers={"X-Phone": key, "If-None-Match": first.headers["ETag"]})
    make_idea(workshop)
    send(client, workshop, make_phone(workshop)[1], do="idea", text="another")
    others = client.get(state, headers={"X-Phone": key, "If-None-Match": first.headers["ETag"]})
    lead(workshop, Phase.GROUP)
    moved = client.get(state, headers={"X-Phone": key, "If-None-Match": first.headers["ETag"]})

    assert (first.status_code, same.status_code, others.status_code, moved.status_code) == (200, 304, 304, 200)
    assert 'data-phase="group"' in moved.text
    assert "another" not in first.text + moved.text  # whose idea it is, a phone's page tells nobody


def test_every_phone_reads_the_choices_without_asking_again(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workshop = make_workshop(phase=Phase.GROUP)
    group = make_group(workshop, "Optics", "A lens cap")
    hidden = make_idea(workshop, "rude")
    hidden.hidden_at = workshop.session.created_at
    hidden.save()
    lead(workshop, Phase.VOTE)
    phone, key = make_phone(workshop)
    give(workshop, phone, f"g{group.pk}")
    client.get(f"{path(workshop)}state/", headers={"X-Phone": key})

    with django_assert_num_queries(3):  # workshop, phone, its dots
        shown = client.get(f"{path(workshop)}state/", headers={"X-Phone": key})

    assert "A lens cap" in shown.text
    assert "rude" not in shown.text
    assert 'data-target="g' in shown.text
    result = client.get(path(lead(workshop, Phase.DECIDE)))
    assert "1 vote" in result.text
    assert "Optics" in result.text


def test_a_key_opens_its_own_workshop_alone(client: Client) -> None:
    mine, other = make_workshop(), make_workshop()
    _phone, key = make_phone(mine)

    assert client.get(f"{path(other)}state/", headers={"X-Phone": key}).status_code == 404
    assert send(client, other, key, do="idea", text="A").status_code == 404
    assert client.get(path(other), {"phone": key}).status_code == 404
    for forged in ("", "x", key[:-1] + "x", keys.make_key(0) + "x"):
        assert client.get(f"{path(mine)}state/", headers={"X-Phone": forged}).status_code == 404
    assert Idea.objects.count() == 0


def test_codes_cannot_be_guessed_but_a_room_behind_one_address_works(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles, "DOOR_LIMIT", "121/h")  # three wrong codes
    workshop = make_workshop()
    _phone, key = make_phone(workshop)

    wrong = [client.get(f"/join/CDFHJ{letter}/").status_code for letter in "CDFHJK"]
    right = client.get(path(workshop))
    state = client.get(f"{path(workshop)}state/", headers={"X-Phone": key})

    assert wrong[:3] == [404, 404, 404]
    assert wrong[-1] == right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0
    assert state.status_code == 200  # who is in goes on
    assert send(client, workshop, key, do="idea", text="A").status_code == 200


def test_a_flood_of_one_phone_is_stopped_and_the_others_go_on(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "WRITE_LIMIT", "2/h")
    workshop = make_workshop()
    _phone, key = make_phone(workshop)

    said = [send(client, workshop, key, do="idea", text="A").status_code for _ in range(3)]
    other = send(client, workshop, make_phone(workshop)[1], do="idea", text="B")

    assert said == [200, 200, 429]
    assert other.status_code == 200
    assert Idea.objects.count() == 3


def test_an_address_may_do_only_so_much(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "WORKSHOP_LIMIT", "2/h")
    workshop = make_workshop()

    assert [client.get(path(workshop)).status_code for _ in range(3)] == [200, 200, 429]
