"""The script, what it is told of a form, and on which sites."""

import gzip
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.feedback.models import Feedback, Form
from apps.feedback.widget.inline import can_be_asked_inline
from apps.feedback.widget.script import script
from tests.factories import make_form
from tests.feedback.widget.posting import NPS, SITE


def test_the_script_is_small_and_asked_for_anew_cheaply(client):
    packed = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/widget.js")
    again = client.get("/widget.js", headers={"If-None-Match": plain.headers["ETag"]})

    assert len(packed.content) < 15_000
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert packed.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (again.status_code, again.content) == (304, b"")
    assert not packed.cookies


def test_the_script_asks_of_a_page_nothing_that_a_strict_policy_forbids():
    source = script().plain.decode()

    forbidden = ("eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", ".style.")
    assert [one for one in forbidden if one in source] == []


def test_a_short_form_is_described_with_its_questions_in_the_pages_language(client, nps):
    told = client.get("/w/nps/?lang=de-AT", headers={"Origin": SITE}).json()

    assert (told["form"], told["is_open"], told["language"], told["is_right_to_left"]) == ("nps", True, "de", False)
    assert [one["key"] for one in told["questions"]] == ["recommend", "missed", "text", "name", "email"]
    assert told["questions"][0]["scale"] == list(range(11))
    assert told["questions"][1]["when"] == {"any": False, "of": [["recommend", "at_most", "6"]]}
    assert told["cooldown_days"] == 30


def test_the_browsers_language_counts_where_the_page_names_none_of_the_forms(client, nps):
    headers = {"Origin": SITE, "Accept-Language": "de,en;q=0.5"}

    told = client.get("/w/nps/?lang=xx", headers=headers).json()

    assert (told["language"], told["is_right_to_left"]) == ("de", False)


@pytest.mark.parametrize(("purpose", "is_inline"), [("nps", True), ("csat", True), ("ces", True), ("product", False)])
def test_few_and_simple_questions_are_asked_by_the_script_itself(product, purpose, is_inline):
    form = make_form(product=product, slug=f"a-{purpose}", purpose=purpose)

    assert can_be_asked_inline(form_questions(form)) == is_inline


def form_questions(form: Form):
    from apps.feedback.selectors import questionnaire_of

    return questionnaire_of(form.current_id)


@pytest.mark.parametrize(
    "change", [{"is_open": False}, {"needs_link": True}, {"opens_at": timezone.now() + timedelta(days=1)}]
)
def test_a_form_that_takes_nothing_says_so_and_no_more(client, nps, change):
    Form.objects.filter(pk=nps.pk).update(**change)

    assert client.get("/w/nps/").json() == {"form": "nps", "is_open": False}


@pytest.mark.parametrize(
    "origin",
    [
        "https://site.evil",
        "null",
        "https://lab.example.site.evil",
        "https://evil-lab.example",
        "http://lab.example",
        "https://lab.example:8443",
        "https://LAB.example/",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/w/nps/", "/w/nps/token/"])
def test_other_sites_are_refused(client, nps, origin, path):
    response = client.get(path, headers={"Origin": origin})

    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers


def test_another_site_cannot_send(browser, nps):
    response = browser.post("/w/nps/", NPS, headers={"Origin": "https://site.evil"})

    assert (response.status_code, Feedback.objects.count()) == (403, 0)


def test_the_forms_site_may_read_and_never_with_credentials(client, nps):
    response = client.get("/w/nps/", headers={"Origin": SITE})

    assert response.headers["Access-Control-Allow-Origin"] == SITE
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.headers["Vary"]
    assert not response.cookies


def test_the_platforms_own_pages_and_default_ports_count(client, nps):
    Form.objects.filter(pk=nps.pk).update(frame_origins=["https://lab.example:443"])

    own = client.get("/w/nps/", headers={"Origin": "http://testserver"})
    listed = client.get("/w/nps/", headers={"Origin": SITE})

    assert (own.status_code, listed.headers["Access-Control-Allow-Origin"]) == (200, SITE)


def test_no_such_form_and_wrong_methods(client, nps):
    assert client.get("/w/none/").status_code == 404
    assert client.get("/w/none/token/").status_code == 404
    assert client.put("/w/nps/").status_code == 405
    assert client.post("/w/nps/token/").status_code == 405
    assert client.post("/widget.js").status_code == 405
