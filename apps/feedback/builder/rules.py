"""The conditions of questions, and the jumps of pages, as the editor shows them. No query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.feedback.builder.editing import Json, conditions_of
from apps.feedback.builder.filling import CONDITIONS_READ
from apps.feedback.builder.options import Faults, Option, flat
from apps.feedback.questionnaire.schema import (
    CHOICE_KINDS,
    END,
    OTHER,
    SCALES,
    TEST_LABELS,
    TESTS_WITHOUT_VALUE,
    YES,
    Kind,
    Test,
    say,
)

TESTS_OF_NUMBERS = (Test.IS, Test.IS_NOT, Test.AT_LEAST, Test.AT_MOST, Test.ANSWERED, Test.NOT_ANSWERED)
TESTS_OF_CHOICES = (Test.IS, Test.IS_NOT, Test.ANSWERED, Test.NOT_ANSWERED)
TESTS_OF_WORDS = (Test.CONTAINS, Test.IS, Test.IS_NOT, Test.ANSWERED, Test.NOT_ANSWERED)


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
        return list(flat(self.faults))


def jump_editor(
    pages: Sequence[Json], index: int, at: int, *, asked: Sequence[Json], language: str, faults: Faults
) -> JumpEditor:
    """Return the editor of jump ``at`` of page ``index``, which leads to a later page or to the end."""
    page = pages[index]
    jump = page["jumps"][at]
    names = [
        (later["key"], say(later.get("title", {}), language) or _("Page %(number)s") % {"number": number})
        for number, later in enumerate(pages[index + 1 :], start=index + 2)
    ]
    targets = [Option(key, name, key == jump["to"]) for key, name in [*names, (END, _("The end"))]]
    return JumpEditor(
        page=page["key"],
        index=at,
        rule=rule_editor(jump.get("when"), asked, language),
        targets=targets,
        to=next((one.text for one in targets if one.is_chosen), "?"),
        faults=faults,
    )


def rule_editor(rule: Json | None, asked: Sequence[Json], language: str) -> RuleEditor:
    """Return the editor of ``rule``, which may ask of the questions ``asked`` before; a new condition is at its end."""
    conditions = conditions_of(rule)
    lines = [_condition(number, one, asked, language) for number, one in enumerate(conditions)]
    if asked and len(lines) < CONDITIONS_READ:
        lines.append(_condition(len(lines), {"question": "", "test": ""}, asked, language))
    words = [_words(one, asked, language) for one in conditions]
    return RuleEditor(is_any=bool(rule and "any" in rule), lines=lines, words=words)


def _condition(number: int, condition: Json, asked: Sequence[Json], language: str) -> ConditionLine:
    question = next((one for one in asked if one["key"] == condition["question"]), None)
    chosen, value = condition["test"], condition.get("value", "")
    questions = [Option(one["key"], label_of(one, language), one is question) for one in asked]
    if question is None and condition["question"]:
        questions.append(Option(condition["question"], _("A question that does not come before"), True))
    tests = [one for one in Test if one in _tests_of(question) or one == chosen]
    return ConditionLine(
        name=f"when.{number}",
        questions=questions,
        tests=[Option(test.value, str(TEST_LABELS[test]), test == chosen) for test in tests],
        values=[Option(key, text, key == value) for key, text in _values_of(question, language)],
        value=value,
        has_value=chosen not in TESTS_WITHOUT_VALUE,
        is_new=not condition["question"],
    )


def label_of(question: Json, language: str) -> str:
    return say(question.get("label", {}), language) or _("Question without words")


def _values_of(question: Json | None, language: str) -> list[tuple[str, str]]:
    if question is None:
        return []
    if question["kind"] == Kind.CONSENT:
        return [(YES, _("given"))]
    scale = SCALES.get(Kind(question["kind"]))
    if scale:
        return [(str(number), str(number)) for number in scale]
    found = [(one["key"], say(one.get("label", {}), language) or one["key"]) for one in question.get("choices", ())]
    return [*found, (OTHER, _("Other"))] if question.get("has_other") else found


def _words(condition: Json, asked: Sequence[Json], language: str) -> str:
    question = next((one for one in asked if one["key"] == condition["question"]), None)
    name = label_of(question, language) if question else condition["question"]
    values = {"question": name, "test": TEST_LABELS[Test(condition["test"])]}
    if condition["test"] in TESTS_WITHOUT_VALUE:
        return _("“%(question)s” %(test)s") % values
    value = dict(_values_of(question, language)).get(condition.get("value", ""), condition.get("value", ""))
    return _("“%(question)s” %(test)s “%(value)s”") % {**values, "value": value}


def _tests_of(question: Json | None) -> tuple[Test, ...]:
    if question is None:
        return tuple(Test)
    kind = Kind(question["kind"])
    if kind in SCALES or kind in (Kind.NUMBER, Kind.DATE):
        return TESTS_OF_NUMBERS
    if kind in CHOICE_KINDS:
        return TESTS_OF_CHOICES
    return TESTS_OF_WORDS if kind not in (Kind.FILE, Kind.CONSENT) else (Test.ANSWERED, Test.NOT_ANSWERED)
