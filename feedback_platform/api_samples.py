"""One short example of each call, in curl and in Python, with what is sent and answered: part of the API's document.

tests/test_api_samples.py runs every one of them. They read FEEDBACK_URL and FEEDBACK_KEY from the environment.
"""

import json
from textwrap import dedent
from typing import Any, NamedTuple

from django.conf import settings

Document = dict[str, Any]  # OpenAPI, nested as it pleases

RECEIPT = {"id": 4711, "receipt_url": "https://feedback.example.org/r/4711.kT0x…/"}
CAPTURE = {
    "text": "After the update the signal is lost within an hour.",
    "product": "spectrometer",
    "rating": 2,
    "customer": {"email": "ada@example.org", "name": "Ada", "organisation": "Analytical Engines"},
    "context": {"instrument": "X-200", "method": "Raman"},
    "version": "4.2",
    "external_id": "ticket-1842",
    "captured_at": "2026-03-02T12:00:00+01:00",
}
FEEDBACK = {
    "id": 4711,
    "text": CAPTURE["text"],
    "product": "spectrometer",
    "version": "4.2",
    "rating": 2,
    "sentiment": "negative",
    "language": "en",
    "tags": [{"slug": "signal", "name": "Signal"}],
    "channel": "api",
    "captured_at": "2026-03-02T11:00:00Z",
    "customer": {"key": "0d0f6c0e-8f3e-4f5c-9b53-2f6f8f1f2a10", "is_verified": True},
}
BULK = {
    "feedback": [
        {"text": "The stage drifts.", "product": "spectrometer", "external_id": "ticket-1843"},
        {"text": "The lid sticks.", "product": "spectrometer", "rating": 9},
    ]
}
BULK_ANSWER = {
    "new": 1,
    "repeated": 0,
    "rejected": 1,
    "results": [
        {"index": 0, "status": "new", **RECEIPT, "errors": []},
        {
            "index": 1,
            "status": "rejected",
            "id": None,
            "receipt_url": None,
            "errors": [{"pointer": "#/feedback/1/rating", "detail": "Give a whole number from 1 to 5."}],
        },
    ],
}
PRODUCT = {
    "slug": "spectrometer",
    "name": "Spectrometer",
    "description": "",
    "team": "optics",
    "is_archived": False,
    "versions": [{"id": 3, "name": "4.2", "released_on": "2026-01-15"}],
}
TAG = {"slug": "signal", "name": "Signal", "description": "", "parent": None, "team": "optics"}
ENTRY = {
    "rank": 1,
    "tag": {"slug": "signal", "name": "Signal"},
    "score": 12.5,
    "feedback_count": 31,
    "customer_count": 17,
    "anonymous_count": 4,
    "organisation_count": 9,
    "trend": {"last_28_days": 10, "previous_28_days": 8, "change": 0.25},
    "state": "planned",
    "is_too_few": False,
}
QUEUE = {"as_of": "2026-03-02T12:00:00Z", "policy_version": 3, "entries": [ENTRY]}


UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}


class Sample(NamedTuple):
    path: str  # below FEEDBACK_URL
    answer: Document
    python: str  # what follows the call, whose answer is ``answer``
    body: Document | None = None
    status: int = 200
    query: str = ""


SAMPLES = {
    "feedback_capture": Sample(
        "/api/v1/feedback/", RECEIPT, 'print(answer["id"], answer["receipt_url"])', body=CAPTURE, status=201
    ),
    "feedback_bulk": Sample(
        "/api/v1/feedback/bulk/",
        BULK_ANSWER,
        dedent("""\
            for row in answer["results"]:
                print(row["index"], row["status"], row["id"], row["errors"])"""),
        body=BULK,
    ),
    "feedback_list": Sample(
        "/api/v1/feedback/",
        {"results": [FEEDBACK], "next_cursor": None},
        dedent("""\
            for feedback in answer["results"]:
                print(feedback["id"], feedback["rating"], feedback["text"])
            print("next page: cursor =", answer["next_cursor"])"""),
        query="product=spectrometer&rating=1&rating=2&limit=20",
    ),
    "feedback_detail": Sample(
        "/api/v1/feedback/4711/",
        {
            **FEEDBACK,
            "context": CAPTURE["context"],
            "external_id": "ticket-1842",
            "form": None,
            "received_at": "2026-03-02T11:00:04Z",
        },
        'print(answer["text"], answer["context"])',
    ),
    "products_list": Sample(
        "/api/v1/products/",
        {"results": [PRODUCT], "next_cursor": None},
        dedent("""\
            for product in answer["results"]:
                print(product["slug"], [version["name"] for version in product["versions"]])"""),
    ),
    "tags_list": Sample(
        "/api/v1/tags/",
        {"results": [TAG], "next_cursor": None},
        dedent("""\
            for tag in answer["results"]:
                print(tag["slug"], tag["team"])"""),
    ),
    "teams_list": Sample(
        "/api/v1/teams/",
        {"results": [{"slug": "optics", "name": "Optics"}]},
        'print([team["slug"] for team in answer["results"]])',
    ),
    "teams_queue": Sample(
        "/api/v1/teams/optics/queue/",
        QUEUE,
        dedent("""\
            for entry in answer["entries"]:
                print(entry["rank"], entry["tag"]["name"], entry["score"])"""),
    ),
}


def curl(sample: Sample) -> str:
    """Return the call for a shell; it fails where the answer is a problem, and shows it."""
    address = f'"$FEEDBACK_URL{sample.path}{"?" if sample.query else ""}{sample.query}"'
    lines = [f"curl --fail-with-body {address}", '--header "Authorization: Bearer $FEEDBACK_KEY"']
    if sample.body is not None:
        lines += [
            '--header "Content-Type: application/json"',
            '--header "Idempotency-Key: $(uuidgen 2>/dev/null || date +%s%N)"',
            f"--data '{json.dumps(sample.body)}'",
        ]
    return " \\\n  ".join(lines)


def python(sample: Sample) -> str:
    """Return the call for Python, with the library requests."""
    query = f"?{sample.query}" if sample.query else ""
    method = "get" if sample.body is None else "post"
    arguments = [f'os.environ["FEEDBACK_URL"] + "{sample.path}{query}"', "headers=headers", "timeout=10"]
    headers = ['"Authorization": "Bearer " + os.environ["FEEDBACK_KEY"]']
    imports = ["import os"]
    if sample.body is not None:
        arguments.insert(1, f"json={_spelled(sample.body)}")
        headers.append('"Idempotency-Key": str(uuid.uuid4())')
        imports.append("import uuid")
    return "\n".join(
        [
            *imports,
            "",
            "import requests",
            "",
            f"headers = {{{', '.join(headers)}}}",
            f"response = requests.{method}(",
            *(f"    {argument}," for argument in arguments),
            ")",
            "response.raise_for_status()",
            "answer = response.json()",
            sample.python,
        ]
    )


def _spelled(body: Document) -> str:
    return json.dumps(body, indent=4).replace("\n", "\n    ")


def add(result: Document, **_options: object) -> Document:
    """Add the examples and the two calls to every operation, and the introduction."""
    result["info"]["description"] = INTRODUCTION.format(limit=_limit_in_words(settings.API_LIMIT))
    for path in result["paths"].values():
        for operation in path.values():
            sample = SAMPLES.get(operation["operationId"])
            if sample is not None:
                _add(operation, sample)
    return result


def _limit_in_words(limit: str) -> str:
    count, _, unit = limit.partition("/")
    return f"{int(count):,} calls a {UNITS[unit]}"


def _add(operation: Document, sample: Sample) -> None:
    in_shell, in_python = curl(sample), python(sample)
    said = operation.get("description", "")
    operation["description"] = f"{said}\n\n```sh\n{in_shell}\n```\n\n```python\n{in_python}\n```"
    operation["x-codeSamples"] = [
        {"lang": "Shell", "label": "curl", "source": in_shell},
        {"lang": "Python", "label": "Python", "source": in_python},
    ]
    if sample.body is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = sample.body
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["content"]["application/json"]["example"] = sample.answer


INTRODUCTION = """\
Send feedback, read it, and read the teams' priority queues.

**Keys.** An administrator makes one per program, under People, API keys; it may do what its scopes say, to its last
day. Send it as `Authorization: Bearer …`. A key reads the live feedback that all staff may read, and no names.

**Writing twice.** Send an `Idempotency-Key` of your own making with every write. The same key with the same body gets
the first answer again, for seven days, and nothing is captured twice; with another body it is refused (422). An
`external_id` does the same for one piece of feedback of a product, for good.

**Pages.** A list answers `next_cursor`; send it as `cursor` for what follows, until it is null. A cursor stands for
a place in the list, so rows that come in meanwhile neither repeat nor push anything out.

**Limits.** A key may make {limit}. `RateLimit-Remaining` says how many are left now, `RateLimit-Reset` in how
many seconds all are back; past the limit the answer is 429 with `Retry-After`.

**Problems.** Every error is `application/problem+json` (RFC 9457) with a `code` to branch on, a `detail` to read and,
where values are wrong, `errors` with a pointer to each. What the codes mean is at [/api/problems/](/api/problems/).

**Bodies** are UTF-8 JSON, at most 1 MB (5 MB for many at once), strictly read: no unknown member, no key twice.
"""
