"""Every question of a form over all its versions, by identity."""

from collections import defaultdict
from typing import NamedTuple

from apps.feedback.models import Form, FormVersion
from apps.feedback.questionnaire import definition
from apps.feedback.questionnaire.schema import Question


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


def hidden_in(form: Form) -> list[str]:
    """Return the names of the hidden fields of all versions of ``form``, the newest version's first. One query."""
    versions = FormVersion.objects.filter(form=form).order_by("-number").values_list("definition", flat=True)
    return list(dict.fromkeys(name for written in versions for name in definition.read(written).hidden))
