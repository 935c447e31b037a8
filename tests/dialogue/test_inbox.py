"""The pages of one's own notifications and wishes, and the links that turn mail off."""

import pytest
from django.urls import reverse

from apps.dialogue import notifications, preferences, unsubscribing
from apps.dialogue.models import DigestRhythm, MailChoice, Notification, NotificationKind
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ASSIGNED = NotificationKind.ASSIGNED


@pytest.fixture
def ada(client):
    user = UserFactory(name="Ada", role="scientist")
    client.force_login(user)
    return user


def assign(user, about: str = "tag:1") -> Notification:
    notifications.notify(kind=ASSIGNED, users=[user], about=about, subject="<Stage>", path="/priorities/stage/")
    return Notification.objects.get(user=user, about=about)


@pytest.mark.parametrize("name", ["notifications", "preferences"])
def test_strangers_sign_in_first(client, name):
    answer = client.get(reverse(f"dialogue:{name}"))

    assert (answer.status_code, answer.url.startswith("/accounts/login/")) == (302, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_more(client, ada, count, django_assert_num_queries):
    for number in range(count):
        assign(ada, about=f"tag:{number}")
    assign(UserFactory(), about="theirs")

    with django_assert_num_queries(8):  # session, person, four of notifications, teams
        page = client.get(reverse("dialogue:notifications"))

    assert page.content.decode().count("gave you the priority “&lt;Stage&gt;”</a>") == count


def test_opening_one_reads_it_and_leads_there(client, ada):
    notification = assign(ada)

    for _ in range(2):
        answer = client.get(reverse("dialogue:open-notification", args=[notification.pk]))
        assert (answer.status_code, answer.url) == (302, "/priorities/stage/")

    assert notifications.unread_count(ada) == 0


@pytest.mark.parametrize(("name", "method"), [("open-notification", "get"), ("toggle-read", "post")])
def test_another_persons_is_not_there(client, ada, name, method):
    theirs = assign(UserFactory())

    answer = getattr(client, method)(reverse(f"dialogue:{name}", args=[theirs.pk]))

    assert answer.status_code == 404
    assert Notification.objects.get().read_at is None


def test_the_bell_counts_what_is_unread(client, ada):
    url, fragment = reverse("dialogue:bell"), {"HX-Request": "true"}
    empty = client.get(url, headers=fragment).content.decode()
    assign(ada)

    assert "bell-count" not in empty
    assert "unread:</span> 1" in client.get(url, headers=fragment).content.decode()
    assert client.get(url).status_code == 302


def test_everything_is_marked_as_read_by_post_alone(client, ada):
    assign(ada)

    assert client.get(reverse("dialogue:read-all")).status_code == 405
    page = client.post(reverse("dialogue:read-all"), follow=True)

    assert "1 notification marked as read." in page.content.decode()
    assert notifications.unread_count(ada) == 0


def test_toggling_twice_is_as_before(client, ada):
    notification = assign(ada)
    url = reverse("dialogue:toggle-read", args=[notification.pk])

    counts = []
    for _ in range(2):
        client.post(url)
        counts.append(notifications.unread_count(ada))

    assert counts == [0, 1]


def test_wishes_are_kept(client, ada):
    wishes = {f"mail_{kind.value}": "off" for kind in NotificationKind}

    page = client.post(
        reverse("dialogue:preferences"), {**wishes, "rhythm": "daily", "shown_mention": "on"}, follow=True
    )

    assert page.redirect_chain == [(reverse("dialogue:preferences"), 302)]
    found = preferences.wishes_of(ada)
    assert [wish.mail for wish in found.values()] == ["off"] * len(NotificationKind)
    assert [kind for kind, wish in found.items() if wish.is_shown] == ["mention"]
    assert preferences.rhythm_of(ada) == DigestRhythm.DAILY


def test_wishes_there_are_not_are_refused(client, ada):
    page = client.post(reverse("dialogue:preferences"), {"rhythm": "hourly"})

    assert page.status_code == 422
    assert preferences.rhythm_of(ada) == DigestRhythm.WEEKLY


def test_a_link_turns_mail_off_without_signing_in_and_opening_changes_nothing(client):
    ada = UserFactory()
    url = unsubscribing.address(ada, ASSIGNED).removeprefix("http://localhost:8000")

    client.get(url)
    assert preferences.wishes_of(ada)[ASSIGNED].mail == MailChoice.NOW

    for _ in range(2):
        page = client.post(url, {"List-Unsubscribe": "One-Click"})
    assert preferences.wishes_of(ada)[ASSIGNED] == (True, MailChoice.OFF)
    assert "You get no more mail of this kind" in page.content.decode()

    client.post(url, {"turn": "on"})
    assert preferences.wishes_of(ada)[ASSIGNED] == (True, MailChoice.NOW)


def test_the_digest_is_turned_off_by_its_link(client):
    ada = UserFactory()
    preferences.enrol_people()

    client.post(unsubscribing.address(ada, unsubscribing.DIGEST).removeprefix("http://localhost:8000"))

    assert preferences.rhythm_of(ada) == DigestRhythm.OFF


def test_programs_may_post_without_a_token_of_ours(ada):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    url = unsubscribing.address(ada, ASSIGNED).removeprefix("http://localhost:8000")

    assert strict.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200


@pytest.mark.parametrize("token", ["x", "WzEsImFzc2lnbmVkIl0:1:2"])
def test_a_forged_link_is_not_there(client, token):
    assert client.get(reverse("dialogue:unsubscribe", args=[token])).status_code == 404
