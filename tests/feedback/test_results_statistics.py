"""Measures of scales against published or hand-made figures; nothing is never 0."""

import pytest

from apps.feedback.results.statistics import Measure, mean, nps, share, sus_score, t95, top_share


def test_nps_counts_promoters_less_detractors():
    found = nps({0: 1, 6: 1, 7: 3, 8: 1, 9: 2, 10: 2})

    assert found is not None
    assert (found.value, found.n) == (20.0, 10)
    assert found.low < 20 < found.high


def test_nps_interval_is_the_adjusted_wald_one():
    """By hand: n = 100, 50 promoters, 20 detractors, 3 added as 3/4, 3/2, 3/4."""
    found = nps({10: 50, 8: 30, 0: 20})

    mean_ = (50.75 - 20.75) / 103
    margin = 1.959964 * ((71.5 / 103 - mean_**2) / 103) ** 0.5
    assert found == pytest.approx(Measure(30.0, 100 * (mean_ - margin), 100 * (mean_ + margin), 100), abs=1e-4)


@pytest.mark.parametrize(
    ("part", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_a_share_has_wilsons_interval(part, n, low, high):
    """The last from Newcombe, "Two-sided confidence intervals for the single proportion", 1998, method 3."""
    found = share(part, n)

    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_a_mean_has_students_interval():
    found = mean({1: 1, 2: 1, 3: 1, 4: 1, 5: 1})

    assert found == pytest.approx(Measure(3.0, 3 - 2.776445 * (0.5**0.5), 3 + 2.776445 * (0.5**0.5), 5), abs=1e-3)


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 12.7062), (5, 2.5706), (10, 2.2281), (30, 2.0423), (1000, 1.9623)]
)
def test_students_quantile(degrees, quantile):
    assert t95(degrees) == pytest.approx(quantile, abs=0.003)


def test_nothing_is_none_and_one_has_no_interval():
    assert (nps({}), share(0, 0), top_share({1: 0}, at_least=4), mean({})) == (None, None, None, None)
    assert mean({4: 1}) == Measure(4.0, None, None, 1)


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        (dict.fromkeys(range(1, 11), 3), 50.0),
        ({item: 5 if item % 2 else 1 for item in range(1, 11)}, 100.0),
        ({item: 1 if item % 2 else 5 for item in range(1, 11)}, 0.0),
        (dict.fromkeys(range(1, 10), 3), None),
    ],
)
def test_sus_goes_from_0_to_100_and_needs_all_ten(answers, score):
    assert sus_score(answers) == score
