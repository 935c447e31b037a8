"""What the team dashboard does not tell of few people, and how its parts add up."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.dashboard.team_views import all_charts
from apps.dashboard.wording import step_label
from apps.priorities import movement, segments, selectors, volume
from apps.priorities.spans import STEP_DAYS, Span, last_days, readable_step_days, step_days
from tests.dashboard.team_dashboard.speaking import TODAY, fold_all, page_of, say
from tests.factories import (
    CustomerFactory,
    OrganisationFactory,
    ProductFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)


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
