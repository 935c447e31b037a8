"""A form's responses as a file: a line or an object for each, a batch at a time. Only what the reader may open."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.spreadsheet import csv_line
from apps.feedback.models import Answer, Feedback, Form
from apps.feedback.questionnaire import logic
from apps.feedback.questionnaire.schema import Kind, Question, Role, say
from apps.feedback.questionnaire.values import Value
from apps.feedback.results.asked import asked_in, hidden_in
from apps.feedback.results.selection import Selection, counted
from apps.feedback.selectors import readable_by

BATCH_ROWS = 500
ROWS_MAX = 100_000
HEAD = ("id", "version", "channel", "day")
SEPARATOR = "; "
PERSONAL = frozenset({Role.NAME, Role.EMAIL})


class Entry(NamedTuple):
    """What a line says beyond the answers."""

    pk: int
    version: int | None  # of the form
    channel: str
    day: date
    text: str
    rating: int | None
    context: dict[str, str]
    product_version: str | None

    @property
    def facts(self) -> list[object]:
        return [self.pk, self.version, self.channel, self.day.isoformat()]


ENTRY_COLUMNS = ("pk", "form_version__number", "channel", "day", "text", "rating", "context", "version__name")
Given = Mapping[str, Sequence[Value]]  # answers by question


class Column:
    """One column of the table: a question, or one row of a matrix, in words of ``language``."""

    def __init__(self, question: Question, row: str, language: str) -> None:
        self.question, self.row, self.language = question, row, language
        # A column has its row in its head: its cells say the choice alone.
        is_matrix = question.kind == Kind.MATRIX
        self.spelled_as = replace(question, kind=Kind.SINGLE_CHOICE) if is_matrix else question
        self.known: dict[tuple[str, int], str] = {}  # words of choices: spelling takes longer than reading

    @property
    def head(self) -> str:
        label = say(self.question.label, self.language)
        names = {one.key: say(one.label, self.language) for one in self.question.rows}
        return f"{label}: {names[self.row]}" if self.row else label

    def cell(self, entry: Entry, given: Given) -> object:
        if self.question.role != Role.NONE:
            return _column(entry, self.question)
        values = [value for value in given.get(self.question.key, ()) if value.row == self.row]
        if len(values) == 1 and values[0].number is not None:
            return values[0].number.normalize()
        return SEPARATOR.join(map(self._spell, values))

    def _spell(self, value: Value) -> str:
        if not value.choice or value.text:
            return logic.spell(self.spelled_as, [value], self.language)
        key = value.choice, value.position
        if key not in self.known:
            self.known[key] = logic.spell(self.spelled_as, [value], self.language)
        return self.known[key]


def responses_csv(form: Form, reader: User, wanted: Selection, language: str) -> Iterator[str]:
    """Yield CSV, a batch at a time: a column per question, and per row of a matrix; choices as words. Formula-safe."""
    columns = [Column(question, row, language) for question in _questions(form) for row in _rows_of(question)]
    hidden = hidden_in(form)
    yield csv_line([*HEAD, *(column.head for column in columns), *hidden])
    for batch in _batches(form, reader, wanted):
        lines = (
            [*entry.facts, *(column.cell(entry, given) for column in columns), *map(entry.context.get, hidden)]
            for entry, given in batch
        )
        yield "".join(map(csv_line, lines))


def responses_json(form: Form, reader: User, wanted: Selection) -> Iterator[str]:
    """Yield one JSON array: answers by question key, choices by their keys, so that nothing depends on a language."""
    yield "["
    questions, hidden, separator = _questions(form), hidden_in(form), "\n"
    for batch in _batches(form, reader, wanted):
        yield separator + ",\n".join(_object(entry, given, questions, hidden) for entry, given in batch)
        separator = ",\n"
    yield "\n]\n"


def _object(entry: Entry, given: Given, questions: Sequence[Question], hidden: Sequence[str]) -> str:
    answers = {one.key: _plain(entry, one, given) for one in questions}
    said = {key: value for key, value in answers.items() if value not in (None, [], "")}
    brought = {name: entry.context[name] for name in hidden if entry.context.get(name)}
    facts = dict(zip(HEAD, entry.facts, strict=True))
    return json.dumps(facts | {"answers": said, "hidden": brought}, ensure_ascii=False)


def _questions(form: Form) -> list[Question]:
    """Return what is exported: names and addresses are not, the list of feedback gives those to who may see them."""
    return [one.question for one in asked_in(form) if one.question.role not in PERSONAL]


def _batches(form: Form, reader: User, wanted: Selection) -> Iterator[list[tuple[Entry, Given]]]:
    """Yield the responses, the newest first, with their answers. Two queries a batch; nothing is held open between."""
    chosen = readable_by(reader) & counted(form, wanted)
    before, left = None, ROWS_MAX
    while left > 0:
        page = _page(chosen, before, min(left, BATCH_ROWS))
        if not page:
            return
        answers = _answers([entry.pk for entry in page])
        yield [(entry, answers.get(entry.pk, {})) for entry in page]
        before, left = page[-1].pk, left - len(page)


def _page(chosen: QuerySet[Feedback], before: int | None, rows: int) -> list[Entry]:
    found = chosen.filter(pk__lt=before) if before else chosen
    return [Entry(*row) for row in found.order_by("-pk").values_list(*ENTRY_COLUMNS)[:rows]]


def _answers(ids: Sequence[int]) -> dict[int, dict[str, list[Value]]]:
    found: dict[int, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
    columns = ("feedback_id", "question", "choice", "number", "text", "day", "row", "position")
    rows = Answer.objects.filter(feedback_id__in=ids).order_by("feedback_id", "position", "id")
    for feedback_id, question, *value in rows.values_list(*columns):
        found[feedback_id][question].append(Value(*value))
    return found


def _rows_of(question: Question) -> list[str]:
    return [row.key for row in question.rows] if question.kind == Kind.MATRIX else [""]


def _column(entry: Entry, question: Question) -> object:
    """Return what the feedback's own column holds for the question, None where it has none."""
    if question.role == Role.WORDS:
        return entry.text
    if question.role == Role.RATING:
        return entry.rating
    if question.role == Role.VERSION:
        return entry.context.get("version") or entry.product_version
    return entry.context.get(question.key) if question.role == Role.CONTEXT else None


def _plain(entry: Entry, question: Question, given: Given) -> object:
    if question.role != Role.NONE:
        return _column(entry, question)
    values = given.get(question.key, ())
    if question.kind == Kind.MATRIX:
        return {value.row: value.plain for value in values} or None
    plain = [_plain_value(value) for value in values]
    many = question.kind in (Kind.MULTIPLE_CHOICE, Kind.RANKING)
    return plain if many else plain[0] if plain else None


def _plain_value(value: Value) -> object:
    """Return one value as JSON has it: a number as a number, another choice with its words."""
    if value.choice and value.text:
        return {"choice": value.choice, "text": value.text}
    if value.choice or value.number is None:
        return value.plain
    whole = value.number.to_integral_value()
    return int(whole) if value.number == whole else float(value.number)
