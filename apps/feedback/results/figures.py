"""What a form's questions were answered: counts of every answer, by question identity over all its versions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from apps.feedback.attachment_models import Attachment
from apps.feedback.models import Answer, Feedback, Form
from apps.feedback.questionnaire.schema import OTHER, TEXT_KINDS, Kind, Question, Role
from apps.feedback.results import statistics
from apps.feedback.results.asked import asked_in
from apps.feedback.results.statistics import Measure

LEAST = 3  # of fewer answers nothing but their number is shown
SUS_ROWS = tuple(f"sus-{number}" for number in range(1, 11))


class Cell(NamedTuple):
    """How often one value was given: a choice (of files: a kind), a number, a day; of a row, or at a place."""

    row: str = ""
    choice: str = ""
    number: Decimal | None = None
    day: date | None = None
    position: int = 0
    times: int = 0


@dataclass(frozen=True)
class Tally:
    """All answers to one question. ``people``: how many answered it; ``is_old``: no longer asked."""

    question: Question
    people: int
    cells: list[Cell] = field(default_factory=list)
    versions: tuple[int, ...] = ()  # that ask it
    is_old: bool = False

    @property
    def is_hidden(self) -> bool:
        """Tell whether too few answered for anything to be shown but their number."""
        return 0 < self.people < LEAST

    @property
    def by_number(self) -> dict[int, int]:
        """Answers of a scale by number, every number of it there."""
        scale = self.question.scale or range(0)
        counts = dict.fromkeys(scale, 0)
        for cell in self.cells:
            if cell.number is not None and int(cell.number) in counts:
                counts[int(cell.number)] += cell.times
        return counts

    @property
    def by_choice(self) -> dict[str, int]:
        """Answers by choice, every choice of the question there, those taken out since at the end."""
        counts = dict.fromkeys(self.question.choice_keys, 0)
        for cell in self.cells:
            if cell.choice:
                counts[cell.choice] = counts.get(cell.choice, 0) + cell.times
        return counts

    @property
    def by_row(self) -> dict[str, dict[str, int]]:
        """Answers of a matrix by row and choice."""
        counts = {row.key: dict.fromkeys(self.question.choice_keys, 0) for row in self.question.rows}
        for cell in self.cells:
            if cell.row in counts:
                counts[cell.row][cell.choice] = counts[cell.row].get(cell.choice, 0) + cell.times
        return counts

    @property
    def by_day(self) -> dict[date, int]:
        """Answers of a date, only the days that were given."""
        counts: dict[date, int] = defaultdict(int)
        for cell in self.cells:
            if cell.day is not None:
                counts[cell.day] += cell.times
        return dict(counts)

    @property
    def mean_places(self) -> list[tuple[str, float]]:
        """The choices of a ranking with their mean place, the best first."""
        sums: dict[str, list[int]] = {key: [0, 0] for key in self.question.choice_keys}
        for cell in self.cells:
            if cell.choice in sums and cell.position:
                sums[cell.choice][0] += cell.position * cell.times
                sums[cell.choice][1] += cell.times
        return sorted(((key, total / n) for key, (total, n) in sums.items() if n), key=lambda one: one[1])

    @property
    def measure(self) -> Measure | None:
        """The question's own measure: NPS in points, CSAT and CES as the share that agrees, else a mean; or None."""
        kind = self.question.kind
        if kind == Kind.NPS:
            return statistics.nps(self.by_number)
        if kind == Kind.CSAT:
            return statistics.top_share(self.by_number, at_least=4)
        if kind == Kind.CES:
            return statistics.top_share(self.by_number, at_least=5)
        if kind in (Kind.STARS, Kind.SMILEYS):
            return statistics.mean(self.by_number)  # type: ignore[arg-type]
        if kind == Kind.NUMBER:
            return statistics.mean(self._numbers())
        return None

    def _numbers(self) -> dict[float, int]:
        counts: dict[float, int] = defaultdict(int)
        for cell in self.cells:
            if cell.number is not None:
                counts[float(cell.number)] += cell.times
        return counts


Counted = dict[str, tuple[int, list[Cell]]]  # by question: people, and what they gave


def tallies(form: Form, chosen: QuerySet[Feedback]) -> list[Tally]:
    """Return the tally of every question of ``form`` over ``chosen``.

    Five queries for any number of questions, two more where files are asked for, one for each circumstance that is no
    plain text.
    """
    asked = asked_in(form)
    questions = [one.question for one in asked]
    found = _answers(form, chosen, questions) | _files(form, chosen, questions) | _columns(chosen, questions)
    return [
        Tally(one.question, *found.get(one.question.key, (0, [])), versions=one.versions, is_old=one.is_old)
        for one in asked
    ]


def _answers(form: Form, chosen: QuerySet[Feedback], asked: Sequence[Question]) -> Counted:
    """Return people and cells, by question, of answers that are rows. Two queries."""
    files = [one.key for one in asked if one.kind == Kind.FILE]  # a key each: counted by what they are
    rows = Answer.objects.filter(Exists(chosen.filter(pk=OuterRef("feedback_id"))), form=form).order_by()
    rows = rows.exclude(question__in=files) if files else rows
    people = dict(rows.values_list("question").annotate(Count("feedback", distinct=True)))
    cells: dict[str, list[Cell]] = defaultdict(list)
    grouped = rows.values_list("question", "row", "choice", "number", "day", "position").annotate(Count("id"))
    for key, *cell in grouped:
        cells[key].append(Cell(*cell))
    return {key: (count, cells[key]) for key, count in people.items()}


def _files(form: Form, chosen: QuerySet[Feedback], asked: Sequence[Question]) -> Counted:
    """Return who sent files, and how many of each kind, by question. Two queries, none where no files are asked for."""
    if not any(one.kind == Kind.FILE for one in asked):
        return {}
    rows = Attachment.objects.filter(Exists(chosen.filter(pk=OuterRef("feedback_id"))), form=form).order_by()
    people = dict(rows.values_list("question").annotate(Count("feedback", distinct=True)))
    cells: dict[str, list[Cell]] = defaultdict(list)
    for key, kind, times in rows.values_list("question", "kind").annotate(Count("id")):
        cells[key].append(Cell(choice=kind, times=times))
    return {key: (count, cells[key]) for key, count in people.items()}


def _columns(chosen: QuerySet[Feedback], asked: Sequence[Question]) -> Counted:
    """Return people and cells, by question, of those whose answers have columns of the feedback's own.

    Two queries, and one for each circumstance that is no plain text.
    """
    plain = chosen.order_by()
    given = {
        Role.WORDS: ~Q(text=""),
        Role.NAME: Q(customer__isnull=False),
        Role.EMAIL: Q(customer__isnull=False),
        Role.VERSION: Q(version__isnull=False) | Q(context__has_key="version"),
        Role.RATING: Q(rating__isnull=False),
    }
    wanted = [one for one in asked if one.role in given or one.role == Role.CONTEXT]
    counts = plain.aggregate(
        **{
            f"n{place}": Count("pk", filter=given.get(one.role) or Q(context__has_key=one.key))
            for place, one in enumerate(wanted)
        }
    )
    ratings = [
        Cell(number=Decimal(number), times=times)
        for number, times in plain.exclude(rating=None).values_list("rating").annotate(Count("pk"))
    ]
    found = {}
    for place, one in enumerate(wanted):
        cells = ratings if one.role == Role.RATING else []
        found[one.key] = (counts[f"n{place}"], _circumstances(plain, one) if one.role == Role.CONTEXT else cells)
    return found


def _circumstances(chosen: QuerySet[Feedback], question: Question) -> list[Cell]:
    """Return the cells of an answer that the context keeps in words. One query, none for plain text."""
    if question.kind in TEXT_KINDS:
        return []
    said = chosen.filter(context__has_key=question.key).values_list(KeyTextTransform(question.key, "context"))
    return [cell for words, times in said.annotate(Count("pk")) if (cell := _cell_of(question, words, times))]


def _cell_of(question: Question, words: str, times: int) -> Cell | None:
    """Return what ``logic.spell`` made these words of; None for those that are none of this question any more."""
    if question.kind == Kind.SINGLE_CHOICE:
        keys = [one.key for one in question.choices if words in one.label.values()]
        return Cell(choice=keys[0] if keys else words, times=times)
    try:
        if question.kind == Kind.DATE:
            return Cell(day=date.fromisoformat(words), times=times)
        return Cell(number=Decimal(words.removesuffix(f" {question.unit}")), times=times)
    except (ValueError, InvalidOperation):
        return None


def sus_of(question: Question, chosen: QuerySet[Feedback]) -> Measure | None:
    """Return the mean System Usability Scale score where ``question`` is its ten statements, else None. One query."""
    if question.kind != Kind.MATRIX or tuple(row.key for row in question.rows) != SUS_ROWS:
        return None
    places = {choice.key: place for place, choice in enumerate(question.choices, start=1)}
    people: dict[int, dict[int, int]] = defaultdict(dict)
    rows = Answer.objects.filter(Exists(chosen.filter(pk=OuterRef("feedback_id"))), question=question.key).order_by()
    for feedback_id, row, choice in rows.values_list("feedback_id", "row", "choice").iterator():
        if choice in places and row in SUS_ROWS:
            people[feedback_id][int(row.removeprefix("sus-"))] = places[choice]
    scores: dict[float, int] = defaultdict(int)
    for answers in people.values():
        score = statistics.sus_score(answers)
        if score is not None:
            scores[score] += 1
    return statistics.mean(scores)


def choice_label(question: Question, key: str, labels: Mapping[str, str], other: str) -> str:
    """Return the words of a choice; of one taken out since, its key."""
    return other if key == OTHER and question.has_other else labels.get(key, key)
