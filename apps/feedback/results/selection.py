"""Which answers a results page counts: of one form, narrowed by version, days and an answer given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import In
from django.utils.translation import gettext as _

from apps.catalog.models import Visibility
from apps.feedback.models import Answer, Feedback, FeedbackState, Form
from apps.feedback.questionnaire.definition import KEY
from apps.feedback.questionnaire.schema import Role
from apps.feedback.results.asked import asked_in

PARAMETERS = ("version", "since", "until", "answer")


@dataclass(frozen=True)
class Selection:
    """``answer`` is a question's key and a choice or number ("impact:stops"): only who answered so."""

    version: int | None = None
    since: date | None = None
    until: date | None = None
    answer: tuple[str, str] | None = None

    @property
    def query(self) -> str:
        """The query of the address that says the same, "" for everything."""
        found = {
            "version": self.version,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "answer": self.answer and ":".join(self.answer),
        }
        return urlencode({name: value for name, value in found.items() if value})


def read_selection(query: Mapping[str, str]) -> tuple[Selection, dict[str, str]]:
    """Return what an address asks for, and by parameter what is wrong with it: that is left out."""
    wrong: dict[str, str] = {}
    version = _number(query.get("version", ""), wrong)
    since, until = (_day(name, query.get(name, ""), wrong) for name in ("since", "until"))
    answer = None
    if query.get("answer"):
        key, _colon, value = query["answer"].partition(":")
        if KEY.fullmatch(key) and 0 < len(value) <= 40:
            answer = (key, value)
        else:
            wrong["answer"] = _("There is no such answer.")
    return Selection(version, since, until, answer), wrong


def _number(raw: str, wrong: dict[str, str]) -> int | None:
    if not raw:
        return None
    if raw.isascii() and raw.isdigit() and len(raw) < 7:
        return int(raw)
    wrong["version"] = _("There is no such version.")
    return None


def _day(name: str, raw: str, wrong: dict[str, str]) -> date | None:
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        wrong[name] = _("Write a date as year-month-day, such as 2026-03-31.")
        return None


def counted(form: Form, wanted: Selection) -> QuerySet[Feedback]:
    """Return the feedback whose answers count: live and not restricted, as in all figures."""
    found = Feedback.objects.filter(form=form, state=FeedbackState.LIVE).exclude(visibility=Visibility.RESTRICTED)
    if wanted.version:
        found = found.filter(form_version__number=wanted.version)
    if wanted.since:
        found = found.filter(day__gte=wanted.since)
    if wanted.until:
        found = found.filter(day__lte=wanted.until)
    if wanted.answer:
        found = found.filter(_answered(form, *wanted.answer))
    return found


def _answered(form: Form, key: str, value: str) -> Q:
    """Return who answered ``key`` so, where the answer has a column of the feedback's own too. One query."""
    question = next((one.question for one in asked_in(form) if one.question.key == key), None)
    number = int(value) if value.isascii() and value.isdigit() else None
    if question is not None and question.role == Role.RATING:
        return Q(rating=number) if number is not None else Q(pk__in=())
    if question is not None and question.role == Role.CONTEXT:
        words = [word for one in question.choices if one.key == value for word in one.label.values()]
        return Q(In(KeyTextTransform(key, "context"), words or [value]))
    rows = Answer.objects.filter(feedback=OuterRef("pk"), question=key)
    return Q(Exists(rows.filter(choice=value) if number is None else rows.filter(number=number)))
