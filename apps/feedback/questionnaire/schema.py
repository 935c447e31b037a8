"""What a form asks: pages of questions, as one immutable value. Pure: no database, no clock.

``definition.read`` makes it from JSON and ``definition.write`` writes it; a question's ``key`` is its identity over all
versions of a form, so results can be read across them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.customers.models import Purpose

Text = Mapping[str, str]  # language code to words; a form's first language is always there

END = "end"  # where a jump leads that skips all pages left
OTHER = "other"  # the choice that is none of the choices
YES = "yes"  # the choice of a consent that is given


class Kind(StrEnum):
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    STARS = "stars"
    SMILEYS = "smileys"
    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    NUMBER = "number"
    DATE = "date"
    EMAIL = "email"
    MATRIX = "matrix"
    RANKING = "ranking"
    FILE = "file"
    CONSENT = "consent"


KIND_LABELS: dict[Kind, str | Promise] = {
    Kind.SHORT_TEXT: _("Short text"),
    Kind.LONG_TEXT: _("Long text"),
    Kind.SINGLE_CHOICE: _("Single choice"),
    Kind.MULTIPLE_CHOICE: _("Multiple choice"),
    Kind.STARS: _("Stars, 1 to 5"),
    Kind.SMILEYS: _("Smileys, 1 to 5"),
    Kind.NPS: _("NPS, 0 to 10"),
    Kind.CSAT: _("CSAT, 1 to 5"),
    Kind.CES: _("CES, 1 to 7"),
    Kind.NUMBER: _("Number"),
    Kind.DATE: _("Date"),
    Kind.EMAIL: _("E-mail"),
    Kind.MATRIX: _("Matrix"),
    Kind.RANKING: _("Ranking"),
    Kind.FILE: _("File"),
    Kind.CONSENT: _("Consent"),
}

SCALES: dict[Kind, range] = {  # what a scale's answer may be
    Kind.STARS: range(1, 6),
    Kind.SMILEYS: range(1, 6),
    Kind.NPS: range(11),
    Kind.CSAT: range(1, 6),
    Kind.CES: range(1, 8),
}
TEXT_KINDS = frozenset({Kind.SHORT_TEXT, Kind.LONG_TEXT})
CHOICE_KINDS = frozenset({Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE, Kind.MATRIX, Kind.RANKING})
CAN_HAVE_OTHER = frozenset({Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE})


class Role(StrEnum):
    """What an answer means to the platform, beyond being an answer of its form."""

    NONE = ""
    WORDS = "words"  # the feedback's own words, read and tagged
    RATING = "rating"  # the feedback's rating, 1 to 5
    NAME = "name"
    EMAIL = "email"
    VERSION = "version"
    CONTEXT = "context"  # a circumstance: kept in the feedback's context under the question's key


ROLE_LABELS: dict[Role, str | Promise] = {
    Role.NONE: _("An answer like any other"),
    Role.WORDS: _("The feedback's own words"),
    Role.RATING: _("The feedback's rating"),
    Role.NAME: _("The customer's name"),
    Role.EMAIL: _("The customer's address"),
    Role.VERSION: _("The product's version"),
    Role.CONTEXT: _("A circumstance, such as an instrument"),
}
KINDS_OF_ROLE: dict[Role, frozenset[Kind]] = {
    Role.WORDS: TEXT_KINDS,
    Role.RATING: frozenset({Kind.STARS, Kind.SMILEYS, Kind.CSAT}),
    Role.NAME: frozenset({Kind.SHORT_TEXT}),
    Role.EMAIL: frozenset({Kind.EMAIL}),
    Role.VERSION: frozenset({Kind.SHORT_TEXT, Kind.SINGLE_CHOICE}),
    Role.CONTEXT: frozenset({Kind.SHORT_TEXT, Kind.SINGLE_CHOICE, Kind.NUMBER, Kind.DATE}),
}
PERSONAL_ROLES = frozenset({Role.NAME, Role.EMAIL})


PURPOSE_LABELS: dict[Purpose, str | Promise] = {purpose: purpose.label for purpose in Purpose}


class Test(StrEnum):
    """What a condition asks of an earlier answer."""

    __test__ = False  # no test of pytest's

    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"
    IS = "is"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    CONTAINS = "contains"


TEST_LABELS: dict[Test, str | Promise] = {
    Test.ANSWERED: _("is answered"),
    Test.NOT_ANSWERED: _("is not answered"),
    Test.IS: _("is"),
    Test.IS_NOT: _("is not"),
    Test.AT_LEAST: _("is at least"),
    Test.AT_MOST: _("is at most"),
    Test.CONTAINS: _("contains"),
}
TESTS_WITHOUT_VALUE = frozenset({Test.ANSWERED, Test.NOT_ANSWERED})


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    label: Text


@dataclass(frozen=True, slots=True)
class Condition:
    question: str  # key of an earlier one
    test: Test
    value: str = ""  # a choice's key, a number, words


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions of which all must hold, or one."""

    conditions: tuple[Condition, ...]
    is_any: bool = False


@dataclass(frozen=True, slots=True)
class Jump:
    """Where to go after a page instead of the next: the key of a later page, or ``END``."""

    when: Rule
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    key: str
    kind: Kind
    label: Text
    help: Text
    role: Role = Role.NONE
    is_required: bool = False
    choices: tuple[Choice, ...] = ()  # of a matrix: its columns
    rows: tuple[Choice, ...] = ()  # of a matrix
    has_other: bool = False
    at_least: Decimal | None = None  # of a number
    at_most: Decimal | None = None
    unit: str = ""
    characters: int = 0  # at most; 0: as many as its kind allows
    picks: int = 0  # at most, of a multiple choice; 0: all
    low_label: Text = None  # type: ignore[assignment]  # set in __post_init__: a dataclass takes no mutable default
    high_label: Text = None  # type: ignore[assignment]
    purpose: Purpose | None = None  # of a consent
    show_when: Rule | None = None  # None: always

    def __post_init__(self) -> None:
        for name in ("low_label", "high_label"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, {})

    @property
    def scale(self) -> range | None:
        return SCALES.get(self.kind)

    @property
    def is_personal(self) -> bool:
        """Whether an answer could lead to a person by what it is."""
        return self.role in PERSONAL_ROLES or self.kind in (Kind.EMAIL, Kind.FILE)

    @property
    def choice_keys(self) -> tuple[str, ...]:
        """Every choice that may be answered, the other one included."""
        return (*(choice.key for choice in self.choices), *((OTHER,) if self.has_other else ()))


@dataclass(frozen=True, slots=True)
class Page:
    key: str
    title: Text
    intro: Text
    questions: tuple[Question, ...]
    jumps: tuple[Jump, ...] = ()


@dataclass(frozen=True)
class Questionnaire:
    """One version of a form. The first of ``languages`` is its own: every text has it."""

    languages: tuple[str, ...]
    title: Text
    intro: Text
    pages: tuple[Page, ...]
    hidden: tuple[str, ...] = ()  # names that an address may bring along; kept in the feedback's context
    thanks: Text = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.thanks is None:
            object.__setattr__(self, "thanks", {})

    @property
    def language(self) -> str:
        return self.languages[0]

    @property
    def questions(self) -> Iterator[Question]:
        """All questions in order, whatever the path."""
        return (question for page in self.pages for question in page.questions)

    @cached_property
    def by_key(self) -> dict[str, Question]:
        return {question.key: question for question in self.questions}

    @cached_property
    def by_role(self) -> dict[Role, Question]:
        """The one question of every role but ``NONE`` and ``CONTEXT``."""
        return {one.role: one for one in self.questions if one.role not in (Role.NONE, Role.CONTEXT)}


def say(text: Text, language: str) -> str:
    """Return the words of ``text`` in ``language``, or in the form's own; "" where there are none."""
    found = text.get(language) or text.get(language.partition("-")[0])
    return found or next(iter(text.values()), "")
