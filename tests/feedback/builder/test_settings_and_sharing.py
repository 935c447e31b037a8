"""Address, schedule, limit, anonymity, sites; codes, frames and links for one answer."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape as html_of
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from apps.accounts.models import Role
from apps.feedback.links import visitor_of
from apps.feedback.models import FormAddress, FormDraft
from apps.feedback.selectors import form_by_slug
from apps.feedback.services.form_settings import FormSettings, normalise_origins, set_form_settings
from apps.feedback.services.form_versions import edit_draft, publish
from apps.feedback.services.public_forms import create_form
from tests.factories import FeedbackFactory, ProductFactory, UserFactory, make_form

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def settings_of(form, **changes) -> FormSettings:
    return FormSettings(**{**{name: getattr(form, name) for name in FormSettings._fields}, **changes})


def refusal(form, **changes) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        set_form_settings(form=form, wanted=settings_of(form, **changes))
    form.refresh_from_db()
    return list(caught.value.message_dict)


def post_settings(client, form, **changes):
    data = {"slug": form.slug, "product": form.product_id, "frame_origins": "", **changes}
    return client.post(f"/forms/{form.pk}/settings/", data)


# --- settings -----------------------------------------------------------------------------------------------------


def test_everything_is_set_and_again_changes_nothing(form):
    wanted = settings_of(
        form,
        slug="quasar",
        opens_at=NOON,
        closes_at=NOON + timedelta(days=1),
        response_limit=5,
        needs_link=True,
        frame_origins=["https://a.example", "https://a.example/"],
    )

    for _ in range(2):
        set_form_settings(form=form, wanted=wanted)
        form.refresh_from_db()

    assert settings_of(form) == wanted._replace(frame_origins=["https://a.example"])


def test_the_old_address_goes_on_working_and_is_nobody_elses(client, form, product_of_others):
    set_form_settings(form=form, wanted=settings_of(form, slug="quasar"))

    for address in ("aurora", "quasar"):
        assert client.get(f"/f/{address}/").status_code == 200
    assert refusal(make_form(product=product_of_others, slug="other"), slug="aurora") == ["slug"]
    assert create_form(product=form.product, title="Another").slug == "aurora-2"
    set_form_settings(form=form, wanted=settings_of(form, slug="aurora"))
    assert list(FormAddress.objects.values_list("slug", flat=True)) == ["quasar"]
    assert client.get("/f/quasar/").status_code == 200


@pytest.fixture
def product_of_others(db):
    return ProductFactory(name="Other")


@pytest.mark.parametrize("slug", ["", "Big", "a b", "ä", "x" * 81, "-a-", "a/b"])
def test_an_address_that_is_none_is_refused(form, slug):
    assert refusal(form, slug=slug) == ["slug"]


def test_what_cannot_be_is_refused_all_at_once(form):
    wrong = {"opens_at": NOON, "closes_at": NOON, "response_limit": 0, "frame_origins": ["nowhere"], "slug": ""}

    assert sorted(refusal(form, **wrong)) == ["closes_at", "frame_origins", "slug"]
    assert refusal(form, response_limit=0) == ["response_limit"]


def test_product_and_anonymity_are_fixed_by_the_first_answer(form, product_of_others):
    anonymous = make_form(purpose="anonymous", product=form.product, slug="anon", is_anonymous=True)
    FeedbackFactory(product=form.product, form=form)
    FeedbackFactory(product=form.product, form=anonymous, state="spam")

    assert refusal(form, product=product_of_others) == ["product"]
    assert refusal(form, is_anonymous=True) == ["is_anonymous"]
    assert refusal(anonymous, is_anonymous=False) == ["is_anonymous"]


def test_a_form_that_asks_who_one_is_cannot_become_anonymous(form, analyst):
    def without(*keys):
        def edit(raw):
            pages = [
                {**page, "questions": [one for one in page["questions"] if one["key"] not in keys]}
                for page in raw["pages"]
            ]
            return {**raw, "pages": pages}

        return edit

    assert refusal(form, is_anonymous=True) == ["is_anonymous"]
    edit_draft(form=form, edit=without("name", "email"), seen=None, user=analyst)
    assert refusal(form, is_anonymous=True) == ["is_anonymous"]  # not published yet
    publish(form=form, user=analyst)
    form.refresh_from_db()

    set_form_settings(form=form, wanted=settings_of(form, is_anonymous=True))

    form.refresh_from_db()
    assert form.is_anonymous


def test_an_anonymous_form_does_not_open_by_links_of_ones_own(form):
    anonymous = make_form(purpose="anonymous", product=form.product, slug="anon", is_anonymous=True)

    assert refusal(anonymous, needs_link=True) == ["needs_link"]


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.org", "https://www.example.org"),
        ("HTTPS://WWW.Example.org/", "https://www.example.org"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_site_is_kept_as_a_policy_names_it(typed, origin):
    assert normalise_origins([typed, typed]) == [origin]


@pytest.mark.parametrize(
    "typed",
    [
        "example.org",
        "//example.org",
        "ftp://example.org",
        "javascript:alert(1)",
        "https://example.org/path",
        "https://example.org?x=1",
        "https://user@example.org",
        "https://*",
        "https://*.example.org",
        "https://example.org;script-src",
        "https://exa mple.org",
        "https://example.org:port",
        "https://[::1",
        "https://",
        "'self'",
        "https://" + "a" * 300 + ".example",
    ],
)
def test_what_is_no_site_is_refused(typed):
    with pytest.raises(ValidationError):
        normalise_origins([typed])


def test_the_page_sets_times_in_the_persons_zone(builder, form, analyst):
    analyst.time_zone = "Asia/Kathmandu"
    analyst.save(update_fields=["time_zone"])

    response = post_settings(
        builder, form, opens_at="2026-03-01T12:00", closes_at="2026-03-02T12:00", response_limit="7"
    )

    form.refresh_from_db()
    assert response.status_code == 302
    assert form.opens_at == datetime(2026, 3, 1, 6, 15, tzinfo=UTC)
    html = builder.get(f"/forms/{form.pk}/settings/").content.decode()
    assert 'value="2026-03-01T12:00"' in html
    assert "Asia/Kathmandu" in html


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Open"),
        ({"is_open": False}, "Closed"),
        ({"opens_at": NOON + timedelta(days=36_500)}, "Opens 5 Feb 2126, 12:00"),
        ({"closes_at": NOON - timedelta(days=36_500)}, "Closed since 26 Mar 1926, 12:00"),
        ({"response_limit": 1}, "Full"),
    ],
)
def test_every_page_of_a_form_says_whether_it_takes_answers(builder, form, changes, said):
    FeedbackFactory(product=form.product, form=form)
    type(form).objects.filter(pk=form.pk).update(**changes)

    html = builder.get(f"/forms/{form.pk}/settings/").content.decode()

    badge = re.search(r'<span class="badge[^"]*">(.*?)</span>', html, re.DOTALL)
    assert badge
    assert " ".join(badge[1].split()) == said


def test_the_page_says_how_many_were_taken_and_what_is_fixed(builder, form):
    for state in ("live", "held", "spam"):
        FeedbackFactory(product=form.product, form=form, state=state)

    html = builder.get(f"/forms/{form.pk}/settings/").content.decode()

    assert "It has taken 2 so far." in html
    assert html.count("Fixed, for there are answers") == 2
    assert post_settings(builder, form, product="999").status_code == 302  # what is fixed is not read


@pytest.mark.parametrize(
    "changes",
    [{"slug": "A b"}, {"opens_at": "soon"}, {"response_limit": "0"}, {"response_limit": "9" * 30}, {"product": "0"}],
)
def test_the_page_gives_wrong_settings_back(builder, form, changes):
    response = post_settings(builder, form, **changes)

    assert (response.status_code, list(response.context["settings_form"].errors)) == (422, list(changes))
    form.refresh_from_db()
    assert form.slug == "aurora"


def test_settings_are_for_the_products_team(client, form):
    address = f"/forms/{form.pk}/settings/"
    assert client.get(address).status_code == 302
    client.force_login(UserFactory(role=Role.ANALYST))
    assert [client.get(address).status_code, client.post(address).status_code] == [403, 403]


# --- sharing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_code_comes_as_svg_and_png(builder, form, kind, start):
    shown = builder.get(f"/forms/{form.pk}/share/code.{kind}")
    file = builder.get(f"/forms/{form.pk}/share/code.{kind}?download")

    assert shown.content == file.content
    assert shown.content.startswith(start)
    assert file.headers["Content-Disposition"] == f'attachment; filename="aurora.{kind}"'
    assert builder.get(f"/forms/{form.pk}/share/code.gif").status_code == 404


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_links_open_the_form_for_one_answer_each(builder, form, client):
    form.needs_link = True
    form.save(update_fields=["needs_link"])

    rows = rows_of(builder.post(f"/forms/{form.pk}/share/links.csv", {"amount": "3", "people": ""}))

    links = [row["link"] for row in rows]
    assert len(set(links)) == 3
    assert client.get("/f/aurora/").status_code == 403
    for link in links:
        parts = urlsplit(link)
        assert client.get(f"{parts.path}?{parts.query}").status_code == 200


def test_links_for_named_people_speak_for_them(builder, form):
    people = "ada@example.org, Ada Byron, Analytical Society\n\ngrace@example.org"

    rows = rows_of(builder.post(f"/forms/{form.pk}/share/links.csv", {"amount": "25", "people": people}))

    assert [(row["email"], row["name"], row["organisation"]) for row in rows] == [
        ("ada@example.org", "Ada Byron", "Analytical Society"),
        ("grace@example.org", "", ""),
    ]
    told = [visitor_of(form_by_slug("aurora"), QueryDict(urlsplit(row["link"]).query)).person.email for row in rows]
    assert told == ["ada@example.org", "grace@example.org"]


def test_an_anonymous_form_makes_links_for_nobody(builder, team):
    form = make_form(purpose="anonymous", product=ProductFactory(team=team), slug="anon", is_anonymous=True)
    assert b'name="people"' not in builder.get(f"/forms/{form.pk}/share/").content

    rows = rows_of(builder.post(f"/forms/{form.pk}/share/links.csv", {"amount": "1", "people": "ada@example.org"}))

    assert [row["email"] for row in rows] == [""]


def test_a_spreadsheet_calculates_nothing_of_a_name(builder, form):
    response = builder.post(f"/forms/{form.pk}/share/links.csv", {"people": "a@example.org, =1+1"})

    assert rows_of(response)[0]["name"] == "'=1+1"


@pytest.mark.parametrize(
    "posted",
    [
        {"amount": "0"},
        {"amount": "1001"},
        {"amount": "many"},
        {},
        {"people": "not an address"},
        {"people": "\n".join(f"p{number}@example.org" for number in range(1_001))},
    ],
)
def test_links_that_cannot_be_made_are_told_with_what_was_typed(builder, form, posted):
    response = builder.post(f"/forms/{form.pk}/share/links.csv", posted)

    assert response.status_code == 422
    assert response.context["links_form"].errors


def test_the_frame_is_offered_to_the_sites_that_were_named(builder, form):
    address = f"/forms/{form.pk}/share/"
    assert b"&lt;iframe" not in builder.get(address).content
    form.frame_origins, form.title = ["https://www.example.org"], '</textarea>"<b>'
    form.save(update_fields=["frame_origins", "title"])

    html = builder.get(address).content.decode()

    shown = re.search(r"<textarea[^>]*readonly[^>]*>(.*?)</textarea>", html, re.DOTALL)
    assert shown
    assert html_of(shown[1]).startswith(
        '<iframe src="http://localhost:8000/f/aurora/embed/" title="&lt;/textarea&gt;&quot;'
    )


def test_a_draft_does_not_change_what_is_shared(builder, form, analyst):
    edit_draft(form=form, edit=lambda raw: {**raw, "hidden": ["case"]}, seen=None, user=analyst)

    assert "case" not in [key for key, _words in builder.get(f"/forms/{form.pk}/share/").context["prefills"]]
    assert FormDraft.objects.exists()


@pytest.mark.parametrize(
    ("changes", "is_thanked"),
    [({"closes_at": NOON}, True), ({"response_limit": 1}, True), ({"opens_at": NOON.replace(year=2099)}, False)],
)
def test_a_form_that_has_done_its_work_says_thanks_in_its_own_words(client, form, analyst, changes, is_thanked):
    edit_draft(form=form, edit=lambda raw: {**raw, "thanks": {"en": "Thanks <b>all</b>."}}, seen=None, user=analyst)
    publish(form=form, user=analyst)
    FeedbackFactory(product=form.product, form=form)
    set_form_settings(form=form, wanted=settings_of(form, **changes))

    response = client.get("/f/aurora/")

    assert response.status_code == 410
    assert (b"Thanks &lt;b&gt;all&lt;/b&gt;." in response.content) is is_thanked
