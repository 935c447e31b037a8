"""Dates as bars: the step that makes few enough, nobody's steps there with 0."""

from datetime import date, timedelta

import pytest

from apps.dashboard.day_bars import MOST_BARS, day_bars, middle_day

START = date(2026, 3, 2)  # a Monday


@pytest.mark.parametrize(
    ("days", "head", "count", "first", "last"),
    [
        (0, "Day", 1, "2 Mar", "2 Mar"),
        (23, "Day", 24, "2 Mar", "25 Mar"),
        (24, "Week from", 4, "2 Mar", "23 Mar"),
        (24 * 7 - 1, "Week from", 24, "2 Mar", "10 Aug"),
        (24 * 7, "Month", 6, "Mar 2026", "Aug 2026"),
        (365, "Month", 13, "Mar 2026", "Mar 2027"),
        (730, "Year", 3, "2026", "2028"),
        (26 * 365, "Years", 14, "2026\N{EN DASH}2027", "2052\N{EN DASH}2053"),
    ],
)
def test_the_finest_step_that_makes_few_enough(days, head, count, first, last):
    made = day_bars({START: 1, START + timedelta(days=days): 2} if days else {START: 3})

    assert (made.head, len(made.bars)) == (head, count)
    assert (made.bars[0][0], made.bars[-1][0]) == (first, last)
    assert sum(times for _label, times in made.bars) == 3


def test_any_two_days_are_few_enough_bars():
    for last in (date(1900, 1, 2), date(1950, 1, 1), date(2099, 12, 31), date.max):
        assert len(day_bars({date(1900, 1, 1): 1, last: 1}).bars) <= MOST_BARS


def test_weeks_over_new_year_say_their_year():
    labels = [label for label, _times in day_bars({date(2025, 12, 1): 1, date(2026, 2, 1): 1}).bars]

    assert labels[0] == "1 Dec 2025"
    assert labels[-1] == "26 Jan 2026"


def test_the_middle_day_is_the_earlier_of_two():
    assert middle_day({START: 1, START + timedelta(days=4): 1}) == START
    assert middle_day({START: 1, START + timedelta(days=4): 2}) == START + timedelta(days=4)
