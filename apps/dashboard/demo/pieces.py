"""The year's feedback: 5,000 pieces, the same ones whatever the day of loading. No database.

Only their dates know the calendar: what would fall on a weekend is mostly said on the Friday or Monday.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from functools import lru_cache
from itertools import cycle
from random import Random

from apps.dashboard.demo import banks, clientele, company, story
from apps.dashboard.demo.clientele import PERSONAS, PRODUCTS_OF, Customer
from apps.dashboard.demo.writing import SHAPES, ExhaustedError, Wanted, Writer, Written
from apps.feedback.models import Channel, Identity

NOISY_COUNT, SPAM_COUNT, DOUBLE_COUNT = 60, 70, 30
TOTAL = sum(story.PIECES.values()) + NOISY_COUNT + SPAM_COUNT + DOUBLE_COUNT
OWN_LANGUAGE_SHARE = {"en": 1.0, "de": 0.95, "fr": 0.9, "es": 0.9}
WEEKEND_SHARE = 0.25  # of what would fall on a weekend is really said then
CHANNELS = {
    Channel.FORM: 46,
    Channel.EMAIL: 20,
    Channel.WIDGET: 13,
    Channel.API: 11,
    Channel.BEHALF: 6,
    Channel.SESSION: 4,
}
CONTEXT_SHARE, RATING_SHARE, VERSION_SHARE = 0.75, 0.66, 0.8
RATINGS = {"-": (34, 48, 15, 2, 1), "?": (3, 14, 52, 25, 6), "+": (1, 1, 7, 38, 53)}  # weights of 1 to 5
FURIOUS, FURIOUS_SHARE = (62, 34, 4, 0, 0), 0.88
IMPORTS = {  # file: (product, first day, last day, share taken in, day of the import), days ago
    "core-facility-survey.csv": ("aurora", 240, 180, 0.75, 176),
    "support-desk-export.csv": ("tracewell", 160, 108, 0.75, 104),
    "acquire-user-meeting.csv": ("lumen", 110, 78, 0.7, 75),
    "reseller-notes.csv": ("shop", 62, 52, 0.9, 50),  # undone: the wrong file
}
UNDONE_IMPORT = "reseller-notes.csv"
HELD_REASONS = (
    "Form token missing",
    "Sent faster than a person writes",
    "Hidden field filled in",
    "Form token too old",
)
FATES = {"held": 30, "restricted": 24, "team": 36}  # how many of the regular pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of feedback as its channel got it, and what became of it."""

    days_ago: int
    minute: int  # of the day
    product: str
    theme: str
    mood: str
    text: str
    channel: Channel = Channel.FORM
    customer: Customer | None = None
    identity: Identity = Identity.ANONYMOUS
    rating: int | None = None
    version: str = ""
    context: dict[str, str] = field(default_factory=dict)
    fate: str = ""  # "", "spam", "held", "restricted" or "team"
    held_reason: str = ""
    import_name: str = ""

    @property
    def time(self) -> time:
        return time(self.minute // 60, self.minute % 60)

    @property
    def played_ago(self) -> int:
        """The day it came in here, as days ago: that of its import, else that of saying."""
        return IMPORTS[self.import_name][4] if self.import_name else self.days_ago


def pieces(today: date) -> list[Piece]:
    """Return everything, in the order in which it came in."""
    found = [_dated(piece, today) for piece in _timeless()]
    return sorted(found, key=lambda piece: (-piece.played_ago, -piece.days_ago, piece.minute))


@lru_cache(maxsize=1)
def _timeless() -> list[Piece]:
    rng = Random("demo feedback")  # noqa: S311 no secret
    author = Author(rng, Writer(rng))
    regular = [author.piece(product, moment) for product in story.PIECES for moment in _moments(product, rng)]
    regular = _claimed_once(_fated(regular, rng))
    return [*regular, *_doubles(regular, rng), *_noise(author), *_spam(author)]


def _moments(product: str, rng: Random) -> list[story.Moment]:
    return story.moments(product, story.PIECES[product], rng)


class Author:
    """Turns moments of the story into pieces: who says it, how, where, and how it is rated."""

    def __init__(self, rng: Random, writer: Writer, *, has_imports: bool = True) -> None:
        self.rng, self.writer = rng, writer
        self._imports = IMPORTS if has_imports else {}
        known = [one for one in clientele.customers() if one.is_known and one.weight]
        self._known = {product: _weighed(known, product) for product in story.PIECES}
        self._unknown = [one for one in clientele.customers() if not one.is_known]
        self._claimed = cycle(rng.sample(known, len(known)))  # each once: an address is asked about a claim

    def piece(self, product: str, moment: story.Moment) -> Piece:
        rng = self.rng
        import_name = self._import_name(product, moment.days_ago)
        channel = Channel.IMPORT if import_name else rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        customer, identity = self._speaker(product, channel)
        mood, written = self._write(self._wanted(product, moment, story.mood(moment, rng), customer))
        persona = customer.persona if customer else "facility user"
        return Piece(
            days_ago=moment.days_ago,
            minute=_minute(rng),
            product=product,
            theme=moment.theme,
            mood=mood,
            text=written.text,
            channel=channel,
            customer=customer,
            identity=identity,
            rating=self._rating(moment.theme, mood),
            version=self._version(product, moment, mood, written.version),
            context=self._context(product, customer, persona),
            import_name=import_name,
        )

    def _write(self, wanted: Wanted) -> tuple[str, Written]:
        """Return the words, and their mood: there is always something left to complain of."""
        try:
            return wanted.mood, self.writer.write(wanted)
        except ExhaustedError:
            return "-", self.writer.write(wanted._replace(mood="-"))

    def _import_name(self, product: str, days_ago: int) -> str:
        for name, (of, first, last, share, _) in self._imports.items():
            if of == product and first >= days_ago >= last and self.rng.random() < share:
                return name
        return ""

    def _speaker(self, product: str, channel: Channel) -> tuple[Customer | None, Identity]:
        people, weights = self._known[product]
        draw = self.rng.random()
        if channel in (Channel.FORM, Channel.WIDGET):
            if draw < 0.32:
                return None, Identity.ANONYMOUS
            if draw < 0.42:
                return self.rng.choice(self._unknown) if draw < 0.4 else next(self._claimed), Identity.CLAIMED
        elif channel == Channel.IMPORT and draw < 0.15:
            return None, Identity.ANONYMOUS
        return self.rng.choices(people, weights)[0], Identity.VERIFIED

    def _wanted(self, product: str, moment: story.Moment, mood: str, customer: Customer | None) -> Wanted:
        language = customer.language if customer else "de" if self.rng.random() < 0.12 else "en"
        if self.rng.random() > OWN_LANGUAGE_SHARE[language]:
            language = "en"
        shares = PERSONAS[customer.persona if customer else "facility user"]
        return Wanted(
            theme=moment.theme,
            product=product,
            mood=mood,
            language=language,
            shape=self.rng.choices(list(SHAPES), shares)[0],
            released=frozenset(story.released(product, moment.days_ago)),
            versions=tuple(_plan(product).versions),
        )

    def _rating(self, theme: str, mood: str) -> int | None:
        is_furious = theme == story.REGRESSION and mood == "-"
        if self.rng.random() > (FURIOUS_SHARE if is_furious else RATING_SHARE):
            return None
        return self.rng.choices((1, 2, 3, 4, 5), FURIOUS if is_furious else RATINGS[mood])[0]

    def _version(self, product: str, moment: story.Moment, mood: str, spoken_of: str) -> str:
        if moment.theme == story.REGRESSION:
            return story.FIXED if mood == "+" else story.BROKEN
        if spoken_of:
            return spoken_of
        if self.rng.random() > VERSION_SHARE:
            return ""
        return story.version_used(product, moment.days_ago, self.rng)

    def _context(self, product: str, customer: Customer | None, persona: str) -> dict[str, str]:
        rng, plan = self.rng, _plan(product)
        if rng.random() > CONTEXT_SHARE:
            return {}
        context = {"method": rng.choice(plan.methods), "role": persona}
        if plan.instruments:
            context["instrument"] = rng.choice(plan.instruments)
        if customer and customer.organisation:
            context["site"] = customer.site
        return {name: context[name] for name in sorted(context) if rng.random() < 0.85}


def _weighed(people: list[Customer], product: str) -> tuple[list[Customer], list[float]]:
    """Return who speaks of ``product``, each with a weight: some say much, most say little."""
    found = [one for one in people if product in PRODUCTS_OF[one.persona]]
    return found, [min(one.weight, 6.0) / (1 + PRODUCTS_OF[one.persona].index(product)) for one in found]


def _plan(product: str) -> company.ProductPlan:
    return next(plan for plan in company.PRODUCTS if plan.key == product)


def _minute(rng: Random) -> int:
    return round(min(max(rng.gauss(13.2, 3.2), 5.2), 23.4) * 60)


# --- what is not regular ----------------------------------------------------------------------------------------


def _fated(regular: list[Piece], rng: Random) -> list[Piece]:
    """Hold some for review, close some to other readers."""
    by_form = [at for at, piece in enumerate(regular) if piece.channel == Channel.FORM and piece.days_ago < 120]
    others = [at for at, piece in enumerate(regular) if piece.channel in (Channel.EMAIL, Channel.SESSION)]
    chosen = dict.fromkeys(rng.sample(by_form, FATES["held"]), "held")
    closed = rng.sample(others, FATES["restricted"] + FATES["team"])
    chosen |= {at: "restricted" if number < FATES["restricted"] else "team" for number, at in enumerate(closed)}
    found = list(regular)
    for at, fate in chosen.items():
        reason = rng.choice(HELD_REASONS) if fate == "held" else ""
        found[at] = replace(found[at], fate=fate, held_reason=reason)
    return found


def _claimed_once(regular: list[Piece]) -> list[Piece]:
    """Let everybody who is only known by a claim make one at least."""
    heard = {piece.customer for piece in regular}
    silent = [one for one in clientele.customers() if not one.is_known and one not in heard]
    claims = (
        at for at, p in enumerate(regular) if p.identity == Identity.CLAIMED and p.customer and p.customer.is_known
    )
    found = list(regular)
    for one, at in zip(silent, claims, strict=False):
        found[at] = replace(found[at], customer=one)
    return found


def _doubles(regular: list[Piece], rng: Random) -> list[Piece]:
    """Send some forms twice: the same words some minutes later."""
    forms = [piece for piece in regular if piece.channel == Channel.FORM and not piece.fate]
    return [replace(piece, minute=piece.minute + rng.randint(1, 4)) for piece in rng.sample(forms, DOUBLE_COUNT)]


def _noise(author: Author) -> Iterator[Piece]:
    """One person, one complaint, again and again."""
    noisy = next(one for one in clientele.customers() if one.name == clientele.NOISY)
    for number in range(NOISY_COUNT):
        channel = author.rng.choice((Channel.EMAIL, Channel.FORM, Channel.FORM))
        yield Piece(
            days_ago=round(230 - 229 * number / (NOISY_COUNT - 1)),
            minute=_minute(author.rng),
            product="aurora",
            theme=story.NOISY_THEME,
            mood="-",
            text=author.writer.write_line(banks.single("noisy")),
            channel=channel,
            customer=noisy,
            identity=Identity.VERIFIED,
            rating=1 if number % 2 else None,
            version=story.version_used("aurora", round(230 - 229 * number / (NOISY_COUNT - 1)), author.rng),
            context={"instrument": "Aurora C4", "site": noisy.site},
        )


def _spam(author: Author) -> Iterator[Piece]:
    rng = author.rng
    for _ in range(SPAM_COUNT):
        yield Piece(
            days_ago=rng.randrange(story.DAYS),
            minute=rng.randrange(24 * 60),
            product=rng.choice(list(story.PIECES)),
            theme="",
            mood="=",
            text=author.writer.write_line(banks.single("spam")),
            channel=rng.choice((Channel.FORM, Channel.FORM, Channel.WIDGET)),
            rating=rng.choice((None, 5)),
            fate="spam",
        )


# --- the calendar -------------------------------------------------------------------------------------------------


def _dated(piece: Piece, today: date) -> Piece:
    """Move most of what falls on a weekend to the Friday or Monday; never into the future or before a release."""
    weekday = (today - timedelta(days=piece.days_ago)).weekday()
    if weekday < 5 or piece.import_name or piece.minute % 100 < 100 * WEEKEND_SHARE:
        return piece
    moved = piece.days_ago + 1 if weekday == 5 else piece.days_ago - 1
    if moved < 0 or moved >= story.DAYS or not _is_out(piece, moved):
        return piece
    return replace(piece, days_ago=moved)


def _is_out(piece: Piece, days_ago: int) -> bool:
    return not piece.version or piece.version in story.released(piece.product, days_ago)
