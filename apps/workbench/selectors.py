"""Reads that join feedback with its tags, its reading and its customer."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Func, IntegerField, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.catalog.models import Product, Visibility
from apps.customers.merging import records_with
from apps.feedback.models import Feedback, FeedbackState, Form, FormDraft
from apps.feedback.selectors import COUNTED_STATES, readable_by
from apps.tagging.models import Tag, Tagging, TaggingState

PAGE_ROWS = 30
OTHERS_SHOWN = 5


def readable_feedback(reader: User | AnonymousUser | None) -> QuerySet[Feedback]:
    """Return what ``reader`` may open: live feedback, and in any state what they may moderate.

    None stands for an API key, which reads the live feedback that all staff may.
    """
    if reader is None:
        return Feedback.objects.live().filter(visibility=Visibility.EVERYONE)
    return readable_by(reader) if isinstance(reader, User) else Feedback.objects.none()


def counted_products() -> QuerySet[Product]:
    """Return all products by name, with ``version_count`` and ``form_count``. One query."""
    products = Product.objects.select_related("team").annotate(
        version_count=Count("versions", distinct=True), form_count=Count("forms", distinct=True)
    )
    return products.order_by("name")  # the model's own order does not hold where rows are grouped


RESPONSES_COUNTED = 10_000  # in lists: beyond that "more than" is said, so that a list costs the same for good


def public_forms() -> QuerySet[Form]:
    """Return all public forms, the open ones first, with their products. One query.

    Each with ``response_count``, at most one above RESPONSES_COUNTED, ``has_draft``, and whether it opens later
    (``is_waiting``) or has closed by itself (``is_ended``).
    """
    taken = Feedback.objects.filter(form=OuterRef("pk"), state__in=COUNTED_STATES).order_by().values("pk")
    counted = ArraySubquery(taken[: RESPONSES_COUNTED + 1])
    return (
        Form.objects.select_related("product")
        .annotate(
            response_count=Func(counted, function="cardinality", output_field=IntegerField()),
            has_draft=Exists(FormDraft.objects.filter(form=OuterRef("pk"))),
            is_waiting=Q(opens_at__isnull=False) & Q(opens_at__gt=Now()),
            is_ended=Q(closes_at__isnull=False) & Q(closes_at__lte=Now()),
        )
        .order_by("-is_open", "title", "pk")
    )


def others_of_customer(feedback: Feedback, reader: User) -> QuerySet[Feedback]:
    """Return the newest other feedback of the same customer that ``reader`` may open."""
    if feedback.customer_id is None:
        return Feedback.objects.none()
    people = records_with(feedback.customer_id).values("pk")
    others = readable_feedback(reader).filter(customer__in=people, state=FeedbackState.LIVE)
    others = others.exclude(pk=feedback.pk).select_related("product", "reading")
    return others.order_by("-listed_at", "-id")[:OTHERS_SHOWN]


@dataclass(frozen=True)
class StatedTag:
    """Everything said of one tag on one feedback, of the whole or of spans. Confirmed as soon as one statement is."""

    tagging: Tagging  # the statement shown: a person's before a machine's, of the whole before a span's
    is_confirmed: bool
    sources: list[str]
    statements: list[Tagging]

    @property
    def is_rejected(self) -> bool:
        """Whether the tag does not fit; one of whose spans alone somebody said so is not."""
        return not self.is_confirmed and self.tagging.state == TaggingState.REJECTED and not self.tagging.has_span

    @property
    def is_shown(self) -> bool:
        return self.is_confirmed or self.tagging.state == TaggingState.SUGGESTED


def stated_tags(feedback_id: int) -> list[StatedTag]:
    """Return the tags of one feedback by name, each once. One query."""
    rows = Tagging.objects.filter(feedback_id=feedback_id).select_related("tag", "user", "rule")
    grouped: dict[int, list[Tagging]] = {}
    for row in rows.order_by("tag__name", "tag_id", "source", "-updated_at"):
        grouped.setdefault(row.tag_id, []).append(row)
    return [_stated(statements) for statements in grouped.values()]


def _stated(statements: list[Tagging]) -> StatedTag:
    confirmed = [row for row in statements if row.state == TaggingState.CONFIRMED]
    shown = min(confirmed or statements, key=lambda row: (row.has_span, row.user_id is None))
    return StatedTag(shown, bool(confirmed), names_of(confirmed or statements), statements)


def names_of(statements: list[Tagging]) -> list[str]:
    """Return who states them, each once."""
    return list(dict.fromkeys(_who(row) for row in statements))


def _who(tagging: Tagging) -> str:
    return str(tagging.user) if tagging.user_id else tagging.get_source_display().lower()


def with_everything(feedback: QuerySet[Feedback]) -> QuerySet[Feedback]:
    confirmed = Tagging.objects.filter(state=TaggingState.CONFIRMED).select_related("tag").order_by("tag__name")
    return feedback.select_related(
        "product", "version", "customer__segment", "customer__organisation__segment", "reading"
    ).prefetch_related(Prefetch("taggings", queryset=confirmed, to_attr="confirmed_taggings"))


def distinct_tags(feedback: Feedback) -> list[Tag]:
    """Return the confirmed tags of a row of ``with_everything``, each once, by name."""
    taggings: list[Tagging] = getattr(feedback, "confirmed_taggings", [])
    return list({tagging.tag_id: tagging.tag for tagging in taggings}.values())
