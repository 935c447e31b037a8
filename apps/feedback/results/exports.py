"""A form's responses as a file: a line or an object for each, a batch at a time. Only what the reader may open."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.spreadsheet import csv_line
from apps.feedback.models import Answer, Feedback, Form
from apps.feedback.questionnaire import logic
from apps.feedback.questionnaire.schema import Kind, Question, Role, say
from apps.feedback.questionnaire.values import Value
from apps.feedback.results.asked import asked_in
from apps.feedback.results.selection import Selection, counted
from apps.feedback.selectors import readable_by

BATCH_ROWS = 500
ROWS_MAX = 100_000
HEAD = ("id", "version", "channel", "day")
SEPARATOR = "; "
PERSONAL = frozenset({Role.NAME, Role.EMAIL})

Row = Mapping[str, object]


def responses_csv(form: Form, reader: User, wanted: Selection, language: str) -> Iterator[str]:
    """Yield CSV: a column per question, and per row of a matrix; choices as words. Formula-safe."""
    questions = _questions(form)
    columns = [(question, row) for question in questions for row in _rows_of(question)]
    yield csv_line([*HEAD, *(_head(question, row, language) for question, row in columns)])
    for batch in _batches(form, reader, wanted):
        for entry, given in batch:
            cells = [_cell(entry, question, row, given, language) for question, row in columns]
            yield csv_line([*_facts(entry), *cells])


def responses_json(form: Form, reader: User, wanted: Selection) -> Iterator[str]:
    """Yield one JSON array: answers by question key, choices by their keys, so that nothing depends on a language."""
    yield "["
    questions, separator = _questions(form), "\n"
    for batch in _batches(form, reader, wanted):
        for entry, given in batch:
            answers = {one.key: _plain(entry, one, given) for one in questions}
            row = dict(zip(HEAD, _facts(entry), strict=True)) | {
                "answers": {key: said for key, said in answers.items() if said not in (None, [], "")}
            }
            yield separator + json.dumps(row, ensure_ascii=False)
            separator = ",\n"
    yield "\n]\n"


def _questions(form: Form) -> list[Question]:
    """Return what is exported: names and addresses are not, the list of feedback gives those to who may see them."""
    return [one.question for one in asked_in(form) if one.question.role not in PERSONAL]


def _batches(form: Form, reader: User, wanted: Selection) -> Iterator[list[tuple[Feedback, dict[str, list[Value]]]]]:
    """Yield the responses, the newest first, with their answers. Two queries a batch; nothing is held open between."""
    chosen = (
        readable_by(reader).filter(pk__in=counted(form, wanted).values("pk")).select_related("form_version", "version")
    )
    before, left = None, ROWS_MAX
    while left > 0:
        page = _page(chosen, before, min(left, BATCH_ROWS))
        if not page:
            return
        yield _joined(page)
        before, left = page[-1].pk, left - len(page)


def _page(chosen: QuerySet[Feedback], before: int | None, rows: int) -> list[Feedback]:
    found = chosen.filter(pk__lt=before) if before else chosen
    return list(found.order_by("-pk")[:rows])


def _joined(page: Sequence[Feedback]) -> list[tuple[Feedback, dict[str, list[Value]]]]:
    answers = _answers([entry.pk for entry in page])
    return [(entry, answers.get(entry.pk, {})) for entry in page]


def _answers(ids: Sequence[int]) -> dict[int, dict[str, list[Value]]]:
    found: dict[int, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
    columns = ("feedback_id", "question", "choice", "number", "text", "day", "row", "position")
    rows = Answer.objects.filter(feedback_id__in=ids).order_by("feedback_id", "position", "id")
    for feedback_id, question, *value in rows.values_list(*columns):
        found[feedback_id][question].append(Value(*value))
    return found


def _facts(entry: Feedback) -> list[object]:
    version = entry.form_version.number if entry.form_version else None
    return [entry.pk, version, entry.channel, entry.day.isoformat()]


def _rows_of(question: Question) -> list[str]:
    return [row.key for row in question.rows] if question.kind == Kind.MATRIX else [""]


def _head(question: Question, row: str, language: str) -> str:
    label = say(question.label, language)
    names = {one.key: say(one.label, language) for one in question.rows}
    return f"{label}: {names[row]}" if row else label


def _cell(entry: Feedback, question: Question, row: str, given: Mapping[str, Sequence[Value]], language: str) -> object:
    column = _column(entry, question)
    if column is not None or question.role != Role.NONE:
        return column
    values = [value._replace(row="") for value in given.get(question.key, ()) if value.row == row]
    if len(values) == 1 and values[0].number is not None:
        return values[0].number.normalize()
    return SEPARATOR.join(logic.spell(question, [value], language) for value in values)


def _column(entry: Feedback, question: Question) -> object:
    """Return what the feedback's own column holds for the question, None where it has none."""
    if question.role == Role.WORDS:
        return entry.text
    if question.role == Role.RATING:
        return entry.rating
    if question.role == Role.VERSION:
        return entry.context.get("version") or (entry.version.name if entry.version_id and entry.version else None)
    return entry.context.get(question.key) if question.role == Role.CONTEXT else None


def _plain(entry: Feedback, question: Question, given: Mapping[str, Sequence[Value]]) -> object:
    if question.role != Role.NONE:
        return _column(entry, question)
    values = given.get(question.key, ())
    if question.kind == Kind.MATRIX:
        return {value.row: value.plain for value in values} or None
    plain = [
        {"choice": value.choice, "text": value.text} if value.choice and value.text else value.plain for value in values
    ]
    many = question.kind in (Kind.MULTIPLE_CHOICE, Kind.RANKING)
    return plain if many else plain[0] if plain else None
