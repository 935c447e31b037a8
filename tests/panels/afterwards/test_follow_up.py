"""The follow-up form: to whoever attended, once each, in their language, with their consent; who answered."""

import pytest

from apps.accounts.models import Role
from apps.core.errors import DomainError
from apps.customers.models import ContactEvent, ContactKind, Purpose
from apps.dialogue.models import Mail
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.services.dedupe import hash_parts
from apps.panels.afterwards import follow_up
from apps.panels.models import ParticipantState
from tests.factories import CustomerFactory, FeedbackFactory, ProductFactory, UserFactory, make_form
from tests.panels.afterwards.making import attend, consent, make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return make_form(product=ProductFactory(), slug="after", title="How was it?")


def test_it_goes_once_to_everybody_who_attended_by_a_link_of_their_own(form):
    session, user = make_session(), UserFactory()
    ada = attend(session, CustomerFactory(email="ada@example.org", name="Ada", languages=["de-at"]))
    bob = attend(session, CustomerFactory(email="bob@example.org", name=""))
    attend(session, CustomerFactory(), state=ParticipantState.MISSED)

    sent = [follow_up.send_follow_up(session=session, form=form, user=user) for _ in range(2)]
    late = attend(session, CustomerFactory(email="late@example.org"))
    third = follow_up.send_follow_up(session=session, form=form, user=user)

    assert [[one.pk for one in each.to] for each in (*sent, third)] == [[ada.pk, bob.pk], [], [late.pk]]
    mails = {mail.recipients[0]: mail.body for mail in Mail.objects.all()}
    assert sorted(mails) == ["ada@example.org", "bob@example.org", "late@example.org"]
    assert len({body.split("link=")[1] for body in mails.values()}) == 3
    assert "lang=de" in mails["ada@example.org"]
    events = ContactEvent.objects.filter(kind=ContactKind.FOLLOW_UP, about=f"session:{session.pk}", made_by=user)
    assert events.count() == 3


def test_who_took_the_consent_back_or_has_no_address_gets_none(form):
    session = make_session()
    refusing = CustomerFactory()
    consent(refusing, Purpose.CONTACT, is_given=False)
    left = [attend(session, refusing), attend(session, CustomerFactory(email=""))]

    sent = follow_up.send_follow_up(session=session, form=form, user=UserFactory())

    assert (sent.to, sent.not_to) == ([], left)
    assert (Mail.objects.count(), ContactEvent.objects.count()) == (0, 0)


def test_a_closed_form_and_a_second_one_are_refused(form):
    session, user = make_session(), UserFactory()
    attend(session, CustomerFactory())
    closed = make_form(product=ProductFactory(), slug="closed", is_open=False)
    with pytest.raises(DomainError, match="closed"):
        follow_up.send_follow_up(session=session, form=closed, user=user)
    follow_up.send_follow_up(session=session, form=form, user=user)

    with pytest.raises(DomainError, match="Another form"):
        follow_up.send_follow_up(session=session, form=make_form(product=ProductFactory(), slug="b"), user=user)


def test_who_answered_is_shown(client, form):
    session = make_session()
    one, other = attend(session, CustomerFactory()), attend(session, CustomerFactory())
    follow_up.send_follow_up(session=session, form=form, user=UserFactory())
    for participant in (one, other):
        participant.refresh_from_db()
    session.refresh_from_db()
    nonce = follow_up._nonce(one)
    FeedbackFactory(
        form=form, channel=Channel.FORM, identity=Identity.ANONYMOUS, dedupe_key=hash_parts("link", form.pk, nonce)
    )

    assert follow_up.answered(session, [one, other]) == {one.pk}
    client.force_login(UserFactory(role=Role.ANALYST, team=session.team))
    page = client.get(f"/sessions/{session.pk}/follow-up/")
    assert (page.context["answered_count"], page.context["waiting_count"]) == (1, 0)
    assert Feedback.objects.count() == 1


def test_the_page_sends_and_tells(client, form):
    session = make_session()
    attend(session, CustomerFactory())
    client.force_login(UserFactory(role=Role.ANALYST, team=session.team))

    page = client.post(f"/sessions/{session.pk}/follow-up/", {"form": form.pk}, follow=True).content.decode()
    refused = client.post(f"/sessions/{session.pk}/follow-up/", {"form": "0"})

    assert "1 mail is on its way." in page
    assert (refused.status_code, Mail.objects.count()) == (422, 1)
