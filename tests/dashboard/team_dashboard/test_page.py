"""The page of the team dashboard: periods, access, fragments, cost, and where its figures lead."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.dashboard.forms import PeriodForm
from apps.dashboard.team_views import all_charts
from apps.insight.models import Reading
from apps.priorities import first_look
from apps.priorities.models import FirstLookCell
from apps.priorities.spans import Span, last_days
from apps.tagging import services as tagging
from tests.dashboard.team_dashboard.speaking import TODAY, days_ago, fold_all, say
from tests.factories import ProductFactory, ProductVersionFactory, TagFactory, TeamFactory, UserFactory

HTMX = {"HX-Request": "true"}


def test_first_looks_are_counted_once_a_day_by_wait(client, team, scientist):
    product, tag = ProductFactory(team=team), TagFactory(team=team)
    received = timezone.now() - timedelta(days=2)
    quick, slow, ruled = (say(product, received_at=received) for _ in range(3))
    say(product, received_at=received, visibility=Visibility.RESTRICTED)
    tagging.reject_tag(feedback_id=quick.pk, tag=tag, user=scientist)
    tagging.confirm_tag(feedback_id=slow.pk, tag=tag, user=scientist)
    quick.taggings.update(updated_at=received + timedelta(minutes=10))
    slow.taggings.update(updated_at=received + timedelta(hours=30))
    ruled.taggings.create(tag=tag, source="rule", state="confirmed")

    for _ in range(2):
        first_look.count_first_looks(timezone.localdate())

    (waits,) = first_look.waits([product.pk], [last_days(28, until=timezone.localdate())])
    assert (list(waits.counts), waits.not_yet_count) == ([1, 0, 0, 1, 0, 0], 1)
    assert waits.median_bucket == 3
    first_look.rebuild_first_looks(timezone.localdate())
    assert sum(FirstLookCell.objects.values_list("feedback_count", flat=True)) == 3


@pytest.mark.parametrize("compare", ["previous", "year"])
def test_days_at_the_beginning_of_time_are_refused_with_a_reason(client, team, scientist, compare):
    client.force_login(scientist)

    page = client.get(f"/teams/instruments/?since=0001-01-01&until=0001-01-02&compare={compare}")

    assert page.status_code == 200
    assert b"The first day lies too far back." in page.content


@pytest.mark.parametrize(
    ("query", "span", "before"),
    [
        ({}, Span(date(2026, 3, 4), TODAY), Span(date(2026, 2, 4), date(2026, 3, 3))),
        ({"period": "7", "compare": "none"}, Span(date(2026, 3, 25), TODAY), None),
        (
            {"period": "90", "compare": "year"},
            Span(date(2026, 1, 1), TODAY),
            Span(date(2025, 1, 2), date(2025, 4, 1)),
        ),
        (
            {"since": "2026-02-01", "until": "2026-02-10"},
            Span(date(2026, 2, 1), date(2026, 2, 10)),
            Span(date(2026, 1, 22), date(2026, 1, 31)),
        ),
    ],
)
def test_periods_are_read_from_the_address(query, span, before):
    period = PeriodForm(query, today=TODAY).chosen()

    assert (period.span, period.before) == (span, before)
    assert (
        PeriodForm({**dict(pair.split("=") for pair in period.query.split("&") if pair)}, today=TODAY).chosen()
        == period
    )


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?period=13", b"There is no such period"),
        ("?period=x&compare=moon", b"There is no such comparison"),
        ("?since=2026-02-10&until=2026-02-01", b"Swap them"),
        ("?since=2026-02-10", b"both a first and a last day"),
        ("?since=gibberish&until=2026-02-01", b"Enter a valid date"),
        ("?since=2026-02-01&until=2999-01-01", b"in the future"),
        ("?since=1990-01-01&until=2026-01-01", b"more than five years"),
    ],
)
def test_a_period_that_makes_no_sense_is_said_and_nothing_is_lost(client, team, scientist, query, says):
    ProductFactory(team=team)
    client.force_login(scientist)

    response = client.get(f"/teams/instruments/{query}")

    assert response.status_code == 200
    assert says in response.content
    assert response.context["period"].days == 28


@pytest.mark.parametrize("address", ["/teams/instruments/", "/teams/instruments/charts/volume.csv"])
def test_dashboards_refuse_strangers_roles_and_methods(client, team, address):
    assert client.get(address).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 405
    client.force_login(UserFactory(role=Role.SCIENTIST))

    assert client.get(address).status_code == 200
    assert client.get(address.replace("instruments", "nowhere")).status_code == 404


def test_the_fragment_is_304_until_something_changes(client, team, scientist, django_assert_num_queries):
    product = ProductFactory(team=team)
    say(product)
    fold_all()
    client.force_login(scientist)
    first = client.get("/teams/instruments/", headers=HTMX)
    conditional = {**HTMX, "If-None-Match": first.headers["ETag"]}
    assert first.content.strip().startswith(b'<section id="dashboard"')

    with django_assert_num_queries(5):  # session, person, roles, team, state
        assert client.get("/teams/instruments/", headers=conditional).status_code == 304
    for change in (
        lambda: (say(product), fold_all()),
        lambda: ProductVersionFactory(product=product, released_on=days_ago(1)),
        lambda: ProductFactory(team=team),
    ):
        change()
        changed = client.get("/teams/instruments/", headers=conditional)
        assert changed.status_code == 200
        conditional["If-None-Match"] = changed.headers["ETag"]


@pytest.mark.parametrize("amount", [1, 3])
def test_the_dashboard_costs_the_same_for_one_row_and_three(client, team, scientist, amount, django_assert_num_queries):
    for _ in range(amount):
        product, tag = ProductFactory(team=team), TagFactory(team=team)
        ProductVersionFactory(product=product, released_on=days_ago(5))
        for _ in range(3):
            say(product, tag=tag, user=scientist)
    fold_all()
    client.force_login(scientist)

    # session, person, roles, team, state; versions, volume, waits, ranks, cells, untagged, sparklines, hidden;
    # goal, members, encounters and running cycle; teams of the navigation
    with django_assert_num_queries(18):
        response = client.get("/teams/instruments/")

    assert len(response.context["page"].top) == amount


def listed(client, url: str) -> list[str]:
    """Return the texts of the list at ``url``; none of what its address asks may be left out."""
    context = client.get(url).context
    assert not context["problems"]
    return sorted(row.feedback.text for row in context["rows"])


def test_the_unhappy_figure_leads_to_as_many_rows_as_it_counts(client, team, scientist):
    product = ProductFactory(name="Aurora", team=team)
    version = ProductVersionFactory(product=product, name="3.1", released_on=days_ago(20))
    moods = [(1, "positive"), (2, "neutral"), (3, "negative"), (5, "negative"), (None, "negative"), (None, "neutral")]
    for days, kept in ((2, moods), (9, moods[:3]), (40, moods)):
        for rating, mood in kept:
            feedback = say(product, days=days, rating=rating, text=f"{days} {rating} {mood}", version=version)
            Reading.objects.create(feedback=feedback, sentiment=mood, sentiment_milli=0, reader_version="test")
            tagging.rebook_feedback([feedback.pk])
    say(product, days=2, rating=None, text="not read yet", version=version)
    say(ProductFactory(team=TeamFactory()), days=2, rating=1, text="another team's")
    fold_all()
    client.force_login(scientist)
    page = client.get("/teams/instruments/")
    charts = all_charts(page.context["page"])
    figure = next(one for one in page.context["figures"] if one.key == "unhappy")

    rows = listed(client, figure.url)

    assert rows == ["2 1 positive", "2 2 neutral", "2 None negative", "9 1 positive", "9 2 neutral"]
    assert (page.context["page"].now.total.unhappy_count, figure.value, figure.n) == (5, "50%", "n = 10")
    assert listed(client, charts["unhappy"].rows[-1].url) == rows[:3]
    assert listed(client, charts["unhappy"].rows[-2].url) == rows[3:]
    assert listed(client, charts["versions"].rows[0].url) == rows
    assert len(listed(client, charts["volume"].rows[-1].url)) == 7
