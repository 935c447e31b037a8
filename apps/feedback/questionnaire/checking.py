"""Whether a questionnaire can be published: what reads well one by one, but not together. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from django.utils.translation import gettext as _

from apps.feedback.questionnaire.definition import QUESTIONS, Fault
from apps.feedback.questionnaire.logic import piped
from apps.feedback.questionnaire.schema import (
    CAN_HAVE_OTHER,
    CHOICE_KINDS,
    END,
    KINDS_OF_ROLE,
    ROLE_LABELS,
    TESTS_WITHOUT_VALUE,
    Kind,
    Question,
    Questionnaire,
    Role,
    Rule,
    Test,
)

T = TypeVar("T")

LEAST_CHOICES = 2
FIELDS = 1_500  # of a whole form: what one request may carry, and room for more (settings)
CIRCUMSTANCES = 19  # of the 20 that feedback's context takes, one is a version that is not known


def check(made: Questionnaire, *, is_anonymous: bool) -> list[Fault]:
    """Return everything that stands in the way of publishing ``made``; empty: it can go live."""
    return [
        *_check_whole(made),
        *_check_questions(made, is_anonymous=is_anonymous),
        *_check_paths(made),
        *_check_pipes(made),
    ]


def _check_whole(made: Questionnaire) -> Iterator[Fault]:
    questions = list(made.questions)
    if not questions:
        yield Fault("pages", _("Ask at least one question."))
    if len(questions) > QUESTIONS:
        yield Fault("pages", _("At most %(most)s questions.") % {"most": QUESTIONS})
    yield from (
        Fault("pages", _("Two pages have the key %(key)s.") % {"key": key}) for key in _twice(p.key for p in made.pages)
    )
    yield from (
        Fault("pages", _("Two questions have the key %(key)s.") % {"key": key})
        for key in _twice(question.key for question in questions)
    )
    roles = (question.role for question in questions if question.role not in (Role.NONE, Role.CONTEXT))
    yield from (
        Fault("pages", _("Only one question may be this: %(role)s.") % {"role": ROLE_LABELS[role]})
        for role in _twice(roles)
    )
    yield from _check_context(made)
    if sum(map(_field_count, questions)) > FIELDS:
        yield Fault("pages", _("That is too much for one form: ask fewer questions, rows or choices."))
    for number, page in enumerate(made.pages):
        if not page.questions and not page.intro:
            yield Fault(f"pages.{number}", _("Put a question or some words on this page, or take it out."))


def _check_context(made: Questionnaire) -> Iterator[Fault]:
    names = [*(question.key for question in made.questions if question.role == Role.CONTEXT), *made.hidden]
    if len(names) > CIRCUMSTANCES:
        yield Fault("hidden", _("At most %(most)s circumstances and hidden fields together.") % {"most": CIRCUMSTANCES})
    taken = {question.key for question in made.questions} & set(made.hidden)
    if taken:
        yield Fault("hidden", _("A question has this name already: %(name)s.") % {"name": min(taken)})


def _field_count(question: Question) -> int:
    """Return how many fields may be sent for ``question``."""
    if question.kind == Kind.MATRIX:
        return len(question.rows)
    return max(len(question.choices), 1) + question.has_other


def _twice(found: Iterable[T]) -> list[T]:
    return [one for one, count in Counter(found).items() if count > 1]


def _check_questions(made: Questionnaire, *, is_anonymous: bool) -> Iterator[Fault]:
    for number, page in enumerate(made.pages):
        for index, question in enumerate(page.questions):
            place = f"pages.{number}.questions.{index}"
            yield from _check_choices(question, place)
            yield from _check_limits(question, place)
            if question.role in KINDS_OF_ROLE and question.kind not in KINDS_OF_ROLE[question.role]:
                yield Fault(f"{place}.role", _("An answer of this kind cannot mean that."))
            if is_anonymous and question.is_personal:
                yield Fault(place, _("An anonymous form asks for no name, no address and no file."))


def _check_choices(question: Question, place: str) -> Iterator[Fault]:
    if question.kind in CHOICE_KINDS and len(question.choices) < LEAST_CHOICES:
        yield Fault(f"{place}.choices", _("Give at least two choices."))
    if question.kind == Kind.MATRIX and not question.rows:
        yield Fault(f"{place}.rows", _("Give at least one row."))
    if question.kind == Kind.CONSENT and question.purpose is None:
        yield Fault(f"{place}.purpose", _("Say what the consent is for."))
    if question.has_other and question.kind not in CAN_HAVE_OTHER:
        yield Fault(f"{place}.has_other", _("Only a choice can have another one."))


def _check_limits(question: Question, place: str) -> Iterator[Fault]:
    low, high = question.at_least, question.at_most
    if low is not None and high is not None and low > high:
        yield Fault(f"{place}.at_least", _("The least is above the most."))
    if question.picks > len(question.choice_keys):
        yield Fault(f"{place}.picks", _("There are fewer choices than that."))


def _check_paths(made: Questionnaire) -> Iterator[Fault]:
    """Conditions look back, jumps lead on: so every path ends."""
    earlier: dict[str, Question] = {}
    places = {page.key: number for number, page in enumerate(made.pages)}
    for number, page in enumerate(made.pages):
        for index, question in enumerate(page.questions):
            if question.show_when:
                yield from _check_rule(question.show_when, f"pages.{number}.questions.{index}.show_when", earlier)
            earlier[question.key] = question
        for index, jump in enumerate(page.jumps):
            place = f"pages.{number}.jumps.{index}"
            yield from _check_rule(jump.when, f"{place}.when", earlier)
            if jump.to != END and places.get(jump.to, -1) <= number:
                yield Fault(f"{place}.to", _("A jump leads to a later page, or to the end."))


def _check_pipes(made: Questionnaire) -> Iterator[Fault]:
    """Whoever takes a question out, or misspells its key, is told where its answer stood in the words."""
    for number, page in enumerate(made.pages):
        place = f"pages.{number}"
        texts = {f"{place}.title": page.title, f"{place}.intro": page.intro}
        for index, question in enumerate(page.questions):
            at = f"{place}.questions.{index}"
            texts |= {f"{at}.label": question.label, f"{at}.help": question.help}
        for where, text in texts.items():
            strange = sorted({key for words in text.values() for key in piped(words)} - made.by_key.keys())
            if strange:
                yield Fault(where, _("[[%(key)s]] stands for no question of this form.") % {"key": strange[0]})


def _check_rule(rule: Rule, place: str, earlier: dict[str, Question]) -> Iterator[Fault]:
    for condition in rule.conditions:
        asked = earlier.get(condition.question)
        if asked is None:
            yield Fault(place, _("A condition asks of a question before it."))
        elif asked.choices and condition.test in (Test.IS, Test.IS_NOT) and condition.value not in asked.choice_keys:
            yield Fault(place, _("A condition names a choice that is not there."))
        elif condition.test not in TESTS_WITHOUT_VALUE and not condition.value:
            yield Fault(place, _("Say what the answer is compared with."))
        elif condition.test in (Test.AT_LEAST, Test.AT_MOST) and not _compares(asked, condition.value):
            yield Fault(place, _("Only a number or a date is at least or at most something: a number, or 2026-03-31."))


def _compares(asked: Question, value: str) -> bool:
    """Tell whether answers to ``asked`` have a size that ``value`` has too."""
    try:
        if asked.kind == Kind.DATE:
            return date.fromisoformat(value) is not None
        return (asked.kind == Kind.NUMBER or asked.scale is not None) and Decimal(value).is_finite()
    except (ValueError, InvalidOperation):
        return False
