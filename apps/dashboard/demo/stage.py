"""Before the first feedback: teams, staff, products, forms, tags, rules, customers, policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from apps.accounts.models import Team, User
from apps.accounts.services import create_team, create_user, set_membership
from apps.catalog.models import Product
from apps.catalog.services import add_version, create_product
from apps.customers.models import Organisation, Segment
from apps.customers.services import (
    CustomerRow,
    create_segment,
    find_or_create_customers,
    get_or_create_organisations,
    set_organisation_segment,
)
from apps.dashboard.demo import clientele, company, taxonomy
from apps.dashboard.demo.taxonomy import TagPlan
from apps.feedback.models import Form
from apps.feedback.services.public_forms import create_form
from apps.priorities.services import change_policy
from apps.tagging.models import Tag
from apps.tagging.services import create_rule, create_tag


@dataclass(frozen=True)
class Cast:
    """What the demo's pieces name, by the names they use."""

    teams: dict[str, Team]
    staff: dict[str, User]
    products: dict[str, Product]
    forms: dict[str, Form]
    tags: dict[str, Tag]


def set_the_stage(today: date) -> Cast:
    """Make everything there is before the first feedback; versions are released counting back from ``today``."""
    teams = {name: create_team(name=name) for name in company.TEAMS}
    staff = _hire(teams)
    products, forms = _make_products(teams, today)
    tags = _make_tags(taxonomy.TAXONOMY, teams, parent=None)
    for rule in taxonomy.RULES:
        create_rule(
            tag=tags[rule.tag],
            phrases=rule.phrases,
            exclusions=rule.exclusions,
            product=products[rule.product] if rule.product else None,
        )
    _meet_customers()
    for name, changes in company.POLICIES.items():
        change_policy(teams[name], user=staff["manager"], changes=changes)
    return Cast(teams, staff, products, forms, tags)


def find_the_cast() -> Cast:
    """Return the cast of a demo that was loaded before."""
    by_name = {product.name: product for product in Product.objects.all()}
    products = {plan.key: by_name[plan.name] for plan in company.PRODUCTS}
    forms = {form.product_id: form for form in Form.objects.order_by("-pk")}
    return Cast(
        teams={team.name: team for team in Team.objects.all()},
        staff={user.email.partition("@")[0]: user for user in User.objects.filter(email__endswith="@demo.example")},
        products=products,
        forms={key: forms[product.pk] for key, product in products.items()},
        tags={tag.slug: tag for tag in Tag.objects.all()},
    )


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
        product = create_product(
            name=plan.name,
            team=teams[plan.team],
            description=plan.description,
            default_visibility=plan.visibility,
        )
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


def _meet_customers() -> None:
    """Register those who are known, with their organisations' segments."""
    segments = {name: create_segment(name=name, weight=weight) for name, weight in company.SEGMENTS.items()}
    _meet_organisations(segments)
    find_or_create_customers(
        [
            CustomerRow(email=one.email, name=one.name, organisation=one.organisation, is_vouched=True)
            for one in clientele.customers()
            if one.is_known
        ]
    )


def _meet_organisations(segments: Mapping[str, Segment]) -> None:
    plans = {plan.name: plan for plan in clientele.organisations()}
    ids = get_or_create_organisations(plans)
    for organisation in Organisation.objects.filter(pk__in=ids.values()).order_by("pk"):
        set_organisation_segment(organisation=organisation, segment=segments[plans[organisation.name].segment])
