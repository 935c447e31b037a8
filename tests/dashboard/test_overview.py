"""The overview across teams: one row each, that sums up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.dashboard.overview import HeatCell, heat_spans
from apps.feedback.models import FeedbackState
from apps.priorities import fold, volume
from apps.priorities.first_look import NOT_YET
from apps.priorities.models import FirstLookCell
from apps.priorities.spans import last_days
from apps.tagging import services as tagging
from tests.factories import AdministratorFactory, FeedbackFactory, ProductFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def say(product, *, days: int = 0, tag=None, user=None, **fields) -> None:
    day = timezone.localdate() - timedelta(days=days)
    feedback = FeedbackFactory(product=product, captured_on=day, **fields)
    if tag:
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    else:
        tagging.rebook_feedback([feedback.pk])


def fold_all() -> None:
    while fold.fold_ledger() or fold.fold_volume_ledger():
        pass


def test_a_row_per_team_sums_to_the_total(client):
    teams = [TeamFactory(name=name) for name in ("Alpha", "Beta")]
    user = UserFactory(role=Role.MANAGER, team=teams[0])
    tag = TagFactory(name="Pump", team=teams[0])
    one, two, three = (ProductFactory(team=team) for team in (teams[0], teams[0], teams[1]))
    for _ in range(3):
        say(one, rating=1, tag=tag, user=user)
    say(two, rating=5, days=2)
    say(three, rating=5, days=100)
    say(three, rating=2, days=1)
    say(one, state=FeedbackState.HELD)
    fold_all()
    client.force_login(user)

    page = client.get("/overview/").context["page"]

    rows = {row.team.name: row for row in page.teams}
    assert (rows["Alpha"].now.feedback_count, rows["Alpha"].unhappy_share, rows["Alpha"].held_count) == (4, 0.75, 1)
    assert (rows["Beta"].now.feedback_count, rows["Beta"].unhappy_share) == (1, None)
    assert rows["Beta"].backlog.count == 2
    assert rows["Beta"].backlog.oldest_on == timezone.localdate() - timedelta(days=100)
    assert [ranked.name for ranked in rows["Alpha"].top] == ["Pump"]
    assert volume.sum_up(row.now for row in page.teams) == page.now.total
    assert volume.sum_up(row.total for row in page.products) == page.now.total
    assert all(sum(cell.count for cell in row.cells) == row.total.feedback_count for row in page.products)


@pytest.mark.parametrize(("days", "columns"), [(7, 7), (28, 4), (90, 13), (365, 14)])
def test_heat_has_few_columns_that_cover_the_period(days, columns):
    span = last_days(days, until=timezone.localdate())

    found = heat_spans(span)

    assert len(found) == columns
    assert (found[0].since, found[-1].until) == span


def test_a_spike_is_marked(client):
    team = TeamFactory()
    product, calm = ProductFactory(team=team), ProductFactory(team=team)
    for _ in range(10):
        say(product)
    for days in range(10):
        say(calm, days=days)
    fold_all()
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))

    page = client.get("/overview/?period=7").context["page"]

    assert {row.product: row.is_spike for row in page.products} == {product: True, calm: False}


def test_a_spike_is_explained_only_where_one_is_shown(client):
    product = ProductFactory(team=TeamFactory())
    client.force_login(UserFactory(role=Role.SCIENTIST, team=product.team))

    calm = client.get("/overview/").content.decode()
    for _ in range(10):
        say(product)
    fold_all()
    alarmed = client.get("/overview/").content.decode()

    assert ["A spike:" in html for html in (calm, alarmed)] == [False, True]


def test_what_is_untagged_and_held_leads_to_its_list(client):
    team, empty = TeamFactory(name="Alpha"), TeamFactory(name="Empty")
    product = ProductFactory(team=team, slug="stage")
    say(product)
    say(product, state=FeedbackState.HELD)
    say(ProductFactory(team=TeamFactory(name="Other")), state=FeedbackState.HELD)
    fold_all()
    client.force_login(AdministratorFactory())

    html = client.get("/overview/").content.decode()
    rows = {row.team.name: row for row in client.get("/overview/").context["page"].teams}

    for url, count in ((rows["Alpha"].untagged_url, 1), (rows["Alpha"].held_url, 1)):
        assert f'href="{url.replace("&", "&amp;")}">{count}</a>' in html
        assert len(client.get(url).context["rows"]) == count
    assert (rows[empty.name].untagged_url, rows[empty.name].held_url) == ("", "")  # never everybody's


def test_a_shade_is_of_the_percentage_shown():
    span = last_days(1, until=timezone.localdate())

    shades = [HeatCell("stage", span, share, 100).shade for share in (None, 0.194, 0.195, 0.2, 0.29, 0.5)]

    assert shades == ["none", "0", "1", "1", "1", "4"]


def test_scientists_see_no_figures_of_what_is_held(client):
    team = TeamFactory()
    say(ProductFactory(team=team), state=FeedbackState.HELD)
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))

    (row,) = client.get("/overview/").context["page"].teams

    assert row.held_count is None


def test_the_overview_says_how_much_of_it_the_reader_may_not_open(client):
    say(ProductFactory(team=TeamFactory()), visibility="team", text="Canary")
    fold_all()
    client.force_login(UserFactory(role=Role.MANAGER))

    html = client.get("/overview/").content

    assert b"1 of these you may not open" in html
    assert b"Canary" not in html


def test_an_overview_without_teams_says_so(client):
    client.force_login(UserFactory(is_superuser=True))

    assert b"No team yet" in client.get("/overview/").content


def test_the_overview_refuses_strangers_roles_and_methods(client):
    assert client.get("/overview/").status_code == 302
    client.force_login(UserFactory())
    assert client.get("/overview/").status_code == 403
    assert client.post("/overview/").status_code == 405


def test_the_fragment_is_304_until_something_changes(client):
    team = TeamFactory()
    product = ProductFactory(team=team)
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))
    first = client.get("/overview/", headers=HTMX)
    conditional = {**HTMX, "If-None-Match": first.headers["ETag"]}
    assert first.content.strip().startswith(b'<section id="overview"')

    assert client.get("/overview/", headers=conditional).status_code == 304
    say(product)
    fold_all()
    assert client.get("/overview/", headers=conditional).status_code == 200


@pytest.mark.parametrize("amount", [1, 3])
def test_the_overview_costs_the_same_for_one_team_and_three(client, amount, django_assert_num_queries):
    user = UserFactory(role=Role.MANAGER)
    for _ in range(amount):
        team = TeamFactory()
        tag = TagFactory(team=team)
        for _ in range(3):
            say(ProductFactory(team=team), tag=tag, user=user)
    fold_all()
    client.force_login(user)

    # session, person, roles, teams, state; products, volume, ranks, cells, untagged, held (with its teams), waits,
    # hidden; teams of the navigation
    with django_assert_num_queries(14):
        response = client.get("/overview/")

    assert len(response.context["page"].teams) == amount + 1  # and the manager's own


def test_an_archived_product_is_shown_while_something_was_said_of_it(client):
    team = TeamFactory()
    put_away = {"team": team, "archived_at": timezone.now()}
    current, quiet, heard = ProductFactory(team=team), ProductFactory(**put_away), ProductFactory(**put_away)
    say(heard)
    say(quiet, days=200)
    fold_all()
    client.force_login(UserFactory(role=Role.MANAGER, team=team))

    page = client.get("/overview/").context["page"]

    assert {row.product for row in page.products} == {current, heard}


def test_a_wait_nobody_can_name_says_how_many_were_looked_at(client):
    team = TeamFactory(slug="instruments")
    product = ProductFactory(team=team)
    yesterday = timezone.localdate() - timedelta(days=1)
    for bucket, count in ((0, 1), (NOT_YET, 3)):
        FirstLookCell.objects.create(product_id=product.pk, day=yesterday, bucket=bucket, feedback_count=count)
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))

    (row,) = client.get("/overview/").context["page"].teams
    figures = {one.key: one for one in client.get("/teams/instruments/").context["figures"]}

    assert (row.wait_shown, row.looked_at_shown) == ("over half not yet", "1 of 4 looked at")
    assert (figures["wait"].value, figures["wait"].n) == ("over half not yet", "1 of 4 looked at")
