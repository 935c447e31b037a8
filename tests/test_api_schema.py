"""The API against its own document: generated calls, good ones and bad ones, none of which may break either.

Each call is checked for a server's error, an answer (status, type, headers, body) that is not in the document, and
bad input that was taken. Not checked is that everything the document allows is taken: it cannot say which slugs exist.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from apps.core import limits
from apps.feedback.models import Feedback
from apps.tagging.services import confirm_tag
from tests.factories import (
    ApiKeyFactory,
    CustomerFactory,
    FeedbackFactory,
    ProductFactory,
    ProductVersionFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

NOT_CHECKED = {"feedback_bulk": [positive_data_acceptance, negative_data_rejection]}  # refuses row by row, in a 200
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
# Operation: of 500 calls so many. Where nothing can be asked, few calls say all.
SHARES = {
    "feedback_capture": 130,
    "feedback_bulk": 90,
    "feedback_list": 150,
    "feedback_detail": 50,
    "products_list": 40,
    "tags_list": 40,
    "teams_list": 6,
    "teams_queue": 20,
}
QUICK_CALLS, ALL_CALLS = 500, 20_000


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Keep the test's connection through requests, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(db, _one_connection, monkeypatch) -> dict[str, str]:
    """Rows of every kind, and the headers of a key that may do everything; nothing limits it."""
    monkeypatch.setattr(limits, "take", lambda **_: limits.Verdict(True, 0, 9, 1))
    team, user = TeamFactory(name="Optics", slug="optics"), UserFactory()
    product = ProductFactory(name="Aurora", slug="aurora", team=team)
    version = ProductVersionFactory(product=product, name="4.2")
    tag = TagFactory(name="Drift", team=team)
    for number in range(5):
        feedback = FeedbackFactory(product=product, version=version, customer=CustomerFactory(), rating=number + 1)
        confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    return ApiKeyFactory(scopes=["feedback:read", "feedback:write", "queues:read"])[1]


@cache
def document() -> dict[str, Any]:
    made = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(json.dumps(made))


def operation_named(name: str) -> Any:  # Any: schemathesis's many types
    schema = schemathesis.openapi.from_dict(deepcopy(document()))
    schema.app = get_wsgi_application()
    found = (result.ok() for result in schema.get_all_operations())
    return next(operation for operation in found if operation.definition.raw["operationId"] == name)


def aimed(case: schemathesis.Case, names_real_rows: bool) -> schemathesis.Case:
    """Half of the calls name rows that exist: what is made up hardly ever does."""
    if not names_real_rows:
        return case
    rows = case.body.get("feedback") if isinstance(case.body, dict) else None
    for body in [case.body, *(rows if isinstance(rows, list) else [])]:
        if isinstance(body, dict) and isinstance(body.get("product"), str):
            body["product"] = "aurora"
    for name, value in (("slug", "optics"), ("feedback_id", Feedback.objects.latest("pk").pk)):
        if name in case.path_parameters:
            case.path_parameters[name] = value
    for name, value in (("product", ["aurora"]), ("tag", ["drift"]), ("team", ["optics"])):
        if name in case.query:
            case.query[name] = value
    return case


def call_often(name: str, mode: schemathesis.GenerationMode, headers: dict[str, str], times: int) -> int:
    """Make up to ``times`` calls; fewer where there are no more to make. Return how many."""
    operation, made = operation_named(name), 0
    strategy = operation.as_strategy(generation_mode=mode)

    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=st.builds(aimed, strategy, st.booleans() if mode is POSITIVE else st.just(False)))
    def call(case):
        nonlocal made
        made += 1
        not_checked = NOT_CHECKED.get(name, [positive_data_acceptance])
        case.call_and_validate(headers=headers | {"Accept-Encoding": "identity"}, excluded_checks=not_checked)

    call()
    return made


def call_all(name: str, headers: dict[str, str], total: int) -> None:
    wanted = SHARES[name] * total // QUICK_CALLS
    made = sum(call_often(name, mode, headers, -(-wanted // 2)) for mode in (POSITIVE, NEGATIVE))
    assert made >= wanted


def test_every_operation_is_called_and_often_enough():
    documented = {one["operationId"] for path in document()["paths"].values() for one in path.values()}

    assert (set(SHARES), sum(SHARES.values()) >= QUICK_CALLS) == (documented, True)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SHARES)
def test_generated_calls_break_neither_the_api_nor_its_document(world, name):
    call_all(name, world, QUICK_CALLS)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", SHARES)
def test_twenty_thousand_calls_break_neither(world, name):
    call_all(name, world, ALL_CALLS)
