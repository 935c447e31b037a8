"""Making, sharing, closing and reopening public forms."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.feedback.models import Form
from apps.feedback.questionnaire import purposes
from apps.feedback.services.form_versions import edit_draft
from apps.feedback.services.public_forms import create_form
from tests.factories import AdministratorFactory, FeedbackFactory, ProductFactory, TeamFactory, UserFactory, make_form

pytestmark = pytest.mark.django_db


def test_a_form_made_here_leads_to_the_builder_and_takes_feedback_once_it_is_opened(client, analyst, product, settings):
    settings.PUBLIC_URL = "https://voices.example.org"
    client.force_login(analyst)

    posted = {"product": product.pk, "purpose": "nps", "title": "How is it?", "intro": "Half a minute."}
    response = client.post("/forms/new/", posted, follow=True)

    form = Form.objects.get()
    assert (form.product, form.title, form.intro, form.is_open) == (product, "How is it?", "Half a minute.", False)
    assert [question["key"] for question in form.current.definition["pages"][0]["questions"]] == ["recommend"]
    assert response.redirect_chain == [(f"/forms/{form.pk}/", 302)]
    assert b"https://voices.example.org/f/aurora/" in response.content
    assert client.get("/f/aurora/").status_code == 410
    address = f"/forms/{form.pk}/state/"
    assert client.post(address, {"action": "open", "next": "builder"}).headers["Location"] == f"/forms/{form.pk}/"
    client.logout()
    assert b"How is it?" in client.get("/f/aurora/").content


def test_a_form_without_a_title_takes_its_templates(client, analyst, product):
    client.force_login(analyst)

    client.post("/forms/new/", {"product": product.pk, "purpose": "bug", "title": " ", "intro": ""})

    assert Form.objects.get().title == "Report a problem"


def test_the_new_page_says_what_each_template_is_for(client, analyst, product):
    client.force_login(analyst)

    html = client.get("/forms/new/").content.decode()

    assert html.count('name="purpose"') == len(purposes.TEMPLATES) == 12
    assert "Ten statements that make a score from 0 to 100." in html


def test_the_list_says_what_waits_is_full_or_has_a_draft(client, analyst, product):
    now = timezone.now()
    rows = {
        "waits": {"opens_at": now + timedelta(days=1)},
        "ended": {"closes_at": now - timedelta(days=1)},
        "full": {"response_limit": 1},
        "shut": {"is_open": False},
        "open": {},
    }
    made = {name: make_form(product=product, slug=name, title=name, **fields) for name, fields in rows.items()}
    FeedbackFactory(product=product, form=made["full"])
    FeedbackFactory(product=product, form=made["full"], state="spam")
    edit_draft(form=made["open"], edit=lambda raw: {**raw, "hidden": ["case"]}, seen=None, user=analyst)
    client.force_login(analyst)

    page = client.get("/forms/").context["forms"]

    told = {form.title: (form.is_waiting, form.is_ended, form.response_count, form.has_draft) for form in page}
    assert told == {
        "waits": (True, False, 0, False),
        "ended": (False, True, 0, False),
        "full": (False, False, 1, False),
        "shut": (False, False, 0, False),
        "open": (False, False, 0, True),
    }


def test_the_product_of_the_link_is_chosen_and_only_own_ones_are_offered(client, analyst, product):
    ProductFactory(name="Foreign", team=TeamFactory())
    client.force_login(analyst)

    form = client.get("/forms/new/?product=aurora").context["form"]

    assert form["product"].value() == product.pk
    assert [str(label) for _, label in form.fields["product"].choices] == ["Choose a product", "Aurora"]
    assert client.get("/forms/new/?product=%27").status_code == 200


@pytest.mark.parametrize("changes", [{"purpose": "magic"}, {"title": "x" * 121}, {"intro": "x" * 401}, {"product": 0}])
def test_a_form_that_cannot_be_is_told(client, analyst, product, changes):
    client.force_login(analyst)

    posted = {"product": product.pk, "purpose": "product", "title": "Fine", "intro": "", **changes}
    response = client.post("/forms/new/", posted)

    assert (response.status_code, list(response.context["form"].errors)) == (422, list(changes))
    assert not Form.objects.exists()


def test_nobody_makes_a_form_for_another_teams_product(client, analyst):
    client.force_login(analyst)

    response = client.post(
        "/forms/new/", {"product": ProductFactory(team=TeamFactory()).pk, "purpose": "bug", "title": "Fine"}
    )

    assert response.status_code == 422
    assert not Form.objects.exists()


def test_a_form_is_closed_and_opened_again(client, analyst, product):
    form = create_form(product=product, title="How is it?")
    client.force_login(analyst)

    for action, status in (("close", 410), ("close", 410), ("open", 200)):
        assert client.post(f"/forms/{form.pk}/state/", {"action": action}).headers["Location"] == "/forms/"
        assert client.get("/f/aurora/").status_code == status


def test_closing_is_refused_to_strangers_other_roles_teams_and_get(client, team, scientist, product):
    form = create_form(product=product, title="How is it?")
    address = f"/forms/{form.pk}/state/"
    assert client.post(address).status_code == 302
    for person in (scientist, UserFactory(role=Role.MANAGER, team=team), UserFactory(role=Role.ANALYST)):
        client.force_login(person)
        assert client.post(address, {"action": "close"}).status_code == 403
    assert client.get(address).status_code == 405
    assert client.post(f"/forms/{form.pk + 1}/state/").status_code == 404
    assert Form.objects.get().is_open


def test_the_list_offers_to_close_the_own_forms_alone(client, analyst, product):
    own = create_form(product=product, title="Ours")
    foreign = create_form(product=ProductFactory(team=TeamFactory()), title="Theirs")
    client.force_login(analyst)

    html = client.get("/forms/").content.decode()

    assert f'action="/forms/{own.pk}/state/"' in html
    assert f'action="/forms/{foreign.pk}/state/"' not in html


@pytest.mark.parametrize("amount", [1, 3])
def test_the_list_costs_the_same_for_one_form_and_three(client, analyst, product, amount, django_assert_num_queries):
    for _ in range(amount):
        create_form(product=product, title="How is it?")
    client.force_login(analyst)

    with django_assert_num_queries(6):  # session, person, roles, forms, own products, teams of the navigation
        response = client.get("/forms/")

    assert len(response.context["forms"]) == amount


@pytest.mark.parametrize(("address", "readers"), [("/forms/", 200), ("/forms/new/", 403)])
def test_forms_refuse_strangers_roles_and_methods(client, team, scientist, address, readers):
    assert client.get(address).status_code == 302
    for person, status in ((UserFactory(), 403), (scientist, readers), (manager_of(team), readers)):
        client.force_login(person)
        assert client.get(address).status_code == status
    client.force_login(AdministratorFactory())

    assert client.get(address).status_code == 200
    assert client.delete(address).status_code == 405


def manager_of(team):
    return UserFactory(role=Role.MANAGER, team=team)


def test_who_reads_feedback_finds_the_results_and_nothing_to_change(client, product, team):
    form = create_form(product=product, title="How is it?")
    nobodys = create_form(product=ProductFactory(team=None), title="Of no team")
    client.force_login(manager_of(team))

    html = client.get("/forms/").content.decode()

    assert f'href="/forms/{form.pk}/results/"' in html
    changes = ("/forms/new/", f'href="/forms/{form.pk}/"', f'href="/forms/{nobodys.pk}/"', "/state/")
    assert [path in html for path in changes] == [False] * 4


def test_the_navigation_leads_to_forms_and_products_where_they_are_permitted(client, scientist, analyst):
    for person, is_shown in ((scientist, [True, False]), (analyst, [True, True])):
        client.force_login(person)
        html = client.get("/home/").content.decode()
        assert [f'href="{path}"' in html for path in ("/forms/", "/products/")] == is_shown
