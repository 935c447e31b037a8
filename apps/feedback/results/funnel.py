"""How far people came in a form, where they left and how long they took."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

from django.db import connection
from django.db.models import Count, Model, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from apps.feedback.models import Form, FormVersion
from apps.feedback.questionnaire.schema import Question
from apps.feedback.results.kept import month_of, span_of, total_of
from apps.feedback.results.selection import Selection
from apps.feedback.selectors import questionnaire_of
from apps.feedback.visit_models import FormView, FormVisit

M = TypeVar("M", bound=Model)


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


@dataclass
class Ways:
    """How visits of one version ended, and how many spent how many seconds on each question."""

    ended: Counter[tuple[int, bool]] = field(default_factory=Counter)  # by place reached and whether sent
    seconds: dict[str, Counter[int]] = field(default_factory=dict)


class Mark(NamedTuple):
    """Changes whenever a visit comes, goes further or is sent: places only grow."""

    visits: int
    places: int
    completions: int


@dataclass(frozen=True)
class Way:
    funnel: Funnel
    stops: list[Stop]  # of one version: the chosen, else the current one


def way_through(form: Form, wanted: Selection) -> Way:
    """Return how often the form was shown, begun and sent, and where people left, question by question.

    Four queries where nothing changed since somebody last asked for the same.
    """
    views = _by_days(FormView.objects.filter(version__form=form), wanted).aggregate(n=Sum("view_count"))["n"]
    marks = _marks(form, wanted)
    every = [mark for of_version in marks.values() for mark in of_version.values()]
    funnel = Funnel(views or 0, sum(one.visits for one in every), sum(one.completions for one in every))
    version = FormVersion.objects.filter(form=form, number=wanted.version).first() if wanted.version else form.current
    return Way(funnel, _stops(form, version.pk, wanted, marks.get(version.pk, {})) if version else [])


def _marks(form: Form, wanted: Selection, months: Sequence[date] = ()) -> dict[int, dict[date, Mark]]:
    """Return what visits there are, by version and month. One query, of the index ``form_visit_by_version`` alone."""
    visits = _by_days(FormVisit.objects.filter(version__form=form), wanted).order_by()
    found = (visits.filter(day__range=span_of(months)) if months else visits).values_list("version_id", "day")
    made: dict[int, dict[date, Mark]] = defaultdict(dict)
    sent = Count("version_id", filter=Q(is_complete=True))
    for version_id, day, *more in found.annotate(n=Count("day"), places=Sum("reached"), sent=sent):
        month, before = month_of(day), made[version_id].get(month_of(day), Mark(0, 0, 0))
        made[version_id][month] = Mark(*(old + new for old, new in zip(before, more, strict=True)))
    return made


def _stops(form: Form, version_id: int, wanted: Selection, marks: Mapping[date, Mark]) -> list[Stop]:
    ways = _ways(form, version_id, wanted, marks)
    return [
        Stop(
            question,
            sum(count for (reached, _is_sent), count in ways.ended.items() if reached >= place),
            ways.ended[place, False],
            median_of(ways.seconds[question.key]) if question.key in ways.seconds else None,
        )
        for place, question in enumerate(questionnaire_of(version_id).questions, start=1)
    ]


def _ways(form: Form, version_id: int, wanted: Selection, marks: Mapping[date, Mark]) -> Ways:
    """Return how visits ended. Seconds of a visit that came no further are seen with the next that does."""
    visits = _by_days(FormVisit.objects.filter(version_id=version_id), wanted)
    return total_of(
        f"visits of {version_id}: {wanted.since} to {wanted.until}",
        read_marks=lambda months: _marks(form, wanted, months).get(version_id, {}) if months else marks,
        count=lambda months: _count_ways(visits, months),
        add=_add_ways,
    )


_SECONDS = """
SELECT date_trunc('month', v.day)::date, spent.key, spent.value::int, count(*)
  FROM ({visits}) AS v (day, seconds), jsonb_each_text(v.seconds) AS spent (key, value)
 GROUP BY 1, 2, 3
"""


def _count_ways(visits: QuerySet[FormVisit], months: Sequence[date]) -> Mapping[date, Ways]:
    """Return by month how visits ended and how many spent how long on each question. Two queries."""
    some = visits.order_by().filter(day__range=span_of(months))
    made = {month: Ways() for month in months}
    ended = some.annotate(month=TruncMonth("day")).values_list("month", "reached", "is_complete")
    for month, reached, is_complete, count in ended.annotate(Count("key")):
        if month in made:
            made[month].ended[reached, is_complete] += count
    sql, params = some.values("day", "seconds").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_SECONDS.replace("{visits}", sql), params)
        for month, question, seconds, count in cursor:
            if month in made:
                made[month].seconds.setdefault(question, Counter())[seconds] += count
    return made


def _add_ways(parts: Iterable[Ways]) -> Ways:
    total = Ways()
    for part in parts:
        total.ended.update(part.ended)
        for question, counts in part.seconds.items():
            total.seconds.setdefault(question, Counter()).update(counts)
    return total


def median_of(counts: Mapping[int, int]) -> float:
    """Return the median of numbers with how often each is there, of an even number the mean of the middle two."""
    ordered, n = sorted(counts), sum(counts.values())

    def at(place: int) -> int:
        for number in ordered:
            if place < counts[number]:
                return number
            place -= counts[number]
        raise ValueError("Nothing has no median.")

    return (at((n - 1) // 2) + at(n // 2)) / 2


def _by_days(found: QuerySet[M], wanted: Selection) -> QuerySet[M]:
    if wanted.version:
        found = found.filter(version__number=wanted.version)
    if wanted.since:
        found = found.filter(day__gte=wanted.since)
    return found.filter(day__lte=wanted.until) if wanted.until else found
