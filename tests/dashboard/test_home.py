"""Home per role: what moved, what waits, three voices; nothing of what the reader may not open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.dashboard import voices
from apps.dialogue.models import Notification, NotificationKind
from apps.feedback.models import FeedbackState, Identity, Import
from apps.feedback.services.public_forms import create_form
from apps.priorities import fold, services
from apps.priorities.models import Snapshot
from apps.priorities.movement import Mover
from apps.tagging import services as tagging
from apps.tagging.models import KeywordRule, Tagging
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    ProductFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def days_ago(days: int):
    return timezone.localdate() - timedelta(days=days)


def tell(tag, user, voices: int, *, days: int = 0, **fields) -> None:
    for _ in range(voices):
        feedback = FeedbackFactory(customer=CustomerFactory(), captured_on=days_ago(days), **fields)
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    fold_all()


def fold_all() -> None:
    while fold.fold_ledger() or fold.fold_volume_ledger():
        pass


def snapshot(tag, team, rank: int) -> None:
    Snapshot.objects.create(
        tag=tag,
        team=team,
        day=days_ago(9),
        policy_version=1,
        rank=rank,
        score=1,
        customer_count=1,
        anonymous_count=0,
        feedback_count=1,
        state="new",
    )


def test_home_shows_how_the_own_teams_queues_moved(client):
    team = TeamFactory()
    user = UserFactory(role=Role.SCIENTIST, team=team)
    first, second, third = TagFactory(team=team), TagFactory(team=team), TagFactory(team=team)
    for tag, count in ((first, 5), (second, 4), (third, 3)):
        tell(tag, user, count)
    tell(TagFactory(team=TeamFactory()), user, 3)
    snapshot(first, team, 3)
    snapshot(second, team, 1)
    client.force_login(user)

    (summary,) = client.get("/home/").context["page"].summaries

    assert [(one.tag_id, one.climbed, one.is_new) for one in summary.top] == [
        (first.pk, 2, False),
        (second.pk, -1, False),
        (third.pk, 0, True),
    ]


def test_what_waits_is_mine(client):
    team = TeamFactory()
    scientist = UserFactory(role=Role.SCIENTIST, team=team)
    tag, other = TagFactory(team=team), TagFactory(team=team)
    tell(tag, scientist, 3)
    tell(other, scientist, 3)
    services.set_owner(tag, owner=scientist, user=scientist)
    client.force_login(scientist)
    for owner, about in ((scientist, "note:1"), (UserFactory(), "note:2")):
        Notification.objects.create(user=owner, kind=NotificationKind.MENTION, about=about, path="/feedback/1/")

    page = client.get("/home/").context["page"]

    assert [one.tag_id for one in page.assigned] == [tag.pk]
    assert [one.about for one in page.mentions] == ["note:1"]


def test_analysts_see_what_is_held_and_untagged_with_their_age_and_imports_that_failed(client):
    team = TeamFactory()
    analyst = UserFactory(role=Role.ANALYST, team=team)
    product = ProductFactory(team=team)
    FeedbackFactory(product=product, state=FeedbackState.HELD, captured_on=days_ago(3))
    FeedbackFactory(product=ProductFactory(team=TeamFactory()), state=FeedbackState.HELD, captured_on=days_ago(40))
    for age in (2, 400):
        tagging.rebook_feedback([FeedbackFactory(product=product, captured_on=days_ago(age)).pk])
    fold_all()
    failed = Import.objects.create(file_name="a.csv", status=Import.Status.FAILED)
    Import.objects.create(file_name="b.csv", status=Import.Status.DONE)
    client.force_login(analyst)

    page = client.get("/home/").context["page"]

    assert page.held == (1, days_ago(3))
    assert (page.backlog.count, page.backlog.oldest_on) == (2, days_ago(400))
    assert page.imports == [failed]


def test_analysts_see_the_rules_that_people_take_back(client):
    team = TeamFactory()
    analyst = UserFactory(role=Role.ANALYST, team=team)
    tag, product = TagFactory(team=team), ProductFactory(team=team)
    rule = KeywordRule.objects.create(tag=tag, phrases=["drift"])
    KeywordRule.objects.create(tag=TagFactory(), phrases=["never said"])
    ids = [FeedbackFactory(product=product).pk for _ in range(6)]
    for pk in ids:
        Tagging.objects.create(feedback_id=pk, tag=tag, source="rule", rule=rule, state="confirmed")
    tagging.reject_tag(feedback_id=ids[0], tag=tag, user=analyst)
    client.force_login(analyst)

    (quality,) = client.get("/home/").context["page"].rules

    assert (quality.rule_id, quality.tagged_count, quality.rejected_count) == (rule.pk, 6, 1)


def test_what_waits_is_read_before_the_teams_and_voices(client):
    team = TeamFactory(name="Instruments")
    user = UserFactory(role=Role.MANAGER, team=team)
    tell(TagFactory(team=team), user, 6, product=ProductFactory(team=team))
    client.force_login(user)

    html = client.get("/home/").content.decode()

    places = [html.index(f'id="{name}-title"') for name in ("waits", "rising", "teams", "voices")]
    assert places == sorted(places)


def test_scientists_are_not_told_of_what_is_held(client):
    client.force_login(UserFactory(role=Role.SCIENTIST))

    response = client.get("/home/")

    assert response.context["page"].held is None
    assert b"held for review" not in response.content


def test_managers_see_their_teams_in_rows(client):
    team, foreign = TeamFactory(name="Ours"), TeamFactory(name="Theirs")
    manager = UserFactory(role=Role.MANAGER, team=team)
    tell(TagFactory(team=team), manager, 3, product=ProductFactory(team=team), rating=1)
    tell(TagFactory(team=foreign), manager, 3, product=ProductFactory(team=foreign))
    client.force_login(manager)

    (row,) = client.get("/home/").context["page"].rows

    assert (row.team, row.now.feedback_count, row.unhappy_share) == (team, 3, 1.0)


def test_administrators_see_how_the_platform_is(client):
    client.force_login(AdministratorFactory())

    health = client.get("/home/").context["page"].health

    assert health.is_worker_silent
    assert (health.quarantined_count, health.invitation_count, health.mail_failed_count) == (0, 0, 0)
    client.force_login(UserFactory(role=Role.ADMINISTRATOR))
    assert client.get("/home/").context["page"].health is None


def test_three_voices_are_chosen_by_their_rules_and_stay_all_day(client):
    team = TeamFactory()
    user = UserFactory(role=Role.SCIENTIST, team=team)
    product, tag = ProductFactory(team=team), TagFactory(name="Pump", team=team)
    tell(tag, user, 6, days=1, product=product, text="The pump leaks.")
    praise = FeedbackFactory(product=product, rating=5, text="The new stage is the best we ever had here.")
    praise.__class__.objects.filter(pk=praise.pk).update(day=days_ago(1))
    detailed = FeedbackFactory(product=product, rating=1, customer=CustomerFactory(), text="Long. " * 60)
    anonymous = FeedbackFactory(product=product, rating=1, text="Longer. " * 90)
    praise.__class__.objects.filter(pk__in=[detailed.pk, anonymous.pk]).update(day=days_ago(1))
    client.force_login(user)

    heard = client.get("/home/").context["page"].voices
    again = client.get("/home/").context["page"].voices

    assert [one.why for one in heard] == ["rising", "praise", "unhappy"]
    assert heard[0].about == "Pump"
    assert [one.feedback.pk for one in heard[1:]] == [praise.pk, detailed.pk]
    assert [one.feedback for one in again] == [one.feedback for one in heard]


def test_the_voice_of_what_rises_is_of_the_days_in_which_it_rose(client):
    team = TeamFactory()
    user = UserFactory(role=Role.SCIENTIST, team=team)
    product, tag = ProductFactory(team=team), TagFactory(name="Pump", team=team)
    tell(tag, user, 19, days=20, product=product, text="It hummed.")
    tell(tag, user, 1, days=6, product=product, text="The pump leaks.")
    mover = Mover(tag.pk, team.pk, "Pump", "pump", 6, 0, 0)

    def heard(since):
        return voices.worth_hearing(user, [], mover, rising_since=days_ago(since), today=timezone.localdate())

    assert [(one.feedback.text, one.is_earlier) for one in heard(6)] == [("The pump leaks.", False)]
    assert [(one.feedback.text, one.is_earlier) for one in heard(5)] == [("The pump leaks.", True)]  # the newest


def test_an_earlier_voice_is_called_so(client):
    team = TeamFactory()
    user = UserFactory(role=Role.SCIENTIST, team=team)
    product, tag = ProductFactory(team=team), TagFactory(name="Pump", team=team)
    tell(tag, user, 1, days=20, product=product, text="It hummed.")
    tell(tag, user, 6, product=product, text="The pump leaks.")  # today's voices are heard tomorrow
    client.force_login(user)

    html = client.get("/home/").content.decode()

    assert "Earlier, on Pump" in html
    assert "From what rises fastest" not in html


def test_voices_are_those_the_reader_may_open(client):
    team, foreign = TeamFactory(), TeamFactory()
    user = UserFactory(role=Role.SCIENTIST, team=team)
    tag, product = TagFactory(team=team), ProductFactory(team=foreign)
    hidden = {"product": product, "visibility": Visibility.TEAM, "rating": 1, "text": "Canary " * 20}
    tell(tag, user, 6, days=1, **hidden)
    FeedbackFactory(product=ProductFactory(team=team), visibility=Visibility.RESTRICTED, rating=5, text="Secret " * 20)
    client.force_login(user)

    response = client.get("/home/")

    assert response.context["page"].voices == []
    assert b"Canary" not in response.content
    assert b"Secret" not in response.content


def test_a_voice_is_never_shown_twice():
    team = TeamFactory()
    user = UserFactory(role=Role.SCIENTIST, team=team)
    product = ProductFactory(team=team)
    FeedbackFactory(product=product, rating=1, customer=CustomerFactory(), captured_on=days_ago(1), text="Only this.")

    heard = voices.worth_hearing(user, [product.pk], None, rising_since=days_ago(6), today=timezone.localdate())

    assert [(one.why, one.feedback.identity) for one in heard] == [("unhappy", Identity.VERIFIED)]


def test_somebody_without_a_team_is_told_whom_to_ask(client):
    client.force_login(UserFactory())

    assert b"You are in no team yet" in client.get("/home/").content


def test_an_administrator_without_a_team_sees_all(client):
    team = TeamFactory()
    client.force_login(AdministratorFactory())

    assert [summary.team for summary in client.get("/home/").context["page"].summaries] == [team]


def test_home_refuses_strangers_and_methods(client):
    assert client.get("/home/").status_code == 302
    client.force_login(UserFactory())

    assert client.post("/home/").status_code == 405


def test_home_refreshes_itself_with_304_until_something_changes(client):
    team = TeamFactory()
    user = UserFactory(role=Role.SCIENTIST, team=team)
    tag = TagFactory(team=team)
    tell(tag, user, 3)
    client.force_login(user)
    first = client.get("/home/", headers=HTMX)
    conditional = {**HTMX, "If-None-Match": first.headers["ETag"]}
    assert first.content.strip().startswith(b'<section id="home"')

    assert client.get("/home/", headers=conditional).status_code == 304
    tell(tag, user, 1)
    assert client.get("/home/", headers=conditional).status_code == 200


@pytest.mark.parametrize(
    ("role", "queries"), [(Role.SCIENTIST, 17), (Role.ANALYST, 20), (Role.MANAGER, 20), (None, 20)]
)
@pytest.mark.parametrize("amount", [1, 3])
def test_home_costs_the_same_for_one_row_and_three(client, role, queries, amount, django_assert_num_queries):
    user = AdministratorFactory() if role is None else UserFactory()
    for _ in range(amount):
        team = TeamFactory()
        if role:
            user.memberships.create(team=team, role=role)
        product = ProductFactory(team=team)
        tell(TagFactory(team=team), user, 6, days=1, product=product)
    client.force_login(user)

    with django_assert_num_queries(queries):
        response = client.get("/home/")

    assert len(response.context["page"].summaries) == amount


def test_a_new_administrator_is_led_through_the_first_steps(client):
    client.force_login(AdministratorFactory())
    wanted = ["/products/new/", "/forms/new/", "/tags/new/"]

    def offered() -> list[bool]:
        html = client.get("/home/").content.decode()
        return [f'href="{path}"' in html for path in wanted] + ["/f/aurora/" in html]

    assert offered() == [True, False, True, False]
    product = ProductFactory(name="Aurora", team=TeamFactory())
    assert offered() == [False, True, True, False]
    create_form(product=product, title="How is it?")
    assert offered() == [False, False, True, True]
    FeedbackFactory(product=product)
    KeywordRule.objects.create(tag=TagFactory(), phrases=["drift"])
    assert b"First steps" not in client.get("/home/").content
