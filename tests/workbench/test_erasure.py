"""Erasing a person leaves nothing of them anywhere, and counts as they should be."""

import pytest

from apps.accounts.models import Role
from apps.core import lanes
from apps.customers.contacts import record_contact
from apps.customers.merging import merge_customers
from apps.customers.models import ContactEvent, ContactKind, Customer
from apps.dialogue.models import Mail
from apps.feedback.models import Feedback, FeedbackState
from apps.insight.services import read_feedback
from apps.priorities import selectors
from apps.tagging import services as tagging
from apps.workbench.room import erasure
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    TagFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
CANARY = "Canary Quill"
ADDRESS = "canary@example.org"


@pytest.fixture
def said(team, product, analyst):
    """Two pieces of feedback of one customer on a priority, with mail kept for them."""
    customer = CustomerFactory(name=CANARY, email=ADDRESS)
    tag = TagFactory(team=team)
    said = [FeedbackFactory(product=product, customer=customer, text=f"I am {CANARY}") for _ in range(2)]
    for feedback in said:
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=analyst)
    read_feedback([feedback.pk for feedback in said])
    lanes.settle()
    Mail.objects.create(
        sender="x@example.com", recipients=[ADDRESS], subject=CANARY, body=CANARY, recipient_key=ADDRESS
    )
    return said


def erase(client, feedback, **data):
    return client.post(f"/feedback/{feedback.pk}/erase-customer/", {"is_sure": "1", **data})


def counted(team) -> list[tuple[int, int]]:
    lanes.settle()
    queue = selectors.queue(team)
    return [(entry.feedback_count, entry.customer_count) for entry in [*queue.entries, *queue.too_few]]


def traces() -> list[str]:
    """Return where the person can still be found."""
    rows = [*Customer.objects.values(), *Feedback.objects.values(), *Mail.objects.values()]
    return [str(row) for row in rows if CANARY in str(row) or ADDRESS in str(row)]


def test_erased_words_are_gone_everywhere_and_go_on_counting(client, team, said):
    client.force_login(AdministratorFactory())
    assert (len(traces()), client.get("/feedback/?q=quill").context["count"].number) == (4, 2)

    for _ in range(2):
        assert erase(client, said[0]).headers["Location"] == f"/feedback/{said[0].pk}/"

    assert traces() == []
    assert counted(team) == [(2, 1)]
    assert client.get("/feedback/?q=quill").context["count"].number == 0
    assert CANARY.encode() not in client.get(f"/feedback/{said[1].pk}/").content


def test_feedback_withdrawn_with_the_person_leaves_every_count(client, team, said):
    client.force_login(AdministratorFactory())

    erase(client, said[0], withdraws_feedback="1")

    assert traces() == []
    assert set(Feedback.objects.values_list("state", flat=True)) == {FeedbackState.WITHDRAWN}
    assert counted(team) == []


def test_it_is_all_or_nothing(client, said, monkeypatch):
    def fail(address):
        raise RuntimeError("no mail today")

    monkeypatch.setattr(erasure, "forget_address", fail)

    with pytest.raises(RuntimeError):
        erasure.erase_person(customer_id=said[0].customer_id, withdraws_feedback=False)

    assert len(traces()) == 4


def test_nothing_is_erased_without_the_tick(client, said):
    client.force_login(AdministratorFactory())

    response = client.post(f"/feedback/{said[0].pk}/erase-customer/", follow=True)

    assert b"Tick the box to confirm: erasing cannot be undone." in response.content
    assert len(traces()) == 4


def test_it_is_offered_where_there_is_a_person_to_erase(client, product, said):
    anonymous = FeedbackFactory(product=product)
    client.force_login(AdministratorFactory())

    def is_offered(feedback) -> bool:
        return b"Erase this person" in client.get(f"/feedback/{feedback.pk}/").content

    assert [is_offered(said[0]), is_offered(anonymous)] == [True, False]
    assert erase(client, anonymous).status_code == 404
    erase(client, said[0])
    assert not is_offered(said[0])


def test_erasing_is_refused_to_strangers_other_roles_and_get(client, team, analyst, said):
    assert erase(client, said[0]).status_code == 302
    for person in (analyst, UserFactory(role=Role.ADMINISTRATOR, team=team)):
        client.force_login(person)
        assert erase(client, said[0]).status_code == 403
        assert b"Erase this person" not in client.get(f"/feedback/{said[0].pk}/").content
    client.force_login(AdministratorFactory())

    assert client.get(f"/feedback/{said[0].pk}/erase-customer/").status_code == 405
    assert client.post("/feedback/0/erase-customer/").status_code == 404
    assert len(traces()) == 4


def test_erasing_one_record_erases_the_person(client, team, product, analyst, said):
    client.force_login(AdministratorFactory())
    other = CustomerFactory(name=f"{CANARY} again", email=f"second.{ADDRESS}", role_title=CANARY, sites=[CANARY])
    also = FeedbackFactory(product=product, customer=other, text=f"{CANARY} here as well")
    merge_customers(kept_id=other.pk, merged_id=said[0].customer_id, merged_by=analyst)
    record_contact(
        customer_ids=[other.pk], kind=ContactKind.MAIL, about="mail:1", made_by=analyst, override_reason=CANARY
    )
    before = counted(team)

    erase(client, said[0])

    assert [*traces(), *[row for row in ContactEvent.objects.values() if CANARY in str(row)]] == []
    assert Customer.objects.exclude(erased_at=None).count() == 2
    also.refresh_from_db()
    assert also.redacted_at is not None
    assert counted(team) == before == [(2, 1)]
