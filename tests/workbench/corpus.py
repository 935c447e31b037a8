"""A small company whose feedback differs in all that a filter can ask for, and what filters mean in plain Python."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from apps.accounts.models import Role, User
from apps.catalog.models import Visibility
from apps.feedback.models import FeedbackState, Identity
from apps.insight.models import Reading
from apps.insight.services import read_feedback
from apps.tagging.models import Tagging, TaggingState
from apps.workbench.browse.filters import UNSURE, BrowseFilter, ContextPair
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    MembershipFactory,
    OrganisationFactory,
    ProductFactory,
    ProductVersionFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

READERS = ("administrator", "scientist", "analyst", "key")
PIECES = 90
WORDS = ("laser", "pump", "stage", "detector", "cable")
LANGUAGES = ("en", "de", "fr", "")
CHANNELS = ("form", "api", "import", "widget")
SENTIMENTS = ("negative", "neutral", "positive")
ABOVE = {"pump-seal": "hardware", "laser-drift": "hardware", "hardware": "", "manual": ""}  # tags by slug
TEAM_OF_TAG = {"pump-seal": "east", "laser-drift": "east", "hardware": "east", "manual": ""}
TEAM_OF_PRODUCT = {"aurora": "west", "borealis": "east", "corona": ""}
BEGAN_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """One feedback, in the words of the query string."""

    feedback_id: int
    listed_at: datetime
    text: str
    product: str
    version: int | None
    channel: str
    rating: int | None
    sentiment: str
    language: str
    tags: frozenset[str]  # confirmed
    customer: int | None
    identity: str
    segment: str
    organisation: int | None
    context: dict[str, str]
    state: str
    visibility: str


@dataclass
class Company:
    said: list[Said]
    readers: dict[str, User | None]

    def found(self, reader: str, wanted: BrowseFilter) -> list[int]:
        """Return the ids that ``wanted`` means, in the order of the list."""
        rows = [one for one in self.said if may_open(reader, one) and fits(wanted, one)]
        rows.sort(key=lambda one: (one.listed_at, one.feedback_id), reverse=wanted.order == "newest")
        return [one.feedback_id for one in rows]


def make_company() -> Company:
    teams = {slug: TeamFactory(name=slug, slug=slug) for slug in ("west", "east")}
    products = {
        slug: ProductFactory(name=slug.title(), slug=slug, team=teams.get(team))
        for slug, team in TEAM_OF_PRODUCT.items()
    }
    versions = {slug: ProductVersionFactory(product=product, name="1.0") for slug, product in products.items()}
    tags = {}
    for slug in ("hardware", "manual", "pump-seal", "laser-drift"):
        above = tags.get(ABOVE[slug])
        tags[slug] = TagFactory(name=slug, parent=above, team=teams["east"] if slug == "hardware" else None)
    segments = [SegmentFactory(name=slug, slug=slug) for slug in ("academia", "industry")]
    organisations = [OrganisationFactory(name="Own", segment=segments[0]), OrganisationFactory(name="None of them")]
    customers = [
        CustomerFactory(organisation=organisations[0]),
        CustomerFactory(organisation=organisations[1]),
        CustomerFactory(organisation=organisations[0], segment=segments[1]),
        CustomerFactory(),
    ]
    tagger = AdministratorFactory()
    said = [_say(n, products, versions, tags, customers, tagger) for n in range(PIECES)]
    read_feedback([one.feedback_id for one in said])
    for one in said:  # the reader is not what is tested here
        Reading.objects.filter(pk=one.feedback_id).update(sentiment=one.sentiment, language=one.language)
    return Company(said, _readers(teams, tagger))


def _readers(teams, administrator) -> dict[str, User | None]:
    both = UserFactory(role=Role.SCIENTIST, team=teams["west"])
    MembershipFactory(user=both, team=teams["east"], role=Role.ANALYST)
    return {
        "administrator": administrator,
        "scientist": UserFactory(role=Role.SCIENTIST, team=teams["west"]),
        "analyst": UserFactory(role=Role.ANALYST, team=teams["east"]),
        "key": None,
    }


def _say(n: int, products, versions, tags, customers, tagger) -> Said:
    product = list(products)[n % 7 % 3]
    customer = customers[n % 5] if n % 5 < 4 else None
    identity = Identity.ANONYMOUS if customer is None else Identity.CLAIMED if n % 11 == 0 else Identity.VERIFIED
    # Every ninth shares its moment with the one before; every thirteenth has a clock that is far ahead.
    at = BEGAN_AT + timedelta(days=2 * (n - (n % 9 == 8)))
    captured_at = at + timedelta(days=5000) if n % 13 == 0 else at
    context = {"instrument": f"X-{n % 3}", "site": f"Lab {n % 2}"} if n % 4 else {}
    words = f"{WORDS[n % 5]} {WORDS[n * n % 5]} again"
    feedback = FeedbackFactory(
        product=products[product],
        version=versions[product] if n % 3 else None,
        customer=customer,
        identity=identity,
        text=words,
        channel=CHANNELS[n % 13 % 4],
        rating=1 + n % 5 if n % 6 else None,
        context=context,
        state=FeedbackState.SPAM if n % 17 == 3 else FeedbackState.HELD if n % 19 == 4 else FeedbackState.LIVE,
        visibility=(Visibility.EVERYONE, Visibility.TEAM, Visibility.RESTRICTED)[2 if n % 10 == 1 else n % 8 == 2],
        captured_at=captured_at,
        received_at=at,
        captured_on=at.date(),
    )
    confirmed = [slug for number, slug in enumerate(tags) if n % (number + 3) == 0]
    for slug in confirmed:
        _state(feedback.pk, tags[slug], tagger, TaggingState.CONFIRMED)
    if n % 4 == 1 and "manual" not in confirmed:
        _state(feedback.pk, tags["manual"], tagger, (TaggingState.SUGGESTED, TaggingState.REJECTED)[n % 3 == 0])
    known = customer if identity == Identity.VERIFIED else None
    segment = known.effective_segment if known else None
    return Said(
        feedback_id=feedback.pk,
        listed_at=at,
        text=words,
        product=product,
        version=feedback.version_id,
        channel=feedback.channel,
        rating=feedback.rating,
        sentiment=SENTIMENTS[n % 3],
        language=LANGUAGES[n % 9 % 4],
        tags=frozenset(confirmed),
        customer=customer and customer.pk,
        identity=identity.value,
        segment=segment.slug if segment else "",
        organisation=known.organisation_id if known else None,
        context=context,
        state=str(feedback.state),
        visibility=str(feedback.visibility),
    )


def _state(feedback_id, tag, tagger, state) -> None:
    Tagging.objects.create(feedback_id=feedback_id, tag=tag, source="person", user=tagger, state=state)


def filters(company: Company) -> st.SearchStrategy[BrowseFilter]:
    """Draw filters of up to three fields, so that most of them find something."""

    def some(values) -> st.SearchStrategy[tuple]:
        return st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=2, unique=True).map(tuple)

    def seen(name: str) -> st.SearchStrategy[tuple]:
        return some({getattr(one, name) for one in company.said} - {None, ""})

    days = st.dates(date(2026, 1, 1), date(2026, 7, 1))
    fields = {
        "q": st.sampled_from(["laser", "pump again", "stage", "zebrafish"]),
        "products": seen("product"),
        "versions": seen("version"),
        "tags": some(ABOVE),
        "is_untagged": st.booleans(),
        "teams": some(["west", "east"]),
        "channels": seen("channel"),
        "sentiments": seen("sentiment"),
        "is_unhappy": st.booleans(),
        "ratings": seen("rating"),
        "segments": seen("segment"),
        "organisations": seen("organisation"),
        "customers": seen("customer"),
        "languages": some([*LANGUAGES[:3], UNSURE]),
        "context": some({ContextPair(*pair) for one in company.said for pair in one.context.items()}),
        "states": some(["live", "spam", "held"]),
        "visibilities": seen("visibility"),
        "identities": seen("identity"),
        "since": days,
        "until": days,
    }

    @st.composite
    def drawn(draw) -> BrowseFilter:
        names = draw(st.lists(st.sampled_from(sorted(fields)), max_size=3, unique=True))
        return BrowseFilter(
            tags_mode=draw(st.sampled_from(["any", "all"])),
            with_below=draw(st.booleans()),
            order=draw(st.sampled_from(["newest", "oldest"])),
            **{name: draw(fields[name]) for name in names},
        )

    return drawn()


# --- what it means ------------------------------------------------------------------------------------------------


def may_open(reader: str, one: Said) -> bool:
    """Open to the administrator: all; to others what all staff may, and "team" of theirs; not live: to moderators."""
    if reader == "administrator":
        return True
    team = {"scientist": "west", "analyst": "east", "key": None}[reader]
    owner = TEAM_OF_PRODUCT[one.product]
    is_visible = one.visibility == "everyone" or (one.visibility == "team" and team is not None and owner == team)
    return is_visible and (one.state == "live" or (reader == "analyst" and owner in ("east", "")))


def fits(wanted: BrowseFilter, one: Said) -> bool:
    return all(
        [
            all(word in one.text.split() for word in wanted.q.split()),
            one.product in (wanted.products or [one.product]),
            one.version in (wanted.versions or [one.version]),
            one.channel in (wanted.channels or [one.channel]),
            one.rating in (wanted.ratings or [one.rating]),
            not wanted.is_unhappy or _is_unhappy(one),
            one.sentiment in (wanted.sentiments or [one.sentiment]),
            (one.language or UNSURE) in (wanted.languages or [one.language or UNSURE]),
            one.customer in (wanted.customers or [one.customer]),
            one.identity in (wanted.identities or [one.identity]),
            one.segment in (wanted.segments or [one.segment]),
            one.organisation in (wanted.organisations or [one.organisation]),
            one.state in (wanted.states or ["live"]),
            one.visibility in (wanted.visibilities or [one.visibility]),
            wanted.since is None or one.listed_at.date() >= wanted.since,
            wanted.until is None or one.listed_at.date() <= wanted.until,
            _fits_tags(wanted, one),
            _fits_teams(wanted, one),
            _fits_context(wanted, one),
        ]
    )


def _is_unhappy(one: Said) -> bool:
    return one.sentiment == "negative" if one.rating is None else one.rating <= 2


def _fits_tags(wanted: BrowseFilter, one: Said) -> bool:
    if wanted.is_untagged and not one.tags:
        return True
    said = one.tags | ({ABOVE[tag] for tag in one.tags} if wanted.with_below else set())
    if not wanted.tags:
        return not wanted.is_untagged
    return (any if wanted.tags_mode == "any" else all)(tag in said for tag in wanted.tags)


def _fits_teams(wanted: BrowseFilter, one: Said) -> bool:
    theirs = {TEAM_OF_PRODUCT[one.product], *(TEAM_OF_TAG[tag] for tag in one.tags)}
    return not wanted.teams or bool(theirs & set(wanted.teams))


def _fits_context(wanted: BrowseFilter, one: Said) -> bool:
    fields = {pair.field for pair in wanted.context}
    return all(any(one.context.get(p.field) == p.value for p in wanted.context if p.field == field) for field in fields)


def last_day(month: str) -> date:
    first = date.fromisoformat(f"{month}-01")
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
