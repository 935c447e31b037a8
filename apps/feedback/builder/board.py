"""What the editor shows of a draft: pages and questions as cards, one of them open. No query."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.feedback.builder.editing import Json, conditions_of
from apps.feedback.builder.filling import CONDITIONS_READ, kinds_alike
from apps.feedback.questionnaire.definition import Fault
from apps.feedback.questionnaire.schema import (
    CAN_HAVE_OTHER,
    CHOICE_KINDS,
    END,
    KIND_LABELS,
    KINDS_OF_ROLE,
    OTHER,
    PERSONAL_ROLES,
    PURPOSE_LABELS,
    ROLE_LABELS,
    SCALES,
    TEST_LABELS,
    TESTS_WITHOUT_VALUE,
    TEXT_KINDS,
    YES,
    Kind,
    Role,
    Test,
    say,
)

ICONS = {
    Kind.SHORT_TEXT: "type",
    Kind.LONG_TEXT: "text",
    Kind.SINGLE_CHOICE: "circle-dot",
    Kind.MULTIPLE_CHOICE: "square-check",
    Kind.STARS: "star",
    Kind.SMILEYS: "smile",
    Kind.NPS: "activity",
    Kind.CSAT: "percent",
    Kind.CES: "sliders-horizontal",
    Kind.NUMBER: "hash",
    Kind.DATE: "calendar",
    Kind.EMAIL: "at-sign",
    Kind.MATRIX: "table",
    Kind.RANKING: "list-ordered",
    Kind.FILE: "paperclip",
    Kind.CONSENT: "shield-check",
}
GROUPS: tuple[tuple[object, tuple[Kind, ...]], ...] = (
    (gettext_lazy("Words"), (Kind.SHORT_TEXT, Kind.LONG_TEXT, Kind.EMAIL)),
    (gettext_lazy("Choices"), (Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE, Kind.RANKING, Kind.MATRIX)),
    (gettext_lazy("Scales"), (Kind.STARS, Kind.SMILEYS, Kind.CSAT, Kind.CES, Kind.NPS)),
    (gettext_lazy("More"), (Kind.NUMBER, Kind.DATE, Kind.FILE, Kind.CONSENT)),
)
TESTS_OF_NUMBERS = (Test.IS, Test.IS_NOT, Test.AT_LEAST, Test.AT_MOST, Test.ANSWERED, Test.NOT_ANSWERED)
TESTS_OF_CHOICES = (Test.IS, Test.IS_NOT, Test.ANSWERED, Test.NOT_ANSWERED)
TESTS_OF_WORDS = (Test.CONTAINS, Test.IS, Test.IS_NOT, Test.ANSWERED, Test.NOT_ANSWERED)

Faults = Mapping[str, list[str]]  # by the part they are about: "label", "choices", "" for the whole


class Option(NamedTuple):
    value: str
    text: str
    is_chosen: bool = False


class KindOption(NamedTuple):
    kind: str
    text: str
    icon: str


class ChoiceLine(NamedTuple):
    """A choice or row: ``name`` is its posted name, ``list`` "choices" or "rows"."""

    key: str
    list: str
    name: str
    words: str
    placeholder: str


class ConditionLine(NamedTuple):
    """One condition: ``values`` are the choices to compare with, [] where words are typed."""

    name: str
    questions: list[Option]
    tests: list[Option]
    values: list[Option]
    value: str
    has_value: bool
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class RuleEditor:
    is_any: bool
    lines: list[ConditionLine]
    words: list[str]  # the conditions as sentences

    @property
    def has_conditions(self) -> bool:
        return bool(self.words)


@dataclass(frozen=True, kw_only=True)
class QuestionCard:
    raw: Json
    page: str
    kind: Kind
    label: str
    number: int
    faults: Faults
    rule: RuleEditor
    is_first: bool
    is_last: bool
    is_open: bool
    language: str
    is_anonymous: bool

    @property
    def key(self) -> str:
        return str(self.raw["key"])

    @property
    def target(self) -> str:
        return f"question.{self.key}"

    @property
    def name(self) -> str:
        return self.label or str(self.kind_label)

    @property
    def fault_places(self) -> list[tuple[str, list[str]]]:
        """The places of the open editor at which faults stand, those without any too: what said one is emptied."""
        return [
            ("fault-whole-question", self.other_faults),
            *((f"fault-{part}", self.faults.get(part, [])) for part in self._parts),
        ]

    @property
    def faults_said(self) -> list[str]:
        return list(_flat(self.faults))

    @property
    def other_faults(self) -> list[str]:
        return [reason for part, reasons in self.faults.items() if part not in self._parts for reason in reasons]

    @property
    def _parts(self) -> list[str]:
        found = ["label", "help", "show_when"]
        found += ["choices"] if self.has_choices else []
        found += ["rows"] if self.raw.get("rows") else []
        found += ["characters"] if self.is_text else []
        found += ["picks"] if self.kind == Kind.MULTIPLE_CHOICE else []
        found += ["at_least", "at_most", "unit"] if self.kind == Kind.NUMBER else []
        found += ["purpose"] if self.kind == Kind.CONSENT else []
        return [*found, "role"] if len(self.roles) > 1 else found

    @property
    def kind_label(self) -> object:
        return KIND_LABELS[self.kind]

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def role_label(self) -> object:
        return ROLE_LABELS[Role(self.raw["role"])] if self.raw.get("role") else ""

    @property
    def help(self) -> str:
        return str(self.raw.get("help", {}).get(self.language, ""))

    @property
    def low(self) -> str:
        return str(self.raw.get("low_label", {}).get(self.language, ""))

    @property
    def high(self) -> str:
        return str(self.raw.get("high_label", {}).get(self.language, ""))

    @property
    def is_scale(self) -> bool:
        return self.kind in SCALES

    @property
    def is_text(self) -> bool:
        return self.kind in TEXT_KINDS

    @property
    def has_choices(self) -> bool:
        return self.kind in CHOICE_KINDS

    @property
    def can_have_other(self) -> bool:
        return self.kind in CAN_HAVE_OTHER

    @property
    def kinds(self) -> list[Option]:
        return [Option(kind.value, str(KIND_LABELS[kind]), kind == self.kind) for kind in kinds_alike(self.kind)]

    @property
    def roles(self) -> list[Option]:
        """The meanings that an answer of this kind can have; the one it has even where it cannot."""
        mine = self.raw.get("role", "")
        return [
            Option(role.value, str(label), role.value == mine)
            for role, label in ROLE_LABELS.items()
            if role.value == mine
            or (
                self.kind in KINDS_OF_ROLE.get(role, frozenset({self.kind}))
                and not (self.is_anonymous and role in PERSONAL_ROLES)
            )
        ]

    @property
    def purposes(self) -> list[Option]:
        return [Option(one.value, str(text), one == self.raw.get("purpose")) for one, text in PURPOSE_LABELS.items()]

    @property
    def choices(self) -> list[ChoiceLine]:
        return self._lines("choices")

    @property
    def rows(self) -> list[ChoiceLine]:
        return self._lines("rows")

    def _lines(self, name: str) -> list[ChoiceLine]:
        said = _("Choice %(number)s") if name == "choices" else _("Row %(number)s")
        return [
            ChoiceLine(
                one["key"],
                name,
                f"{name}.{one['key']}",
                one.get("label", {}).get(self.language, ""),
                said % {"number": number},
            )
            for number, one in enumerate(self.raw.get(name, ()), start=1)
        ]


@dataclass(frozen=True, kw_only=True)
class JumpEditor:
    page: str
    index: int
    rule: RuleEditor
    targets: list[Option]
    to: str  # in words
    faults: Faults

    @property
    def target(self) -> str:
        return f"jump.{self.page}.{self.index}"

    @property
    def id(self) -> str:
        return f"jump-{self.index}"

    @property
    def fault_id(self) -> str:
        return f"fault-jump-{self.index}"

    @property
    def faults_said(self) -> list[str]:
        return list(_flat(self.faults))


@dataclass(frozen=True, kw_only=True)
class PageCard:
    raw: Json
    number: int
    title: str
    intro: str
    cards: list[QuestionCard]
    jumps: list[JumpEditor]
    faults: Faults
    is_first: bool
    is_last: bool
    is_open: bool

    @property
    def key(self) -> str:
        return str(self.raw["key"])

    @property
    def target(self) -> str:
        return f"page.{self.key}"

    @property
    def faults_said(self) -> list[str]:
        return list(_flat(self.faults))

    @property
    def name(self) -> str:
        return self.title or _("Page %(number)s") % {"number": self.number}


class Hint(NamedTuple):
    """A fault as the list beside the publish button names it: whose it is, and where it is mended."""

    open: str
    name: str
    reason: str


@dataclass(kw_only=True)
class Board:
    """A draft to be worked on. ``open`` names the card that is open: a question's key, "page.<key>", "form"."""

    raw: Json
    faults: Sequence[Fault]
    open: str = ""
    is_anonymous: bool = False
    _by_place: dict[str, list[tuple[str, str]]] = field(init=False)

    def __post_init__(self) -> None:
        self.language = self.raw["languages"][0]
        self._by_place = defaultdict(list)
        for fault in self.faults:
            thing, rest = _split(fault.place)
            self._by_place[thing].append((rest, fault.reason))

    def _faults(self, thing: str) -> Faults:
        found: dict[str, list[str]] = defaultdict(list)
        for rest, reason in self._by_place.get(thing, ()):
            part = rest.partition(".")[0]
            if reason not in found[part]:
                found[part].append(reason)
        return dict(found)

    @property
    def whole_faults(self) -> Faults:
        return self._faults("")

    @property
    def whole_said(self) -> list[str]:
        return list(_flat(self.whole_faults))

    @property
    def open_page(self) -> int:
        """The number of the page on which something is open, from 0."""
        for index, page in enumerate(self.pages):
            if page.is_open or any(card.is_open for card in page.cards):
                return index
        return 0

    @property
    def title(self) -> str:
        return str(self.raw.get("title", {}).get(self.language, ""))

    @property
    def intro(self) -> str:
        return str(self.raw.get("intro", {}).get(self.language, ""))

    @property
    def thanks(self) -> str:
        return str(self.raw.get("thanks", {}).get(self.language, ""))

    @property
    def hidden(self) -> str:
        return "\n".join(self.raw.get("hidden", ()))

    @property
    def is_whole_open(self) -> bool:
        return self.open == "form"

    @property
    def question_count(self) -> int:
        return sum(len(page.get("questions", ())) for page in self.raw.get("pages", ()))

    @property
    def groups(self) -> list[tuple[str, list[KindOption]]]:
        """The kinds that can be added, in groups; an anonymous form asks for neither address nor file."""
        left_out = {Kind.EMAIL, Kind.FILE} if self.is_anonymous else set()
        return [(str(name), [_kind_option(kind) for kind in kinds if kind not in left_out]) for name, kinds in GROUPS]

    @property
    def removed(self) -> list[Option]:
        """What can be put back, the last first."""
        made = []
        for one in reversed(self.raw.get("removed", ())):
            thing = one["thing"]
            words = say(thing.get("title" if one["page"] is None else "label", {}), self.language)
            unnamed = _("Page without a heading") if one["page"] is None else _("Question without words")
            made.append(Option(thing["key"], words or unnamed))
        return made

    @cached_property
    def pages(self) -> list[PageCard]:
        asked: list[Json] = []
        made, number = [], 0
        raw_pages = self.raw.get("pages", [])
        for index, page in enumerate(raw_pages):
            cards = []
            questions = page.get("questions", [])
            for at, question in enumerate(questions):
                number += 1
                cards.append(
                    QuestionCard(
                        raw=question,
                        page=page["key"],
                        kind=Kind(question["kind"]),
                        label=question.get("label", {}).get(self.language, ""),
                        number=number,
                        faults=self._faults(f"{index}.{at}"),
                        rule=self._rule(question.get("show_when"), asked),
                        is_first=index == 0 and at == 0,
                        is_last=index == len(raw_pages) - 1 and at == len(questions) - 1,
                        is_open=self.open == question["key"],
                        language=self.language,
                        is_anonymous=self.is_anonymous,
                    )
                )
                asked.append(question)
            made.append(
                PageCard(
                    raw=page,
                    number=index + 1,
                    title=page.get("title", {}).get(self.language, ""),
                    intro=page.get("intro", {}).get(self.language, ""),
                    cards=cards,
                    jumps=[self._jump(page, at, jump, index, asked) for at, jump in enumerate(page.get("jumps", ()))],
                    faults=self._faults(str(index)),
                    is_first=index == 0,
                    is_last=index == len(raw_pages) - 1,
                    is_open=self.open == f"page.{page['key']}",
                )
            )
        return made

    def _jump(self, page: Json, at: int, jump: Json, index: int, asked: Sequence[Json]) -> JumpEditor:
        pages = self.raw["pages"]
        names = [
            (later["key"], say(later.get("title", {}), self.language) or _("Page %(number)s") % {"number": number})
            for number, later in enumerate(pages[index + 1 :], start=index + 2)
        ]
        targets = [Option(key, name, key == jump["to"]) for key, name in [*names, (END, _("The end"))]]
        return JumpEditor(
            page=page["key"],
            index=at,
            rule=self._rule(jump.get("when"), asked),
            targets=targets,
            to=next((one.text for one in targets if one.is_chosen), "?"),
            faults=self._faults(f"{index}.jump.{at}"),
        )

    def _rule(self, rule: Json | None, asked: Sequence[Json]) -> RuleEditor:
        conditions = conditions_of(rule)
        lines = [self._condition(number, one, asked) for number, one in enumerate(conditions)]
        if asked and len(lines) < CONDITIONS_READ:
            lines.append(self._condition(len(lines), {"question": "", "test": ""}, asked))
        words = [self._words(one, asked) for one in conditions]
        return RuleEditor(is_any=bool(rule and "any" in rule), lines=lines, words=words)

    def _condition(self, number: int, condition: Json, asked: Sequence[Json]) -> ConditionLine:
        question = next((one for one in asked if one["key"] == condition["question"]), None)
        chosen, value = condition["test"], condition.get("value", "")
        questions = [Option(one["key"], self._label(one), one is question) for one in asked]
        if question is None and condition["question"]:
            questions.append(Option(condition["question"], _("A question that does not come before"), True))
        tests = [one for one in Test if one in _tests_of(question) or one == chosen]
        return ConditionLine(
            name=f"when.{number}",
            questions=questions,
            tests=[Option(test.value, str(TEST_LABELS[test]), test == chosen) for test in tests],
            values=[Option(key, text, key == value) for key, text in self._values_of(question)],
            value=value,
            has_value=chosen not in TESTS_WITHOUT_VALUE,
            is_new=not condition["question"],
        )

    def _label(self, question: Json) -> str:
        return say(question.get("label", {}), self.language) or _("Question without words")

    def _values_of(self, question: Json | None) -> list[tuple[str, str]]:
        if question is None:
            return []
        if question["kind"] == Kind.CONSENT:
            return [(YES, _("given"))]
        scale = SCALES.get(Kind(question["kind"]))
        if scale:
            return [(str(number), str(number)) for number in scale]
        found = [
            (one["key"], say(one.get("label", {}), self.language) or one["key"]) for one in question.get("choices", ())
        ]
        return [*found, (OTHER, _("Other"))] if question.get("has_other") else found

    def _words(self, condition: Json, asked: Sequence[Json]) -> str:
        question = next((one for one in asked if one["key"] == condition["question"]), None)
        name = self._label(question) if question else condition["question"]
        values = {"question": name, "test": TEST_LABELS[Test(condition["test"])]}
        if condition["test"] in TESTS_WITHOUT_VALUE:
            return _("“%(question)s” %(test)s") % values
        value = dict(self._values_of(question)).get(condition.get("value", ""), condition.get("value", ""))
        return _("“%(question)s” %(test)s “%(value)s”") % {**values, "value": value}

    @property
    def hints(self) -> list[Hint]:
        """Everything that stands in the way of publishing, each with the card on which it is mended."""
        made = [Hint("form", _("The form itself"), reason) for reason in _flat(self.whole_faults)]
        for page in self.pages:
            made += [Hint(f"page.{page.key}", page.name, reason) for reason in _flat(page.faults)]
            for card in page.cards:
                made += [Hint(card.key, card.label or str(card.kind_label), reason) for reason in _flat(card.faults)]
            for jump in page.jumps:
                made += [Hint(f"page.{page.key}", page.name, reason) for reason in _flat(jump.faults)]
        return made


def _kind_option(kind: Kind) -> KindOption:
    return KindOption(kind.value, str(KIND_LABELS[kind]), ICONS[kind])


def _flat(faults: Faults) -> Iterable[str]:
    return dict.fromkeys(reason for reasons in faults.values() for reason in reasons)


def _split(place: str) -> tuple[str, str]:
    """Return whose fault a place of the JSON is, and the rest: "0.2" a question, "0" a page, "" the whole."""
    parts: list[Any] = place.split(".")
    if parts[0] != "pages" or len(parts) < 2 or not parts[1].isdigit():
        return "", place
    if len(parts) > 3 and parts[2] == "questions":
        return f"{parts[1]}.{parts[3]}", ".".join(parts[4:])
    if len(parts) > 3 and parts[2] == "jumps":
        return f"{parts[1]}.jump.{parts[3]}", ".".join(parts[4:])
    return parts[1], ".".join(parts[2:])


def _tests_of(question: Json | None) -> tuple[Test, ...]:
    if question is None:
        return tuple(Test)
    kind = Kind(question["kind"])
    if kind in SCALES or kind in (Kind.NUMBER, Kind.DATE):
        return TESTS_OF_NUMBERS
    if kind in CHOICE_KINDS:
        return TESTS_OF_CHOICES
    return TESTS_OF_WORDS if kind not in (Kind.FILE, Kind.CONSENT) else (Test.ANSWERED, Test.NOT_ANSWERED)
