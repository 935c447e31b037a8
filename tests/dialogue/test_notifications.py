"""Notifications: once per person and event, wanted, allowed, mailed behind."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.dialogue import notes, notifications, preferences
from apps.dialogue.models import Mail, MailChoice, Notification, NotificationKind
from apps.dialogue.preferences import Wish
from apps.feedback.models import Feedback
from tests.factories import FeedbackFactory, ProductFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
ASSIGNED = NotificationKind.ASSIGNED


def assign(*users, actor=None, about: str = "tag:1") -> int:
    return notifications.notify(
        kind=ASSIGNED, users=users, actor=actor, about=about, subject="Slow stage", path="/priorities/slow-stage/"
    )


@pytest.mark.parametrize("before", ["x", "-1", "²", "9" * 5000, "0"])
def test_a_place_in_the_list_that_is_none_is_left_out(client, before):
    ada = UserFactory()
    client.force_login(ada)
    assign(ada)

    response = client.get("/notifications/", {"before": before})

    assert (response.status_code, len(response.context["page"].entries)) == (200, 1)


def test_an_event_is_told_once(settle_dialogue):
    ada, boss = UserFactory(name="Ada"), UserFactory(name="Boss")

    new = [assign(ada, boss, actor=boss) for _ in range(2)]
    settle_dialogue()
    assign(ada, actor=boss)
    settle_dialogue()

    assert new == [1, 0]
    assert list(Mail.objects.values_list("recipients", "subject")) == [
        ([ada.email], "Boss gave you the priority “Slow stage”")
    ]


def test_the_mail_carries_one_click_unsubscribing(settle_dialogue):
    assign(UserFactory())
    settle_dialogue()

    headers = Mail.objects.get().headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<http://localhost:8000/unsubscribe/")


def test_what_is_not_wanted_is_not_said(settle_dialogue):
    ada = UserFactory()
    preferences.save_wishes(user=ada, wishes={ASSIGNED: Wish(is_shown=False, mail=MailChoice.OFF)}, rhythm="off")

    assert assign(ada) == 0
    settle_dialogue()

    assert Mail.objects.count() == 0


def test_who_wants_mail_alone_sees_nothing_in_the_app(settle_dialogue):
    ada = UserFactory()
    preferences.save_wishes(user=ada, wishes={ASSIGNED: Wish(is_shown=False, mail=MailChoice.NOW)}, rhythm="off")
    assign(ada)
    settle_dialogue()

    assert Mail.objects.count() == 1
    assert notifications.unread_count(ada) == 0
    assert notifications.told_page(ada).entries == []


def test_what_is_read_in_the_app_first_is_not_mailed(settle_dialogue):
    ada = UserFactory()
    assign(ada)
    notifications.mark_read(user=ada)

    settle_dialogue()

    assert Mail.objects.count() == 0


def test_what_may_not_be_opened_any_more_says_nothing(settle_dialogue):
    team = TeamFactory()
    feedback = FeedbackFactory(product=ProductFactory(team=team))
    ada = UserFactory(name="Ada", role=Role.SCIENTIST, team=team)
    bob = UserFactory(name="Bob", role=Role.SCIENTIST)
    notes.add_note(feedback=feedback, author=ada, text="@Bob a secret")
    Feedback.objects.filter(pk=feedback.pk).update(visibility=Visibility.TEAM)

    settle_dialogue()

    (told,) = notifications.told_page(bob).entries
    assert (told.quote, told.is_open) == ("", False)
    assert Mail.objects.count() == 0


def test_pages_go_on_where_the_last_one_ended(django_assert_num_queries):
    ada = UserFactory()
    for number in range(notifications.PAGE_ROWS + 2):
        assign(ada, about=f"tag:{number}")

    with django_assert_num_queries(3):
        first = notifications.told_page(ada)
    second = notifications.told_page(ada, before=first.next_before)

    keys = [told.notification.pk for told in [*first.entries, *second.entries]]
    assert keys == list(Notification.objects.order_by("-pk").values_list("pk", flat=True))
    assert second.next_before is None


def test_marking_touches_ones_own_alone():
    ada, bob = UserFactory(), UserFactory()
    assign(ada, bob)

    assert len(notifications.mark_read(user=ada)) == 1
    assert notifications.mark_read(user=ada) == []
    assert (notifications.unread_count(ada), notifications.unread_count(bob)) == (0, 1)


def test_nobody_disabled_is_told(settle_dialogue):
    gone = UserFactory()
    assign(gone)
    gone.is_active = False
    gone.save()

    settle_dialogue()

    assert Mail.objects.count() == 0
    assert assign(gone, about="tag:2") == 0


# --- teams and roles ----------------------------------------------------------------------------------------------


def old_hand(**fields):
    """Somebody who joined long ago."""
    return UserFactory(joined_at=timezone.now() - timedelta(days=30), **fields)


def test_changed_roles_are_told_once_an_hour(settle_dialogue):
    ada, team = old_hand(), TeamFactory()
    accounts.set_membership(user=ada, team=team, role=Role.SCIENTIST)
    accounts.set_everywhere_role(user=ada, role=Role.ANALYST)
    settle_dialogue()
    accounts.set_membership(user=ada, team=team, role=None)
    settle_dialogue()

    told = list(Notification.objects.values_list("user", "kind"))

    assert told == [(ada.pk, NotificationKind.ACCESS)]


def test_whoever_has_just_joined_knows_what_they_were_invited_to(settle_dialogue):
    new, old = UserFactory(), old_hand()
    for person in (new, old):
        accounts.set_membership(user=person, team=TeamFactory(), role=Role.SCIENTIST)

    settle_dialogue()

    assert list(Notification.objects.values_list("user", flat=True)) == [old.pk]
