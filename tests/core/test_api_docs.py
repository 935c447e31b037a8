import re

import pytest

from apps.core.problems import PROBLEMS

pytestmark = pytest.mark.django_db


def directives(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in parts}


def test_the_schema_is_public(client):
    answer = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})

    schema = answer.json()
    assert (answer.status_code, schema["openapi"][0]) == (200, "3")
    assert all(url.startswith("/api/v1/") for url in schema["paths"])
    assert schema["paths"]["/api/v1/products/"]["get"]["summary"] == (
        "Return a page of the products with their versions, by slug"
    )
    assert all(one["summary"] for path in schema["paths"].values() for one in path.values())


def test_the_docs_page_runs_no_inline_script(client):
    answer = client.get("/api/docs/")

    body = answer.content.decode()
    assert answer.status_code == 200
    assert [tag for tag in re.findall(r"<script[^>]*>", body) if " src=" not in tag] == []
    assert [url for url in re.findall(r'(?:src|href)="([^"]+)"', body) if "//" in url] == []
    assert client.get("/api/docs/?script=")["Content-Type"] == "application/javascript"


def test_only_the_docs_page_may_style_itself(client):
    docs, home = directives(client.get("/api/docs/")), directives(client.get("/accounts/login/"))

    assert docs["script-src"] == home["script-src"] == {"'self'"}
    assert docs["style-src"] == {"'self'", "'unsafe-inline'"}
    assert home["style-src"] == {"'self'"}
    assert home["default-src"] == home["frame-ancestors"] == docs["default-src"] == {"'none'"}


@pytest.mark.parametrize("url", ["/api/docs/", "/api/v1/schema/"])
def test_wrong_methods_are_refused(client, url):
    assert client.post(url).status_code == 405


def test_the_type_of_a_problem_leads_to_what_it_means(client):
    kind = client.get("/api/v1/feedback/").json()["type"]

    path, _, place = kind.removeprefix("http://localhost:8000").partition("#")

    page = client.get(path).content.decode()
    assert f'id="{place}"' in page
    assert page.count("<dt ") == len(PROBLEMS)


def test_every_operation_says_how_it_may_be_refused(client):
    document = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()

    refusals = {
        operation["operationId"]: {int(status) for status in operation["responses"] if status >= "400"}
        for path in document["paths"].values()
        for operation in path.values()
    }
    every = {400, 401, 403, 406, 429, 500, 503}
    writes = every | {413, 415, 422}
    assert refusals == {
        **dict.fromkeys(("feedback_list", "products_list", "tags_list", "teams_list"), every),
        **dict.fromkeys(("feedback_detail", "teams_queue"), every | {404}),
        **dict.fromkeys(("feedback_capture", "feedback_bulk"), writes),
    }


def test_the_document_describes_strict_bodies_and_real_problems(client):
    document = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()

    schemas = document["components"]["schemas"]
    assert [schemas[name]["additionalProperties"] for name in ("Capture", "Customer", "BulkCapture")] == [False] * 3
    assert "additionalProperties" not in schemas["ReadFeedback"]
    assert schemas["Problem"]["properties"]["code"]["enum"] == sorted(PROBLEMS)
