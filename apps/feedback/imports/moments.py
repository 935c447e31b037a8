"""Times as files spell them: in which order day and month stand, and in which zone. Pure functions: no database.

Nothing is guessed silently: where a file's days could be months (03/04/2026), ``detect`` says so and asks.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ISO, DAY_FIRST, MONTH_FIRST, YEAR_FIRST, NAMED, SECONDS, MILLISECONDS = (
    "iso",
    "dmy",
    "mdy",
    "ymd",
    "named",
    "seconds",
    "milliseconds",
)
FORMATS = {
    ISO: gettext_lazy("Year-month-day, as in 2026-03-29 14:05"),
    DAY_FIRST: gettext_lazy("Day first, as in 29.03.2026 or 29/03/2026 14:05"),
    MONTH_FIRST: gettext_lazy("Month first, as in 03/29/2026 2:05 PM"),
    YEAR_FIRST: gettext_lazy("Year first, as in 2026/03/29"),
    NAMED: gettext_lazy("English month names, as in 29 Mar 2026 or March 29, 2026"),
    SECONDS: gettext_lazy("Seconds since 1970, as in 1774793100"),
    MILLISECONDS: gettext_lazy("Milliseconds since 1970, as in 1774793100000"),
}
PATTERN_CHARACTERS = 60
DAY_CHARACTERS = 10  # of a date without a time
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = r"(?:[T ,]+(?:at )?(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d{1,9})?)?)?"
_HALF = r"(?:\s*(?P<half>[ap])\.?m\.?)?"
_ZONE = r"(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_TAIL = rf"{_CLOCK}{_HALF}{_ZONE}\s*$"
_NUMERIC = re.compile(rf"^\s*(\d{{1,4}})([./-])(\d{{1,2}})\2(\d{{1,4}}){_TAIL}", re.IGNORECASE)
_DOTTED = re.compile(r"\s*\d{1,2}\.\d{1,2}\.\d{2,4}")
_NAMED_DAY_FIRST = re.compile(
    rf"^\s*(?:[a-z]{{3,9}},?\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s.-]+(?P<month>[a-z]{{3,9}})\.?[\s,-]+"
    rf"(?P<year>\d{{2,4}}){_TAIL}",
    re.IGNORECASE,
)
_NAMED_MONTH_FIRST = re.compile(
    rf"^\s*(?:[a-z]{{3,9}},?\s+)?(?P<month>[a-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+"
    rf"(?P<year>\d{{4}}){_TAIL}",
    re.IGNORECASE,
)
_ORDERS = {DAY_FIRST: (2, 1, 0), MONTH_FIRST: (2, 0, 1), YEAR_FIRST: (0, 1, 2)}  # where year, month, day stand

Parser = Callable[[str], datetime | None]


class Detection(NamedTuple):
    """``key``: of FORMATS, "" where the samples leave it open between day first and month first."""

    key: str
    example: str = ""  # a value that shows the doubt


def moment_in(raw: str, zone: ZoneInfo | None = None) -> datetime | None:
    """Return the time that ``raw`` spells in ISO 8601, None for blank; without a zone, ``zone``'s or our own.

    A date alone is its midnight there.
    """
    text = raw.strip()
    if not text:
        return None
    if len(text) > DAY_CHARACTERS:  # most times of a file, in a quarter of the time that all below takes
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else timezone.make_aware(moment, zone)
    spelled = re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", re.sub(r"\s*(UTC|GMT|Z)$", "+00:00", text))
    try:
        day = parse_date(spelled)
        moment = datetime.combine(day, time.min) if day else datetime.fromisoformat(spelled)
        return moment if moment.tzinfo else timezone.make_aware(moment, zone)
    except (ValueError, OverflowError):
        raise ValidationError(_("Write times like 2026-03-29 or 2026-03-29T14:05:00+02:00.")) from None


def parser_of(key: str, zone_name: str = "") -> Parser:
    """Return the reader of times in format ``key`` (of FORMATS, or a pattern with %), blank giving None.

    A time that names no zone is of ``zone_name``, or the installation's. What is spelled in ISO 8601 is understood in
    every format but a pattern: it is never in doubt. The parser raises ValidationError.
    """
    zone = ZoneInfo(zone_name) if zone_name else None
    if "%" in key:
        return lambda raw: _by_pattern(raw, key, zone) if raw.strip() else None
    if key in ("", ISO):
        return lambda raw: moment_in(raw, zone)
    read = {SECONDS: _seconds, MILLISECONDS: _milliseconds, NAMED: _named}.get(key)

    def parse(raw: str) -> datetime | None:
        text = raw.strip()
        if not text:
            return None
        if _ISO_DAY.match(text):
            with suppress(ValidationError):
                return moment_in(text, zone)
        try:
            found = read(text) if read else _numeric(text, key)
            if found is not None:
                return found if found.tzinfo else timezone.make_aware(found, zone)
        except (ValueError, OverflowError):
            pass
        raise ValidationError(_refusal(key))

    return parse


def check_format(key: str) -> str:
    """Return ``key``, a format of FORMATS or a pattern of strptime. Raises ValidationError."""
    if not key or key in FORMATS:
        return key
    try:
        if "%" not in key or len(key) > PATTERN_CHARACTERS:
            raise ValueError
        shown = datetime(2026, 11, 29, 14, 5, tzinfo=UTC)
        if datetime.strptime(shown.strftime(key), key).date() != shown.date():  # noqa: DTZ007 its day is compared
            raise ValueError
    except (ValueError, re.error):
        raise ValidationError(
            _("Give the dates' format as one of %(formats)s, or as a pattern like %(pattern)s.")
            % {"formats": ", ".join(FORMATS), "pattern": "%d.%m.%Y %H:%M"}
        ) from None
    return key


def detect(samples: Iterable[str]) -> Detection:
    """Return in which format most of ``samples`` are: ISO 8601 where none of the others fits better.

    Between day first and month first dots decide, and values that allow one of them alone; values on both sides, or
    none at all, leave it open.
    """
    values = [text for raw in samples if (text := raw.strip())]
    if not values or 2 * sum(_fits(text, ISO) for text in values) >= len(values):
        return Detection(ISO)
    fitting = {key: [text for text in values if _fits(text, key)] for key in FORMATS if key != ISO}
    key = max(fitting, key=lambda one: len(fitting[one]))
    if key not in (DAY_FIRST, MONTH_FIRST) or not fitting[key]:
        return Detection(key if fitting[key] else ISO)
    day_first, month_first = set(fitting[DAY_FIRST]), set(fitting[MONTH_FIRST])
    only_day, only_month = day_first - month_first, month_first - day_first
    if not only_month and all(_DOTTED.match(text) for text in day_first):
        return Detection(DAY_FIRST)  # with dots nobody writes the month first
    if bool(only_day) == bool(only_month):
        return Detection("", next(iter(fitting[key])))
    return Detection(DAY_FIRST if only_day else MONTH_FIRST)


def looks_iso(text: str) -> bool:
    """Return whether ``text`` spells a time in ISO 8601, with all of its day."""
    return _ISO_DAY.match(text) is not None and _fits(text, ISO)


def _fits(text: str, key: str) -> bool:
    try:
        if key == ISO:
            return moment_in(text) is not None
        read = {SECONDS: _seconds, MILLISECONDS: _milliseconds, NAMED: _named}.get(key)
        return (read(text) if read else _numeric(text, key)) is not None
    except (ValidationError, ValueError, OverflowError):
        return False


def _numeric(text: str, key: str) -> datetime | None:
    match = _NUMERIC.match(text)
    if match is None:
        return None
    parts = (match[1], match[3], match[4])
    year, month, day = (parts[place] for place in _ORDERS[key])
    if len(year) not in ((4,) if key == YEAR_FIRST else (2, 4)) or max(len(month), len(day)) > 2:
        raise ValueError
    return _moment(match, int(year), int(month), int(day))


def _named(text: str) -> datetime | None:
    match = _NAMED_DAY_FIRST.match(text) or _NAMED_MONTH_FIRST.match(text)
    name = match["month"].lower()[:3] if match else ""
    if match is None or name not in MONTHS:
        return None
    return _moment(match, int(match["year"]), MONTHS.index(name) + 1, int(match["day"]))


def _moment(match: re.Match[str], year: int, month: int, day: int) -> datetime:
    """Return the time, naive unless it names its zone; years of two digits are POSIX's, 69 to 68 as 1969 to 2068."""
    if year < 100:
        year += 1900 if year >= 69 else 2000
    hour = int(match["hour"] or 0)
    half = (match["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "p" else 0)
    moment = datetime(year, month, day, hour, int(match["minute"] or 0), int(match["second"] or 0))  # noqa: DTZ001
    return _in_zone(moment, match["zone"] or "")


def _in_zone(moment: datetime, zone: str) -> datetime:
    if not zone:
        return moment
    if zone[0] not in "+-":
        return moment.replace(tzinfo=UTC)
    digits = zone.replace(":", "")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return moment.replace(tzinfo=UTC) - (offset if digits[0] == "+" else -offset)


def _seconds(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{9,10}(\.\d{1,9})?", text, re.ASCII):
        return None
    return EPOCH + timedelta(seconds=float(text))


def _milliseconds(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{12,13}(\.0+)?", text, re.ASCII):
        return None
    return EPOCH + timedelta(milliseconds=float(text))


def _by_pattern(raw: str, pattern: str, zone: ZoneInfo | None) -> datetime:
    try:
        moment = datetime.strptime(raw.strip(), pattern)  # noqa: DTZ007 the zone follows
        return moment if moment.tzinfo else timezone.make_aware(moment, zone)
    except (ValueError, OverflowError, re.error):
        raise ValidationError(_("Write times as %(pattern)s says.") % {"pattern": pattern}) from None


def _refusal(key: str) -> str:
    return _("This is no time of the format: %(format)s.") % {"format": FORMATS.get(key, key)}
