"""What a form's questions were answered: counts of every answer, by question identity over all its versions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db import connection
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, Sum

from apps.feedback.models import Answer, Feedback, Form, FormVersion
from apps.feedback.questionnaire import definition
from apps.feedback.questionnaire.schema import OTHER, Kind, Question, Role
from apps.feedback.results import statistics
from apps.feedback.results.selection import Selection
from apps.feedback.results.statistics import Measure
from apps.feedback.selectors import questionnaire_of
from apps.feedback.visit_models import FormView, FormVisit

M = TypeVar("M", bound=Model)

LEAST = 3  # of fewer answers nothing but their number is shown
SUS_ROWS = tuple(f"sus-{number}" for number in range(1, 11))


class Cell(NamedTuple):
    """How often one value was given: a choice, a number, or a choice in a row or at a place."""

    row: str
    choice: str
    number: Decimal | None
    position: int
    times: int


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


class Asked(NamedTuple):
    question: Question
    versions: tuple[int, ...]
    is_old: bool


def asked_in(form: Form) -> list[Asked]:
    """Return every question that any version asks, by identity: the newest words, those no longer asked at the end.

    One query for any number of versions.
    """
    versions = FormVersion.objects.filter(form=form).order_by("-number").values_list("pk", "number", "definition")
    newest: dict[str, Question] = {}
    numbers: dict[str, list[int]] = defaultdict(list)
    current: set[str] = set()
    for pk, number, written in versions:
        for question in definition.read(written).questions:
            if pk == form.current_id:
                current.add(question.key)
            newest.setdefault(question.key, question)
            numbers[question.key].append(number)
    return [Asked(one, tuple(sorted(numbers[key])), key not in current) for key, one in newest.items()]


def tallies(form: Form, chosen: QuerySet[Feedback]) -> list[Tally]:
    """Return the tally of every question of ``form`` over ``chosen``. Five queries for any number of questions."""
    in_chosen = Exists(chosen.filter(pk=OuterRef("feedback_id")))
    rows = Answer.objects.filter(in_chosen, form=form).order_by()
    people = dict(rows.values_list("question").annotate(Count("feedback", distinct=True)))
    cells: dict[str, list[Cell]] = defaultdict(list)
    grouped = rows.values_list("question", "row", "choice", "number", "position").annotate(Count("id"))
    for key, *cell in grouped:
        cells[key].append(Cell(*cell))
    asked = asked_in(form)
    columns = _columns(chosen, [one.question for one in asked])
    made = []
    for one in asked:
        key = one.question.key
        answered, given = columns.get(key) or (people.get(key, 0), cells.get(key, []))
        made.append(Tally(one.question, answered, given, one.versions, one.is_old))
    return made


def _columns(chosen: QuerySet[Feedback], asked: Sequence[Question]) -> dict[str, tuple[int, list[Cell]]]:
    """Return people and cells, by question, of those whose answers have columns of the feedback's own. Two queries."""
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
        Cell("", "", Decimal(number), 0, times)
        for number, times in plain.exclude(rating=None).values_list("rating").annotate(Count("pk"))
    ]
    return {
        one.key: (counts[f"n{place}"], ratings if one.role == Role.RATING else []) for place, one in enumerate(wanted)
    }


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


class Funnel(NamedTuple):
    """How far people came. Views count pages shown; starts and completions count form tokens."""

    views: int
    starts: int
    completions: int


class Stop(NamedTuple):
    """How many came as far as a question, left at it, and the median seconds they spent on it (None: not told)."""

    question: Question
    reached: int
    left: int
    median_seconds: float | None


def funnel(form: Form, wanted: Selection) -> Funnel:
    """Return how often the form was shown, begun and sent, by version and days. Two queries."""
    views = _by_days(FormView.objects.filter(version__form=form), wanted).aggregate(n=Sum("view_count"))["n"]
    visits = _by_days(FormVisit.objects.filter(version__form=form), wanted)
    ways = visits.aggregate(starts=Count("key"), completions=Count("key", filter=Q(is_complete=True)))
    return Funnel(views or 0, ways["starts"], ways["completions"])


def stops(form: Form, wanted: Selection) -> list[Stop]:
    """Return where people left, question by question of one version: the chosen, else the current one. Two queries."""
    version = FormVersion.objects.filter(form=form, number=wanted.version).first() if wanted.version else form.current
    if version is None:
        return []
    visits = _by_days(FormVisit.objects.filter(version=version), wanted)
    ended = dict(visits.order_by().values_list("reached").annotate(Count("key")))
    left = dict(visits.filter(is_complete=False).order_by().values_list("reached").annotate(Count("key")))
    with connection.cursor() as cursor:
        cursor.execute(_MEDIANS, [version.pk, wanted.since or date.min, wanted.until or date.max])
        medians = dict(cursor.fetchall())
    return [
        Stop(
            question,
            sum(count for reached, count in ended.items() if reached >= place),
            left.get(place, 0),
            medians.get(question.key),
        )
        for place, question in enumerate(questionnaire_of(version.pk).questions, start=1)
    ]


_MEDIANS = """
SELECT spent.key, percentile_cont(0.5) WITHIN GROUP (ORDER BY spent.value::int)
  FROM feedback_formvisit v, jsonb_each_text(v.seconds) AS spent (key, value)
 WHERE v.version_id = %s AND v.day BETWEEN %s AND %s
 GROUP BY 1
"""


def _by_days(found: QuerySet[M], wanted: Selection) -> QuerySet[M]:
    if wanted.version:
        found = found.filter(version__number=wanted.version)
    if wanted.since:
        found = found.filter(day__gte=wanted.since)
    return found.filter(day__lte=wanted.until) if wanted.until else found
