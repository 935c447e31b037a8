"""What a selection of feedback is narrowed to: read from a query string, written back to one. No feedback is read here.

The names are those of the address bar and of the API alike; the field reference is ``PARAMETERS``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.accounts.models import Team
from apps.catalog.models import Product, ProductVersion, Visibility
from apps.core.keyset import MAX_ID
from apps.customers.models import Customer, Organisation, Segment
from apps.feedback.models import Channel, FeedbackState, Form, Identity, Import
from apps.feedback.normalise import CONTEXT_KEY, CONTEXT_KEY_LIMIT, LINE_LIMIT
from apps.insight.models import Sentiment
from apps.tagging.models import Tag

UNTAGGED = "untagged"  # stands among the values of "tag"
YES = "yes"
UNSURE = "unsure"  # stands among the languages: read, but too short to tell
VALUES_MAX = 30  # of one name
Q_CHARACTERS = 200
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
# Where one is and how a file is written, not what is looked at.
PLACE_NAMES = frozenset({"cursor", "limit", "open", "view", "page", "all", "bom", "lines"})

_LANGUAGE = re.compile(r"[a-z]{2,8}")


class ContextPair(NamedTuple):
    field: str
    value: str

    def __str__(self) -> str:
        return f"{self.field}:{self.value}"


@dataclass(frozen=True, kw_only=True)
class BrowseFilter:
    """Values of one field are alternatives (or), fields narrow each other (and). Empty means: not narrowed.

    Days are of the installation's time zone, ``until`` included. Segment and organisation are those of verified
    customers, as in the counts. A team stands for what is said of its products or carries one of its tags.
    """

    q: str = ""
    products: tuple[str, ...] = ()  # slugs
    versions: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()  # slugs, confirmed
    tags_mode: Literal["any", "all"] = "any"
    with_below: bool = True  # a tag stands for itself and all tags below it
    is_untagged: bool = False  # nothing confirmed; an alternative to ``tags``
    teams: tuple[str, ...] = ()  # slugs
    channels: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    is_unhappy: bool = False  # as the dashboards count it
    ratings: tuple[int, ...] = ()
    segments: tuple[str, ...] = ()  # slugs
    organisations: tuple[int, ...] = ()
    customers: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()  # ISO 639-1, or UNSURE
    context: tuple[ContextPair, ...] = ()  # values of one field are alternatives
    forms: tuple[str, ...] = ()  # slugs
    imports: tuple[int, ...] = ()
    states: tuple[str, ...] = ()  # none: live
    visibilities: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    order: Literal["newest", "oldest"] = "newest"

    @classmethod
    def from_query(cls, query: QueryDict) -> "ParsedQuery":
        """Return the filter and what of ``query`` was not understood, which is left out. Never raises.

        One query for each kind of row that is named, to know whether it exists.
        """
        return _read(query)

    def to_query(self) -> str:
        """Return the query string that ``from_query`` reads as this filter, "" for everything; without a "?"."""
        return urlencode(self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """Return (name, value) as in ``to_query``: the hidden fields of a form that keeps this filter."""
        return [(name, value) for name in PARAMETERS for value in self.values_of(name)]

    def values_of(self, name: str) -> list[str]:
        """Return what the parameter ``name`` says, as text, in order; [] where it says nothing."""
        return PARAMETERS[name].write(self)

    def with_(self, **changes: Any) -> Self:  # Any: each field has its own type
        """Return this filter with fields replaced."""
        return replace(self, **changes)

    def with_value(self, name: str, value: str) -> "BrowseFilter":
        """Return this filter with ``value`` added to the parameter ``name`` (set, where it holds only one)."""
        kept = self.values_of(name) if PARAMETERS[name].is_repeated else []
        return self._with_values(name, [*(one for one in kept if one != value), value])

    def without(self, name: str, value: str | None = None) -> "BrowseFilter":
        """Return this filter without ``value`` of the parameter ``name``, or without any of its values."""
        kept = [] if value is None else [one for one in self.values_of(name) if one != value]
        return self._with_values(name, kept)

    def toggled(self, name: str, value: str) -> "BrowseFilter":
        """Return this filter with ``value`` taken out where it is in, else added."""
        return self.without(name, value) if value in self.values_of(name) else self.with_value(name, value)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is narrowed; the order does not count."""
        return self.with_(order="newest") == BrowseFilter()

    def _with_values(self, name: str, values: list[str]) -> "BrowseFilter":
        parameter = PARAMETERS[name]
        return replace(self, **parameter.read(values).changes)


class ParsedQuery(NamedTuple):
    wanted: BrowseFilter
    problems: dict[str, list[str]]  # sentences by the parameter's name


class Reading(NamedTuple):
    """What a parameter's values come to: fields of the filter (of their various types), and what was left out."""

    changes: dict[str, Any]
    problems: list[str]


@dataclass(frozen=True)
class Parameter:
    """A name of the query string. ``rows`` and ``key`` say where its values must exist."""

    read: Callable[[list[str]], Reading]
    write: Callable[[BrowseFilter], list[str]]
    description: str
    is_repeated: bool = True
    rows: type[Model] | None = None
    key: str = "pk"


def _clean_each(values: Iterable[str], clean: Callable[[str], object]) -> tuple[list[object], list[str]]:
    """Return the distinct values that ``clean`` takes, in order, and sentences about the others."""
    kept: dict[object, None] = {}
    problems = []
    for value in values:
        try:
            kept[clean(value)] = None
        except ValueError:
            problems.append(_not_understood(value))
    return list(kept), problems


def _not_understood(value: str) -> str:
    return _("“%(value)s” is not understood here and was left out.") % {"value": value[:60]}


def _many(field: str, clean: Callable[[str], object], description: str, **rows: Any) -> Parameter:  # Any: rows and key
    def read(values: list[str]) -> Reading:
        kept, problems = _clean_each(values, clean)
        return Reading({field: tuple(kept)}, problems)

    def write(wanted: BrowseFilter) -> list[str]:
        return [str(value) for value in getattr(wanted, field)]

    return Parameter(read, write, description, **rows)


def _one(field: str, clean: Callable[[str], object], description: str) -> Parameter:
    default = next(one.default for one in fields(BrowseFilter) if one.name == field)

    def read(values: list[str]) -> Reading:
        kept, problems = _clean_each(values[-1:], clean)
        return Reading({field: kept[0] if kept else default}, problems)

    def write(wanted: BrowseFilter) -> list[str]:
        value = getattr(wanted, field)
        return [] if value == default else [str(value)]

    return Parameter(read, write, description, is_repeated=False)


def _slug(value: str) -> str:
    if not re.fullmatch(r"[-a-zA-Z0-9_]{1,100}", value):
        raise ValueError("not a slug")
    return value


def _id(value: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,18}", value) or int(value) > MAX_ID:
        raise ValueError("not an id")
    return int(value)


def _choice(*choices: str) -> Callable[[str], str]:
    def clean(value: str) -> str:
        if value not in choices:
            raise ValueError("not a choice")
        return value

    return clean


def _rating(value: str) -> int:
    return int(_choice("1", "2", "3", "4", "5")(value))


def _language(value: str) -> str:
    if value != UNSURE and not _LANGUAGE.fullmatch(value):
        raise ValueError("not a language")
    return value


def _context(value: str) -> ContextPair:
    name, colon, said = value.partition(":")
    if not colon or not CONTEXT_KEY.fullmatch(name) or len(name) > CONTEXT_KEY_LIMIT or not _is_line(said, LINE_LIMIT):
        raise ValueError("not a field and its value")
    return ContextPair(name, said)


def _words(value: str) -> str:
    if not _is_line(value, Q_CHARACTERS):
        raise ValueError("too long, or nothing that can be stored")
    return value.strip()


def _is_line(value: str, limit: int) -> bool:
    return len(value) <= limit and "\0" not in value and not any(0xD800 <= ord(char) <= 0xDFFF for char in value)


def _day(value: str) -> date:
    day = date.fromisoformat(value)
    if day.isoformat() != value or not EARLIEST <= day <= LATEST:  # it also takes weeks
        raise ValueError("not a day")
    return day


def _read_tags(values: list[str]) -> Reading:
    kept, problems = _clean_each([value for value in values if value != UNTAGGED], _slug)
    return Reading({"tags": tuple(kept), "is_untagged": UNTAGGED in values}, problems)


def _write_tags(wanted: BrowseFilter) -> list[str]:
    return [*wanted.tags, *([UNTAGGED] if wanted.is_untagged else [])]


def _read_unhappy(values: list[str]) -> Reading:
    kept, problems = _clean_each(values[-1:], _choice(YES))
    return Reading({"is_unhappy": kept == [YES]}, problems)


def _read_below(values: list[str]) -> Reading:
    kept, problems = _clean_each(values[-1:], _choice(YES, "no"))
    return Reading({"with_below": kept != ["no"]}, problems)


# In the order of the query string. The descriptions are the API's.
PARAMETERS: Mapping[str, Parameter] = {
    "q": _one("q", _words, 'Words, "a phrase", or, -without: as in a web search.'),
    "product": _many("products", _slug, "A product's slug.", rows=Product, key="slug"),
    "version": _many("versions", _id, "A product version's id.", rows=ProductVersion),
    "tag": Parameter(
        _read_tags, _write_tags, "A tag's slug, confirmed; or untagged: nothing is confirmed.", rows=Tag, key="slug"
    ),
    "tags": _one("tags_mode", _choice("any", "all"), "Whether any of the tags is enough (the default), or all count."),
    "below": Parameter(
        _read_below,
        lambda wanted: [] if wanted.with_below else ["no"],
        "Whether a tag stands for the tags below it too: yes (the default) or no.",
        is_repeated=False,
    ),
    "team": _many("teams", _slug, "A team's slug: on its products, or with a tag it owns.", rows=Team, key="slug"),
    "channel": _many("channels", _choice(*Channel.values), "A channel."),
    "sentiment": _many("sentiments", _choice(*Sentiment.values), "How it sounds."),
    "unhappy": Parameter(
        _read_unhappy,
        lambda wanted: [YES] if wanted.is_unhappy else [],
        "yes: only what is rated 1 or 2, or has no rating and reads as negative.",
        is_repeated=False,
    ),
    "rating": _many("ratings", _rating, "1 (bad) to 5 (good)."),
    "segment": _many("segments", _slug, "The slug of a verified customer's segment.", rows=Segment, key="slug"),
    "organisation": _many("organisations", _id, "The id of a verified customer's organisation.", rows=Organisation),
    "customer": _many("customers", _id, "A customer's id.", rows=Customer),
    "language": _many("languages", _language, "ISO 639-1, or unsure."),
    "context": _many("context", _context, "field:value, as it was sent."),
    "form": _many("forms", _slug, "A form's slug.", rows=Form, key="slug"),
    "import": _many("imports", _id, "An import's id.", rows=Import),
    "state": _many("states", _choice(*FeedbackState.values), "A state; live where none is given."),
    "visibility": _many("visibilities", _choice(*Visibility.values), "Who may open it."),
    "identity": _many("identities", _choice(*Identity.values), "How sure it is who said it."),
    "since": _one("since", _day, "The first day, as 2026-03-31."),
    "until": _one("until", _day, "The last day, as 2026-03-31."),
    "order": _one("order", _choice("newest", "oldest"), "newest (the default) or oldest first."),
}


def _read(query: QueryDict) -> ParsedQuery:
    changes: dict[str, Any] = {}  # by field, each of its own type
    problems: dict[str, list[str]] = {}
    for name, given in query.lists():
        values = [value for value in given if isinstance(value, str) and value.strip()]
        if name in PLACE_NAMES or not values:
            continue
        if name not in PARAMETERS:
            problems[name[:60]] = [_("There is no such filter; it was left out.")]
            continue
        known, missing = _existing(PARAMETERS[name], values[:VALUES_MAX])
        reading = PARAMETERS[name].read(known)
        changes |= reading.changes
        if found := missing + reading.problems + _too_many(PARAMETERS[name], values):
            problems[name] = found
    wanted = replace(BrowseFilter(), **changes)
    if wanted.since and wanted.until and wanted.since > wanted.until:
        problems["until"] = [_("The last day is before the first, so nothing can be found.")]
    return ParsedQuery(wanted, problems)


def _too_many(parameter: Parameter, values: list[str]) -> list[str]:
    if len(values) > 1 and not parameter.is_repeated:
        return [_("Give this once.")]
    return [_("Choose at most %(limit)d values here.") % {"limit": VALUES_MAX}] if len(values) > VALUES_MAX else []


def _existing(parameter: Parameter, values: list[str]) -> tuple[list[str], list[str]]:
    """Return those of ``values`` that name a row, or are not this parameter's to judge, and sentences on the rest."""
    if parameter.rows is None:
        return values, []
    readable = parameter.read(values)
    asked = [value for found in readable.changes.values() if isinstance(found, tuple) for value in found]
    rows: QuerySet[Model] = parameter.rows._default_manager.filter(**{f"{parameter.key}__in": asked})  # noqa: SLF001
    found = {str(value) for value in rows.values_list(parameter.key, flat=True)}
    missing = [str(value) for value in asked if str(value) not in found]
    sentences = [_("There is no “%(value)s” any more; it was left out.") % {"value": value[:60]} for value in missing]
    return [value for value in values if value not in missing], sentences
