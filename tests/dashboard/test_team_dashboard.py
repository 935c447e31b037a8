"""A team's dashboard: figures as counted by hand, periods, disclosure, permissions, freshness."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.dashboard.forms import PeriodForm
from apps.dashboard.team_views import all_charts
from apps.dashboard.wording import short_day, step_label
from apps.insight.models import Reading
from apps.priorities import first_look, fold, movement, segments, selectors, volume
from apps.priorities.disclosure import too_few
from apps.priorities.models import FirstLookCell, Snapshot
from apps.priorities.spans import STEP_DAYS, Span, last_days, readable_step_days, step_days
from apps.tagging import services as tagging
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    ProductVersionFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

HTMX = {"HX-Request": "true"}
TODAY = date(2026, 3, 31)


@pytest.fixture
def team(db):
    return TeamFactory(name="Instruments", slug="instruments")


@pytest.fixture
def scientist(team):
    return UserFactory(role=Role.SCIENTIST, team=team)


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def say(product, *, days: int = 0, tag=None, user=None, **fields):
    """Book one piece of feedback said that many days ago; with ``tag`` tagged by ``user``."""
    feedback = FeedbackFactory(product=product, captured_on=days_ago(days), **fields)
    if tag is None:
        tagging.rebook_feedback([feedback.pk])
    else:
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    return feedback


def fold_all() -> None:
    while fold.fold_ledger() or fold.fold_volume_ledger():
        pass


def page_of(client, query: str = ""):
    return client.get(f"/teams/instruments/{query}").context["page"]


# --- figures ------------------------------------------------------------------------------------------------------


def test_figures_are_those_counted_by_hand(client, team, scientist):
    product, tag = ProductFactory(team=team), TagFactory(team=team)
    say(product, rating=1, tag=tag, user=scientist)
    say(product, rating=4, days=3)
    say(product, rating=None, days=27)
    say(product, rating=2, days=28)  # the days before
    say(product, rating=5, days=56)  # before them
    say(product, rating=1, visibility=Visibility.RESTRICTED)
    say(product, rating=1, state="spam")
    say(ProductFactory(team=TeamFactory()), rating=1)
    fold_all()
    client.force_login(scientist)

    page = page_of(client)

    assert page.now.total == volume.Sums(3, 1, 0, 2, 5, 2)
    assert page.before is not None
    assert page.before.total == volume.Sums(1, 1, 0, 1, 2, 1)
    assert [one.feedback_count for one in page.now.by_step()] == [1] + [0] * 23 + [1, 0, 0, 1]
    assert (sum(row.feedback_count for row in page.untagged), min(row.oldest_on for row in page.untagged)) == (
        4,
        days_ago(56),
    )
    texts = {figure.key: (figure.value, figure.n) for figure in client.get("/teams/instruments/").context["figures"]}
    assert texts["volume"] == ("3", "before: 1")
    assert texts["unhappy"] == ("33%", "n = 3")
    assert texts["rating"] == ("\u2013", "n = 2 rated")  # of two, each could tell the other's


def test_no_data_is_never_zero(client, team, scientist):
    ProductFactory(team=team)
    client.force_login(scientist)

    response = client.get("/teams/instruments/")

    texts = {figure.key: figure.value for figure in response.context["figures"]}
    assert (texts["unhappy"], texts["sentiment"], texts["rating"], texts["wait"]) == ("\u2013",) * 4
    charts = all_charts(response.context["page"])
    assert [row.values[0] for row in charts["unhappy"].rows] == [None] * 4
    assert [row.values[0] for row in charts["rating"].rows] == [None] * 4


def test_of_one_or_two_people_nothing_is_shown_but_that_they_spoke(client, team, scientist):
    product = ProductFactory(team=team)
    for days, count in ((0, 2), (1, 4), (2, 3)):
        for _ in range(count):
            say(product, rating=1, days=days)
    fold_all()
    client.force_login(scientist)

    charts = all_charts(page_of(client, "?period=7"))

    # The three of the day before go with the two: else these were what is left of the figures above.
    assert [row.values[0] for row in charts["unhappy"].rows][-3:] == [None, 1.0, None]
    assert [row.values[0] for row in charts["rating"].rows][-3:] == [None, 1.0, None]
    assert [list(row.values[:2]) for row in charts["volume"].rows][-3:] == [[3, None], [4, 4], [2, None]]
    assert [(one.label, list(one.values[-3:])) for one in charts["volume"].series] == [
        ("Unhappy", [None, 4, None]),
        ("Not unhappy", [None, 0, None]),  # hidden days are in neither: together they are no part of the total
        ("Too few to say", [3, None, 2]),
        ("Days before", [0, 0, 0]),
    ]
    assert [row.is_unfinished for row in charts["volume"].rows][-2:] == [False, True]
    assert '<span class="quiet">so far</span>' in charts["volume"].table_rows
    assert [len(charts[key].series) for key in ("unhappy", "rating")] == [1, 1]  # no line of no or of one value
    assert "Fewer than three: not shown." in charts["rating"].definition


def test_without_a_hidden_day_nothing_is_too_few_to_say(client, team, scientist):
    product = ProductFactory(team=team)
    for days, ratings in ((0, (1, 1, 5)), (1, (1, 5, 5))):
        for rating in ratings:
            say(product, rating=rating, days=days)
    fold_all()
    client.force_login(scientist)

    charts = all_charts(page_of(client, "?period=7&compare=none"))

    assert [(one.label, list(one.values[-3:])) for one in charts["volume"].series] == [
        ("Unhappy", [0, 1, 2]),
        ("Not unhappy", [0, 2, 1]),
    ]


def test_a_summary_names_a_day_only_where_it_stands_alone(client, team, scientist):
    product = ProductFactory(team=team)
    for days, ratings in ((1, (1, 1, 1)), (2, (1, 1, 5, 5)), (3, (1, 1, 5, 5)), (4, (5, 5, 5))):
        for rating in ratings:
            say(product, rating=rating, days=days)
    fold_all()
    client.force_login(scientist)

    charts = all_charts(page_of(client, "?period=7&compare=none"))
    alone = all_charts(page_of(client, f"?since={days_ago(2)}&until={days_ago(1)}&compare=none"))

    worst, best = short_day(days_ago(1)), short_day(days_ago(4))
    assert charts["volume"].summary == "14 pieces of feedback, 7 of them unhappy. At most 4, 2 times."
    assert charts["unhappy"].summary == f"Between 0% ({best}) and 100% ({worst})."
    assert charts["rating"].summary == f"Between 1.0 ({worst}) and 5.0 ({best})."
    assert alone["volume"].summary == (f"7 pieces of feedback, 5 of them unhappy. Most on {short_day(days_ago(2))}: 4.")
    assert "Vertical lines" not in charts["volume"].definition
    assert [row.is_unfinished for row in alone["volume"].rows] == [False, False]


@given(st.lists(st.integers(0, 9)))
def test_what_is_hidden_is_never_fewer_than_three_unless_all_is(counts):
    hidden = too_few(counts)

    assert all(place in hidden for place, count in enumerate(counts) if count in (1, 2))
    assert not hidden or sum(counts[place] for place in hidden) >= min(3, sum(counts))


def test_a_regression_after_a_release_is_marked(client, team, scientist):
    product = ProductFactory(name="Aurora", team=team)
    good = ProductVersionFactory(product=product, name="3.1", released_on=days_ago(80))
    bad = ProductVersionFactory(product=product, name="3.2", released_on=days_ago(10))
    for n in range(30):
        say(product, version=good, days=40, rating=1 if n < 6 else 5)
        say(product, version=bad, days=5, rating=1 if n < 18 else 5)
    say(product, version=bad, days=12, rating=1)  # before its release: somebody had it early, or a wrong clock
    fold_all()
    client.force_login(scientist)

    charts = all_charts(page_of(client))

    assert [(row.label, row.values[1], row.values[3], row.values[4]) for row in charts["versions"].rows] == [
        ("Aurora 3.2", 30, 0.6, "worse"),
        ("Aurora 3.1", 30, 0.2, ""),
    ]
    assert charts["versions"].summary == "Worse than the version before: Aurora 3.2 (60%)."
    assert [(mark.index, mark.label) for mark in charts["volume"].marks] == [(2, "Aurora 3.2")]


def test_rising_and_falling_need_five_and_more_than_chance(client, team, scientist):
    product = ProductFactory(team=team)
    up, down, few, steady = (TagFactory(name=name, team=team) for name in ("Up", "Down", "Few", "Steady"))
    plan = [(up, 2, 9), (down, 9, 1), (few, 0, 4), (steady, 9, 10)]
    for tag, before, now in plan:
        for _ in range(before):
            say(product, days=40, tag=tag, user=scientist)
        for _ in range(now):
            say(product, days=2, tag=tag, user=scientist)
    fold_all()
    client.force_login(scientist)

    page = page_of(client)

    assert [(one.name, one.before, one.now) for one in page.rising] == [("Up", 2, 9)]
    assert [(one.name, one.before, one.now) for one in page.falling] == [("Down", 9, 1)]


def test_ranks_are_compared_with_the_evening_before_the_period(client, team, scientist):
    product = ProductFactory(team=team)
    tags = [TagFactory(team=team) for _ in range(3)]
    for count, tag in zip((6, 5, 4), tags, strict=True):
        for _ in range(count):
            say(product, tag=tag, user=scientist)
    fold_all()
    for days, ranks in ((40, (1, 2, None)), (28, (2, 1, None)), (3, (1, 2, 3))):
        for tag, rank in zip(tags, ranks, strict=True):
            if rank:
                Snapshot.objects.create(
                    tag=tag, team=team, day=days_ago(days), rank=rank, policy_version=1, score=1, customer_count=1,
                    anonymous_count=0, feedback_count=1, state="new",
                )  # fmt: skip
    client.force_login(scientist)

    page = page_of(client)

    assert page.compared_on == days_ago(28)
    assert [(one.ranked.climbed, one.ranked.is_new) for one in page.top] == [(1, False), (-1, False), (0, True)]


# --- disclosure ---------------------------------------------------------------------------------------------------


def test_priorities_stand_by_the_score_of_the_queue(client, team, scientist):
    product = ProductFactory(team=team)
    old, recent = TagFactory(team=team, name="Old"), TagFactory(team=team, name="Recent")
    for tag, days, count in ((old, 300, 5), (recent, 1, 3)):
        for _ in range(count):
            say(product, days=days, tag=tag, user=scientist, customer=CustomerFactory())
    fold_all()
    client.force_login(scientist)

    response = client.get("/teams/instruments/")
    shown = [(one.ranked.name, one.ranked.score) for one in response.context["page"].top]

    entries = selectors.queue(team).entries
    assert [(name, pytest.approx(score)) for name, score in shown] == [(one.tag.name, one.score) for one in entries]
    assert [one.ranked.voice_count for one in response.context["page"].top] == [3, 5]  # not by voices
    assert "Ranked by score, not by voices" in response.content.decode()


def test_segments_of_fewer_than_three_voices_are_not_told_apart(client, team, scientist):
    product, tag = ProductFactory(team=team), TagFactory(team=team)
    for name, voices in (("Large", 5), ("Middle", 4), ("Small", 2)):
        organisation = OrganisationFactory(segment=SegmentFactory(name=name))
        for _ in range(voices):
            customer = CustomerFactory(organisation=organisation)
            for _ in range(2):
                say(product, customer=customer, tag=tag, user=scientist)
    fold_all()
    client.force_login(scientist)

    page = page_of(client)

    assert [(part.name, part.mention_count, part.is_others) for part in page.segments] == [
        ("Large", 10, False),
        ("", 12, True),  # Small alone would be the total minus the others
    ]
    chart = all_charts(page)["segments"]
    assert chart.summary == ("Largest named segment: Large, 45%. 55% come from segments too small to tell apart.")
    assert [(row.label, row.is_neutral) for row in chart.rows] == [
        ("Large", False),
        ("Others (too small to tell apart)", True),
    ]


def test_the_largest_segment_named_is_one_that_has_a_name(client, team, scientist):
    product, tag = ProductFactory(team=team), TagFactory(team=team)
    customers = [CustomerFactory(organisation=None) for _ in range(5)]
    organisation = OrganisationFactory(segment=SegmentFactory(name="Labs"))
    customers += [CustomerFactory(organisation=organisation) for _ in range(3)]
    for customer in customers:
        say(product, customer=customer, tag=tag, user=scientist)
    fold_all()
    client.force_login(scientist)

    chart = all_charts(page_of(client))["segments"]

    assert [row.label for row in chart.rows] == ["No segment, or anonymous", "Labs"]
    assert chart.summary == "Largest named segment: Labs, 38%."


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 4), st.integers(0, 9), st.integers(0, 9), st.integers(0, 5)),
        max_size=12,
    )
)
def test_segments_add_up_and_show_no_one_below_three(rows):
    sums = [
        movement.TagSegmentSums(
            tag, 1, "Tag", "tag", segment, f"S{segment}", now, min(unhappy, now), min(voices, now), 0
        )
        for tag, segment, now, unhappy, voices in {row[:2]: row for row in rows}.values()
    ]

    parts = segments.segment_parts(sums)

    assert sum(part.mention_count for part in parts) == sum(row.now for row in sums)
    assert sum(part.unhappy_count for part in parts) == sum(row.now_unhappy for row in sums)
    least = segments.least_voices(row for row in sums if row.now)
    named = {part.name for part in parts if not (part.is_others or part.is_all)}
    assert all(least[name] >= 3 for name in named)
    rest = [name for name in least if name not in named]
    assert not rest or not named or sum(least[name] for name in rest) >= 3


def test_the_page_says_how_much_of_it_the_reader_may_not_open(client, team, scientist):
    product = ProductFactory(team=team)
    say(product, visibility=Visibility.TEAM, text="Canary")
    say(product, visibility=Visibility.RESTRICTED, text="Canary")
    say(product)
    fold_all()
    client.force_login(UserFactory(role=Role.MANAGER))

    response = client.get("/teams/instruments/")

    assert response.context["page"].now.total.feedback_count == 2
    assert response.context["page"].hidden_count == 1
    assert b"1 of these you may not open" in response.content
    assert b"Canary" not in response.content
    client.force_login(scientist)
    assert page_of(client).hidden_count == 0


# --- sums ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_parts_sum_to_totals_in_any_cut(team, scientist):
    products = [ProductFactory(team=team) for _ in range(3)]
    tag = TagFactory(team=team)
    for n in range(40):
        said = {"tag": tag, "user": scientist} if n % 3 == 0 else {}
        say(products[n % 3], days=(n * 7) % 120, rating=n % 6 or None, **said)
    fold_all()
    ids = [product.pk for product in products]
    spans = [last_days(days, until=timezone.localdate()) for days in (1, 7, 44, 46, 90, 120, 500)]

    for found in volume.breakdowns(ids, spans):
        assert volume.sum_up(found.by_step()) == found.total
        for length in (one for one in STEP_DAYS if one >= step_days(found.span)):
            steps = found.by_step(length=length)
            parts = volume.breakdowns(ids, found.span.steps(length))
            assert steps == [part.total for part in parts]
        assert volume.sum_up(found.of([pk]) for pk in ids) == found.total
        assert found.total.untagged_count <= found.total.feedback_count
    assert volume.breakdowns(ids, spans)[-1].total.feedback_count == 40


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(1, 1800))
def test_steps_cover_their_span_once(since, days):
    span = Span(since, since + timedelta(days=days - 1))

    steps = span.steps()

    assert (steps[0].since, steps[-1].until) == span
    assert all(one.until + timedelta(days=1) == two.since for one, two in pairwise(steps))
    assert span.before().day_count == span.year_before().day_count == days


@pytest.mark.parametrize(
    ("days", "feedback_count", "length"),
    [
        (28, 84, 1), (28, 83, 7), (28, 0, 7), (27, 0, 1), (7, 2, 1), (45, 134, 7), (45, 135, 1),
        (90, 38, 7), (112, 47, 28), (112, 48, 7), (365, 156, 28), (365, 157, 7), (500, 1, 28),
    ],
)  # fmt: skip
def test_where_few_speak_a_step_is_longer(days, feedback_count, length):
    assert readable_step_days(last_days(days, until=TODAY), feedback_count) == length


def test_a_quiet_team_sees_weeks_where_a_busy_one_sees_days(client, team, scientist):
    busy, product = ProductFactory(team=TeamFactory(slug="busy")), ProductFactory(team=team)
    for n in range(84):
        say(busy, days=n % 28, rating=1 + n % 5)
    for days, count in ((1, 4), (6, 2), (7, 3), (27, 3), (28, 5), (30, 60)):
        for _ in range(count):
            say(product, days=days, rating=1)
    fold_all()
    client.force_login(scientist)

    quiet_charts, busy_charts = (
        all_charts(client.get(f"/teams/{slug}/").context["page"]) for slug in ("instruments", "busy")
    )

    volume_chart = quiet_charts["volume"]
    assert [list(row.values) for row in volume_chart.rows] == [[3, 3, 0], [0, 0, 0], [3, 3, 0], [6, 6, 65]]
    assert (volume_chart.head, volume_chart.rows[-1].label) == (
        "Weeks",
        step_label(last_days(7, until=timezone.localdate())),
    )
    assert [len(quiet_charts[key].rows) for key in ("unhappy", "rating", "sentiment")] == [4] * 3
    assert volume_chart.definition.endswith("Each step is a week, counted back from the last day.")
    assert [list(row.values[:1]) for row in busy_charts["volume"].rows] == [[3]] * 28
    assert busy_charts["rating"].definition.endswith("Each step is a day.")


# --- waits --------------------------------------------------------------------------------------------------------


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


# --- periods ------------------------------------------------------------------------------------------------------


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


# --- who, how often, how much -------------------------------------------------------------------------------------


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
    # teams of the navigation
    with django_assert_num_queries(14):
        response = client.get("/teams/instruments/")

    assert len(response.context["page"].top) == amount


# --- where figures lead -------------------------------------------------------------------------------------------


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
