"""Taking the demo in: through the services that everybody uses, as if its five months were passing now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.services import create_team, create_user, set_membership
from apps.catalog.models import Product, Visibility
from apps.catalog.services import add_version, create_product
from apps.core import lanes
from apps.core.errors import DomainError
from apps.customers.models import Organisation
from apps.customers.services import (
    CustomerRow,
    create_segment,
    find_or_create_customers,
    get_or_create_organisations,
    set_organisation_segment,
)
from apps.dashboard.demo import company, reading
from apps.dashboard.demo.company import DecisionPlan, TagPlan
from apps.dashboard.demo.reading import DemoFeedback
from apps.feedback.models import Channel, Feedback, Form, Identity
from apps.feedback.services import (
    Capture,
    Person,
    capture_batch,
    mark_spam,
    set_identity,
    set_visibility,
    withdraw,
)
from apps.feedback.services.public_forms import create_form
from apps.priorities.services import set_alignment, set_effort, set_owner, set_state
from apps.priorities.snapshots import take_snapshots
from apps.tagging.models import Tag
from apps.tagging.services import confirm_tag, create_rule, create_tag

SNAPSHOT_DAYS_AGO = (28, 21, 14, 7)  # the queues as they were then
LOCK = "dashboard.load_demo"  # of pg_advisory_xact_lock


class NotEmptyError(DomainError):
    """Demo data never mixes with real data."""


@dataclass(frozen=True)
class Cast:
    """What the demo's rows name, by the names they use."""

    teams: dict[str, Team]
    staff: dict[str, User]
    products: dict[str, Product]
    forms: dict[str, Form]
    people: dict[str, Person]
    tags: dict[str, Tag]


@transaction.atomic
def load_demo(*, now: datetime) -> int:
    """Load everything and return how much feedback that is; 0 where it was loaded before.

    ``now`` is an aware time; all dates count back from its day in the installation's zone. One transaction:
    wholly there or not at all, and two at once load it once. Raises NotEmptyError beside real data or where
    mail would leave the installation.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
    if _is_loaded():
        return 0
    _refuse_beside_real_data()
    rows = reading.feedback()
    cast = _set_the_stage(timezone.localdate(now))
    before = max(row.days_ago for row in rows) + 1
    for days_ago in (*SNAPSHOT_DAYS_AGO, 0):
        stretch = range(days_ago, before)
        _play([row for row in rows if row.days_ago in stretch], cast, now=now)
        _decide([decision for decision in company.DECISIONS if decision.days_ago in stretch], cast)
        lanes.settle()
        if days_ago:  # today's is taken when today is over
            take_snapshots(timezone.localdate(now) - timedelta(days=days_ago))
        before = days_ago
    return len(rows)


def _is_loaded() -> bool:
    return User.objects.filter(email__in=[member.email for member in company.STAFF]).exists()


def _refuse_beside_real_data() -> None:
    if User.objects.exists():
        raise NotEmptyError("People work here already: demo data goes only into an empty installation.")
    if any(model.objects.exists() for model in (Team, Product, Tag, Feedback)):
        raise NotEmptyError(
            "There is data here already: demo data goes only into an empty installation. Start with --no-demo."
        )
    if settings.EMAIL_URL:
        raise NotEmptyError("EMAIL_URL is set: the demo's customers would be written to. Start with --no-demo.")


# --- before the first feedback ----------------------------------------------------------------------------------


def _set_the_stage(today: date) -> Cast:
    teams = {name: create_team(name=name) for name in company.TEAMS}
    staff = _hire(teams)
    products, forms = _make_products(teams, today)
    tags = _make_tags(company.TAXONOMY, teams, parent=None)
    for rule in company.RULES:
        create_rule(
            tag=tags[rule.tag],
            phrases=rule.phrases,
            exclusions=rule.exclusions,
            product=products[rule.product] if rule.product else None,
        )
    return Cast(teams, staff, products, forms, _meet_customers(), tags)


def _hire(teams: Mapping[str, Team]) -> dict[str, User]:
    staff = {}
    for member in company.STAFF:
        user = create_user(
            email=member.email,
            name=member.name,
            password=company.PASSWORD if member.can_sign_in else None,
            is_administrator=member.is_administrator,
        )
        for team, role in member.roles.items():
            set_membership(user=user, team=teams[team], role=role)
        staff[member.key] = user
    return staff


def _make_products(teams: Mapping[str, Team], today: date) -> tuple[dict[str, Product], dict[str, Form]]:
    products, forms = {}, {}
    for plan in company.PRODUCTS:
        product = create_product(name=plan.name, team=teams[plan.team], description=plan.description)
        for name, days_ago in plan.versions.items():
            add_version(product=product, name=name, released_on=today - timedelta(days=days_ago))
        products[plan.key] = product
        forms[plan.key] = create_form(product=product, title=plan.form_title, intro=plan.form_intro)
    return products, forms


def _make_tags(plans: tuple[TagPlan, ...], teams: Mapping[str, Team], *, parent: Tag | None) -> dict[str, Tag]:
    """Return the tags by slug, each below ``parent``."""
    tags: dict[str, Tag] = {}
    for plan in plans:
        tag = create_tag(name=plan.name, description=plan.description, parent=parent, team=teams.get(plan.team))
        tags[tag.slug] = tag
        tags |= _make_tags(plan.children, teams, parent=tag)
    return tags


def _meet_customers() -> dict[str, Person]:
    """Register those who are known (who belong somewhere) with their segments; return everybody by key."""
    segments = {name: create_segment(name=name, weight=weight) for name, weight in company.SEGMENTS.items()}
    ids = get_or_create_organisations(company.ORGANISATIONS)
    for organisation in Organisation.objects.filter(pk__in=ids.values()).order_by("pk"):
        segment = segments[company.ORGANISATIONS[organisation.name]]
        set_organisation_segment(organisation=organisation, segment=segment)
    people = reading.customers()
    find_or_create_customers(
        [
            CustomerRow(email=one.email, name=one.name, organisation=one.organisation, is_vouched=True)
            for one in people.values()
            if one.organisation
        ]
    )
    return {key: Person(one.email, one.name, one.organisation) for key, one in people.items()}


# --- what was said, and what staff did with it ------------------------------------------------------------------


def _play(rows: list[DemoFeedback], cast: Cast, *, now: datetime) -> None:
    """Capture ``rows``, confirm addresses, moderate and tag."""
    outcomes = capture_batch([_capture(row, cast, now=now) for row in rows]).outcomes
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome.feedback_id is None:
            raise DomainError(f"The demo's feedback was refused ({outcome.problem}): {row.text}")
        if row.channel == Channel.FORM and row.identity == Identity.VERIFIED:
            set_identity(feedback_id=outcome.feedback_id, identity=Identity.VERIFIED)
        _moderate(row, outcome.feedback_id)
        _tag(row, outcome.feedback_id, cast)


def _capture(row: DemoFeedback, cast: Cast, *, now: datetime) -> Capture:
    is_form = row.channel == Channel.FORM
    return Capture(
        product_id=cast.products[row.product].pk,
        channel=Channel(row.channel),
        form_id=cast.forms[row.product].pk if is_form else None,
        text=row.text,
        rating=row.rating,
        version=row.version,
        context=row.context,
        person=cast.people[row.customer] if row.customer else None,
        identity=Identity.CLAIMED if is_form else Identity.VERIFIED,
        held_reason=row.held_reason,
        captured_at=_moment(row, now),
    )


def _moment(row: DemoFeedback, now: datetime) -> datetime:
    day = timezone.localdate(now) - timedelta(days=row.days_ago)
    return datetime.combine(day, row.time, tzinfo=timezone.get_current_timezone())


def _moderate(row: DemoFeedback, feedback_id: int) -> None:
    match row.fate:
        case "spam":
            mark_spam([feedback_id])
        case "withdrawn":
            withdraw([feedback_id])
        case "restricted" | "team":
            set_visibility([feedback_id], Visibility(row.fate))


def _tag(row: DemoFeedback, feedback_id: int, cast: Cast) -> None:
    for given in row.tags:
        person = company.EXPERTS[row.product] if given.importance else company.ANALYST
        confirm_tag(
            feedback_id=feedback_id,
            tag=cast.tags[given.slug],
            user=cast.staff[person],
            importance=given.importance,
            is_against=given.is_against,
        )


def _decide(decisions: list[DecisionPlan], cast: Cast) -> None:
    manager = cast.staff["manager"]
    for decision in decisions:
        tag = cast.tags[decision.tag]
        set_state(tag, state=decision.state, user=manager)
        set_owner(tag, owner=cast.staff[decision.owner], user=manager)
        set_alignment(tag, alignment=decision.alignment, user=manager)
        set_effort(tag, effort=decision.effort, user=manager)


def sign_ins() -> list[str]:
    """Return one line per account that may sign in, as `up` prints them."""
    members = [member for member in company.STAFF if member.can_sign_in]
    width = max(len(member.email) for member in members)
    return [f"{member.email:<{width}}  password: {company.PASSWORD}" for member in members]
