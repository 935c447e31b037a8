"""The command palette: what somebody may jump to or do, found by a few letters. Nothing is written here.

Every group reads with one query and shows what its own page would show this person; none of them reads feedback.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple, TypeVar

from django.contrib.auth.decorators import login_required
from django.db.models import Model, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from apps.accounts.models import Team, Theme, User
from apps.accounts.permissions import Permission, may
from apps.accounts.selectors import teams_of
from apps.catalog.models import Product
from apps.core.http import AuthedRequest, wants_fragment
from apps.customers.models import Customer, Organisation
from apps.tagging.models import Tag
from apps.workbench.room.saved_views import visible_views

PER_GROUP = 6
QUERY_LENGTH = 100  # characters; the rest is not read
CUSTOMER_LETTERS = 2  # fewer would list everybody


Row = TypeVar("Row", bound=Model)


class Entry(NamedTuple):
    text: str
    url: str
    icon_name: str
    detail: str = ""
    fields: tuple[tuple[str, str], ...] = ()  # posted to ``url`` rather than opened


class Group(NamedTuple):
    title: str
    entries: list[Entry]


class Place(NamedTuple):
    view_name: str
    icon_name: str
    text: str | Promise
    permission: Permission | None = None


PLACES = [
    Place("dashboard:home", "house", gettext_lazy("Home")),
    Place("workbench:feedback-list", "message-square-text", gettext_lazy("Feedback"), Permission.READ_FEEDBACK),
    Place("dashboard:overview", "layout-dashboard", gettext_lazy("All teams"), Permission.READ_FEEDBACK),
    Place("tagging:tag-tree", "tags", gettext_lazy("Tags"), Permission.READ_FEEDBACK),
    Place("workbench:customer-list", "contact", gettext_lazy("Customers"), Permission.MANAGE_CUSTOMERS),
    Place("workbench:organisation-list", "building-2", gettext_lazy("Organisations"), Permission.MANAGE_CUSTOMERS),
    Place("dialogue:notifications", "bell", gettext_lazy("Notifications")),
    Place("workbench:form-list", "send", gettext_lazy("Forms"), Permission.READ_FEEDBACK),
    Place("workbench:record-feedback", "quote", gettext_lazy("Record what a customer said"), Permission.WRITE_NOTE),
    Place("workbench:import-list", "upload", gettext_lazy("Imports"), Permission.IMPORT_FEEDBACK),
    Place("workbench:new-import", "upload", gettext_lazy("Import a file"), Permission.IMPORT_FEEDBACK),
    Place("integrations:overview", "plug", gettext_lazy("Mail and webhooks in"), Permission.MANAGE_INTEGRATIONS),
    Place("workbench:product-list", "flask-conical", gettext_lazy("Products"), Permission.MANAGE_CATALOG),
    Place("workbench:segment-list", "layers", gettext_lazy("Segments"), Permission.MANAGE_CUSTOMERS),
    Place("tagging:create-tag", "plus", gettext_lazy("Make a tag"), Permission.MANAGE_TAXONOMY),
    Place("workbench:create-form", "plus", gettext_lazy("Make a form"), Permission.MANAGE_FORMS),
    Place("workbench:create-product", "plus", gettext_lazy("Make a product"), Permission.MANAGE_CATALOG),
    Place("people:invite", "user-plus", gettext_lazy("Invite a person"), Permission.MANAGE_PEOPLE),
    Place("people:list", "users", gettext_lazy("People"), Permission.MANAGE_PEOPLE),
    Place("people:team-list", "user-cog", gettext_lazy("Teams"), Permission.MANAGE_PEOPLE),
    Place("people:access", "shield-check", gettext_lazy("Access"), Permission.MANAGE_ACCOUNTS),
    Place("people:api-keys", "key-round", gettext_lazy("API keys"), Permission.MANAGE_API_KEYS),
    Place("workbench:audit", "history", gettext_lazy("Audit"), Permission.VIEW_AUDIT),
    Place("dialogue:outbox", "mail", gettext_lazy("Mail outbox"), Permission.VIEW_MAIL),
    Place("account_profile", "user", gettext_lazy("Your profile")),
    Place("account_sessions", "monitor", gettext_lazy("Your sessions")),
    Place("mfa_index", "fingerprint", gettext_lazy("Two-factor sign-in")),
    Place("dialogue:preferences", "settings", gettext_lazy("Notification settings")),
    Place("account_change_password", "lock", gettext_lazy("Change your password")),
    Place("dashboard:styleguide", "layers", gettext_lazy("Style guide")),
]


@require_safe
@login_required
@vary_on_headers("HX-Request")
def palette(request: AuthedRequest) -> HttpResponse:
    """What matches ``?q=``: a search page, or its results for the dialog."""
    query = request.GET.get("q", "").strip()[:QUERY_LENGTH]
    context = {"query": query, "groups": matches(request.user, query)}
    template = "_palette_results.html" if wants_fragment(request) else "palette.html"
    return render(request, f"dashboard/{template}", context)


def matches(user: User, query: str) -> list[Group]:
    """Return what ``user`` may open that holds every word of ``query``, by group; some of it for no word."""
    words = query.casefold().split()
    may_read = may(user, Permission.READ_FEEDBACK)
    finders: list[Finder] = [_pages, *([_queues, _dashboards] if may_read else []), _actions]
    if may_read and words:
        finders += [_views, _tags, _products]
    if may(user, Permission.MANAGE_CUSTOMERS) and len(query) >= CUSTOMER_LETTERS:
        finders += [_customers, _organisations]
    groups = (finder(user, words) for finder in finders)
    found = [Group(group.title, list(islice(group.entries, PER_GROUP))) for group in groups]
    searched = [_search_entry(query)] if may_read and words else []
    return [group for group in found if group.entries] + [Group(_("Search"), searched)] * bool(searched)


Finder = Callable[[User, list[str]], Group]


def _pages(user: User, words: list[str]) -> Group:
    allowed = (place for place in PLACES if place.permission is None or may(user, place.permission))
    entries = (_entry(str(place.text), place.icon_name, place.view_name) for place in allowed)
    return Group(_("Pages"), [entry for entry in entries if _holds(entry.text, words)])


def _actions(user: User, words: list[str]) -> Group:
    """Return what can be done from anywhere: for now, the theme."""
    wanted = {
        Theme.DARK: (_("Switch to dark"), "moon"),
        Theme.LIGHT: (_("Switch to light"), "sun"),
        Theme.SYSTEM: (_("Light or dark as the system"), "monitor"),
    }
    entries = [
        _entry(text, icon_name, "account_theme")._replace(fields=(("theme", theme.value),))
        for theme, (text, icon_name) in wanted.items()
        if theme != user.theme
    ]
    return Group(_("Actions"), [entry for entry in entries if _holds(entry.text, words)])


def _queues(user: User, words: list[str]) -> Group:
    said = _("Queue of %(team)s")
    teams = _teams(user, words)
    return Group(_("Queues"), [_team_entry(team, said, "list-ordered", "priorities:team-queue") for team in teams])


def _dashboards(user: User, words: list[str]) -> Group:
    said = _("Dashboard of %(team)s")
    teams = _teams(user, words)
    return Group(_("Dashboards"), [_team_entry(team, said, "chart-line", "dashboard:team") for team in teams])


def _teams(user: User, words: list[str]) -> list[Team]:
    """Return the own teams, or, once something is typed, any that matches: every reader may open every queue."""
    if not words:
        return teams_of(user)
    return list(_named(Team.objects.all(), words))


def _team_entry(team: Team, said: str, icon_name: str, view_name: str) -> Entry:
    return _entry(said % {"team": team.name}, icon_name, view_name, slug=team.slug)


def _views(user: User, words: list[str]) -> Group:
    rows = _named(visible_views(user), words)
    return Group(
        _("Saved views"),
        [_entry(row.name, "bookmark", "workbench:open-view", "", row.pk) for row in rows],
    )


def _tags(user: User, words: list[str]) -> Group:
    rows = _named(Tag.objects.select_related("effective_team"), words)
    return Group(_("Priorities and tags"), [_tag_entry(tag) for tag in rows])


def _tag_entry(tag: Tag) -> Entry:
    """A tag that a team owns is a priority with a page of its own; others lead to what carries them."""
    if tag.effective_team is not None:
        return _entry(tag.name, "list-ordered", "priorities:priority", tag.effective_team.name, tag_slug=tag.slug)
    return _listed(tag.name, "tag", tag=tag.slug)


def _products(user: User, words: list[str]) -> Group:
    rows = _named(Product.objects.all(), words)
    return Group(_("Products"), [_listed(row.name, "flask-conical", product=row.slug) for row in rows])


def _customers(user: User, words: list[str]) -> Group:
    rows = _named(Customer.objects.filter(erased_at=None, merged_into=None).select_related("organisation"), words)
    return Group(
        _("Customers"),
        [_entry(row.name, "contact", "workbench:customer", str(row.organisation or ""), row.pk) for row in rows],
    )


def _organisations(user: User, words: list[str]) -> Group:
    rows = _named(Organisation.objects.all(), words)
    return Group(
        _("Organisations"),
        [_entry(row.name, "building-2", "workbench:organisation", "", row.pk) for row in rows],
    )


def _search_entry(query: str) -> Entry:
    url = f"{reverse('workbench:feedback-list')}?{urlencode({'q': query})}"
    return Entry(_("Search feedback for “%(query)s”") % {"query": query}, url, "search")


def _listed(text: str, icon_name: str, **parameters: str) -> Entry:
    url = f"{reverse('workbench:feedback-list')}?{urlencode(parameters)}"
    return Entry(text, url, icon_name, _("its feedback"))


def _entry(text: str, icon_name: str, view_name: str, detail: str = "", *args: object, **kwargs: object) -> Entry:
    return Entry(text, reverse(view_name, args=args, kwargs=kwargs or None), icon_name, detail)


def _holds(text: str, words: Iterable[str]) -> bool:
    """Tell whether each of ``words`` begins a word of ``text``: "hang" is not in "change"."""
    spoken = f" {text.casefold()}"
    return all(f" {word}" in spoken for word in words)


def _named(rows: QuerySet[Row], words: list[str]) -> QuerySet[Row]:
    """Return the first few whose name holds every word; those that begin with the first stand first."""
    for word in words:
        rows = rows.filter(name__icontains=word)
    place = [StrIndex(Lower("name"), Value(words[0]))] if words else []
    return rows.order_by(*place, "name")[:PER_GROUP]
