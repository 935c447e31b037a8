"""Reads of feedback's own pages, and who may open what."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, read_roles, teams_where
from apps.catalog.models import Product
from apps.feedback.models import (
    Answer,
    Channel,
    Feedback,
    FeedbackState,
    Form,
    FormAddress,
    FormDraft,
    FormVersion,
    Identity,
)
from apps.feedback.questionnaire import definition, logic
from apps.feedback.questionnaire.schema import Questionnaire, Role, say
from apps.feedback.questionnaire.values import Value

COUNTED_STATES = (FeedbackState.LIVE, FeedbackState.HELD)  # what a form has taken


class Refusal(StrEnum):
    """Why a form takes nothing now."""

    CLOSED = "closed"
    NOT_YET = "not_yet"
    ENDED = "ended"
    FULL = "full"


class Opening(Protocol):
    """What says whether a form takes answers: a ``PublicForm``, or the row itself."""

    @property
    def pk(self) -> int: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def opens_at(self) -> datetime | None: ...
    @property
    def closes_at(self) -> datetime | None: ...
    @property
    def response_limit(self) -> int | None: ...


def refusal_of(form: Opening, *, now: datetime) -> Refusal | None:
    """Return why the form takes nothing at ``now``, None where it does. A query only for a form with a limit."""
    if not form.is_open:
        return Refusal.CLOSED
    if form.opens_at and now < form.opens_at:
        return Refusal.NOT_YET
    if form.closes_at and now >= form.closes_at:
        return Refusal.ENDED
    if form.response_limit is not None and response_count(form.pk) >= form.response_limit:
        return Refusal.FULL
    return None


class PublicForm(NamedTuple):
    """A form with all that its page shows and its capture needs, but for its questions: ``questionnaire_of``."""

    pk: int
    slug: str
    title: str
    is_open: bool
    product_id: int
    product_name: str
    version_id: int
    is_anonymous: bool
    needs_link: bool
    opens_at: datetime | None
    closes_at: datetime | None
    response_limit: int | None
    frame_origins: tuple[str, ...]

    def refusal(self, *, now: datetime) -> Refusal | None:
        """Return ``refusal_of`` this form."""
        return refusal_of(self, now=now)


# By hand: making this SQL through the ORM costs half of what showing a form costs otherwise.
FORM_BY_SLUG = """
SELECT f.id, f.slug, f.title, f.is_open, f.product_id, p.name, f.current_id, f.is_anonymous, f.needs_link,
       f.opens_at, f.closes_at, f.response_limit, f.frame_origins
FROM feedback_form f JOIN catalog_product p ON p.id = f.product_id
WHERE f.slug = %s AND f.current_id IS NOT NULL
"""


def form_by_slug(slug: str) -> PublicForm | None:
    """Return the form, open or closed, by its address or one that it had. One query, two more for an old address."""
    return _form_by_slug(slug) or _form_by_old_slug(slug)


def _form_by_slug(slug: str) -> PublicForm | None:
    with connection.cursor() as cursor:
        cursor.execute(FORM_BY_SLUG, [slug])
        row = cursor.fetchone()
    return PublicForm._make([*row[:-1], tuple(row[-1])]) if row else None


def _form_by_old_slug(slug: str) -> PublicForm | None:
    now = FormAddress.objects.filter(slug=slug).values_list("form__slug", flat=True).first()
    return _form_by_slug(now) if now else None


def response_count(form_id: int) -> int:
    """Count what a form has taken: live and held feedback. One query (index ``feedback_by_form``)."""
    return Feedback.objects.filter(form_id=form_id, state__in=COUNTED_STATES).count()


@lru_cache(maxsize=256)  # a version is never changed
def questionnaire_of(version_id: int) -> Questionnaire:
    """Return what a version asks. One query the first time. Raises FormVersion.DoesNotExist."""
    return definition.read(FormVersion.objects.get(pk=version_id).definition)


def version_of(form: PublicForm, version_id: int) -> int:
    """Return ``version_id`` where it is a version of ``form``, else the current one. One query for an old one."""
    if version_id in (0, form.version_id):
        return form.version_id
    is_its = FormVersion.objects.filter(pk=version_id, form_id=form.pk).exists()
    return version_id if is_its else form.version_id


def draft_of(form: Form) -> FormDraft:
    """Return the form's draft; where there is none, an unsaved one at revision 0 with what is live. One query."""
    draft = FormDraft.objects.select_related("edited_by").filter(form_id=form.pk).first()
    return draft or FormDraft(form=form, definition=form.current.definition if form.current else {}, revision=0)


def definitions_of(form: Form) -> Iterator[dict[str, Any]]:  # Any: definitions as JSON
    """Yield every definition that ``form`` ever had, and its draft's: two queries, made when the first is asked for."""
    yield from FormVersion.objects.filter(form_id=form.pk).values_list("definition", flat=True)
    yield from FormDraft.objects.filter(form_id=form.pk).values_list("definition", flat=True)


def open_forms(language: str) -> list[tuple[Form, str, str]]:
    """Return the forms that anybody may fill in now, with their products, title and intro, by title. One query."""
    now = Now()
    is_on = Q(Q(opens_at=None) | Q(opens_at__lte=now), Q(closes_at=None) | Q(closes_at__gt=now))
    found = (
        Form.objects.filter(is_on, is_open=True, needs_link=False)
        .select_related("product")
        .annotate(titles=F("current__definition__title"), intros=F("current__definition__intro"))
        .order_by("title", "id")
    )
    return [(one, say(one.titles or {}, language) or one.title, say(one.intros or {}, language)) for one in found]


def thanks_of(feedback: Feedback, language: str) -> str:
    """Return the words of thanks of the form that ``feedback`` answered, "" where it has none."""
    if feedback.form_version_id is None:
        return ""
    return say(questionnaire_of(feedback.form_version_id).thanks, language)


def answers_of(feedback: Feedback, language: str) -> list[tuple[str, str]]:
    """Return what was asked and answered, in the form's order and in words. At most one query.

    Redacted feedback has no answers; the words, the name and the address are not among them.
    """
    if feedback.form_version_id is None:
        return []
    made = questionnaire_of(feedback.form_version_id)
    given: dict[str, list[Value]] = {}
    columns = ("question", "choice", "number", "text", "day", "row", "position")
    for key, *value in feedback.answers.order_by("position", "id").values_list(*columns):
        given.setdefault(key, []).append(Value(*value))
    return [
        (say(question.label, language), logic.spell(question, given[question.key], language))
        for question in made.questions
        if question.key in given
    ]


def circumstances_of(feedback: Feedback, language: str) -> list[tuple[str, str]]:
    """Return the feedback's context as label and value; names that no question of its form has stay as they are."""
    labels = {"version": _("Version")}
    if feedback.form_version_id is not None:
        made = questionnaire_of(feedback.form_version_id)
        labels |= {one.key: say(one.label, language) for one in made.questions if one.role == Role.CONTEXT}
    return [(labels.get(name) or name.capitalize(), value) for name, value in feedback.context.items()]


def answered_words(ids: Sequence[int]) -> dict[int, str]:
    """Return what was written in answer to the questions of forms, beside the feedback's words. At most one query."""
    if not ids:
        return {}
    written: dict[int, str] = {}
    rows = Answer.objects.filter(feedback_id__in=ids).exclude(text="").order_by("feedback_id", "id")
    for feedback_id, text in rows.values_list("feedback_id", "text"):
        written[feedback_id] = f"{written[feedback_id]}\n{text}" if feedback_id in written else text
    return written


def feedback_of_receipt(feedback_id: int) -> Feedback | None:
    """Return one feedback with all that its receipt shows. One query."""
    joined = Feedback.objects.select_related("product", "version", "customer", "form")
    return joined.filter(pk=feedback_id).first()


def proven_among(ids: Collection[int]) -> set[int]:
    """Return of which feedback it is proven who sent it. One query."""
    proven = Feedback.objects.filter(pk__in=ids, identity=Identity.VERIFIED)
    return set(proven.values_list("pk", flat=True))


def said_again(words: Mapping[int, str]) -> set[int]:
    """Return those of the feedback (its words by its id) that a program brought, in these very words.

    Only who knows them already is given its receipt: an outside id can be guessed, and a receipt reads. One query,
    none for none.
    """
    if not words:
        return set()
    found = Feedback.objects.filter(pk__in=list(words), channel=Channel.API).values_list("pk", "text")
    return {pk for pk, text in found if text == words[pk]}


def readable_by(user: User) -> QuerySet[Feedback]:
    """Return what ``user`` may open: live feedback, and in any state what they may moderate; nothing without a role.

    Every path to a piece of feedback asks this: pages, notes, notifications, mail.
    """
    if not may(user, Permission.READ_FEEDBACK):
        return Feedback.objects.none()
    visible = Feedback.objects.visible_to(user)
    if not may(user, Permission.MODERATE_FEEDBACK):
        return visible.live()
    if user.is_superuser:
        return visible
    moderated = products_managed_by(user, Permission.MODERATE_FEEDBACK)
    return visible.filter(Q(state=FeedbackState.LIVE) | Q(product__in=moderated))


def readers_among(people: Collection[User], feedback: Feedback) -> list[User]:
    """Return those of ``people`` who may open ``feedback``, in their order. Two queries for any number of them."""
    read_roles(people)
    may_open = [Exists(readable_by(user).filter(pk=OuterRef("pk"))) for user in people]
    answers = Feedback.objects.filter(pk=feedback.pk).values_list(*may_open).first() if may_open else None
    return [user for user, is_open in zip(people, answers or (), strict=answers is not None) if is_open]


def products_managed_by(user: User, permission: Permission) -> QuerySet[Product]:
    """Return the products of the teams in which ``user`` holds ``permission``; those of no team are everybody's."""
    if user.is_superuser:
        return Product.objects.all()
    return Product.objects.filter(Q(team__in=teams_where(user, permission)) | Q(team=None))
