"""How far people came in a form, where they left and how long they took."""

from datetime import date
from typing import NamedTuple, TypeVar

from django.db import connection
from django.db.models import Count, Model, Q, QuerySet, Sum

from apps.feedback.models import Form, FormVersion
from apps.feedback.questionnaire.schema import Question
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


def funnel_of(form: Form, wanted: Selection) -> Funnel:
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
