"""Which questions a person is asked: conditions, jumps, and earlier answers in later words. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from apps.feedback.questionnaire.schema import END, Condition, Page, Question, Questionnaire, Rule, Test, say
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


def next_page(made: Questionnaire, number: int, given: Given) -> int | None:
    """Return the page after page ``number`` on the way of these answers, None after the last.

    Pages on which nothing would be asked are passed over.
    """
    places = {page.key: index for index, page in enumerate(made.pages)}
    for jump in made.pages[number].jumps:
        if holds(jump.when, given):
            return None if jump.to == END else _first_with_something(made, places[jump.to], given)
    return _first_with_something(made, number + 1, given)


def _first_with_something(made: Questionnaire, number: int, given: Given) -> int | None:
    while number < len(made.pages):
        page = made.pages[number]
        if shown(page.questions, given) or (page.intro and not page.questions):
            return number
        number = next_page_number(made, page, number, given)
    return None


def next_page_number(made: Questionnaire, page: Page, number: int, given: Given) -> int:
    """Return where an empty page leads: its jump, or the next one; beyond the last: the end."""
    for jump in page.jumps:
        if holds(jump.when, given):
            return next((i for i, one in enumerate(made.pages) if one.key == jump.to), len(made.pages))
    return number + 1


def path(made: Questionnaire, given: Given) -> list[int]:
    """Return the pages, in order, that these answers lead through."""
    number: int | None = _first_with_something(made, 0, given)
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


def spell(question: Question, values: Sequence[Value], language: str) -> str:
    """Return an answer in words: labels for choices, a number with its unit."""
    labels = {choice.key: say(choice.label, language) for choice in (*question.choices, *question.rows)}
    parts = []
    for value in values:
        words = value.text or labels.get(value.choice) or value.plain
        parts.append(f"{labels.get(value.row, value.row)}: {words}" if value.row else words)
    said = ", ".join(parts)
    return f"{said} {question.unit}" if question.unit and said else said
