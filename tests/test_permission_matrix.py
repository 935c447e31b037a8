"""Every address, by every method, for every kind of caller: the URLconf against tests/permission_rules.py."""

import re
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver, resolve

from apps.accounts.models import Team
from tests.answers import same_but_for
from tests.permission_rules import EVERY, RULES, Rule, rule_of
from tests.permission_world import (
    FOREIGN,
    MISSING,
    OWN,
    SECRETS,
    SESSION,
    SLUGS,
    Actor,
    make_actors,
    make_imports,
    make_rows,
)

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")


@cache
def routes() -> tuple[str, ...]:
    """Every pattern of the URLconf, as text."""
    return tuple(dict.fromkeys(_walk(get_resolver().url_patterns, "")))


def _walk(patterns: list[object], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)  # type: ignore[attr-defined]  # both kinds have one
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _walk(pattern.url_patterns, route)  # type: ignore[attr-defined]  # a resolver


def address(route: str, rule: Rule, number: int) -> str:
    """Fill the parameters in: ids and slugs of OWN's, FOREIGN's or nobody's things."""
    by_type = {"int": str(number), "slug": SLUGS[number], "str": "x" * 22, "path": str(number), "uuid": "0" * 32}

    def value(match: re.Match[str]) -> str:
        return rule.fill.get(match[2], by_type[match[1] or "str"])

    text = GROUP.sub(lambda match: rule.fill.get(match[1], "x"), route.replace("^", "").replace("$", ""))
    return "/" + PARAMETER.sub(value, text) + rule.query


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker):
    """In the place of pytest-django's: one transaction for the whole module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(db):
    """The rows, made once: every request is undone after it was answered."""
    own = Team.objects.create(name="Optics", slug="optics")
    other = Team.objects.create(name="Lasers", slug="lasers")
    actors = make_actors(own, other)
    named = {actor.name: actor for actor in actors}
    make_rows(own, other, named["scientist"].user, named["other scientist"].user)
    make_imports(named["analyst"].user, named["other analyst"].user)
    return SimpleNamespace(actors=actors, named=named)


def ask(actor: Actor, method: str, url: str, data: dict[str, str]):
    """Return the answer, with ``body``; whatever it changed is undone."""
    actor.client.cookies.clear()
    if actor.cookies:
        actor.client.cookies[SESSION] = actor.cookies
    with transaction.atomic():
        if url.startswith("/api/") and method not in ("GET", "HEAD"):
            answer = actor.client.generic(method, url, "{}", content_type="application/json")
        else:
            send = getattr(actor.client, method.lower())
            answer = send(url, data) if method == "POST" else send(url)
        answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer


# --- what is expected ---


def expected(rule: Rule, actor: Actor, method: str) -> str:
    """Return in words what ``actor`` is to be answered about the thing of the team "optics"."""
    if rule.place == "api":
        return expected_of_api(rule, actor, method)
    if method not in rule.methods:
        return "no such method"
    if rule.place == "public":
        return "anything"
    if not actor.is_signed_in:
        return "out" if rule.place == "theirs" else "sign in"
    if rule.place == "operators":
        return "in" if actor.name == "installation" else "refused"
    if rule.place == "theirs":
        return "anything"
    if rule.place == "signed in":
        return "anything" if not rule.own else "in" if actor.name in rule.owners else "refused"
    return expected_by_permission(rule, actor)


def expected_by_permission(rule: Rule, actor: Actor) -> str:
    if not actor.holds(rule.permission):
        return "403"
    if rule.own and actor.name not in rule.owners:
        return "refused"
    if rule.place != "any" and not actor.holds(rule.permission, where=("own", "everywhere")):
        return "404" if rule.place == "hidden" else "403"
    return "in"


def expected_of_api(rule: Rule, actor: Actor, method: str) -> str:
    if method not in rule.methods:
        return "no such method or refused"
    scope = rule.scopes.get("GET" if method in ("HEAD", "OPTIONS") else method)
    if actor.scopes is None and not actor.is_signed_in:
        return "401"
    scopes = scope if isinstance(scope, tuple) else (scope,)
    if scope is None or not any(actor.may_scope(one) for one in scopes):
        return "403"
    return "in"


def told(answer) -> str:
    """Return in the same words what the answer was."""
    place = answer.headers.get("Location", "") or answer.headers.get("HX-Redirect", "")
    if answer.status_code in (302, 204) and place.startswith("/accounts/login/"):
        return "sign in"
    if answer.status_code == 405:
        return "no such method"
    if answer.status_code in (401, 403, 404):
        return str(answer.status_code)
    return "in" if answer.status_code < 500 else f"broken {answer.status_code}"


def fits(expectation: str, answer) -> bool:
    got = told(answer)
    if expectation == "anything":
        return not got.startswith("broken")
    if expectation == "out":
        return got in ("sign in", "403", "404", "no such method") or answer.status_code == 302
    if expectation == "refused":
        return got in ("403", "404")
    if expectation == "no such method or refused":
        return got in ("no such method", "401", "403")
    return got == expectation


# --- the tests ---


def test_every_route_has_a_rule_and_every_rule_a_route():
    declared, there = set(RULES), {route for route in routes() if not route.startswith("admin/")}

    assert sorted(there - declared) == [], "give each of these its line in tests/permission_rules.py"
    assert sorted(declared - there) == [], "these are gone: take their lines out"


SAMPLE = ("anonymous", "analyst", "installation")  # where the answer is the view's first line, or GET's without a body


@pytest.mark.parametrize("route", [route for route in routes() if not route.startswith("admin/")])
def test_the_route_answers_as_its_rule_says(world, route):
    wrong, leaks = [], []

    for method in EVERY:
        rule = rule_of(route, method)
        url = address(route, rule, OWN)
        for actor in world.actors:
            wanted = expected(rule, actor, method)
            if actor.name not in SAMPLE and (method == "HEAD" or method not in rule.methods):
                answer = ask_view_alone(actor, method, url) if method not in rule.methods else None
            else:
                answer = ask(actor, method, url, rule.data)
                leaks.extend(f"{method} {actor.name}: {word}" for word in leaked(actor, answer.body))
            if answer is not None and not fits(wanted, answer):
                wrong.append(f"{method} {actor.name}: {answer.status_code}, not {wanted}")

    assert wrong == []
    assert leaks == []


def ask_view_alone(actor: Actor, method: str, url: str):
    """Return the answer of a view that checks the method first, without everything around it; None for others."""
    view, arguments, named = resolve(url.partition("?")[0])
    if hasattr(view, "view_class") or hasattr(view, "cls"):
        return None
    request = RequestFactory().generic(method, url)
    request.user = actor.user or AnonymousUser()
    return view(request, *arguments, **named)


@pytest.mark.parametrize("route", [route for route in routes() if "<" in route and not route.startswith("admin/")])
def test_what_is_not_ones_own_answers_like_what_is_not_there(world, route):
    differing, leaks = [], []
    method = next(one for one in rule_of(route, "").methods if one not in ("HEAD", "OPTIONS"))
    rule = rule_of(route, method)

    for actor in world.actors:
        url, nothing = (address(route, rule, number) for number in (FOREIGN, MISSING))
        foreign = ask(actor, method, url, rule.data)
        leaks.extend(f"{method} {actor.name}: {word}" for word in leaked(actor, foreign.body))
        if foreign.status_code != 404 or rule.place == "public":
            continue
        missing = ask(actor, method, nothing, rule.data)
        alike = [same_but_for(one.body, at.partition("?")[0]) for one, at in ((foreign, url), (missing, nothing))]
        if missing.status_code != 404 or alike[0] != alike[1]:
            differing.append(f"{method} {actor.name}: {missing.status_code}")

    assert differing == []
    assert leaks == []


def test_restricted_feedback_is_not_there_for_whoever_may_not_read_it(world):
    """404 and never 403: a refusal would tell that it exists."""
    answers = {
        (route, actor.name): ask(actor, method, address(route, rule_of(route, method), FOREIGN), {}).status_code
        for route in RULES
        if route.startswith("feedback/<int:feedback_id>/")
        for method in rule_of(route, "").methods[:1]
        for actor in world.actors
        if actor.is_signed_in
        and actor.name not in SECRETS["zebrarestricted"]
        and actor.holds(rule_of(route, method).permission)
    }

    assert {key for key, status in answers.items() if status != 404} == set()


ADMIN_ROUTES = [route for route in routes() if route.startswith("admin/")]
ADMIN_OPEN = {"admin/login/", "admin/logout/", "admin/jsi18n/", "admin/(?P<url>.*)$"}  # Django's own ways


@pytest.mark.parametrize("route", [route for route in ADMIN_ROUTES if route not in ADMIN_OPEN])
def test_the_admin_is_for_operators(world, route):
    rule, let_in = rule_of(route, "GET"), []

    for actor in world.actors:
        methods = EVERY if actor.name in SAMPLE else ("GET", "POST")
        for method in methods if actor.name != "installation" else ():
            answer = ask(actor, method, address(route, rule, OWN), {})
            if told(answer) not in ("sign in", "403", "404", "no such method") and not to_admin_sign_in(answer):
                let_in.append(f"{method} {actor.name}: {answer.status_code}")
            let_in.extend(f"{method} {actor.name}: {word}" for word in leaked(actor, answer.body))

    assert let_in == []


def to_admin_sign_in(answer) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith(("/admin/login/", "/accounts/login/"))


def leaked(actor: Actor, body: bytes) -> list[str]:
    """Return the words in ``body`` that ``actor`` must not meet."""
    if b"zebra" not in body:
        return []
    return [word for word, readers in SECRETS.items() if word.encode() in body and actor.name not in readers]
