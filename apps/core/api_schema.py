"""What the OpenAPI document says of every operation alike: its problems, its limits, and that bodies are strict.

A hook of drf-spectacular: it is imported when the document is made, never before.
"""

import re
from typing import Any

from apps.core.problems import CONTENT_TYPE, PAGE, PROBLEMS, problem_body

Document = dict[str, Any]  # OpenAPI, nested as it pleases

PROBLEM: Document = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": f"What the code means: a place in {PAGE}"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": sorted(PROBLEMS)},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemError"}},
    },
}
PROBLEM_ERROR: Document = {
    "type": "object",
    "description": "One thing that is wrong, and where: in the body, the query string or a header.",
    "required": ["detail"],
    "properties": {
        "detail": {"type": "string"},
        "pointer": {"type": "string", "description": "A JSON pointer into the body: #/customer/email"},
        "parameter": {"type": "string", "description": "The name of a query parameter."},
        "header": {"type": "string", "description": "The name of a header."},
    },
}
LIMITS: Document = {
    "RateLimit-Limit": ("integer", "Calls that a key may make at once after a pause."),
    "RateLimit-Remaining": ("integer", "Calls left at this moment; they come back evenly."),
    "RateLimit-Reset": ("integer", "Seconds until all of them are back."),
}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
DESCRIPTIONS = {
    400: "What was sent is wrong; errors says where.",
    401: "No key, or no good one.",
    403: "The key lacks the scope.",
    404: "It is not there, or not open to this key.",
    405: "The method does nothing here.",
    406: "Only JSON is answered.",
    413: "The body is too large.",
    415: "The body is no JSON, compressed, or not UTF-8.",
    422: "The Idempotency-Key was used with another body.",
    429: "Past the key's limit.",
    500: "A mistake of ours.",
    503: "The service cannot answer right now.",
}
CODES = {
    400: ("invalid", "parse_error", "bad_text", "bad_request"),
    401: ("not_authenticated", "authentication_failed"),
    403: ("permission_denied",),
    404: ("not_found",),
    405: ("method_not_allowed",),
    406: ("not_acceptable",),
    413: ("too_large",),
    415: ("unsupported_media_type",),
    422: ("idempotency_key_reused",),
    429: ("throttled",),
    500: ("server_error",),
    503: ("unavailable",),
}
EXAMPLE_ERRORS = [{"pointer": "#/rating", "detail": "Give a whole number from 1 to 5."}]


def complete(result: Document, **_options: object) -> Document:
    """Add to every operation what it may be refused with, and to every answer what it tells of the limit."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update({"Problem": PROBLEM, "ProblemError": PROBLEM_ERROR})
    components["responses"] = {f"Problem{status}": _response(status) for status in DESCRIPTIONS}
    components["headers"] = {
        name: {"description": text, "schema": {"type": kind}} for name, (kind, text) in LIMITS.items()
    }
    limits = {name: {"$ref": f"#/components/headers/{name}"} for name in LIMITS}
    for path in result["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                answer["headers"] = limits
            operation.setdefault("summary", _first_sentence(operation.get("description", "")))
            _add_problems(operation)
            _make_strict(operation.get("requestBody"), components["schemas"])
    return result


def _first_sentence(description: str) -> str:
    """Return what a list of operations shows of one: the first sentence of its description, without its full stop."""
    return re.split(r"\.(?:\s|$)", " ".join(description.split()), maxsplit=1)[0]


def _add_problems(operation: Document) -> None:
    parameters = operation.get("parameters", [])
    statuses = [400, 401, 403, 406, 429, 500, 503]
    if any(parameter["in"] == "path" for parameter in parameters):
        statuses.append(404)
    if "requestBody" in operation:
        statuses += [413, 415]
    if any(parameter["name"] == "Idempotency-Key" for parameter in parameters):
        statuses.append(422)
    for status in sorted(statuses):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _response(status: int) -> Document:
    examples = {
        code: {"value": problem_body(code, PROBLEMS[code].advice, errors=EXAMPLE_ERRORS if code == "invalid" else ())}
        for code in CODES[status]
    }
    headers = {"Retry-After": RETRY_AFTER} if status in (429, 503) else {}
    return {
        "description": DESCRIPTIONS[status],
        "headers": headers,
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }


def _make_strict(node: object, schemas: Document) -> None:
    """Say of every object below ``node``, a body, that it has no other members."""
    if isinstance(node, list):
        for inner in node:
            _make_strict(inner, schemas)
    if not isinstance(node, dict):
        return
    if "$ref" in node:
        _make_strict(schemas[node["$ref"].rpartition("/")[2]], schemas)
    if "properties" in node:
        node["additionalProperties"] = False
    for inner in node.values():
        _make_strict(inner, schemas)
