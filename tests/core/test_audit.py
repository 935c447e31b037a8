"""The history: written by triggers, with who acted, never with secrets, and append-only."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from apps.accounts.models import ApiKey, Invitation, Role, User
from apps.catalog.models import Product
from apps.core.acting import AuditMiddleware, acting
from apps.core.audit import forget_changes, forget_thing
from apps.core.models import Change
from apps.customers.models import Customer
from apps.customers.services import erase_customer, set_segment
from apps.feedback.models import Feedback
from apps.feedback.services import mark_spam
from tests.factories import (
    AdministratorFactory,
    ApiKeyFactory,
    CustomerFactory,
    FeedbackFactory,
    MembershipFactory,
    ProductFactory,
    SegmentFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def changes(kind: str, object_id: int | None = None) -> list[tuple[str, object, object]]:
    rows = Change.objects.filter(kind=kind).order_by("id")
    if object_id is not None:
        rows = rows.filter(object_id=object_id)
    return list(rows.values_list("action", "before", "after"))


def test_making_changing_and_deleting_a_row_is_kept_with_before_and_after():
    team = TeamFactory(name="Optics", slug="optics")

    team.name = "Photonics"
    team.save()
    team.save()  # nothing changes: nothing is kept
    team_id = team.pk
    team.delete()

    assert changes("accounts.Team", team_id) == [
        ("insert", None, {"name": "Optics", "slug": "optics"}),
        ("update", {"name": "Optics"}, {"name": "Photonics"}),
        ("delete", {"name": "Photonics", "slug": "optics"}, None),
    ]


def test_a_change_in_sets_is_kept_row_by_row_with_what_it_is_about():
    first, second = ProductFactory(name="A"), ProductFactory(name="B")

    Product.objects.update(default_visibility="team")

    told = [(row.object_id, row.before, row.after) for row in Change.objects.filter(action="update").order_by("id")]
    assert told == [
        (
            first.pk,
            {"name": "A", "default_visibility": "everyone"},
            {"name": "A", "default_visibility": "team"},
        ),
        (
            second.pk,
            {"name": "B", "default_visibility": "everyone"},
            {"name": "B", "default_visibility": "team"},
        ),
    ]


def test_secrets_and_names_of_customers_never_enter_it():
    user = UserFactory(password="correct horse battery staple", email="ada@example.com")
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    user.set_password("another horse battery staple")
    user.save()
    key, headers = ApiKeyFactory(scopes=["feedback:read"])
    ApiKey.objects.update(last_used_at=timezone.now())
    Invitation.objects.create(email="new@example.com", token_sha256="f" * 64, expires_at=timezone.now())
    customer = CustomerFactory(name="Grace Hopper", email="grace@example.org")
    Customer.objects.update(name="Grace B. Hopper")
    erase_customer(customer_id=customer.pk)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, ' ') FROM core_change c")
        (everything,) = cursor.fetchone()

    hidden = [user.password, "last_login", key.key_sha256, headers["Authorization"].split()[1], "f" * 64]
    hidden += ["Grace", "grace@example.org", "JBSWY3DPEHPK3PXP"]
    assert [word for word in hidden if word in everything] == []
    assert "ada@example.com" in everything  # staff addresses are kept
    assert changes("mfa.Authenticator") == [("insert", None, {"user": user.pk, "type": "totp"})]
    assert [row[1].keys() for row in changes("customers.Customer")] == [{"erased_at"}]


def test_a_fact_costs_nothing_when_it_comes_and_its_state_is_kept_when_it_changes():
    customer, segment = CustomerFactory(), SegmentFactory()
    feedback = FeedbackFactory(customer=customer)

    mark_spam([feedback.pk])
    mark_spam([feedback.pk])
    Feedback.objects.update(rating=1)
    set_segment(customer_ids=[customer.pk], segment=segment)

    assert changes("feedback.Feedback") == [("update", {"state": "live"}, {"state": "spam"})]
    assert changes("customers.Customer") == [("update", {"segment": None}, {"segment": segment.pk})]


def test_who_acted_and_from_where_is_kept():
    with acting(person_id=7, via="/products/3/"):
        TeamFactory()
    with acting(via="system: import_feedback"):
        TeamFactory()

    told = list(Change.objects.order_by("id").values_list("person_id", "via"))
    assert told == [(7, "/products/3/"), (None, "system: import_feedback")]


@pytest.mark.django_db(transaction=True)
def test_a_change_past_the_platform_is_kept_with_the_database_user():
    with connection.cursor() as cursor:
        cursor.execute("SET application_name = 'psql'")
        cursor.execute("SELECT session_user")
        (role,) = cursor.fetchone()

    TeamFactory()
    connection.close()

    assert Change.objects.get().via == f"database: psql as {role}"


def test_a_signed_in_post_says_who_and_where(client):
    person = UserFactory(role=Role.ANALYST, team=TeamFactory(name="Optics"))
    client.force_login(person)

    client.post("/products/new/", {"name": "Aurora", "default_visibility": "everyone"})

    row = Change.objects.get(kind="catalog.Product")
    assert (row.person_id, row.via) == (person.pk, "/products/new/")


def test_an_api_key_is_named_by_its_prefix_and_nothing_more(rf):
    request = rf.post("/api/v1/teams/", headers={"Authorization": "Bearer fbk_12345678_and_the_secret_part"})

    AuditMiddleware(lambda _: HttpResponse(str(TeamFactory().pk)))(request)

    assert Change.objects.get().via == "API key fbk_12345678…"


def test_a_made_up_key_does_not_hide_whose_session_it_is(client):
    person = UserFactory(role=Role.ANALYST, team=TeamFactory(name="Optics"))
    client.force_login(person)

    sent = {"name": "Aurora", "default_visibility": "everyone"}
    client.post("/products/new/", sent, headers={"Authorization": "Bearer fbk_somebodyelse"})

    row = Change.objects.get(kind="catalog.Product")
    assert (row.person_id, row.via) == (person.pk, "/products/new/")


def test_a_public_post_and_a_read_pay_nothing(rf):
    def answer(request):
        assert not connection.execute_wrappers
        return HttpResponse()

    for request in (rf.post("/f/aurora/"), rf.get("/home/")):
        assert AuditMiddleware(answer)(request).status_code == 200


@pytest.mark.parametrize(
    "statement",
    ["UPDATE core_change SET via = 'x'", "DELETE FROM core_change"],
)
def test_it_is_append_only(statement):
    TeamFactory()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Change.objects.count() == 1


def test_it_cannot_be_emptied_as_a_whole():
    TeamFactory()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL audit.may_truncate = ''; TRUNCATE core_change")

    assert Change.objects.count() == 1


def test_retention_shortens_it_and_closes_the_door_again():
    TeamFactory()
    now = timezone.now()

    assert forget_changes(before=now - timedelta(days=1)) == 0
    assert forget_changes(before=datetime(2999, 1, 1, tzinfo=UTC)) == 1
    assert forget_changes(before=datetime(2999, 1, 1, tzinfo=UTC)) == 0
    user = AdministratorFactory()
    MembershipFactory(user=user, team=TeamFactory())
    assert forget_thing(kind="accounts.User", object_id=user.pk) == 1
    assert changes("accounts.User") == []
    assert len(changes("accounts.Membership")) == 1


def test_the_command_deletes_only_when_told_twice(capsys):
    TeamFactory()

    with pytest.raises(CommandError, match="--yes"):
        call_command("prune_audit", "--older-than-days", "1")
    with pytest.raises(CommandError, match="one day"):
        call_command("prune_audit", "--older-than-days", "0", "--yes")
    call_command("prune_audit", "--older-than-days", "1", "--yes")

    assert (capsys.readouterr().out, Change.objects.count()) == ("0 changes deleted.\n", 1)
