"""The history of configuration and state: who changed what, when, before and after."""

from collections.abc import Iterator
from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest, wants_fragment
from apps.core.keyset import MAX_ID
from apps.core.models import Action, Change
from apps.core.spreadsheet import csv_line
from apps.workbench.downloads import stream_file
from apps.workbench.history import audit_entries
from apps.workbench.history.audit_entries import AuditEntry, AuditFilter, audit_page, matching_changes, parse_cursor
from apps.workbench.history.audit_words import KINDS

EXPORT_ROWS = 1000  # to a query
SANE_DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2200, 1, 1))]


class AuditFilterForm(forms.Form):
    """What the history is narrowed to. A field that cannot be understood is reported and left out."""

    person = forms.ModelChoiceField(
        User.objects.order_by("name", "email"),
        required=False,
        label=gettext_lazy("By whom"),
        empty_label=gettext_lazy("Anybody"),
    )
    kind = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Kind of thing"),
        choices=lambda: [("", _("Everything")), *sorted(KINDS.items(), key=lambda one: str(one[1]))],
    )
    action = forms.ChoiceField(
        required=False, label=gettext_lazy("What happened"), choices=[("", gettext_lazy("Anything")), *Action.choices]
    )
    since = forms.DateField(
        required=False, label=gettext_lazy("From"), validators=SANE_DAYS, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label=gettext_lazy("To"), validators=SANE_DAYS, widget=forms.DateInput(attrs={"type": "date"})
    )
    thing = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID, widget=forms.HiddenInput)

    def wanted(self) -> AuditFilter:
        """Return the filter that was asked for; what was not understood is left out."""
        self.is_valid()
        asked = self.cleaned_data
        return AuditFilter(
            person_id=asked["person"].pk if asked.get("person") else None,
            kind=asked.get("kind", ""),
            object_id=asked.get("thing") if asked.get("kind") else None,
            action=asked.get("action", ""),
            since=asked.get("since"),
            until=asked.get("until"),
        )


@require_safe
@require(Permission.VIEW_AUDIT)
def audit(request: AuthedRequest) -> HttpResponse:
    """The history, newest first: the page, or its rows when htmx filters."""
    form = AuditFilterForm(request.GET)
    wanted = form.wanted()
    cursor = parse_cursor(request.GET.get("cursor", ""))
    page = audit_page(matching_changes(wanted), cursor=cursor, limit=audit_entries.PAGE_ROWS)
    context = {
        "form": form,
        "wanted": wanted,
        "thing": audit_entries.thing_in_words(wanted.kind, wanted.object_id) if wanted.object_id else "",
        "kind_label": KINDS.get(wanted.kind, ""),
        "entries": page.entries,
        "has_filters": wanted != AuditFilter(),
        "query": _query(request.GET),
        "older_url": f"?{_query(request.GET, cursor=str(page.next_cursor))}" if page.next_cursor else "",
    }
    name = "_audit_rows.html" if wants_fragment(request) else "audit.html"
    response = render(request, f"workbench/{name}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@require(Permission.VIEW_AUDIT)
def export_audit(request: AuthedRequest) -> HttpResponseBase:
    """The same history as CSV, streamed: a line per changed field."""
    changes = matching_changes(AuditFilterForm(request.GET).wanted())
    file_name = f"audit-{timezone.localdate():%Y-%m-%d}.csv"
    return stream_file(request, _csv(changes), content_type="text/csv; charset=utf-8", file_name=file_name)


def _query(asked: QueryDict, **added: str) -> str:
    """Return the query string of the same filters, on another page."""
    query = asked.copy()
    query.pop("cursor", None)
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    for name, value in added.items():
        query[name] = value
    return query.urlencode()


def _csv(changes: QuerySet[Change]) -> Iterator[str]:
    """Yield lines; page by page, so that no cursor is held open while the caller reads."""
    head = [_("When"), _("Who"), _("From where"), _("What happened"), _("Kind of thing"), _("Number"), _("Thing")]
    yield "\ufeff" + csv_line([*head, _("Field"), _("Before"), _("After")])  # the mark tells spreadsheets UTF-8
    cursor = None
    while True:
        page = audit_page(changes, cursor=cursor, limit=EXPORT_ROWS)
        for entry in page.entries:
            yield from _lines(entry)
        cursor = page.next_cursor
        if cursor is None:
            return


def _lines(entry: AuditEntry) -> Iterator[str]:
    change = entry.change
    head = [
        timezone.localtime(change.at).isoformat(timespec="seconds"),
        str(entry.person or ""),
        change.via,
        change.get_action_display(),
        entry.kind_label,
        change.object_id,
        entry.thing,
    ]
    for field in entry.fields:
        yield csv_line([*head, field.label, field.before, field.after])
