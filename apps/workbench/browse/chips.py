"""The filters in force, in words: each with the query that drops it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Team, User
from apps.catalog.models import Product, ProductVersion, Visibility
from apps.customers.models import Customer, Organisation, Segment
from apps.feedback.models import Channel, FeedbackState, Form, Identity
from apps.insight.models import Sentiment
from apps.tagging.models import Tag
from apps.workbench import selectors
from apps.workbench.browse.filters import PARAMETERS, UNSURE, UNTAGGED, YES, BrowseFilter

MODES = ("tags", "below", "order")  # how to look, not what at
LABELS: dict[str, str | Promise] = {
    "q": gettext_lazy("Words"),
    "product": gettext_lazy("Product"),
    "version": gettext_lazy("Version"),
    "tag": gettext_lazy("Tag"),
    "team": gettext_lazy("Team"),
    "channel": gettext_lazy("Channel"),
    "sentiment": gettext_lazy("Sentiment (words read)"),
    "unhappy": gettext_lazy("Unhappy"),
    "rating": gettext_lazy("Rating"),
    "segment": gettext_lazy("Segment"),
    "organisation": gettext_lazy("Organisation"),
    "customer": gettext_lazy("Customer"),
    "language": gettext_lazy("Language"),
    "form": gettext_lazy("Form"),
    "import": gettext_lazy("Import"),
    "state": gettext_lazy("State"),
    "visibility": gettext_lazy("Open to"),
    "identity": gettext_lazy("Identity"),
    "since": gettext_lazy("From"),
    "until": gettext_lazy("To"),
}
CHOICES = {
    "channel": Channel,
    "sentiment": Sentiment,
    "state": FeedbackState,
    "visibility": Visibility,
    "identity": Identity,
}


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    name: str  # of the parameter
    without: BrowseFilter

    @property
    def query(self) -> str:
        """What is asked once this filter is dropped."""
        return self.without.to_query()


def chips(reader: User, wanted: BrowseFilter) -> list[Chip]:
    """Return the filters in force, in the order of the query. One query for each kind of row that is named.

    A customer or organisation goes by its name only where ``reader`` may open something it said.
    """
    shown = []
    for name in PARAMETERS:
        values = wanted.values_of(name)
        if not values or name in MODES:
            continue
        names = _names(reader, name, values)
        shown += [_chip(wanted, name, value, names.get(value, value)) for value in values]
    return shown


def _chip(wanted: BrowseFilter, name: str, value: str, words: str) -> Chip:
    if name == "context":
        label, _colon, words = value.partition(":")
    else:
        label = str(LABELS[name])
    return Chip(label=label, value=words, name=name, without=wanted.without(name, value))


def _names(reader: User, name: str, values: list[str]) -> dict[str, str]:
    if name in CHOICES:
        return {key: str(label) for key, label in CHOICES[name].choices}
    if name in ROWS:
        return ROWS[name](reader, values)
    if name in ("since", "until"):
        return {value: date_format(date.fromisoformat(value), "DATE_FORMAT") for value in values}
    return {"language": {UNSURE: _("unsure")}, "unhappy": {YES: _("yes")}}.get(name, {})


def _tags(_reader: User, slugs: list[str]) -> dict[str, str]:
    return {UNTAGGED: _("Untagged"), **dict(Tag.objects.filter(slug__in=slugs).values_list("slug", "name"))}


def _versions(_reader: User, keys: list[str]) -> dict[str, str]:
    rows = ProductVersion.objects.filter(pk__in=keys).select_related("product")
    return {str(row.pk): f"{row.product} {row}" for row in rows}


def _organisations(reader: User, keys: list[str]) -> dict[str, str]:
    said = selectors.readable_feedback(reader).filter(customer__organisation=OuterRef("pk"))
    return _by_key(Organisation.objects.filter(Exists(said), pk__in=keys))


def _customers(reader: User, keys: list[str]) -> dict[str, str]:
    said = selectors.readable_feedback(reader).filter(
        Q(customer=OuterRef("pk")) | Q(customer__merged_into=OuterRef("pk"))
    )
    return _by_key(Customer.objects.filter(Exists(said), pk__in=keys))


def _by_key(rows: Iterable[Organisation | Customer]) -> dict[str, str]:
    return {str(row.pk): str(row) for row in rows}


ROWS: dict[str, Callable[[User, list[str]], dict[str, str]]] = {
    "product": lambda _reader, slugs: dict(Product.objects.filter(slug__in=slugs).values_list("slug", "name")),
    "team": lambda _reader, slugs: dict(Team.objects.filter(slug__in=slugs).values_list("slug", "name")),
    "segment": lambda _reader, slugs: dict(Segment.objects.filter(slug__in=slugs).values_list("slug", "name")),
    "form": lambda _reader, slugs: dict(Form.objects.filter(slug__in=slugs).values_list("slug", "title")),
    "version": _versions,
    "tag": _tags,
    "organisation": _organisations,
    "customer": _customers,
}
