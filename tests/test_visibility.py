"""Who reads what: every address that can be read, and every write to one feedback, with words that could leak.

Addresses come from the URLconf, so a new page is tried here the day it is made. Each piece of feedback holds a word of
its own, in its text, its notes, its context, and its customer's name; a reader may find the words of what they may
open, wherever they look, and no others.
"""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.catalog.models import Visibility
from apps.core import lanes
from apps.core.models import Change, OutboxRow
from apps.customers.models import Customer
from apps.dialogue.models import Note
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.services import CHANGED, Capture, Person, capture, set_visibility
from apps.tagging.services import confirm_tag
from apps.workbench.browse.facets import facets
from apps.workbench.browse.filters import BrowseFilter
from tests.factories import (
    AdministratorFactory,
    ApiKeyFactory,
    ProductFactory,
    ProductVersionFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
    make_form,
)

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

#          word: (team of the product, visibility)
SAID = {
    "zebraopen": ("lasers", "everyone"),
    "zebrateam": ("lasers", "team"),
    "zebraclosed": ("lasers", "restricted"),
    "ownopen": ("optics", "everyone"),
    "ownteam": ("optics", "team"),
    "ownclosed": ("optics", "restricted"),
}
OPEN = {"zebraopen", "ownopen"}
MAY_READ = {
    "scientist": OPEN | {"ownteam"},
    "analyst": OPEN | {"ownteam"},
    "manager": OPEN | {"ownteam"},
    "leader": OPEN | {"ownteam", "ownclosed"},  # the administrator of Optics
    "everywhere": OPEN | {"ownteam", "zebrateam"},
    "administrator": set(SAID),
}
SKIPPED = re.compile(r"^(admin/|accounts/|\^?static|people/join/|unsubscribe/|r/|f/|$)")  # no feedback of others there
QUERIES = {  # what else a page is asked: each of these finds all of SAID for a reader of everything
    "feedback/": ["?q=drift", "?context=room:cold", "?order=oldest", "?view=split", "?state=live"],
    "feedback/facets/": ["?q=drift"],
    "feedback/export.csv": ["?q=drift"],
    "feedback/export.json": ["?q=drift"],
    "api/v1/feedback/": ["?q=drift", "?limit=100"],
    "palette/": ["?q=zebra", "?q=own", "?q=drift"],
    "customers/": ["?q=zebra", "?q=own"],
    "audit/": ["?kind=feedback.Feedback"],
}


class World:
    """Two teams, a product, a tag, a form and three customers each; what they said, told everywhere it can be."""

    def __init__(self) -> None:
        self.teams = {name: TeamFactory(name=name.title(), slug=name) for name in ("optics", "lasers")}
        self.products = {name: ProductFactory(team=team, slug=f"p-{name}") for name, team in self.teams.items()}
        self.tags = {name: TagFactory(name=f"Drift {name}", team=team) for name, team in self.teams.items()}
        self.author = AdministratorFactory(name="Author")
        self.feedback = {word: self._say(word, *place) for word, place in SAID.items()}
        lanes.settle(seconds=60)
        self.people = self._people()

    def _say(self, word: str, team: str, visibility: str) -> Feedback:
        product = self.products[team]
        said = capture(
            Capture(
                product_id=product.pk,
                channel=Channel.API,
                text=f"The stage drifts, {word}.",
                rating=2,
                person=Person(email=f"{word}@example.org", name=f"Name {word}"),
                identity=Identity.VERIFIED,
                context={"room": "cold", "note": word},
                captured_at=timezone.now(),
            )
        )
        feedback = Feedback.objects.get(pk=said.feedback_id)
        confirm_tag(feedback_id=feedback.pk, tag=self.tags[team], user=self.author)
        set_visibility([feedback.pk], Visibility(visibility))
        Note.objects.create(feedback=feedback, author=self.author, text=f"A note on {word}.")
        return feedback

    def _people(self) -> dict[str, User]:
        optics = self.teams["optics"]
        return {
            "scientist": UserFactory(role=Role.SCIENTIST, team=optics),
            "analyst": UserFactory(role=Role.ANALYST, team=optics),
            "manager": UserFactory(role=Role.MANAGER, team=optics),
            "leader": UserFactory(role=Role.ADMINISTRATOR, team=optics),
            "everywhere": UserFactory(everywhere_role=Role.SCIENTIST),
            "administrator": AdministratorFactory(),
        }

    def fill(self, name: str) -> list[object]:
        """Return what a part of an address may stand for here."""
        rows: dict[str, list[object]] = {
            "feedback_id": [row.pk for row in self.feedback.values()],
            "customer_id": list(Customer.objects.values_list("pk", flat=True)),
            "product_id": [row.pk for row in self.products.values()],
            "tag_slug": [row.slug for row in self.tags.values()],
            "slug": [row.slug for row in (*self.teams.values(), *self.tags.values())],
            "key": ["volume", "sentiment", "tags"],
        }
        return rows.get(name, [1])


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, list[str]]]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        elif isinstance(one, URLPattern) and not SKIPPED.match(route):
            yield route, list(one.pattern.converters)


def addresses(world: World) -> Iterator[str]:
    """Yield every address of the URLconf, with each row of the world in turn."""
    for route, names in patterns(get_resolver()):
        filled = [route]
        for name in names:
            part = re.compile(rf"<[a-z]+:{name}>")
            filled = [part.sub(str(value), one, count=1) for one in filled for value in world.fill(name)]
        yield from filled
        yield from (route + query for query in QUERIES.get(route, []))


def body(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def words_in(text: str) -> set[str]:
    return {word for word in SAID if word in text}


@pytest.fixture
def world() -> World:
    return World()


def sign_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def test_no_address_tells_anybody_what_they_may_not_open(world):
    asked = sorted(set(addresses(world)))
    leaks, found = [], {}
    for name in ("scientist", "leader", "everywhere", "administrator"):
        client = sign_in(world.people[name])
        for address in asked:
            for headers in ({}, {"HX-Request": "true"})[: 2 if name == "scientist" else 1]:
                answer = client.get(f"/{address}", headers=headers)
                text = body(answer)
                words = words_in(text) - words_in(address)
                # Those who manage customers see all names and addresses, whatever was said: that is their work.
                if address.startswith(("candidates/", "customers/", "palette/")) and name == "leader":
                    words = {word for word in words if f"drifts, {word}" in text}
                found.setdefault(name, set()).update(words)
                if words - MAY_READ[name]:
                    leaks.append((name, address, sorted(words - MAY_READ[name]), bool(headers)))
                assert answer.status_code < 500, (name, address, answer.status_code)

    assert leaks == []
    assert found == {
        name: MAY_READ[name] for name in found
    }  # and each does find what they may: the addresses are the right ones


def test_each_list_holds_what_may_be_opened_and_nothing_else(world):
    lists = ["feedback/", "feedback/?q=drift", "feedback/export.csv", "feedback/export.json", "api/v1/feedback/"]

    for name, user in world.people.items():
        client = sign_in(user)
        told = {address: words_in(body(client.get(f"/{address}"))) for address in lists}
        assert told == dict.fromkeys(lists, MAY_READ[name]), name


def test_one_feedback_opens_to_its_circle_alone(world):
    for name, user in world.people.items():
        client = sign_in(user)
        for word, feedback in world.feedback.items():
            expected = 200 if word in MAY_READ[name] else 404
            assert client.get(f"/feedback/{feedback.pk}/").status_code == expected, (name, word)


def test_what_people_who_manage_customers_see_of_what_was_said(world):
    """Names yes; words only of what they may open."""
    for name in ("analyst", "leader"):
        client = sign_in(world.people[name])
        for word, feedback in world.feedback.items():
            text = body(client.get(f"/customers/{feedback.customer_id}/"))
            assert (f"drifts, {word}" in text) == (word in MAY_READ[name]), (name, word)
    scientist = sign_in(world.people["scientist"])
    answers = {
        word: scientist.get(f"/customers/{feedback.customer_id}/").status_code
        for word, feedback in world.feedback.items()
    }
    assert answers == {word: 200 if word in MAY_READ["scientist"] else 404 for word in SAID}


def test_facets_count_what_may_be_opened(world):
    for name, user in world.people.items():
        by_key = {facet.key: sum(one.count for one in facet.options) for facet in facets(user, BrowseFilter())}
        assert by_key["channel"] == len(MAY_READ[name]), name


def test_nothing_is_written_to_what_may_not_be_opened(world):
    """Every address below one feedback, posted to by somebody who may do everything in another team."""
    client = sign_in(world.people["leader"])
    closed = [world.feedback[word] for word in ("zebrateam", "zebraclosed")]
    before = (Change.objects.count(), Note.objects.count(), OutboxRow.objects.filter(topic=CHANGED).count())
    routes = [route for route, _names in patterns(get_resolver()) if route.startswith("feedback/<int:feedback_id>/")]

    for feedback in closed:
        for route in routes:
            address = re.sub(r"<[a-z]+:feedback_id>", str(feedback.pk), route)
            address = re.sub(r"<slug:slug>", world.tags["lasers"].slug, address)
            address = re.sub(r"<int:note_id>", str(feedback.notes.get().pk), address)
            answer = client.post(f"/{address}", {"visibility": "everyone", "action": "spam", "text": "x", "slug": "x"})
            assert answer.status_code in (403, 404, 405), (address, answer.status_code)

    after = (Change.objects.count(), Note.objects.count(), OutboxRow.objects.filter(topic=CHANGED).count())
    assert after == before


def test_an_api_key_reads_what_is_open_to_everyone(world):
    _key, headers = ApiKeyFactory(scopes=["feedback:read"])
    client = Client()

    for query in ("", "?q=drift", "?product=p-lasers", "?limit=100"):
        found = words_in(body(client.get(f"/api/v1/feedback/{query}", headers=headers)))
        assert found == ({"zebraopen"} if "lasers" in query else OPEN), query


def test_a_stranger_reads_nothing(world):
    client = Client()

    found = {word for address in addresses(world) for word in words_in(body(client.get(f"/{address}")))}

    assert found == set()


def test_aggregates_cover_all_but_what_is_restricted_and_say_how_much_is_closed(world):
    tag = world.tags["lasers"]

    counts = {}
    for name, user in world.people.items():
        client = sign_in(user)
        queue = client.get("/teams/lasers/queue/")
        if queue.status_code == 200:
            page = client.get(f"/priorities/{tag.slug}/")
            assert page.context["hidden_count"] == len({"zebrateam"} - MAY_READ[name]), name
            counts[name] = tag.standing.feedback_count
    assert set(counts.values()) == {2}
    assert {"scientist", "administrator"} <= counts.keys()


def test_the_room_is_closed_at_once_where_somebody_closes_it(world):
    feedback, client = world.feedback["zebraopen"], sign_in(world.people["scientist"])
    assert client.get(f"/feedback/{feedback.pk}/").status_code == 200

    sign_in(world.people["administrator"]).post(f"/feedback/{feedback.pk}/visibility/", {"visibility": "restricted"})

    assert client.get(f"/feedback/{feedback.pk}/").status_code == 404
    lanes.settle(seconds=60)
    world.tags["lasers"].standing.refresh_from_db()
    assert world.tags["lasers"].standing.feedback_count == 1


def test_archived_products_and_closed_forms_keep_their_circle(world):
    make_form(product=world.products["lasers"], slug="laser-form", title="Lasers?", is_open=False)
    ProductVersionFactory(product=world.products["lasers"])
    client = sign_in(world.people["leader"])

    for query in ("?form=laser-form", "?product=p-lasers"):
        assert words_in(body(client.get(f"/feedback/{query}"))) <= MAY_READ["leader"]
