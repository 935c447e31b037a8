"""Reads of the builder: versions with who answered them, what a question was answered."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Count

from apps.feedback.models import Answer, Feedback, Form, FormVersion
from apps.feedback.questionnaire.schema import Role
from apps.feedback.selectors import COUNTED_STATES, questionnaire_of, response_count


class VersionLine(NamedTuple):
    version: FormVersion
    response_count: int
    is_live: bool


def versions_of(form: Form) -> list[VersionLine]:
    """Return the versions, the newest first, with who published each. Two queries."""
    counted = Feedback.objects.filter(form_id=form.pk, state__in=COUNTED_STATES).order_by().values("form_version")
    counts = dict(counted.annotate(count=Count("id")).values_list("form_version", "count"))
    versions = FormVersion.objects.select_related("published_by").filter(form_id=form.pk).order_by("-number")
    return [VersionLine(one, counts.get(one.pk, 0), one.pk == form.current_id) for one in versions]


def answer_counts(form: Form, questions: Collection[str]) -> dict[str, int]:
    """Return how many people answered each of ``questions`` of ``form``; those that nobody did are left out.

    What is kept in a column of the feedback is counted as answered by all. At most three queries.
    """
    if not questions or form.current_id is None:
        return {}
    found = Answer.objects.filter(form_id=form.pk, question__in=questions).order_by().values("question")
    counts = dict(found.annotate(count=Count("feedback", distinct=True)).values_list("question", "count"))
    asked = questionnaire_of(form.current_id).questions
    in_columns = {one.key for one in asked if one.role != Role.NONE} & set(questions)
    total = response_count(form.pk) if in_columns else 0
    return counts | (dict.fromkeys(in_columns, total) if total else {})
