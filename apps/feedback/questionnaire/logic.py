"""Which questions a person is asked: conditions, jumps, and earlier answers in later words. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.feedback.questionnaire.schema import (
    END,
    OTHER,
    YES,
    Condition,
    Kind,
    Page,
    Question,
    Questionnaire,
    Rule,
    Test,
    say,
)
from apps.feedback.questionnaire.values import Value

Given = Mapping[str, Sequence[Value]]  # the answers so far by question key; not answered: not there, or empty

_PIPE = re.compile(r"\[\[\s*([a-z][a-z0-9_-]*)\s*(?:\|([^\]]{0,100}))?\]\]")
PIPED_CHARACTERS = 200


def holds(rule: Rule | None, given: Given) -> bool:
    """Tell whether ``rule`` holds of the answers so far; no rule always does."""
    if rule is None:
        return True
    found = (_holds_one(condition, given.get(condition.question) or ()) for condition in rule.conditions)
    return any(found) if rule.is_any else all(found)


def _holds_one(condition: Condition, values: Sequence[Value]) -> bool:
    if condition.test == Test.NOT_ANSWERED:
        return not values
    if not values:
        return condition.test == Test.IS_NOT
    wanted = condition.value.casefold()
    plain = [value.plain.casefold() for value in values]
    if condition.test == Test.IS:
        return wanted in plain
    if condition.test == Test.IS_NOT:
        return wanted not in plain
    if condition.test == Test.CONTAINS:
        return any(wanted in (value.text or value.choice).casefold() for value in values)
    if condition.test in (Test.AT_LEAST, Test.AT_MOST):
        return _compares(condition, values[0])
    return True  # answered


def _compares(condition: Condition, value: Value) -> bool:
    """Numbers by size, days by the calendar; what cannot be compared does not hold."""
    if value.day is not None:
        mine, other = value.day.isoformat(), condition.value
        return mine >= other if condition.test == Test.AT_LEAST else mine <= other
    try:
        limit = Decimal(condition.value)
    except InvalidOperation:
        return False
    if value.number is None or not limit.is_finite():
        return False
    return value.number >= limit if condition.test == Test.AT_LEAST else value.number <= limit


def shown(questions: Iterable[Question], given: Given) -> list[Question]:
    """Return those of ``questions`` whose condition holds."""
    return [question for question in questions if holds(question.show_when, given)]


def first_page(made: Questionnaire, given: Given) -> int | None:
    """Return the page that these answers begin on, None where nothing is asked at all."""
    return _first_with_something(made, 0, given)


def next_page(made: Questionnaire, number: int, given: Given) -> int | None:
    """Return the page after page ``number`` on the way of these answers, None after the last.

    Pages on which nothing would be asked are passed over.
    """
    return _first_with_something(made, _after(made, number, given), given)


def _first_with_something(made: Questionnaire, number: int, given: Given) -> int | None:
    while number < len(made.pages):
        page = made.pages[number]
        if (page.intro and not page.questions) or any(holds(one.show_when, given) for one in page.questions):
            return number
        number = _after(made, number, given)
    return None


def _after(made: Questionnaire, number: int, given: Given) -> int:
    """Return where a page leads: its jump, or the next one; to the end: beyond the last."""
    for jump in made.pages[number].jumps:
        if holds(jump.when, given):
            return len(made.pages) if jump.to == END else _place(made.pages, jump.to)
    return number + 1


def _place(pages: Sequence[Page], key: str) -> int:
    return next(number for number, page in enumerate(pages) if page.key == key)


def is_surely_last(made: Questionnaire, number: int, given: Given) -> bool:
    """Tell whether the form ends after page ``number``, whatever is answered on that page."""
    page = made.pages[number]
    here = {question.key for question in page.questions}
    later = [question.show_when for one in made.pages[number + 1 :] for question in one.questions]
    if page.jumps and number + 1 < len(made.pages):
        return False
    if any(rule and any(one.question in here for one in rule.conditions) for rule in later):
        return False
    return next_page(made, number, given) is None


def path(made: Questionnaire, given: Given) -> list[int]:
    """Return the pages, in order, that these answers lead through."""
    number = first_page(made, given)
    taken: list[int] = []
    while number is not None:
        taken.append(number)
        number = next_page(made, number, given)
    return taken


def asked(made: Questionnaire, given: Given) -> list[Question]:
    """Return every question that these answers lead past: the only ones whose answers count."""
    return [question for number in path(made, given) for question in shown(made.pages[number].questions, given)]


def pipe(words: str, made: Questionnaire, given: Given, language: str) -> str:
    """Return ``words`` with "[[key]]" and "[[key|otherwise]]" replaced by what was answered. Escaping is the page's."""
    if "[[" not in words:
        return words

    def fill(found: re.Match[str]) -> str:
        key, otherwise = found.groups()
        question = made.by_key.get(key)
        said = spell(question, given.get(key) or (), language) if question else ""
        return said[:PIPED_CHARACTERS] or otherwise or "…"

    return _PIPE.sub(fill, words)


def piped(words: str) -> list[str]:
    """Return the keys of the questions whose answers stand in ``words``."""
    return [found.group(1) for found in _PIPE.finditer(words)]


def spell(question: Question, values: Sequence[Value], language: str) -> str:
    """Return an answer in words: labels for choices, a number with its unit; a line each in a matrix and a ranking."""
    labels = {choice.key: say(choice.label, language) for choice in question.choices}
    parts = [value.text or labels.get(value.choice) or _spell_plain(value, language) for value in values]
    if question.kind == Kind.MATRIX:
        rows = {row.key: say(row.label, language) for row in question.rows}
        return "\n".join(f"{rows.get(value.row, value.row)}: {part}" for value, part in zip(values, parts, strict=True))
    if question.kind == Kind.RANKING:
        return "\n".join(f"{value.position}. {part}" for value, part in zip(values, parts, strict=True))
    said = ", ".join(parts)
    return f"{said} {question.unit}" if question.unit and said else said


def _spell_plain(value: Value, language: str) -> str:
    """Return what no question has words for: the other choice without words, a consent that is given."""
    if value.choice not in (OTHER, YES):
        return value.plain
    with override(language):
        return _("Other") if value.choice == OTHER else _("Yes")
