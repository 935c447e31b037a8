import re

import pytest

pytestmark = pytest.mark.django_db


def directives(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in parts}


def test_the_schema_is_public(client):
    answer = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})

    schema = answer.json()
    assert (answer.status_code, schema["openapi"][0]) == (200, "3")
    assert all(url.startswith("/api/v1/") for url in schema["paths"])


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
