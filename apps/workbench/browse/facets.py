"""Facets of a selection: what it may be narrowed to further, with how much each would leave.

A facet's counts obey every filter but its own. They are exact where the plan is (``plans``) or nothing lies
beyond the newest ``FACET_ROWS``; else they are of those, and marked. Only what the reader may open is counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, Model, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from apps.accounts.models import Team
from apps.catalog.models import Product, ProductVersion
from apps.customers.models import Organisation, Segment
from apps.feedback.models import Channel
from apps.insight.models import Sentiment
from apps.tagging.tree import TagNode, taxonomy
from apps.workbench.browse.conditions import Reader
from apps.workbench.browse.facet_counts import FACET_KEYS, FACET_ROWS, Counted, count_facets
from apps.workbench.browse.filters import UNSURE, UNTAGGED, BrowseFilter
from apps.workbench.selectors import readable_feedback

OPTIONS_SHOWN = 12
NAMES_READ = 100  # of one kind, the most frequent
MONTHS_SHOWN = 36
CONTEXT_FIELDS_SHOWN = 5


@dataclass(frozen=True)
class FacetOption:
    value: str
    label: str
    count: int
    is_selected: bool
    query: str  # the query string that adds this option, or takes it out


@dataclass(frozen=True)
class Facet:
    key: str  # the parameter's name, "month", or "context:" and the field
    name: str  # of the parameter that its options set
    label: str
    options: list[FacetOption]
    is_estimate: bool  # of the newest ``searched_rows`` alone
    searched_rows: int | None
    has_more: bool


def facets(reader: Reader, wanted: BrowseFilter) -> list[Facet]:
    """Return all facets of ``wanted`` that have an option, in the order of the page.

    Two queries, and two more for each facet in use; a plan for each; one for each kind of name.
    """
    nodes = taxonomy()
    loosened = dict(_loosened(wanted))
    counted = {key: count_facets(reader, loose, [_base_of(key)], nodes) for key, loose in loosened.items()}
    rest = count_facets(reader, wanted, [key for key in FACET_KEYS if key not in loosened], nodes)
    return [facet for facet in _arranged(reader, wanted, counted, rest, nodes) if facet.options]


def _loosened(wanted: BrowseFilter) -> Iterable[tuple[str, BrowseFilter]]:
    """Return each facet in use, and the filter without what it narrows itself."""
    for key in ("product", "version", "team", "channel", "sentiment", "rating", "segment", "organisation", "language"):
        if wanted.values_of(key):
            yield key, wanted.without(key)
    if wanted.values_of("tag") and wanted.tags_mode == "any":  # all: each further tag narrows what is chosen
        yield "tag", wanted.without("tag")
    for field in dict.fromkeys(pair.field for pair in wanted.context):
        yield f"context:{field}", wanted.with_(context=tuple(pair for pair in wanted.context if pair.field != field))
    if wanted.since or wanted.until:
        yield "month", wanted.with_(since=None, until=None)


def _base_of(key: str) -> str:
    return key.partition(":")[0]


# --- arranging ----------------------------------------------------------------------------------------------------

Named = Mapping[str, tuple[str, str]]  # the parameter's value and the label, by the raw value counted


def _arranged(
    reader: Reader, wanted: BrowseFilter, counted: Mapping[str, Counted], rest: Counted, nodes: Sequence[TagNode]
) -> Iterable[Facet]:
    for key, label in _labels().items():
        found = counted.get(key, rest)
        raw: Mapping[str, int] = found.counts.get(key, {})
        if key == "context":
            yield from _context_facets(wanted, counted, rest)
        elif key == "month":
            yield _facet("month", label, found, _month_options(wanted, raw))
        else:
            yield _plain_facet(wanted, key, label, found, _names(reader, key, wanted, raw, nodes))


def _labels() -> dict[str, str]:
    return {
        "product": _("Product"),
        "version": _("Version"),
        "tag": _("Tag"),
        "team": _("Team"),
        "channel": _("Channel"),
        "sentiment": _("Sentiment (words read)"),
        "rating": _("Rating"),
        "segment": _("Segment"),
        "organisation": _("Organisation"),
        "language": _("Language"),
        "context": _("Circumstances"),
        "month": _("Month"),
    }


def _facet(key: str, label: str, found: Counted, options: list[FacetOption], *, has_more: bool = False) -> Facet:
    name = {"month": "since"}.get(key, _base_of(key))
    rows = FACET_ROWS if found.is_estimate else None
    return Facet(key, name, label, options, found.is_estimate, rows, has_more)


def _plain_facet(wanted: BrowseFilter, key: str, label: str, found: Counted, names: Named) -> Facet:
    """Return the facet ``key``: the most frequent options, and what is selected, most frequent first."""
    raw: Mapping[str, int] = found.counts.get(key, {})
    options = [_option(wanted, key, value, text, raw.get(one, 0)) for one, (value, text) in names.items()]
    shown = _most_frequent(options)
    return _facet(key, label, found, shown, has_more=len(shown) < len(options))


def _option(wanted: BrowseFilter, name: str, value: str, label: str, count: int) -> FacetOption:
    is_selected = value in wanted.values_of(name)
    return FacetOption(value, label, count, is_selected, wanted.toggled(name, value).to_query())


def _most_frequent(options: Iterable[FacetOption]) -> list[FacetOption]:
    ordered = sorted(options, key=lambda option: (-option.count, option.label))
    return [option for place, option in enumerate(ordered) if place < OPTIONS_SHOWN or option.is_selected]


def _context_facets(wanted: BrowseFilter, counted: Mapping[str, Counted], rest: Counted) -> Iterable[Facet]:
    """Yield a facet for each field in use, then for the fields found most often."""
    used = [key.partition(":")[2] for key in counted if _base_of(key) == "context"]
    said: dict[str, int] = {}
    for pair, number in rest.counts.get("context", {}).items():
        said[pair.partition(":")[0]] = said.get(pair.partition(":")[0], 0) + number
    others = sorted((field for field in said if field not in used), key=lambda field: (-said[field], field))
    for field in (used + others)[: max(len(used), CONTEXT_FIELDS_SHOWN)]:
        key = f"context:{field}"
        found = counted.get(key, rest)
        raw = {pair: number for pair, number in found.counts["context"].items() if pair.partition(":")[0] == field}
        chosen = [str(pair) for pair in wanted.context if pair.field == field]
        names = {pair: (pair, pair.partition(":")[2]) for pair in [*raw, *chosen]}
        options = [_option(wanted, "context", value, text, raw.get(one, 0)) for one, (value, text) in names.items()]
        shown = _most_frequent(options)
        yield _facet(key, field, found, shown, has_more=len(shown) < len(options))


def _month_options(wanted: BrowseFilter, raw: Mapping[str, int]) -> list[FacetOption]:
    """Return the newest months that hold anything, in order of time; an option sets both days, or none."""
    options = []
    for first, number in sorted((date.fromisoformat(one[:10]), number) for one, number in raw.items()):
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        is_selected = (wanted.since, wanted.until) == (first, last)
        days = {"since": None, "until": None} if is_selected else {"since": first, "until": last}
        label = date_format(first, "YEAR_MONTH_FORMAT")
        query = wanted.with_(**days).to_query()
        options.append(FacetOption(f"{first:%Y-%m}", label, number, is_selected, query))
    return options[-MONTHS_SHOWN:]


# --- names --------------------------------------------------------------------------------------------------------


def _names(reader: Reader, key: str, wanted: BrowseFilter, raw: Mapping[str, int], nodes: Sequence[TagNode]) -> Named:
    """Return the names of the options of facet ``key``: of what was counted and of what is selected."""
    if key in ("channel", "sentiment", "rating", "language"):
        return _names_of_choices(key, wanted, raw)
    if key == "tag":
        return _names_of_tags(wanted, raw, nodes)
    return _names_of_rows(reader, key, wanted, raw)


def _names_of_choices(key: str, wanted: BrowseFilter, raw: Mapping[str, int]) -> Named:
    labels: Mapping[str, object] = {"channel": dict(Channel.choices), "sentiment": dict(Sentiment.choices)}.get(key, {})
    counted = [one or UNSURE for one in raw]
    values = [*counted, *(value for value in wanted.values_of(key) if value not in counted)]
    raws = {value: "" if key == "language" and value == UNSURE else value for value in values}
    name = language_name if key == "language" else lambda value: str(labels.get(value, value))
    return {raws[value]: (value, name(value)) for value in values}


def language_name(code: str) -> str:
    """Return the language of an ISO 639-1 code in the reader's own; the code where it has no name here."""
    if code == UNSURE:
        return _("Unsure")
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _names_of_tags(wanted: BrowseFilter, raw: Mapping[str, int], nodes: Sequence[TagNode]) -> Named:
    chosen = wanted.values_of("tag")
    named = {
        str(node.tag.pk): (node.tag.slug, node.path)
        for node in nodes
        if str(node.tag.pk) in raw or node.tag.slug in chosen
    }
    if raw.get(UNTAGGED) or UNTAGGED in chosen:
        named[UNTAGGED] = (UNTAGGED, _("Untagged"))
    return named


_ROWS: Mapping[str, tuple[type[Model], str, tuple[str, ...]]] = {
    # model, what the parameter names it by, what its label is made of
    "product": (Product, "slug", ("name",)),
    "version": (ProductVersion, "pk", ("product__name", "name")),
    "team": (Team, "slug", ("name",)),
    "segment": (Segment, "slug", ("name",)),
    "organisation": (Organisation, "pk", ("name",)),
}


def _names_of_rows(reader: Reader, key: str, wanted: BrowseFilter, raw: Mapping[str, int]) -> Named:
    """Return the names of rows; an organisation that is only asked for goes by its name as in ``chips``."""
    model, named_by, labelled_by = _ROWS[key]
    frequent = sorted(raw, key=lambda one: -raw[one])[:NAMES_READ]
    rows = model._default_manager.filter(Q(pk__in=frequent) | Q(**{f"{named_by}__in": wanted.values_of(key)}))  # noqa: SLF001
    if model is Organisation:
        said = readable_feedback(reader).filter(customer__organisation=OuterRef("pk"))
        rows = rows.filter(Q(pk__in=frequent) | Exists(said))
    return {
        str(pk): (str(value), " ".join(label)) for pk, value, *label in rows.values_list("pk", named_by, *labelled_by)
    }
