"""Invitations, answers, places and the waiting list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.customers.merging import merge_customers
from apps.customers.models import Consent, ContactEvent, Purpose
from apps.dialogue.models import Mail
from apps.panels.models import Participant, ParticipantState
from apps.panels.planning import participants, services
from apps.panels.planning.errors import PlanningError, TooSoonError
from tests.factories import CustomerFactory
from tests.panels.planning.making import at_once, invited, lead_of, make_session, states


def subjects(participant: Participant) -> list[str]:
    mails = Mail.objects.filter(recipients=[participant.customer.email]).order_by("pk")
    return [mail.subject.partition(":")[0] for mail in mails]


@pytest.mark.django_db
def test_an_invitation_is_mailed_once_in_the_customers_language_and_noted_as_a_contact():
    session = make_session()
    customer = CustomerFactory(name="Ada", languages=["de-AT"], time_zone="America/New_York")

    for _ in range(2):
        services.invite(session=session, customer_ids=[customer.pk], invited_by=lead_of(session))

    (mail,) = Mail.objects.filter(recipients=[customer.email])
    assert (mail.calendar, "/s/" in mail.body) == ("", True)
    assert ("America/New York" in mail.body, "Europe/Berlin" in mail.body) == (True, True)
    assert list(ContactEvent.objects.values_list("customer", "kind", "about")) == [
        (customer.pk, "session", f"session:{session.pk}")
    ]


@pytest.mark.django_db
def test_who_was_asked_lately_is_protected_unless_there_is_a_reason():
    first, second = make_session(), make_session()
    (participant,) = invited(first)
    fresh = CustomerFactory()
    ids = [participant.customer_id, fresh.pk]

    with pytest.raises(TooSoonError) as refused:
        services.invite(session=second, customer_ids=ids, invited_by=lead_of(second))
    assert (refused.value.customer_ids, second.participants.count()) == ({participant.customer_id}, 0)

    services.invite(session=second, customer_ids=ids, invited_by=lead_of(second), override_reason="She asked for it")
    assert set(ContactEvent.objects.filter(about=f"session:{second.pk}").values_list("override_reason", flat=True)) == {
        "She asked for it"
    }


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["no address", "erased", "withdrawn", "not there"])
def test_nobody_is_invited_where_one_cannot_be_reached(why):
    session, well, ill = make_session(capacity=5), CustomerFactory(), CustomerFactory()
    if why == "withdrawn":
        Consent.objects.create(customer=ill, purpose=Purpose.CONTACT, is_given=False, text="x", channel="link")
    elif why == "not there":
        ill.pk = 99_999
    else:
        changed = {"no address": {"email": "", "email_key": None}, "erased": {"erased_at": timezone.now()}}[why]
        type(ill).objects.filter(pk=ill.pk).update(**changed)

    with pytest.raises(PlanningError):
        services.invite(session=session, customer_ids=[well.pk, ill.pk], invited_by=lead_of(session))

    assert (session.participants.count(), Mail.objects.filter(recipients=[well.email]).count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "cancelled", "done", "past"])
def test_a_session_without_date_or_over_invites_nobody(state):
    session = make_session(days=None if state == "draft" else 30)
    if state == "cancelled":
        services.cancel_session(session_id=session.pk)
    elif state == "done":
        services.start_session(session=session)
        services.end_session(session=session)
    elif state == "past":
        past = timezone.now() - timedelta(hours=2)
        type(session).objects.filter(pk=session.pk).update(starts_at=past, ends_at=past + timedelta(hours=1))

    with pytest.raises(PlanningError):
        invited(session)


@pytest.mark.django_db
def test_places_go_first_come_first_served_and_on_to_who_waits_longest():
    session = make_session(capacity=1)
    one, two, three = invited(session, 3)

    for participant in (two, three, one, two):
        participants.accept(participant_id=participant.pk)
    assert states(session) == ["waiting", "accepted", "waiting"]

    participants.decline(participant_id=two.pk, reason="  ill \n today ")
    assert states(session) == ["waiting", "declined", "accepted"]
    assert subjects(three) == ["Invitation", "Waiting list", "You are in"]
    assert Participant.objects.get(pk=two.pk).reason == "ill today"

    services.change_session(session_id=session.pk, capacity=2)
    assert states(session) == ["accepted", "declined", "accepted"]

    participants.take_back(participant_id=three.pk)
    participants.take_back(participant_id=three.pk)
    assert (states(session), subjects(three)[-1]) == (["accepted", "declined", "withdrawn"], "Cancelled")


@pytest.mark.django_db
def test_an_invitation_taken_back_opens_nothing_until_it_is_sent_anew():
    session = make_session()
    (participant,) = invited(session)
    old_key = participant.key

    participants.take_back(participant_id=participant.pk)
    with pytest.raises(PlanningError):
        participants.accept(participant_id=participant.pk)
    services.invite(
        session=session,
        customer_ids=[participant.customer_id],
        invited_by=lead_of(session),
        override_reason="A mistake of ours",
    )

    participant.refresh_from_db()
    assert (participant.state, participant.key == old_key) == ("invited", False)
    assert subjects(participant) == ["Invitation", "Cancelled", "Invitation"]


@pytest.mark.django_db
def test_a_place_is_not_given_to_who_took_back_that_they_may_be_contacted():
    session = make_session(capacity=1)
    one, gone, next_one = invited(session, 3)
    for participant in (one, gone, next_one):
        participants.accept(participant_id=participant.pk)
    Consent.objects.create(customer=gone.customer, purpose=Purpose.CONTACT, is_given=False, text="x", channel="link")

    participants.decline(participant_id=one.pk)

    assert states(session) == ["declined", "waiting", "accepted"]


@pytest.mark.django_db
def test_capacity_never_falls_below_who_comes():
    session = make_session(capacity=2)
    for participant in invited(session, 2):
        participants.accept(participant_id=participant.pk)

    with pytest.raises(Exception, match="2 customers come already"):
        services.change_session(session_id=session.pk, capacity=1)


@pytest.mark.django_db
def test_whoever_was_invited_on_another_record_of_theirs_is_not_asked_again():
    session = make_session()
    (asked,) = invited(session)
    kept = CustomerFactory()
    merge_customers(kept_id=kept.pk, merged_id=asked.customer_id, merged_by=None)

    again = services.invite(
        session=session, customer_ids=[kept.pk], invited_by=lead_of(session), override_reason="They asked for it"
    )

    assert (again, states(session), Mail.objects.filter(subject__startswith="Invitation").count()) == (
        [],
        ["invited"],
        1,
    )


@pytest.mark.django_db(transaction=True)
def test_of_many_who_accept_at_once_as_many_come_as_there_are_places():
    session = make_session(capacity=2)
    asked = invited(session, 6)

    at_once([lambda one=one: participants.accept(participant_id=one.pk) for one in asked])

    assert sorted(states(session)) == ["accepted"] * 2 + ["waiting"] * 4


@pytest.mark.django_db(transaction=True)
def test_two_places_that_come_free_at_once_go_to_two_who_wait_each_told_once():
    session = make_session(capacity=2)
    asked = invited(session, 4)
    for participant in asked:
        participants.accept(participant_id=participant.pk)

    at_once([lambda one=one: participants.decline(participant_id=one.pk) for one in (*asked[:2], *asked[:2])])

    assert states(session) == ["declined", "declined", "accepted", "accepted"]
    assert [subjects(one).count("You are in") for one in asked] == [1, 1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_two_sessions_that_invite_one_customer_at_once_cannot_both_find_them_rested():
    first, second, customer = make_session(), make_session(), CustomerFactory()

    def ask(session):
        return lambda: services.invite(session=session, customer_ids=[customer.pk], invited_by=lead_of(session))

    results = at_once([ask(first), ask(second)])

    assert sorted(type(one).__name__ for one in results) == ["TooSoonError", "list"]
    assert Participant.objects.filter(customer=customer).count() == 1


@pytest.mark.django_db
def test_attendance_is_marked_once_it_has_begun_and_may_be_corrected():
    session = make_session()
    (participant,) = invited(session)
    participants.accept(participant_id=participant.pk)
    with pytest.raises(PlanningError):
        participants.mark_attendance(participant_id=participant.pk, has_attended=True)
    services.start_session(session=session)

    for has_attended in (False, True, True):
        participants.mark_attendance(participant_id=participant.pk, has_attended=has_attended)

    participant.refresh_from_db()
    assert participant.state == ParticipantState.ATTENDED
    assert ContactEvent.objects.filter(kind="meeting").count() == 1
