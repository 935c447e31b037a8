"""The page of API keys."""

import pytest
from django.utils import timezone

from apps.accounts.models import ApiKey
from tests.factories import AdministratorFactory, ApiKeyFactory

pytestmark = pytest.mark.django_db
DATA = {"name": "CRM", "scopes": ["feedback:write"]}


@pytest.fixture
def administrator_client(client):
    client.force_login(AdministratorFactory())
    return client


def test_a_key_is_shown_once_and_made_once(administrator_client):
    made, again = (administrator_client.post("/people/keys/", DATA) for _ in range(2))

    secret = made.context["secret"]
    assert secret.encode() in made.content
    assert b'data-copy="secret"' in made.content
    assert "no-store" in made.headers["Cache-Control"]
    assert again.status_code == 422
    assert secret.encode() not in again.content + administrator_client.get("/people/keys/").content
    assert ApiKey.objects.get().scopes == ["feedback:write"]


def test_a_key_may_have_a_last_day(administrator_client):
    administrator_client.post("/people/keys/", {**DATA, "last_day": "2099-12-31"})
    ended = ApiKeyFactory(name="Old", scopes=["feedback:read"])[0]
    ApiKey.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
    ApiKeyFactory(name="Old", scopes=["feedback:read"])  # the name is free again

    page = administrator_client.get("/people/keys/").content.decode()

    assert "works until 31 December 2099" in page
    assert ("Expired" in page, "worked until" in page) == (True, True)


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"last_day": "2020-01-01"}, {"last_day": "soon"}]
)
def test_a_key_that_cannot_be_is_told(administrator_client, changes):
    assert administrator_client.post("/people/keys/", {**DATA, **changes}).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_after_a_page_and_its_name_is_free(administrator_client):
    row, headers = ApiKeyFactory(name="CRM", scopes=["feedback:read"])
    url = f"/people/keys/{row.pk}/revoke/"

    assert administrator_client.get(url).status_code == 200
    assert administrator_client.get("/api/v1/feedback/", headers=headers).status_code == 200
    assert [administrator_client.post(url).status_code for _ in range(2)] == [302, 302]

    assert administrator_client.get("/api/v1/feedback/", headers=headers).status_code == 401
    assert administrator_client.post("/people/keys/", DATA).status_code == 200
    assert administrator_client.post("/people/keys/999999/revoke/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_key_and_three(administrator_client, count, django_assert_num_queries):
    for _ in range(count):
        ApiKeyFactory(scopes=["feedback:read"])
    administrator_client.get("/people/keys/")

    with django_assert_num_queries(5):
        assert len(administrator_client.get("/people/keys/").context["keys"]) == count
