"""What a seat counts, and where weeks lie on the line."""

from datetime import date, timedelta

import pytest

from apps.panels.rhythm.cycles import Bar, Span, series, strip
from apps.panels.rhythm.minutes import counted_minutes, minutes_between

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("planned", "ran", "length"),
    [
        (HOUR, None, 60),
        (HOUR, HOUR / 2, 30),
        (HOUR, 1.5 * HOUR, 90),
        (HOUR, 20 * HOUR, 120),  # the page was left open
        (None, 20 * HOUR, 1200),
        (None, None, None),
        (timedelta(seconds=119), None, 1),
    ],
)
def test_a_session_lasts_as_it_ran_and_never_more_than_twice_its_plan(planned, ran, length):
    assert minutes_between(planned=planned, ran=ran) == length


@pytest.mark.parametrize(
    ("said", "length", "counted"),
    [(None, 60, 60), (20, 60, 20), (0, 60, 0), (90, 60, 60), (45, None, 45), (None, None, 0)],
)
def test_a_seat_never_counts_more_than_the_session(said, length, counted):
    assert counted_minutes(said=said, length=length) == counted


def test_a_series_follows_without_a_gap():
    made = series(pattern="{n}. Takt {x}", first_number=9, starts_on=date(2026, 12, 28), weeks=2, count=2)

    assert made == [
        Span("9. Takt {x}", date(2026, 12, 28), date(2027, 1, 10)),
        Span("10. Takt {x}", date(2027, 1, 11), date(2027, 1, 24)),
    ]


def test_the_strip_gives_every_day_its_place():
    days = [(date(2026, 1, 1), date(2026, 1, 5)), (date(2026, 1, 10), date(2026, 1, 10))]

    assert strip(days, since=date(2026, 1, 1), until=date(2026, 1, 10)) == [Bar(0, 498), Bar(900, 98)]
