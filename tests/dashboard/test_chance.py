"""Colour is for moves beyond chance."""

from statistics import fmean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.dashboard.chance import Mean, tone_of, z_of
from apps.dashboard.figures import total_figures
from apps.dashboard.wording import unhappy_tone
from apps.priorities.spans import Span
from apps.priorities.volume import Sums
from tests.dashboard.team_dashboard.speaking import TODAY

RATINGS = st.lists(st.integers(1, 5), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("now", "before", "tone"),
    [
        ((10, 6), (10, 5), ""),  # ten points more, of ten: chance
        ((1000, 600), (1000, 500), "bad"),
        ((1000, 500), (1000, 600), "good"),
        ((100, 100), (100, 100), ""),  # nothing but unhappy, as before
        ((2, 2), (100, 1), ""),  # of fewer than three no share is shown
    ],
)
def test_an_unhappy_share_is_coloured_beyond_chance_only(now, before, tone):
    assert unhappy_tone(Sums(*now), Sums(*before)) == tone


def test_without_a_comparison_there_is_no_tone():
    assert unhappy_tone(Sums(10, 5), None) == ""
    assert z_of(Mean(0.5, 10), Mean(0.0, 0), low=0, high=1) == 0.0
    assert [tone_of(z, is_more_good=True) for z in (1.49, 1.5, -1.5)] == ["", "good", "bad"]


@given(RATINGS, RATINGS)
def test_no_values_vary_more_than_is_reckoned_with(now, old):
    both = [*now, *old]
    mean = fmean(both)

    assert pvariance(both) <= (5 - mean) * (mean - 1) + 1e-9


def test_ratings_and_sentiment_are_coloured_beyond_chance_only():
    def moves(count: int):
        now = Sums(count, 0, count * 100, count, count * 4)
        before = Sums(count, 0, count * 300, count, round(count * 3.6))
        shown = {one.key: one for one in total_figures(now, before, Span(TODAY, TODAY))}
        return [(shown[key].move, shown[key].tone) for key in ("sentiment", "rating")]

    assert moves(10) == [("\u22120.20", ""), ("+0.4", "")]
    assert moves(1000) == [("\u22120.20", "bad"), ("+0.4", "good")]
