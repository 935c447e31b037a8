"""The calls that the API's document shows, each run as it stands against a server."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from apps.feedback.models import Feedback
from apps.tagging.services import confirm_tag
from feedback_platform.api_samples import SAMPLES, Sample, curl, python
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

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environment(live_server) -> dict[str, str]:
    """The rows that the samples name, and what they read of the environment."""
    team = TeamFactory(name="Optics", slug="optics")
    product = ProductFactory(name="Spectrometer", slug="spectrometer", team=team)
    version = ProductVersionFactory(product=product, name="4.2")
    feedback = FeedbackFactory(pk=4711, product=product, version=version, customer=CustomerFactory(), rating=2)
    confirm_tag(feedback_id=feedback.pk, tag=TagFactory(name="Signal", team=team), user=UserFactory())
    key = ApiKeyFactory(scopes=["feedback:read", "feedback:write", "queues:read"])[1]["Authorization"]
    asked = {"FEEDBACK_URL": live_server.url, "FEEDBACK_KEY": key.removeprefix("Bearer ")}
    return {**os.environ, **asked, "NO_PROXY": "*", "no_proxy": "*"}


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shape(value: object) -> object:
    """Return what names ``value`` has, at every level, of the first of each list."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items() if name not in ("context", "errors")}
    return [shape(value[0])] if isinstance(value, list) and value else None


@pytest.mark.parametrize(("name", "sample"), SAMPLES.items(), ids=SAMPLES)
def test_curl_does_what_the_document_says(environment, name, sample: Sample):
    if shutil.which("curl") is None:
        pytest.skip("NOT RUN: curl is not installed")

    answer = json.loads(run(["sh", "-c", curl(sample).replace("curl ", "curl --silent ", 1)], environment))

    expected = sample.answer
    if name == "teams_queue":  # nothing was folded
        expected = {**expected, "entries": []}
    assert shape(answer) == shape(expected)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_python_does_what_the_document_says(environment, sample: Sample):
    before = Feedback.objects.count()

    run([sys.executable, "-c", python(sample)], environment)

    assert Feedback.objects.count() == before + (1 if sample.body else 0)


def test_every_operation_has_its_sample(client):
    document = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert {operation["operationId"] for operation in operations} == set(SAMPLES)
    for operation in operations:
        assert {one["lang"] for one in operation["x-codeSamples"]} == {"Shell", "Python"}
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert all(answer["content"]["application/json"]["example"] for answer in good)
