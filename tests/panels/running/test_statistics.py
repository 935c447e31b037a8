"""The figures of a usability test equal published worked examples."""

from math import exp, log

import pytest

from apps.panels.running import statistics
from apps.panels.running.statistics import NOTHING, Estimate
from apps.panels.templatetags.running import written


def rounded(estimate: Estimate, digits: int) -> tuple[float | None, ...]:
    return tuple(None if one is None else round(one, digits) for one in estimate[1:])


@pytest.mark.parametrize(
    ("successes", "n", "low", "high", "digits"),
    [
        # Tullis, "Calculating a confidence interval for task completion using the adjusted Wald method" (2008): 4 of 5
        (4, 5, 0.3596, 0.9796, 3),
        # Fritz, Berger, "Improving the User Experience through Practical Data Analytics" (2015), chapter 4: 6 of 10
        (6, 10, 0.31, 0.83, 2),
    ],
)
def test_success_rates_as_published(successes, n, low, high, digits):
    found = statistics.success_rate(successes, n)

    assert rounded(found, digits) == (successes / n, round(low, digits), round(high, digits))


def test_a_success_rate_stays_within_0_and_1():
    assert statistics.success_rate(5, 5).high == 1.0
    assert statistics.success_rate(0, 5).low == 0.0


def test_task_times_as_published():
    """Sauro, "Graph and calculator for confidence intervals for task times" (2006): 68 seconds, 95 % CI (46, 101)."""
    found = statistics.task_time([55, 65, 75, 62, 45, 135])

    assert (found.n, *rounded(found, 0)) == (6, 68, 46, 101)


def test_a_mean_as_published():
    """Student, "The probable error of a mean", Biometrika 6 (1908): hours of sleep gained by one drug over another.

    Its interval as R's manual of t.test prints it: 0.7001142 to 2.4598858.
    """
    gained = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]

    assert rounded(statistics.mean(gained), 6) == (1.58, 0.700114, 2.459886)


def test_a_mean_of_many_as_published():
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.2 "Confidence limits for the mean" (data ZARR13)."""
    found = statistics.t_interval(195, 9.261460, 0.2278885e-01)

    assert rounded(found, 5) == (9.26146, 9.25824, 9.26468)


@pytest.mark.parametrize(  # NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, to the digits given there
    ("probability", "freedom", "value"),
    [
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.975, 3, 3.182),
        (0.975, 4, 2.776),
        (0.975, 9, 2.262),
        (0.975, 30, 2.042),
        (0.975, 100, 1.984),
        (0.95, 5, 2.015),
        (0.90, 10, 1.372),
        (0.995, 7, 3.499),
        (0.999, 1, 318.309),
        (0.999, 12, 3.930),
    ],
)
def test_quantiles_of_t_as_published(probability, freedom, value):
    assert round(statistics.t_quantile(probability, freedom), 3) == value


def test_quantiles_of_t_are_their_distribution_turned_round():
    for freedom in (1, 2, 3, 8, 15, 400):
        t = statistics.t_quantile(0.975, freedom)
        assert statistics.t_below(t, freedom) == pytest.approx(0.975, abs=1e-12)


def test_a_sus_score_as_published():
    """Brooke (1996), the filled-in scale of the paper: contributions 4 1 1 4 1 2 1 1 4 3, sum 22, score 55."""
    assert statistics.sus_score([5, 4, 2, 1, 2, 3, 2, 4, 5, 2]) == 55.0


def test_the_ends_of_the_sus_scale():
    assert statistics.sus_score([5, 1] * 5) == 100
    assert statistics.sus_score([1, 5] * 5) == 0
    assert statistics.sus_score([3] * 10) == 50


@pytest.mark.parametrize("answers", [[3] * 9, [3] * 11, [0, *[3] * 9], [6, *[3] * 9], []])
def test_a_sus_of_other_answers_is_none(answers):
    with pytest.raises(ValueError, match="ten answers"):
        statistics.sus_score(answers)


def test_discovery_as_published():
    """Sauro, Lewis (2012), chapter 7: five participants find 85 % where p is 0.315."""
    assert round(statistics.found_share(0.315, 5), 2) == 0.85


def test_discovery_of_found_problems():
    """Lewis, "How many users is enough?" (2001): of 10 problems 3 users met 7, in 16 of 21 cells, so p is 0.76."""
    found = statistics.discovery([3, 3, 3, 3, 2, 1, 1], 3)

    assert round(16 / 21, 2) == 0.76
    assert found == Estimate(3, pytest.approx(1 - (5 / 21) ** 3))


def test_none_is_no_data_and_one_has_no_interval():
    assert statistics.success_rate(0, 0) == NOTHING == statistics.mean([]) == statistics.task_time([])
    assert statistics.discovery([], 4).value is None
    assert statistics.discovery([], 0).value is None
    assert statistics.success_rate(0, 1) == Estimate(1, 0.0)
    assert statistics.mean([6]) == Estimate(1, 6.0)
    assert statistics.task_time([0, 12]) == Estimate(1, pytest.approx(12))


def test_the_interval_of_times_is_that_of_their_logarithms():
    times = [10.0, 20.0, 40.0]
    logs = statistics.mean([log(one) for one in times])

    assert statistics.task_time(times) == (3, *(pytest.approx(exp(one)) for one in logs[1:]))


def test_an_interval_is_cut_to_its_scale():
    assert statistics.bounded(Estimate(2, 97.5, 65.7, 129.3), 0, 100) == (2, 97.5, 65.7, 100)
    assert statistics.bounded(NOTHING, 0, 100) == NOTHING


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (2 / 3, "share", "67\u202f%"),
        (78.75, "", "78.8"),
        (4.666, "", "4.7"),
        (59.6, "seconds", "1:00"),
        (3_725, "seconds", "1:02:05"),
        (1e12, "seconds", "over a day"),
    ],
)
def test_figures_are_rounded_and_never_cut(value, unit, words):
    assert written(value, unit) == words
