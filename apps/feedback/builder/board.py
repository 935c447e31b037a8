"""What the editor shows of a draft: pages and questions as cards, one of them open. No query."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.feedback.builder.cards import (
    ICONS,
    ConditionLine,
    Faults,
    JumpEditor,
    KindOption,
    Option,
    PageCard,
    QuestionCard,
    RuleEditor,
    flat,
)
from apps.feedback.builder.editing import Json, conditions_of
from apps.feedback.builder.filling import CONDITIONS_READ
from apps.feedback.questionnaire.definition import Fault
from apps.feedback.questionnaire.schema import (
    CHOICE_KINDS,
    END,
    KIND_LABELS,
    OTHER,
    SCALES,
    TEST_LABELS,
    TESTS_WITHOUT_VALUE,
    YES,
    Kind,
    Test,
    say,
)

GROUPS: tuple[tuple[object, tuple[Kind, ...]], ...] = (
    (gettext_lazy("Words"), (Kind.SHORT_TEXT, Kind.LONG_TEXT, Kind.EMAIL)),
    (gettext_lazy("Choices"), (Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE, Kind.RANKING, Kind.MATRIX)),
    (gettext_lazy("Scales"), (Kind.STARS, Kind.SMILEYS, Kind.CSAT, Kind.CES, Kind.NPS)),
    (gettext_lazy("More"), (Kind.NUMBER, Kind.DATE, Kind.FILE, Kind.CONSENT)),
)
TESTS_OF_NUMBERS = (Test.IS, Test.IS_NOT, Test.AT_LEAST, Test.AT_MOST, Test.ANSWERED, Test.NOT_ANSWERED)
TESTS_OF_CHOICES = (Test.IS, Test.IS_NOT, Test.ANSWERED, Test.NOT_ANSWERED)
TESTS_OF_WORDS = (Test.CONTAINS, Test.IS, Test.IS_NOT, Test.ANSWERED, Test.NOT_ANSWERED)


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
        return list(flat(self.whole_faults))

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
        made = [Hint("form", _("The form itself"), reason) for reason in flat(self.whole_faults)]
        for page in self.pages:
            made += [Hint(f"page.{page.key}", page.name, reason) for reason in flat(page.faults)]
            for card in page.cards:
                made += [Hint(card.key, card.label or str(card.kind_label), reason) for reason in flat(card.faults)]
            for jump in page.jumps:
                made += [Hint(f"page.{page.key}", page.name, reason) for reason in flat(jump.faults)]
        return made


def _kind_option(kind: Kind) -> KindOption:
    return KindOption(kind.value, str(KIND_LABELS[kind]), ICONS[kind])


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
