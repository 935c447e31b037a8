"""Times on the wall: those that never come are refused, those that come twice are the first."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from apps.panels.planning.local_times import instant, span_words
from tests.panels.planning.making import utc

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected", "is_twice"),
    [
        (date(2026, 3, 28), time(10), BERLIN, utc(2026, 3, 28, 9), False),
        (date(2026, 3, 29), time(10), BERLIN, utc(2026, 3, 29, 8), False),
        (date(2026, 10, 25), time(10), BERLIN, utc(2026, 10, 25, 9), False),
        (date(2026, 10, 25), time(2, 30), BERLIN, utc(2026, 10, 25, 0, 30), True),
        (date(2026, 11, 1), time(1, 30), NEW_YORK, utc(2026, 11, 1, 5, 30), True),
        (date(2026, 3, 8), time(3), NEW_YORK, utc(2026, 3, 8, 7), False),
        (date(2026, 6, 1), time(10), ZoneInfo("Asia/Kathmandu"), utc(2026, 6, 1, 4, 15), False),
    ],
)
def test_clocks_mean_an_instant(day, at, zone, expected, is_twice):
    found = instant(day, at, zone)

    assert (found.at, found.is_twice) == (expected, is_twice)


@pytest.mark.parametrize(
    ("day", "at", "zone"),
    [
        (date(2026, 3, 29), time(2, 30), BERLIN),
        (date(2026, 3, 8), time(2), NEW_YORK),
        (date(2011, 12, 30), time(12), ZoneInfo("Pacific/Apia")),  # the day that Samoa left out
        (date(9999, 12, 31), time(23), NEW_YORK),
    ],
)
def test_a_time_that_never_comes_is_refused(day, at, zone):
    with pytest.raises(ValidationError):
        instant(day, at, zone)


def test_a_span_says_its_zone_and_how_far_that_is_from_utc_then():
    start, end = utc(2026, 3, 29, 8), utc(2026, 3, 29, 9)

    assert span_words(start, end, BERLIN) == "Sunday, 29 March 2026, 10:00 to 11:00 (Europe/Berlin, UTC+2)"
    assert span_words(start, end, NEW_YORK) == "Sunday, 29 March 2026, 04:00 to 05:00 (America/New York, UTC\u22124)"
    assert "UTC+5:45" in span_words(start, end, ZoneInfo("Asia/Kathmandu"))
