"""The figures of the team dashboard: those counted by hand, and none where there are none."""

from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.models import Visibility
from apps.dashboard.team_views import all_charts
from apps.dashboard.wording import short_day
from apps.priorities import volume
from apps.priorities.disclosure import too_few
from apps.priorities.models import Snapshot
from tests.dashboard.team_dashboard.speaking import days_ago, fold_all, page_of, say
from tests.factories import ProductFactory, ProductVersionFactory, TagFactory, TeamFactory


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
