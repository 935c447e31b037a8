"""The style guide: every shared piece of a page in its states, light beside dark, and how to include it."""

import re
from functools import cache
from typing import NamedTuple

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core.http import AuthedRequest

PANES = ("light", "dark")
COLOURS = [
    "bg",
    "surface",
    "raised",
    "sunken",
    "hover",
    "selected",
    "line",
    "line-control",
    "line-strong",
    "text",
    "quiet",
    "accent",
    "accent-strong",
    "accent-soft",
    "good",
    "good-soft",
    "bad",
    "bad-soft",
    "warn",
    "warn-soft",
    "neutral-soft",
    "mark",
    "chart-1",
    "chart-2",
    "chart-3",
    "chart-4",
    "chart-5",
    "chart-6",
    "chart-soft",
    "chart-good",
    "chart-bad",
    "chart-neutral",
]


class Section(NamedTuple):
    key: str  # of templates/dashboard/guide/_<key>.html
    title: str | Promise
    snippets: tuple[str, ...]


SECTIONS = [
    Section("colours", _("Colour and type"), ("color: var(--quiet); padding: var(--space-3);",)),
    Section(
        "buttons",
        _("Buttons"),
        (
            '<button type="submit" class="button button-primary">{% translate "Save" %}</button>',
            '<a class="button" href="{{ url }}">{% icon "plus" %}{% translate "New" %}</a>',
        ),
    ),
    Section(
        "forms",
        _("Forms"),
        (
            "{{ form }}",
            '{% include "components/_error_summary.html" %} {% include "components/_field.html" %}',
            '<form method="post" data-guard>',
        ),
    ),
    Section(
        "tables",
        _("Tables and figures"),
        (
            '{% sort_head _("Name") "name" %} {% sort_head _("Voices") "voices" is_number=True %}',
            '<dl class="figures">{% include "components/_stat.html" with label=… value=… change=0.12 %}</dl>',
            "{% trend change last previous %} {% mood milli %} {% rating value %}",
            "{% sparkline weeks %} {% meter share %}",
        ),
    ),
    Section(
        "marks",
        _("Badges, chips, people"),
        (
            '{% include "components/_badge.html" with text=… tone="good" icon_name="shield-check" %}',
            '{% include "components/_filter_chip.html" with label=… value=… remove_url=… %}',
            '{% avatar person %} {% avatar person "l" named=True %}',
        ),
    ),
    Section(
        "wayfinding",
        _("Finding the way"),
        (
            '{% crumbs _("People") people_url person.name %}',
            '{% include "components/_tabs.html" with label=… tabs=tabs %}',
            '{% include "components/_segmented.html" with label=… choices=choices %}',
            '{% include "components/_pager.html" with newer_url=… older_url=… %}',
        ),
    ),
    Section(
        "overlays",
        _("Menus, dialogs, confirmation"),
        (
            '{% menu _("More") "ellipsis" bare=True %}<a class="menu-item" href="…">…</a>{% endmenu %}',
            '<a class="button" href="{{ page_url }}" data-dialog="new-team">…</a>',
            '{% dialog "new-team" _("New team") %}…{% enddialog %}',
            '{% confirm _("Deactivate…") _("Deactivate Lena?") %}…{% endconfirm %}',
        ),
    ),
    Section(
        "messages",
        _("Messages and waiting"),
        (
            "say_done(request, text, undo=path)  # apps.core.toasts",
            "add_toast(response, text)  # in an answer to htmx",
            '{% include "components/_notice.html" with tone="warning" title=… text=… %}',
            '{% include "components/_empty.html" with icon_name=… title=… text=… action_url=… action_text=… %}',
            '{% include "components/_skeleton.html" with lines="xxx" %} {% progress 3 10 label %}',
        ),
    ),
    Section(
        "charts",
        _("Charts"),
        (
            '{% chart_frame "volume" _("Feedback per week") definition=… n=… %}…{% endchart_frame %}',
            '<div class="chart-plot">…</div><details class="chart-data"><summary>…</summary>…</details>',
        ),
    ),
    Section("icons", _("Icons and keys"), ('{% icon "house" %}', "<kbd>j</kbd>")),
]


class SampleForm(forms.Form):
    """A field of every kind."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As it shall show in the queue."))
    email = forms.EmailField(label=_("E-mail"))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("a", _("Interview")), ("b", _("Workshop"))])
    since = forms.DateField(label=_("Since"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    weight = forms.IntegerField(label=_("Weight"), min_value=0, max_value=100, required=False)
    scope = forms.ChoiceField(
        label=_("Who may read it"),
        choices=[("everyone", _("All staff")), ("team", _("The owning team"))],
        widget=forms.RadioSelect,
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=[("form", _("Form")), ("api", _("API")), ("mail", _("E-mail"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    file = forms.FileField(label=_("File"), required=False)
    is_kept = forms.BooleanField(label=_("Keep me signed in"), required=False)
    locked = forms.CharField(label=_("Cannot be changed"), disabled=True, initial=_("Set elsewhere"), required=False)


@require_safe
@login_required
def styleguide(request: AuthedRequest) -> HttpResponse:
    """Every section, each piece once in a light pane and once in a dark one."""
    context = {
        "sections": SECTIONS,
        "panes": [(pane, _sample(pane), _refused(pane)) for pane in PANES],
        "colours": COLOURS,
        "icons": icon_names(),
        "weeks": [2, 3, 3, 5, 4, 6, 8, 7, 9, 12, 11, 14],
        "few": [0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1],
        "tabs": _tabs(_("All"), _("Waiting"), _("Done")),
        "choices": _tabs(_("Week"), _("Month"), _("Year")),
    }
    return render(request, "dashboard/styleguide.html", context)


def _sample(pane: str) -> SampleForm:
    return SampleForm(prefix=pane, initial={"name": _("Stage drift"), "scope": "team", "channels": ["form"]})


def _refused(pane: str) -> SampleForm:
    """A form that was sent back, with its summary of errors."""
    prefix = f"{pane}-refused"
    sent = {f"{prefix}-email": "lena.haas", f"{prefix}-kind": "a", f"{prefix}-since": ""}
    return SampleForm(sent, prefix=prefix)


def _tabs(*texts: str | Promise) -> list[dict[str, object]]:
    counts = [24, 3, None]
    return [
        {"text": text, "url": "#wayfinding", "is_current": not index, "count": counts[index]}
        for index, text in enumerate(texts)
    ]


@cache
def icon_names() -> list[str]:
    """Return the names of every icon of the sprite."""
    sprite = (settings.BASE_DIR / "static" / "icons" / "sprite.svg").read_text()
    return sorted(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
