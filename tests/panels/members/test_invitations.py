"""Inviting, answering, renewing: what becomes of seats, and what is mailed."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from apps.customers.consents import ConsentRow, record_consents, take_back
from apps.customers.models import Consent, ContactEvent, ContactKind, Purpose
from apps.dialogue.models import Mail, Notification
from apps.panels.members import answers, links, panels, services, terms
from apps.panels.members.errors import (
    InvitationGoneError,
    PanelClosedError,
    PanelFullError,
    RemindedError,
    SeatStateError,
)
from apps.panels.members.months import last_day_of_term
from apps.panels.members.services import Refusal
from apps.panels.models import Panel, PanelState, Seat, SeatKind, SeatState
from tests.factories import CustomerFactory
from tests.panels.making import PanelFactory, SeatFactory

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("starts_on", "months", "last"),
    [
        (date(2026, 3, 2), 12, date(2027, 3, 1)),
        (date(2026, 8, 31), 6, date(2027, 2, 27)),
        (date(2027, 3, 1), 12, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
    ],
)
def test_a_term_ends_the_day_before_its_anniversary(starts_on, months, last):
    assert last_day_of_term(starts_on, months) == last


def test_an_invitation_is_a_seat_a_mail_in_their_language_and_a_contact(panel, analyst):
    Panel.objects.filter(pk=panel.pk).update(state=PanelState.DRAFT)
    customer = CustomerFactory(name="Mia", languages=["de-AT"])

    done = services.invite(panel=panel, customer_ids=[customer.pk], kind=SeatKind.MEMBER, invited_by=analyst)

    (seat,) = done.seats
    mail = Mail.objects.get()
    assert (seat.state, seat.kind, seat.invited_by, done.refused) == (SeatState.INVITED, SeatKind.MEMBER, analyst, {})
    assert (mail.recipients, mail.purpose, mail.about_id) == ([customer.email], "panel.invitation", seat.pk)
    assert "Microscopy panel" in mail.subject
    assert f"/p/{links.token_of(seat)}/?lang=de" in mail.body
    assert ContactEvent.objects.values_list("customer", "kind", "about", "override_reason").get() == (
        customer.pk,
        ContactKind.PANEL,
        f"seat:{seat.pk}",
        "",
    )
    panel.refresh_from_db()
    assert panel.state == PanelState.ACTIVE


def test_who_cannot_be_asked_is_refused_and_told_why(panel, analyst):
    fine, seated, erased, silent, unwilling, tired = (CustomerFactory() for _ in range(6))
    mute = CustomerFactory(email="", name="Mute")
    SeatFactory(panel=panel, customer=seated)
    type(erased).objects.filter(pk=erased.pk).update(erased_at=timezone.now(), email="", email_key=None)
    type(silent).objects.filter(pk=silent.pk).update(merged_into=fine)
    Consent.objects.create(customer=unwilling, purpose=Purpose.CONTACT, is_given=False, text="No.", channel="form")
    ContactEvent.objects.create(customer=tired, kind=ContactKind.SESSION, about="session:1")
    everyone = [one.pk for one in (fine, seated, erased, silent, unwilling, tired, mute)]

    done = services.invite(panel=panel, customer_ids=[*everyone, 99_999_999], kind="member", invited_by=analyst)
    again = services.invite(panel=panel, customer_ids=[fine.pk], kind="member", invited_by=analyst)

    assert [seat.customer_id for seat in done.seats] == [fine.pk]
    assert done.refused == {
        seated.pk: Refusal.ON_PANEL,
        erased.pk: Refusal.GONE,
        silent.pk: Refusal.GONE,
        unwilling.pk: Refusal.UNWILLING,
        tired.pk: Refusal.TOO_SOON,
        mute.pk: Refusal.UNREACHABLE,
        99_999_999: Refusal.GONE,
    }
    assert again == services.Invited([], {fine.pk: Refusal.ON_PANEL})
    assert Mail.objects.count() == 1


def test_a_persons_other_record_counts_as_them(panel, analyst):
    kept = CustomerFactory()
    merged = CustomerFactory(merged_into=kept)
    SeatFactory(panel=panel, customer=merged)

    assert services.refusals(panel, [kept.pk], as_of=timezone.now()) == {kept.pk: Refusal.ON_PANEL}


def test_a_reason_breaks_the_fatigue_rule_and_is_kept(panel, analyst):
    tired, rested = CustomerFactory(), CustomerFactory()
    ContactEvent.objects.create(customer=tired, kind=ContactKind.SESSION, about="session:1")

    done = services.invite(
        panel=panel,
        customer_ids=[tired.pk, rested.pk],
        kind="alternate",
        invited_by=analyst,
        override_reason="They asked for it.",
    )

    assert [seat.customer_id for seat in done.seats] == [tired.pk, rested.pk]
    reasons = ContactEvent.objects.filter(kind=ContactKind.PANEL).values_list("customer", "override_reason")
    assert dict(reasons) == {tired.pk: "They asked for it.", rested.pk: ""}


def test_nobody_is_invited_to_a_closed_panel(panel, analyst):
    panels.close_panel(panel=panel)

    with pytest.raises(PanelClosedError):
        services.invite(panel=panel, customer_ids=[CustomerFactory().pk], kind="member", invited_by=analyst)

    assert not Seat.objects.exists()


def test_accepting_begins_a_term_once(panel):
    seat = SeatFactory(panel=panel)

    for _ in range(2):
        taken = answers.accept(seat=seat, today=TODAY)

    assert (taken.state, taken.kind, taken.starts_on, taken.ends_on) == (
        SeatState.ACCEPTED,
        SeatKind.MEMBER,
        TODAY,
        date(2027, 3, 1),
    )
    assert list(Mail.objects.values_list("purpose", flat=True)) == ["panel.welcome"]


def test_whoever_declined_may_think_again(panel):
    seat = SeatFactory(panel=panel)

    declined = answers.decline(seat=seat, reason=" No \n time ")
    assert (declined.state, declined.reason) == (SeatState.DECLINED, "No time")
    assert answers.accept(seat=seat, today=TODAY).reason == ""

    with pytest.raises(InvitationGoneError):
        answers.decline(seat=seat)


@pytest.mark.parametrize("state", [SeatState.WITHDRAWN, SeatState.LEFT, SeatState.ENDED])
def test_an_invitation_that_is_over_is_not_accepted(panel, state):
    seat = SeatFactory(panel=panel, state=state)

    for do in (lambda: answers.accept(seat=seat, today=TODAY), lambda: answers.decline(seat=seat)):
        with pytest.raises(InvitationGoneError):
            do()

    seat.refresh_from_db()
    assert seat.state == state


def test_more_acceptances_than_seats_make_alternates_and_then_nothing(team):
    panel = PanelFactory(team=team, seat_count=1, alternate_count=1, state=PanelState.ACTIVE)
    seats = [SeatFactory(panel=panel) for _ in range(3)]

    kinds = [answers.accept(seat=seat, today=TODAY).kind for seat in seats[:2]]
    with pytest.raises(PanelFullError):
        answers.accept(seat=seats[2], today=TODAY)

    assert kinds == [SeatKind.MEMBER, SeatKind.ALTERNATE]
    assert Seat.objects.get(pk=seats[2].pk).state == SeatState.INVITED


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_the_last_seat_and_one_alternates_place():
    panel = PanelFactory(seat_count=1, alternate_count=5, state=PanelState.ACTIVE)
    seats = [SeatFactory(panel=panel) for _ in range(4)]
    start = threading.Barrier(4)

    def take(seat: Seat) -> None:
        try:
            start.wait(5)
            answers.accept(seat=seat, today=TODAY)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[seat]) for seat in seats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(Seat.objects.values_list("kind", "state")) == [
        ("alternate", "accepted"),
        ("alternate", "accepted"),
        ("alternate", "accepted"),
        ("member", "accepted"),
    ]


def test_an_alternate_moves_up_once_a_seat_is_free(team):
    panel = PanelFactory(team=team, seat_count=1, state=PanelState.ACTIVE)
    first, second = (answers.accept(seat=SeatFactory(panel=panel), today=TODAY) for _ in range(2))
    with pytest.raises(PanelFullError):
        services.move_up(seat=second)

    answers.leave(seat=first, today=TODAY + timedelta(days=40), reason="Too busy")
    for _ in range(2):
        services.move_up(seat=second)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.ends_on, first.reason) == (SeatState.LEFT, date(2026, 4, 11), "Too busy")
    assert second.kind == SeatKind.MEMBER
    assert Mail.objects.filter(purpose="panel.moved_up", about_id=second.pk).count() == 1


def test_an_invitation_is_reminded_of_once_and_taken_back_with_an_undo(panel):
    seat = SeatFactory(panel=panel)

    services.remind(seat=seat)
    with pytest.raises(RemindedError):
        services.remind(seat=seat)
    for _ in range(2):
        services.take_back(seat=seat)
    with pytest.raises(SeatStateError):
        services.remind(seat=seat)
    services.restore(seat=seat)

    seat.refresh_from_db()
    assert seat.state == SeatState.INVITED
    assert Mail.objects.count() == 1


def test_what_was_taken_back_is_not_restored_beside_a_newer_invitation(panel):
    seat = SeatFactory(panel=panel, state=SeatState.WITHDRAWN)
    SeatFactory(panel=panel, customer=seat.customer)

    with pytest.raises(SeatStateError):
        services.restore(seat=seat)


def test_an_invitation_ended_by_its_customer_is_not_restored(panel):
    seat = SeatFactory(panel=panel, state=SeatState.WITHDRAWN)
    take_back(customer_id=seat.customer_id, purpose=Purpose.CONTACT)

    with pytest.raises(SeatStateError):
        services.restore(seat=seat)


def test_closing_takes_invitations_back_and_lets_members_be(panel):
    asked, member = SeatFactory(panel=panel), answers.accept(seat=SeatFactory(panel=panel), today=TODAY)

    assert [panels.close_panel(panel=panel) for _ in range(2)] == [1, 0]

    assert [Seat.objects.get(pk=one.pk).state for one in (asked, member)] == [SeatState.WITHDRAWN, SeatState.ACCEPTED]
    with pytest.raises(InvitationGoneError):
        answers.accept(seat=asked, today=TODAY)


def test_a_term_is_renewed_told_once_and_never_into_the_past(panel):
    seat = answers.accept(seat=SeatFactory(panel=panel), today=TODAY)
    until = date(2028, 3, 1)

    for _ in range(2):
        services.renew(seat=seat, until=until, today=TODAY)
    with pytest.raises(ValidationError):
        services.renew(seat=seat, until=TODAY - timedelta(days=1), today=TODAY)

    seat.refresh_from_db()
    assert seat.ends_on == until
    assert Mail.objects.filter(purpose__startswith="panel.renewed").count() == 1


def test_terms_end_by_themselves_and_their_staff_hear_of_it_30_days_before(panel, analyst, scientist):
    seat = answers.accept(seat=SeatFactory(panel=panel), today=TODAY)
    last = seat.ends_on

    told = [terms.tell_of_renewals(last - timedelta(days=days)) for days in (31, 30, 29)]
    ended = [terms.end_terms(day) for day in (last, last + timedelta(days=1), last + timedelta(days=2))]

    assert (told, ended) == ([0, 1, 0], [0, 1, 0])
    assert Notification.objects.values_list("user", "path").get() == (analyst.pk, "/panels/microscopy/health/")
    seat.refresh_from_db()
    assert (seat.state, seat.ends_on) == (SeatState.ENDED, last)


def test_the_panels_chair_is_told_in_place_of_its_team(panel, analyst, scientist):
    panel.chair = scientist
    panel.save(update_fields=["chair"])

    assert terms.staff_of(panel) == [scientist]


def test_a_fresh_key_closes_the_old_link_and_an_erased_customers_opens_nothing(panel):
    seat = SeatFactory(panel=panel)
    token = links.token_of(seat)
    assert links.seat_of(token) == seat
    assert [links.seat_of(bad) for bad in ("", "x" * 500, token[:-1], f"{token}x", seat.key.hex)] == [None] * 5

    type(seat.customer).objects.filter(pk=seat.customer_id).update(erased_at=timezone.now())
    assert links.seat_of(token) is None


def test_consent_to_contact_that_stands_is_no_obstacle(panel, analyst):
    customer = CustomerFactory()
    record_consents([ConsentRow(customer.pk, Purpose.CONTACT, "Yes.", "en", "form", 1)])

    assert services.refusals(panel, [customer.pk], as_of=timezone.now()) == {}
