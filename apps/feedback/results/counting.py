"""What the responses of some months answered, counted by the database. Plain values, so that they can be kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncMonth

from apps.feedback.models import Feedback
from apps.feedback.questionnaire.schema import TEXT_KINDS, Kind, Question, Role
from apps.feedback.results import statistics
from apps.feedback.results.kept import Marks, month_of, span_of

Value = tuple[str, str, Decimal | None, date | None, int]  # row, choice (of files: kind), number, day, position

SUS_ROWS = tuple(f"sus-{number}" for number in range(1, 11))
MANY = frozenset({Kind.MULTIPLE_CHOICE, Kind.MATRIX, Kind.RANKING})  # one person gives several values


@dataclass
class Counts:
    """How many responded, and by question: who answered it, how often each value was given, and SUS scores."""

    responses: int = 0
    people: Counter[str] = field(default_factory=Counter)
    values: dict[str, Counter[Value]] = field(default_factory=lambda: defaultdict(Counter))
    scores: dict[str, Counter[float]] = field(default_factory=lambda: defaultdict(Counter))


Months = Mapping[date, Counts]


def add_counts(parts: Iterable[Counts]) -> Counts:
    total = Counts()
    for part in parts:
        total.responses += part.responses
        total.people.update(part.people)
        for key, values in part.values.items():
            total.values[key].update(values)
        for key, scores in part.scores.items():
            total.scores[key].update(scores)
    total.values, total.scores = dict(total.values), dict(total.scores)  # what is asked for later is not put in
    return total


def marks_of(chosen: QuerySet[Feedback], months: Sequence[date]) -> Marks:
    """Return what changes by month whenever a figure does: which responses there are, redacted or of which version.

    ``months``: none for all. One query, of the index ``feedback_by_form`` alone.
    """
    chosen = chosen.filter(day__range=span_of(months)) if months else chosen
    days = chosen.order_by().values_list("day")
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for day, *figures in days.annotate(Count("pk"), Sum("pk"), Count("redacted_at"), Sum("version_id")):
        for place, figure in enumerate(figures):
            sums[month_of(day)][place] += int(figure or 0)
    return {month: tuple(figures) for month, figures in sums.items()}


def count_months(form_id: int, chosen: QuerySet[Feedback], asked: Sequence[Question], months: Sequence[date]) -> Months:
    """Return the counts of each of ``months``, which are not none. Three queries and more by what is asked:

    two for files, one for ratings, one for each circumstance that is no plain text and for each SUS.
    """
    chosen = chosen.order_by().filter(day__range=span_of(months))
    made = {month: Counts() for month in months}
    _count_answers(form_id, chosen, asked, made)
    _count_files(form_id, chosen, asked, made)
    _count_columns(chosen, asked, made)
    for question in asked:
        if question.role == Role.CONTEXT and question.kind not in TEXT_KINDS:
            _count_circumstance(chosen, question, made)
        if is_sus(question):
            _count_sus(chosen, question, made)
    for counts in made.values():
        counts.values, counts.scores = dict(counts.values), dict(counts.scores)
    return made


def is_sus(question: Question) -> bool:
    """Tell whether the question is the ten statements of the System Usability Scale."""
    return question.kind == Kind.MATRIX and tuple(row.key for row in question.rows) == SUS_ROWS


_CHOSEN = """
WITH chosen AS MATERIALIZED (
    SELECT c.id, date_trunc('month', c.day)::date AS month FROM ({chosen}) AS c (id, day)
)
"""

_VALUES = """
SELECT c.month, a.question, a.row, a.choice, a.number, a.day, a.position, count(*)
  FROM chosen c JOIN feedback_answer a ON a.feedback_id = c.id
 WHERE a.form_id = %s AND NOT a.question = ANY(%s)
 GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

_PEOPLE = """
SELECT month, question, count(*)
  FROM (SELECT DISTINCT c.month, a.question, c.id
          FROM chosen c JOIN feedback_answer a ON a.feedback_id = c.id
         WHERE a.form_id = %s AND a.question = ANY(%s)) AS one
 GROUP BY 1, 2
"""

_FILES = """
SELECT c.month, a.question, a.kind, c.id, count(*)
  FROM chosen c JOIN feedback_attachment a ON a.feedback_id = c.id
 WHERE a.form_id = %s AND a.question = ANY(%s)
 GROUP BY 1, 2, 3, 4
"""

_SUS = """
SELECT month, said, count(*)
  FROM (SELECT c.month, array_agg(a.row || ' ' || a.choice ORDER BY a.row) AS said
          FROM chosen c JOIN feedback_answer a ON a.feedback_id = c.id
         WHERE a.question = %s AND a.row = ANY(%s)
         GROUP BY c.month, c.id) AS one
 GROUP BY 1, 2
"""


def _rows(statement: str, chosen: QuerySet[Feedback], *params: Any) -> list[tuple[Any, ...]]:  # Any: as psycopg2 has it
    """Return what ``statement`` says of ``chosen``; the first column of it is the month. One query."""
    try:
        sql, its_params = chosen.values("pk", "day").query.sql_with_params()
    except EmptyResultSet:  # a rating of 12, say
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN.replace("{chosen}", sql) + statement, [*its_params, *params])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _count_answers(form_id: int, chosen: QuerySet[Feedback], asked: Sequence[Question], made: Months) -> None:
    files = [one.key for one in asked if one.kind == Kind.FILE]  # a key of its own each: counted by what they are
    many = [one.key for one in asked if one.kind in MANY]
    for month, question, *value, times in _rows(_VALUES, chosen, form_id, files):
        if month in made:
            made[month].values[question][tuple(value)] += times
            if question not in many:
                made[month].people[question] += times
    for month, question, people in _rows(_PEOPLE, chosen, form_id, many) if many else ():
        if month in made:
            made[month].people[question] += people


def _count_files(form_id: int, chosen: QuerySet[Feedback], asked: Sequence[Question], made: Months) -> None:
    files = [one.key for one in asked if one.kind == Kind.FILE]
    senders = set()
    for month, question, kind, feedback_id, times in _rows(_FILES, chosen, form_id, files) if files else ():
        if month in made:
            made[month].values[question][_value(choice=kind)] += times
            made[month].people[question] += (question, feedback_id) not in senders
            senders.add((question, feedback_id))


def _count_columns(chosen: QuerySet[Feedback], asked: Sequence[Question], made: Months) -> None:
    """Count those whose answers have columns of the feedback's own, and the responses."""
    given = {
        Role.WORDS: ~Q(text=""),
        Role.VERSION: Q(version__isnull=False) | Q(context__has_key="version"),
        Role.RATING: Q(rating__isnull=False),
    }
    wanted = [one for one in asked if one.role in given or one.role == Role.CONTEXT]
    of_month = chosen.annotate(month=TruncMonth("day"))
    counts = [Count("pk", filter=given.get(one.role) or Q(context__has_key=one.key)) for one in wanted]
    named = {f"n{place}": one for place, one in enumerate(counts)}
    for month, responses, *people in of_month.values_list("month").annotate(n=Count("pk"), **named):
        if month in made:
            made[month].responses = responses
            made[month].people.update({one.key: count for one, count in zip(wanted, people, strict=True) if count})
    for rated in (one for one in wanted if one.role == Role.RATING):
        for month, number, times in of_month.exclude(rating=None).values_list("month", "rating").annotate(Count("pk")):
            if month in made:
                made[month].values[rated.key][_value(number=Decimal(number))] += times


def _count_circumstance(chosen: QuerySet[Feedback], question: Question, made: Months) -> None:
    """Count an answer that the context keeps in words."""
    of_month = chosen.filter(context__has_key=question.key).annotate(month=TruncMonth("day"))
    said = of_month.values_list("month", KeyTextTransform(question.key, "context")).annotate(Count("pk"))
    for month, words, times in said:
        value = _value_of(question, words)
        if month in made and value is not None:
            made[month].values[question.key][value] += times


def _value_of(question: Question, words: str) -> Value | None:
    """Return what ``logic.spell`` made these words of; None for those that are none of this question any more."""
    if question.kind == Kind.SINGLE_CHOICE:
        keys = [one.key for one in question.choices if words in one.label.values()]
        return _value(choice=keys[0] if keys else words)
    try:
        if question.kind == Kind.DATE:
            return _value(day=date.fromisoformat(words))
        number = Decimal(words.removesuffix(f" {question.unit}"))
    except (ValueError, InvalidOperation):
        return None
    return _value(number=number) if number.is_finite() else None


def _count_sus(chosen: QuerySet[Feedback], question: Question, made: Months) -> None:
    places = {choice.key: place for place, choice in enumerate(question.choices, start=1)}
    for month, said, times in _rows(_SUS, chosen, question.key, list(SUS_ROWS)):
        pairs = (one.split(" ", 1) for one in said)
        answers = {int(row.removeprefix("sus-")): places[choice] for row, choice in pairs if choice in places}
        score = statistics.sus_score(answers)
        if month in made and score is not None:
            made[month].scores[question.key][score] += times


def _value(
    *, choice: str = "", number: Decimal | None = None, day: date | None = None, row: str = "", position: int = 0
) -> Value:
    return row, choice, number, day, position
