"""The reading room: its list, the filters in force, the ways on, the saved views, and the pane of the open feedback."""

from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.feedback.models import Feedback, FeedbackState
from apps.insight import search
from apps.tagging.models import Tag
from apps.workbench.browse.chips import Chip, chips
from apps.workbench.browse.reading import (
    UNTAGGED,
    BrowseFilter,
    BrowsePage,
    Count,
    Cursor,
    Facet,
    FacetOption,
    browse_page,
    count,
    distinct_tags,
    facets,
    parse_cursor,
)
from apps.workbench.models import SavedView
from apps.workbench.room import saved_views

EXCERPT_CHARACTERS = 600
TAGS_SHOWN = 3
LEAD_CHARACTERS = 60  # before the first match; what lies further back is cut off
FIRST_FACETS = ("sentiment", "rating", "product", "version", "tag")  # the others follow as they come
OPEN_FACETS = ("sentiment", "rating", "product", "tag")
WAYS_OUT = 3  # of an empty list
WAYS_TRIED = 6  # each is a count


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the reader stands in the room; every link of the room leads from here."""

    wanted: BrowseFilter
    cursor: Cursor | None = None
    view_id: int | None = None
    open_id: int | None = None

    def address(self, *, open_id: int | None = None, cursor: Cursor | None = None, is_first: bool = False) -> str:
        """Return the room's address with ``open_id`` open and the list at ``cursor`` (here, unless ``is_first``)."""
        at = cursor or (None if is_first else self.cursor)
        extra = {"view": self.view_id, "cursor": at and str(at), "open": open_id}
        return address(self.wanted, **{name: value for name, value in extra.items() if value})

    @property
    def query(self) -> str:
        """The query of the list as it is, nothing open."""
        return self.address().partition("?")[2]

    @property
    def here(self) -> str:
        """The list as it is, nothing open; at the row that was."""
        return self.address() + (f"#f-{self.open_id}" if self.open_id else "")

    @property
    def itself(self) -> str:
        """This very address, for forms that come back here."""
        return self.address(open_id=self.open_id)

    @property
    def newest(self) -> str:
        """The first page of the same list."""
        return self.address(open_id=self.open_id, is_first=True)


class Excerpt(NamedTuple):
    """A part of a text, what was found marked; whether something stands before and after it."""

    segments: list[search.Segment]
    starts_late: bool
    ends_early: bool


@dataclass(frozen=True)
class Row:
    feedback: Feedback
    url: str
    is_open: bool
    tags: list[Tag]
    more_tags: int
    excerpt: Excerpt


@dataclass(frozen=True)
class ShownOption:
    option: FacetOption
    url: str


@dataclass(frozen=True)
class ShownFacet:
    facet: Facet
    options: list[ShownOption]
    selected: int  # how many are chosen
    is_open: bool


@dataclass(frozen=True)
class QuickView:
    """A view that everybody has."""

    name: str
    icon_name: str
    url: str
    is_current: bool


def address(wanted: BrowseFilter, **place: str | int) -> str:
    """Return the address of ``wanted`` in the room; all of it is asked for by name: a default may stand first."""
    query = "&".join(filter(None, [wanted.to_query(), urlencode(place)]))
    return f"{reverse('workbench:feedback-list')}?{query or 'all=1'}"


def read_place(request: AuthedRequest, wanted: BrowseFilter) -> Place:
    """Return where the query says the reader stands; what is not understood is left out."""
    try:
        cursor = parse_cursor(request.GET.get("cursor", ""))
    except ValueError:
        cursor = None
    number = {name: read_id(request.GET.get(name, "")) for name in ("view", "open")}
    return Place(wanted=wanted, cursor=cursor, view_id=number["view"], open_id=number["open"])


def list_context(reader: User, place: Place) -> dict[str, object]:
    """Return the list's part of the room's context."""
    wanted = place.wanted
    page = browse_page(reader, wanted, place.cursor)
    in_force = chips(reader, wanted)
    return {
        "place": place,
        "wanted": wanted,
        "rows": _rows(page, place),
        "count": count(reader, wanted),
        "searched": page.searched,
        "newest_url": place.newest if place.cursor else "",
        "older_url": place.address(open_id=place.open_id, cursor=page.next_cursor) if page.next_cursor else "",
        "chips": [(chip, address(chip.without)) for chip in in_force],
        "ways_out": [] if page.entries or place.cursor else ways_out(reader, in_force),
        "is_narrowed": not wanted.is_everything,
        "kept_pairs": [pair for pair in wanted.pairs() if pair[0] != "q"],
        "order_url": address(wanted.with_(order="newest" if wanted.order == "oldest" else "oldest")),
        "can_export": may(reader, Permission.EXPORT_FEEDBACK),
    }


def views_context(reader: User, place: Place) -> dict[str, object]:
    """Return the saved views' part: all that the reader may open, and how the room differs from the current one."""
    views = list(saved_views.visible_views(reader))
    current = next((view for view in views if view.pk == place.view_id), None)
    return {
        "quick_views": quick_views(reader, place, current),
        "views": views,
        "view": current,
        "is_view_changed": current is not None and not saved_views.is_same_query(current, place.wanted.to_query()),
        "may_change_view": current is not None and saved_views.may_change(reader, current),
    }


def facets_context(reader: User, place: Place) -> dict[str, object]:
    """Return what the selection may be narrowed to, each option with the room's address once it is chosen."""
    wanted = place.wanted
    shown = [_shown_facet(facet) for facet in sorted(facets(reader, wanted), key=_rank) if facet.options]
    return {
        "place": place,
        "wanted": wanted,
        "shown_facets": shown,
        "dateless_pairs": [pair for pair in wanted.pairs() if pair[0] not in ("since", "until")],
    }


def _rank(facet: Facet) -> int:
    return FIRST_FACETS.index(facet.key) if facet.key in FIRST_FACETS else len(FIRST_FACETS)


def _by_value(option: FacetOption) -> str:
    return option.value


def _shown_facet(facet: Facet) -> ShownFacet:
    start = reverse("workbench:feedback-list")
    ordered = sorted(facet.options, key=_by_value, reverse=True) if facet.key == "rating" else facet.options
    options = [ShownOption(one, f"{start}?{one.query or 'all=1'}") for one in ordered]
    selected = sum(one.is_selected for one in facet.options)
    return ShownFacet(facet, options, selected, is_open=bool(selected) or facet.key in OPEN_FACETS)


def quick_views(reader: User, place: Place, current: SavedView | None) -> list[QuickView]:
    """Return what everybody wants to see now and then; what waits for review only for those who may let it go."""
    everything = BrowseFilter()
    known = [
        (_("All feedback"), "inbox", everything),
        (_("Untagged"), "tag", everything.with_value("tag", UNTAGGED)),
    ]
    if may(reader, Permission.MODERATE_FEEDBACK):
        known += [
            (_("Held for review"), "pause", everything.with_value("state", FeedbackState.HELD)),
            (_("Spam"), "ban", everything.with_value("state", FeedbackState.SPAM)),
        ]
    return [
        QuickView(name, icon_name, address(wanted), is_current=current is None and wanted == place.wanted)
        for name, icon_name, wanted in known
    ]


def ways_out(reader: User, in_force: list[Chip]) -> list[tuple[str, Count, str]]:
    """Return (filter, how much there is without it, address) for the filters whose absence frees the most."""
    counted = [(chip, count(reader, chip.without)) for chip in in_force[:WAYS_TRIED]]
    freeing = sorted((one for one in counted if one[1].number), key=lambda one: -one[1].number)
    return [(f"{chip.label} {chip.value}", found, address(chip.without)) for chip, found in freeing[:WAYS_OUT]]


def excerpt(text: str, q: str) -> Excerpt:
    """Return the beginning of ``text``, or, where the first match lies far in, the part around it."""
    lead = 0
    for segment in search.highlight(text, q) if q else ():
        if segment.is_match:
            break
        lead += len(segment.text)
    start = 0
    if LEAD_CHARACTERS < lead < len(text):
        start = text.find(" ", lead - LEAD_CHARACTERS // 2) + 1
        start = start if 0 < start <= lead else lead
    shown = text[start : start + EXCERPT_CHARACTERS]
    return Excerpt(search.highlight(shown, q), start > 0, start + len(shown) < len(text))


def _rows(page: BrowsePage, place: Place) -> list[Row]:
    rows = []
    for entry in page.entries:
        tags = distinct_tags(entry)
        rows.append(
            Row(
                feedback=entry,
                url=f"{place.address(open_id=entry.pk)}#f-{entry.pk}",
                is_open=entry.pk == place.open_id,
                tags=tags[:TAGS_SHOWN],
                more_tags=max(0, len(tags) - TAGS_SHOWN),
                excerpt=excerpt(entry.text, place.wanted.q),
            )
        )
    return rows
