"""From a filter to conditions on feedback: the one place that says what each filter means.

Whatever is not a column of feedback is asked as a scalar subquery, which the planner never turns into a join: the
same queryset can be laid over a few candidates or over the newest rows (``plans``) and costs per row.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.catalog.models import Product
from apps.customers.merging import person_behind, person_records
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.insight import search
from apps.insight.models import Reading, Sentiment
from apps.tagging.models import Tag, Tagging, TaggingState
from apps.tagging.tree import branch_ids
from apps.workbench.browse.filters import UNSURE, BrowseFilter
from apps.workbench.selectors import readable_feedback

Reader = User | AnonymousUser | None


def selection(reader: Reader, wanted: BrowseFilter) -> QuerySet[Feedback]:
    """Return the feedback of ``wanted`` that ``reader`` may open, unordered: the meaning of every filter.

    None stands for an API key. Up to four small queries, for names that stand for ids.
    """
    if not _may_read_states(reader, wanted):
        return Feedback.objects.none()
    feedback = readable_feedback(reader).filter(_of_columns(wanted))
    feedback = _of_reading(feedback, wanted)
    feedback = _of_customer(feedback, wanted)
    feedback = _of_tags(feedback, wanted)
    feedback = _of_teams(feedback, wanted)
    feedback = _of_context(feedback, wanted)
    return search.matching(feedback, wanted.q)


def _may_read_states(reader: Reader, wanted: BrowseFilter) -> bool:
    """Return False where nothing can be found, so that nobody searches for it: what is not live is moderators'."""
    if not wanted.states or FeedbackState.LIVE in wanted.states:
        return True
    return isinstance(reader, User) and may(reader, Permission.MODERATE_FEEDBACK)


def tag_groups(wanted: BrowseFilter) -> list[list[int]]:
    """Return, for each tag of ``wanted``, the ids it stands for: its own, and those below it if so wanted."""
    if not wanted.tags:
        return []
    below = branch_ids(wanted.tags)
    groups = [below.get(slug, []) for slug in wanted.tags]
    return groups if wanted.with_below else [group[:1] for group in groups]


def start_of(day: date) -> datetime:
    """Return the first moment of ``day`` in the installation's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def _of_columns(wanted: BrowseFilter) -> Q:
    condition = Q(state__in=wanted.states or [FeedbackState.LIVE])
    lookups = {
        "version__in": wanted.versions,
        "channel__in": wanted.channels,
        "rating__in": wanted.ratings,
        "customer__in": person_records(wanted.customers) if wanted.customers else (),
        "source_import__in": wanted.imports,
        "visibility__in": wanted.visibilities,
        "identity__in": wanted.identities,
    }
    for lookup, values in lookups.items():
        if values:
            condition &= Q(**{lookup: values})
    if wanted.products:
        condition &= Q(product__in=list(Product.objects.filter(slug__in=wanted.products).values_list("pk", flat=True)))
    if wanted.forms:
        condition &= Q(form__slug__in=wanted.forms)
    if wanted.since:
        condition &= Q(listed_at__gte=start_of(wanted.since))
    if wanted.until:
        condition &= Q(listed_at__lt=start_of(wanted.until + timedelta(days=1)))
    return condition


def _of_reading(feedback: QuerySet[Feedback], wanted: BrowseFilter) -> QuerySet[Feedback]:
    readings = Reading.objects.filter(feedback=OuterRef("pk"))
    if wanted.is_unhappy:  # as booked (tagging.ledger): the machine's word counts only where nobody gave a rating
        feedback = feedback.alias(unrated_word=Subquery(readings.values("sentiment")[:1]))
        feedback = feedback.filter(Q(rating__lte=2) | Q(rating__isnull=True, unrated_word=Sentiment.NEGATIVE))
    if wanted.sentiments:
        feedback = feedback.alias(read_sentiment=Subquery(readings.values("sentiment")[:1]))
        feedback = feedback.filter(read_sentiment__in=wanted.sentiments)
    if wanted.languages:
        feedback = feedback.alias(read_language=Subquery(readings.values("language")[:1]))
        feedback = feedback.filter(read_language__in=["" if code == UNSURE else code for code in wanted.languages])
    return feedback


def _of_customer(feedback: QuerySet[Feedback], wanted: BrowseFilter) -> QuerySet[Feedback]:
    """A claim that is not proven has neither segment nor organisation, as in the counts."""
    if not wanted.segments and not wanted.organisations:
        return feedback
    people = person_behind("customer_id")
    feedback = feedback.filter(identity=Identity.VERIFIED)
    if wanted.segments:
        segment = people.values(slug=Coalesce(F("segment__slug"), F("organisation__segment__slug")))
        feedback = feedback.alias(segment_slug=Subquery(segment[:1])).filter(segment_slug__in=wanted.segments)
    if wanted.organisations:
        organisation = Subquery(people.values("organisation_id")[:1])
        feedback = feedback.alias(of_organisation=organisation).filter(of_organisation__in=wanted.organisations)
    return feedback


def _confirmed(tag_ids: Sequence[int] | None = None) -> Subquery:
    """Return one feedback id where a tag (of ``tag_ids``) is confirmed, else NULL."""
    said = Tagging.objects.filter(feedback=OuterRef("pk"), state=TaggingState.CONFIRMED)
    if tag_ids is not None:
        said = said.filter(tag_id__in=list(tag_ids))
    return Subquery(said.values("feedback_id")[:1])


def _of_tags(feedback: QuerySet[Feedback], wanted: BrowseFilter) -> QuerySet[Feedback]:
    condition = Q()
    groups = tag_groups(wanted)
    if groups and wanted.tags_mode == "any":
        groups = [sorted({tag_id for group in groups for tag_id in group})]
    for number, group in enumerate(groups):
        feedback = feedback.alias(**{f"said_{number}": _confirmed(group)})
        condition &= Q(**{f"said_{number}__isnull": False})
    if wanted.is_untagged:
        feedback = feedback.alias(said_anything=_confirmed())
        untagged = Q(said_anything__isnull=True)
        condition = condition | untagged if groups else untagged
    return feedback.filter(condition)


def _of_teams(feedback: QuerySet[Feedback], wanted: BrowseFilter) -> QuerySet[Feedback]:
    if not wanted.teams:
        return feedback
    products = list(Product.objects.filter(team__slug__in=wanted.teams).values_list("pk", flat=True))
    tags = list(Tag.objects.filter(effective_team__slug__in=wanted.teams).values_list("pk", flat=True))
    feedback = feedback.alias(said_of_team=_confirmed(tags))
    return feedback.filter(Q(product__in=products) | Q(said_of_team__isnull=False))


def _of_context(feedback: QuerySet[Feedback], wanted: BrowseFilter) -> QuerySet[Feedback]:
    values: dict[str, list[str]] = {}
    for pair in wanted.context:
        values.setdefault(pair.field, []).append(pair.value)
    for number, (field, said) in enumerate(values.items()):
        feedback = feedback.alias(**{f"context_{number}": KeyTextTransform(field, "context")})
        feedback = feedback.filter(**{f"context_{number}__in": said})
    return feedback
