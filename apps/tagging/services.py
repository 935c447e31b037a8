"""Taxonomy and taggings: every write to them, each with its booking in the same transaction."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.catalog.models import Product
from apps.core import outbox
from apps.core.errors import DomainError
from apps.core.turns import take_turn
from apps.feedback.models import Feedback
from apps.tagging import ledger
from apps.tagging.erased_spans import forget_erased
from apps.tagging.models import KeywordRule, Source, Tag, Tagging, TaggingState
from apps.tagging.spans import Span, within

NAME_CHARACTERS = 80
RESERVED_SLUGS = ("untagged",)  # what ?tag= means in the list of feedback

# --- taggings by people -------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_tag(
    *,
    feedback_id: int,
    tag: Tag,
    user: User,
    importance: int = 0,
    is_against: bool = False,
    span: Span | None = None,
) -> Tagging:
    """Record that ``user`` says ``tag`` fits, of ``span`` or of the whole; a repeat changes nothing but ``importance``
    and ``is_against``. However many spans are tagged, the pair counts once.

    Raises DomainError when the feedback, or the words under ``span``, are gone.
    """
    _lock_one(feedback_id)
    tagging = _state(feedback_id, tag, user, _checked(feedback_id, span), importance=importance, is_against=is_against)
    ledger.book([feedback_id])
    return tagging


@transaction.atomic
def reject_tag(*, feedback_id: int, tag: Tag, user: User) -> None:
    """Record that ``user`` says ``tag`` does not fit: the last word of a person ends every statement that it does.

    No rule or model brings the tag back to this feedback; a person may.
    """
    _lock_one(feedback_id)
    _state(feedback_id, tag, user, None, state=TaggingState.REJECTED)
    _end(Tagging.objects.filter(feedback_id=feedback_id, tag=tag))
    ledger.book([feedback_id])


@transaction.atomic
def reject_span(*, tagging: Tagging, user: User) -> None:
    """Record that the tag of ``tagging`` does not fit those words, whoever said so.

    The tag stays on the feedback while another statement says that it fits.
    """
    _lock_one(tagging.feedback_id)
    span = Span.of(tagging)
    _state(tagging.feedback_id, tagging.tag, user, span, state=TaggingState.REJECTED)
    _end(_statements_on(tagging.feedback_id, tagging.tag, span))
    ledger.book([tagging.feedback_id])


def _state(
    feedback_id: int,
    tag: Tag,
    user: User,
    span: Span | None,
    *,
    state: TaggingState = TaggingState.CONFIRMED,
    importance: int = 0,
    is_against: bool = False,
) -> Tagging:
    """Write what ``user`` says of the pair, or of one span of it; call under the feedback's lock."""
    ledger.ensure_pairs([(feedback_id, tag.pk)])
    tagging, _ = _statements_on(feedback_id, tag, span).update_or_create(
        feedback_id=feedback_id,
        tag=tag,
        source=Source.PERSON,
        user=user,
        rule=None,
        span_start=span.start if span else None,
        span_end=span.end if span else None,
        defaults={"state": state, "importance": importance, "is_against": is_against, "updated_at": Now()},
    )
    return tagging


def _statements_on(feedback_id: int, tag: Tag, span: Span | None) -> QuerySet[Tagging]:
    start, end = span or (None, None)
    return Tagging.objects.filter(feedback_id=feedback_id, tag=tag, span_start=start, span_end=end)


def _end(statements: QuerySet[Tagging]) -> None:
    statements.exclude(state=TaggingState.REJECTED).update(state=TaggingState.REJECTED, updated_at=Now())


def _checked(feedback_id: int, span: Span | None) -> Span | None:
    """Return ``span`` within the words as they are; None for all of them. Call under the lock: what is erased later
    forgets its spans behind it."""
    if span is None:
        return None
    text, redacted_at = Feedback.objects.values_list("text", "redacted_at").get(pk=feedback_id)
    if redacted_at is not None:
        raise DomainError(_("The words were erased: the tag can be put on the whole alone."))
    return within(text, span)


def _lock_one(feedback_id: int) -> None:
    if not ledger.lock_feedback([feedback_id]):
        raise DomainError(_("This feedback no longer exists."))


# --- the outbox's subscribers -------------------------------------------------------------------------------------


def rebook_feedback(feedback_ids: list[int]) -> None:
    """Book what changed of the feedback itself (state, identity, visibility, reading); erased words lose spans."""
    ids = ledger.lock_feedback(feedback_ids)
    forget_erased(ids)
    ledger.book(ids)


def rebook_customers(customer_ids: list[int]) -> None:
    """Have all feedback of these customers booked again, in the background: a customer may have any amount.

    What was merged into them too: it counts as theirs.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM feedback_feedback WHERE customer_id = ANY(ARRAY("
            " SELECT id FROM customers_customer WHERE id = ANY(%(ids)s) OR merged_into_id = ANY(%(ids)s)))",
            {"ids": customer_ids},
        )
        outbox.publish("tagging.rebook", (row[0] for row in cursor.fetchall()))


# --- taxonomy -----------------------------------------------------------------------------------------------------


@transaction.atomic
def create_tag(*, name: str, parent: Tag | None = None, team: Team | None = None, description: str = "") -> Tag:
    """Make a tag below ``parent``. Raises DomainError when the parent has a child of that name already."""
    _lock_tree()
    if parent is not None:
        parent.refresh_from_db(fields=["effective_team"])
    name = _clean_name(name)
    _refuse_twin(name, parent)
    tag = Tag.objects.create(
        name=name,
        slug=_free_slug(name, parent),
        parent=parent,
        team=team,
        description=description,
        effective_team=team or (parent.effective_team if parent else None),
    )
    outbox.publish("tagging.owners_changed", [tag.pk])
    return tag


@transaction.atomic
def change_tag(tag: Tag, *, name: str, description: str, parent: Tag | None, team: Team | None) -> None:
    """Rename, move and give ``tag``, all or nothing; what stays as it is is not written. Raises DomainError."""
    update_tag(tag, name=name, description=description)
    if (parent.pk if parent else None) != tag.parent_id:
        move_tag(tag, parent=parent)
    if team != tag.team:
        set_tag_team(tag, team=team)


@transaction.atomic
def update_tag(tag: Tag, *, name: str, description: str) -> Tag:
    name = _clean_name(name)
    if name.casefold() != tag.name.casefold():
        _refuse_twin(name, tag.parent)
    tag.name, tag.description = name, description
    tag.save(update_fields=["name", "description"])
    return tag


@transaction.atomic
def set_tag_team(tag: Tag, *, team: Team | None) -> None:
    """Give ``tag`` and what it owns below to ``team`` (None: back to the nearest owned ancestor)."""
    _lock_tree()
    Tag.objects.filter(pk=tag.pk).update(team=team)
    tag.team = team
    _refresh_effective_teams()


@transaction.atomic
def move_tag(tag: Tag, *, parent: Tag | None) -> None:
    """Hang ``tag`` with all below it under ``parent``. Raises DomainError when that would make a circle or a twin."""
    _lock_tree()
    ancestor_id = parent.pk if parent else None
    while ancestor_id is not None:  # as it is now, not as the caller read it
        if ancestor_id == tag.pk:
            raise DomainError(_("“%(name)s” cannot go below itself.") % {"name": tag.name})
        ancestor_id = Tag.objects.values_list("parent_id", flat=True).get(pk=ancestor_id)
    if parent is None or parent.pk != tag.parent_id:
        _refuse_twin(tag.name, parent, but=tag)
    Tag.objects.filter(pk=tag.pk).update(parent=parent)
    tag.parent = parent
    _refresh_effective_teams()


def _clean_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= NAME_CHARACTERS:
        raise DomainError(_("A tag needs a name of at most %(limit)d characters.") % {"limit": NAME_CHARACTERS})
    return cleaned


def _lock_tree() -> None:
    """One change of the tree's shape or owners at a time: two at once could close a circle or miss an owner."""
    take_turn("tagging.tree")


def _refuse_twin(name: str, parent: Tag | None, *, but: Tag | None = None) -> None:
    twins = Tag.objects.filter(parent=parent, name__iexact=name)
    if but is not None:
        twins = twins.exclude(pk=but.pk)
    if twins.exists():
        raise DomainError(_("There is a tag “%(name)s” here already.") % {"name": name})


def _free_slug(name: str, parent: Tag | None) -> str:
    base = (slugify(name) or "tag")[:80]
    if Tag.objects.filter(slug=base).exists() and parent is not None:
        base = f"{parent.slug[:40]}-{base}"[:90]
    taken = {*RESERVED_SLUGS, *Tag.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    number = 2
    slug = base
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


def _refresh_effective_teams() -> None:
    """Set every tag's team to its own or its nearest owned ancestor's; publish those that changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE tree AS ("
            "  SELECT id, team_id FROM tagging_tag WHERE parent_id IS NULL"
            "  UNION ALL"
            "  SELECT t.id, coalesce(t.team_id, tree.team_id) FROM tagging_tag t JOIN tree ON tree.id = t.parent_id"
            ") UPDATE tagging_tag t SET effective_team_id = tree.team_id FROM tree"
            " WHERE tree.id = t.id AND t.effective_team_id IS DISTINCT FROM tree.team_id RETURNING t.id"
        )
        outbox.publish("tagging.owners_changed", (row[0] for row in cursor.fetchall()))


# --- rules --------------------------------------------------------------------------------------------------------


def create_rule(
    *, tag: Tag, phrases: Iterable[str], exclusions: Iterable[str] = (), product: Product | None = None
) -> KeywordRule:
    """Make a rule for feedback to come; ``rules.start_run`` takes it over what is there."""
    kept = _clean_phrases(phrases)
    if not kept:
        raise DomainError(_("A rule needs at least one phrase."))
    return KeywordRule.objects.create(tag=tag, phrases=kept, exclusions=_clean_phrases(exclusions), product=product)


def update_rule(
    rule: KeywordRule,
    *,
    phrases: Iterable[str],
    exclusions: Iterable[str] = (),
    product: Product | None = None,
) -> KeywordRule:
    """Change a rule for feedback to come; what it tagged stays until a run applies or takes back."""
    kept = _clean_phrases(phrases)
    if not kept:
        raise DomainError(_("A rule needs at least one phrase."))
    rule.phrases, rule.exclusions, rule.product = kept, _clean_phrases(exclusions), product
    rule.save(update_fields=["phrases", "exclusions", "product"])
    return rule


def set_rule_active(rule: KeywordRule, *, is_active: bool) -> None:
    rule.is_active = is_active
    rule.save(update_fields=["is_active"])


def _clean_phrases(phrases: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(" ".join(phrase.split())[:100] for phrase in phrases if phrase.strip()))
