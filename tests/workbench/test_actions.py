"""Tagging and moderating by hand."""

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback.models import FeedbackState
from apps.tagging.models import Tagging
from apps.workbench.selectors import stated_tags
from tests.factories import FeedbackFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def said(feedback) -> list[tuple]:
    return list(Tagging.objects.filter(feedback=feedback).values_list("tag__name", "state", "importance", "is_against"))


def test_a_tag_is_added_by_path_with_importance_and_again_changes_it(client, scientist, product):
    TagFactory(name="Leaks", parent=TagFactory(name="Pump"))
    feedback = FeedbackFactory(product=product)
    client.force_login(scientist)
    address = f"/feedback/{feedback.pk}/tags/"

    first = client.post(address, {"tag": "pump \u203a leaks", "importance": "2"})
    client.post(address, {"tag": "Leaks", "is_against": "1"})

    assert first.status_code == 302
    assert said(feedback) == [("Leaks", "confirmed", 0, True)]


def test_an_unknown_or_ambiguous_tag_is_told_and_nothing_said(client, scientist, product):
    TagFactory(name="Leaks", parent=TagFactory(name="Pump"))
    TagFactory(name="Leaks", parent=TagFactory(name="Oven"))
    feedback = FeedbackFactory(product=product)
    client.force_login(scientist)

    for words in ("Leaks", "nothing", ""):
        page = client.post(f"/feedback/{feedback.pk}/tags/", {"tag": words})
        fragment = client.post(f"/feedback/{feedback.pk}/tags/", {"tag": words}, headers=HTMX)
        assert (page.status_code, fragment.status_code) == (422, 200)
        assert b'id="tag-error"' in fragment.content

    assert said(feedback) == []


@pytest.mark.parametrize("importance", ["4", "-1", "x", "9" * 5000])
def test_importance_is_0_to_3(client, scientist, product, importance):
    feedback, tag = FeedbackFactory(product=product), TagFactory()
    client.force_login(scientist)

    response = client.post(f"/feedback/{feedback.pk}/tags/", {"slug": tag.slug, "importance": importance})

    assert (response.status_code, said(feedback)) == (422, [])


def test_a_rejected_tag_can_be_undone(client, scientist, product):
    feedback, tag = FeedbackFactory(product=product), TagFactory(name="Pump")
    client.force_login(scientist)
    client.post(f"/feedback/{feedback.pk}/tags/", {"slug": tag.slug})

    fragment = client.post(f"/feedback/{feedback.pk}/tags/{tag.slug}/reject/", headers=HTMX)
    assert fragment.content.strip().startswith(b'<section class="detail-part" id="feedback-tags"')
    assert [one.is_rejected for one in stated_tags(feedback.pk)] == [True]
    client.post(f"/feedback/{feedback.pk}/tags/", {"slug": tag.slug}, headers=HTMX)

    assert [one.is_confirmed for one in stated_tags(feedback.pk)] == [True]


def test_tagging_is_refused_to_strangers_other_teams_and_get(client, product):
    hidden = FeedbackFactory(product=product, visibility=Visibility.TEAM)
    tag = TagFactory()
    addresses = [f"/feedback/{hidden.pk}/tags/", f"/feedback/{hidden.pk}/tags/{tag.slug}/reject/"]
    assert [client.post(address).status_code for address in addresses] == [302, 302]
    client.force_login(UserFactory(role=Role.SCIENTIST))
    assert [client.post(address, {"slug": tag.slug}).status_code for address in addresses] == [404, 404]
    assert [client.get(address).status_code for address in addresses] == [405, 405]
    client.force_login(UserFactory())
    assert [client.post(address).status_code for address in addresses] == [403, 403]

    assert said(hidden) == []


def moderate(client, feedback, **data) -> int:
    return client.post(f"/feedback/{feedback.pk}/moderate/", data).status_code


def test_feedback_is_held_released_marked_and_restored(client, analyst, product):
    feedback = FeedbackFactory(product=product)
    client.force_login(analyst)

    states = []
    for action in ("hold", "hold", "release", "spam", "restore"):
        assert moderate(client, feedback, action=action) == 302
        feedback.refresh_from_db()
        states.append(feedback.state)

    assert states == [
        FeedbackState.HELD, FeedbackState.HELD, FeedbackState.LIVE, FeedbackState.SPAM, FeedbackState.LIVE,
    ]  # fmt: skip


def test_withdrawing_wants_the_tick(client, analyst, product):
    feedback = FeedbackFactory(product=product)
    client.force_login(analyst)
    moderate(client, feedback, action="withdraw")
    feedback.refresh_from_db()
    assert feedback.state == FeedbackState.LIVE

    moderate(client, feedback, action="withdraw", is_sure="1")

    feedback.refresh_from_db()
    assert feedback.state == FeedbackState.WITHDRAWN


def test_moderation_is_for_the_team_that_owns_the_product(client, scientist, product):
    feedback = FeedbackFactory(product=product)
    assert moderate(client, feedback, action="spam") == 302  # to sign in
    elsewhere = UserFactory(role=Role.ANALYST, team=TeamFactory())
    for person in (scientist, elsewhere):
        client.force_login(person)
        assert moderate(client, feedback, action="spam") == 403
    assert client.get(f"/feedback/{feedback.pk}/moderate/").status_code == 405

    feedback.refresh_from_db()
    assert feedback.state == FeedbackState.LIVE
