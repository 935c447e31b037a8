"""Making and changing tags and rules."""

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.tagging.forms import RuleForm
from apps.tagging.models import KeywordRule, RuleRun, Tag
from apps.tagging.services import create_rule
from tests.factories import FeedbackFactory, ProductFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory(name="Optics")


@pytest.fixture
def analyst(team):
    return UserFactory(role=Role.ANALYST, team=team)


@pytest.fixture
def scientist():
    return UserFactory(role=Role.SCIENTIST)


def tag_data(**changes) -> dict[str, str]:
    return {"name": "Pump", "parent": "", "team": "", "description": "", **changes}


def test_a_tag_is_made_below_another_for_a_team_once(client, analyst, team):
    hardware = TagFactory(name="Hardware")
    client.force_login(analyst)
    data = tag_data(parent=str(hardware.pk), team=str(team.pk), description="Moves liquid")

    first, second = (client.post("/tags/new/", data) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 422)
    assert b"There is a tag" in second.content
    made = Tag.objects.get(name="Pump")
    assert (made.parent, made.team, made.description) == (hardware, team, "Moves liquid")


def test_the_new_tag_form_begins_below_the_tag_one_came_from(client, analyst):
    hardware = TagFactory(name="Hardware")
    client.force_login(analyst)

    form = client.get("/tags/new/?parent=hardware").context["form"]

    assert form["parent"].value() == hardware.pk


def test_a_tag_is_renamed_moved_and_given_to_a_team(client, analyst, team):
    tag, place = TagFactory(name="Pump"), TagFactory(name="Hardware")
    client.force_login(analyst)
    data = tag_data(name="Pumps", parent=str(place.pk), team=str(team.pk))

    for _ in range(2):
        assert client.post("/tags/tag/pump/edit/", data).status_code == 302

    tag.refresh_from_db()
    assert (tag.name, tag.slug, tag.parent, tag.team, tag.effective_team) == (
        "Pumps",
        "pump",
        place,
        team,
        team,
    )


def test_a_tag_cannot_go_below_itself_or_beside_its_twin(client, analyst):
    hardware = TagFactory(name="Hardware")
    below = TagFactory(name="Pump", parent=hardware)
    TagFactory(name="Oven")
    client.force_login(analyst)

    circle = client.post("/tags/tag/hardware/edit/", tag_data(name="Hardware", parent=str(below.pk)))
    twin = client.post("/tags/tag/pump/edit/", tag_data(name="Oven"))

    assert (circle.status_code, twin.status_code) == (422, 422)
    below.refresh_from_db()
    assert (below.name, below.parent) == ("Pump", hardware)  # all or nothing


@pytest.mark.parametrize(
    "changes", [{"parent": "x"}, {"parent": "99999"}, {"team": "0"}, {"name": "a" * 81}, {"name": " "}]
)
def test_a_tag_that_cannot_be_is_told(client, analyst, changes):
    client.force_login(analyst)

    assert client.post("/tags/new/", tag_data(**changes)).status_code == 422
    assert not Tag.objects.exists()


def test_a_rule_is_previewed_and_saved(client, analyst):
    TagFactory(name="Pump")
    open_words = FeedbackFactory(text="The pump drips")
    FeedbackFactory(text="The pump is a dream", visibility=Visibility.EVERYONE)
    FeedbackFactory(text="The pump, in secret", visibility=Visibility.TEAM)
    FeedbackFactory(text="Something else")
    client.force_login(analyst)
    data = {"phrases": "pump\n\npump\n", "exclusions": "dream", "product": ""}

    preview = client.post("/tags/tag/pump/rules/new/", {**data, "preview": "1"}).context["preview"]
    assert (preview.matched, preview.matched_count, preview.looked_at_count) == ([open_words], 1, 3)
    assert not KeywordRule.objects.exists()
    client.post("/tags/tag/pump/rules/new/", data)

    rule = KeywordRule.objects.get()
    assert (rule.phrases, rule.exclusions, rule.product, rule.is_active) == (["pump"], ["dream"], None, True)


def test_a_rule_is_changed_switched_and_run(client, analyst):
    rule = create_rule(tag=TagFactory(name="Pump"), phrases=["pump"])
    product = ProductFactory()
    client.force_login(analyst)
    assert client.get(f"/tags/rules/{rule.pk}/").context["form"]["phrases"].value() == "pump"

    client.post(f"/tags/rules/{rule.pk}/", {"phrases": "leak*", "exclusions": "", "product": str(product.pk)})
    for action in ("off", "apply", "withdraw", "nonsense"):
        assert client.post(f"/tags/rules/{rule.pk}/run/", {"action": action}).status_code == 302

    rule.refresh_from_db()
    assert (rule.phrases, rule.product, rule.is_active) == (["leak*"], product, False)
    assert list(RuleRun.objects.order_by("id").values_list("kind", flat=True)) == ["apply", "withdraw"]


def test_an_archived_product_is_offered_to_a_rule_only_while_it_is_chosen():
    product, archived = ProductFactory(), ProductFactory(archived_at=timezone.now())

    offered = [set(RuleForm(initial={"product": pk}).fields["product"].queryset) for pk in (None, archived.pk)]

    assert offered == [{product}, {product, archived}]


@pytest.mark.parametrize("phrases", ["", " \n ", "a" * 101, "\n".join(str(n) for n in range(101)), "a" * 20_000])
def test_a_rule_that_cannot_be_is_told(client, analyst, phrases):
    TagFactory(name="Pump")
    client.force_login(analyst)

    assert client.post("/tags/tag/pump/rules/new/", {"phrases": phrases}).status_code == 422
    assert not KeywordRule.objects.exists()


def addresses(rule: KeywordRule) -> list[str]:
    return [
        "/tags/new/",
        "/tags/tag/pump/edit/",
        "/tags/tag/pump/rules/new/",
        f"/tags/rules/{rule.pk}/",
        f"/tags/rules/{rule.pk}/run/",
    ]


def test_changing_is_refused_to_strangers_and_scientists(client, scientist):
    rule = create_rule(tag=TagFactory(name="Pump"), phrases=["pump"])
    assert [client.post(address).status_code for address in addresses(rule)] == [302] * 5
    client.force_login(scientist)

    assert [client.post(address).status_code for address in addresses(rule)] == [403] * 5
    assert [client.delete(address).status_code for address in addresses(rule)] == [405] * 5


def test_everybody_with_a_role_reads_a_tag_and_only_those_who_may_its_forms(client, scientist, analyst):
    create_rule(tag=TagFactory(name="Pump"), phrases=["drips"])
    for person, is_offered in ((scientist, False), (analyst, True)):
        client.force_login(person)
        html = client.get("/tags/tag/pump/").content.decode()
        assert "drips" in html
        assert ("Take back what it tagged" in html, "/tags/tag/pump/edit/" in html) == (
            is_offered,
            is_offered,
        )
    assert client.get("/tags/tag/nothing/").status_code == 404
    assert client.post("/tags/tag/pump/").status_code == 405


def test_missing_rules_and_tags_are_not_found(client, analyst):
    client.force_login(analyst)
    wanted = ["/tags/tag/no/edit/", "/tags/tag/no/rules/new/", "/tags/rules/1/", "/tags/rules/1/run/"]

    assert [client.post(address).status_code for address in wanted] == [404] * 4
    assert client.get(f"/tags/rules/{10**40}/").status_code == 404


def test_an_analyst_of_one_team_leaves_the_tags_of_another_alone(client, analyst):
    theirs = TeamFactory(name="Lasers")
    owned = TagFactory(name="Beam", team=theirs)
    below = TagFactory(name="Drift", parent=owned)  # owned by its ancestor
    rule = create_rule(tag=below, phrases=["drift"], exclusions=[], product=None)
    client.force_login(analyst)

    for slug in ("beam", "drift"):
        assert client.post(f"/tags/tag/{slug}/edit/", tag_data(name="Taken")).status_code == 403
        assert client.get(f"/tags/tag/{slug}/rules/new/").status_code == 403
        assert client.post(f"/tags/tag/{slug}/rules/new/", {"phrases": "beam"}).status_code == 403
        page = client.get(f"/tags/tag/{slug}/").content
        assert b"Change the tag" not in page
        assert b"rules/" not in page
    assert client.post(f"/tags/rules/{rule.pk}/", {"phrases": "taken"}).status_code == 403
    assert client.post(f"/tags/rules/{rule.pk}/run/", {"action": "off"}).status_code == 403

    rule.refresh_from_db()
    assert (rule.phrases, rule.is_active, KeywordRule.objects.count(), RuleRun.objects.count()) == (
        ["drift"],
        True,
        1,
        0,
    )
    assert set(Tag.objects.values_list("name", flat=True)) == {"Beam", "Drift"}


def test_nobody_puts_a_tag_into_the_queue_of_another_team(client, analyst):
    theirs = TeamFactory(name="Lasers")
    owned, own = TagFactory(name="Beam", team=theirs), TagFactory(name="Pump")
    client.force_login(analyst)

    answers = [
        client.post("/tags/new/", tag_data(name="New", team=str(theirs.pk))),
        client.post("/tags/new/", tag_data(name="New", parent=str(owned.pk))),
        client.post("/tags/tag/pump/edit/", tag_data(team=str(theirs.pk))),
        client.post("/tags/tag/pump/edit/", tag_data(parent=str(owned.pk))),
    ]

    assert [answer.status_code for answer in answers] == [422] * 4
    own.refresh_from_db()
    assert (own.parent, own.team, Tag.objects.count()) == (None, None, 2)


@pytest.mark.parametrize("fields", [{"everywhere_role": Role.ANALYST}, {"is_superuser": True}])
def test_an_everywhere_analyst_and_the_administrator_change_every_tag(client, fields):
    first, second = TeamFactory(name="Lasers"), TeamFactory(name="Optics")
    TagFactory(name="Beam", team=first)
    client.force_login(UserFactory(**fields))

    assert client.post("/tags/tag/beam/edit/", tag_data(name="Beams", team=str(second.pk))).status_code == 302

    assert Tag.objects.get().team == second
