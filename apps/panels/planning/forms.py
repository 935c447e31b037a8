"""What people say of sessions, dates, invitations and incentives: cleaned here, saved by the services."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role, Team, User
from apps.accounts.permissions import Permission, roles_in, teams_where
from apps.accounts.profile import time_zones
from apps.catalog.models import Product, Visibility
from apps.feedback.models import Form
from apps.panels.models import Cycle, Panel, ResearchSession, SessionKind, StaffRole, Study
from apps.panels.planning import money
from apps.panels.planning.local_times import Instant, instant, warning_of_twice, zone_named
from apps.panels.planning.participants import REASON_CHARACTERS
from apps.panels.planning.templates_of_kinds import template_of

AGENDA_LINE = re.compile(r"^(?:(\d{1,4})(?: ?(?:min|minutes|Min|Minuten)\b\.?)?(?: ?[:|,-])? )?(\S.*)$")
LINES, LINE_CHARACTERS = 60, 300


def date_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def time_widget() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class WhenForm(forms.Form):
    """A date, a time on the clocks of one place, and a length; ``span`` once it is clean."""

    day = forms.DateField(label=_("Day"), widget=date_widget())
    at = forms.TimeField(label=_("Time"), widget=time_widget())
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=20_160)
    warning = ""  # that the time comes twice that night

    def __init__(self, *args: Any, zone: ZoneInfo | None = None, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.span: tuple[datetime, datetime] | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._read_span(cleaned, self.zone)
        return cleaned

    def _read_span(self, cleaned: dict[str, Any], zone: ZoneInfo | None) -> None:
        day, at, minutes = (cleaned.get(name) for name in ("day", "at", "minutes"))
        if not (day and at and minutes and zone):
            return
        try:
            start: Instant = instant(day, at, zone)
            self.span = (start.at, start.at + timedelta(minutes=minutes))
        except ValidationError as error:
            self.add_error("at", error)
        except OverflowError:
            self.add_error("day", _("That date is too far away."))
        else:
            self.warning = warning_of_twice(day, at, zone) if start.is_twice else ""


class SessionForm(WhenForm):
    """A whole session; without a day it gets its date later."""

    field_order = (
        "title", "purpose", "product", "panel", "day", "at", "minutes", "time_zone", "place", "agenda", "questions",
        "capacity", "observer_seats", "visibility", "study", "new_study", "cycle", "wants_recording", "budget",
        "currency", "follow_up_form",
    )  # fmt: skip

    title = forms.CharField(label=_("Title"), max_length=160, help_text=_("Customers see it in their calendar."))
    purpose = forms.CharField(
        label=_("What it is for"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands in the invitation."),
    )
    product = forms.ModelChoiceField(Product.objects.none(), label=_("Product"), required=False, empty_label=_("None"))
    panel = forms.ModelChoiceField(Panel.objects.none(), label=_("Panel"), required=False, empty_label=_("None"))
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Of the day and time here. Everybody sees it beside their own.")
    )
    place = forms.CharField(
        label=_("Where"),
        max_length=300,
        required=False,
        help_text=_("An address, or the link to the call. Only those who come see it."),
    )
    agenda = forms.CharField(
        label=_("Agenda"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("A line for each point, minutes first: “10 Welcome”."),
    )
    questions = forms.CharField(
        label=_("Questions"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("A line for each, in the order in which you ask them. Customers do not see them."),
    )
    capacity = forms.IntegerField(
        label=_("Customers"), min_value=1, max_value=500, help_text=_("Who accepts later waits for a place.")
    )
    observer_seats = forms.IntegerField(label=_("Observers' seats"), min_value=0, max_value=500)
    visibility = forms.ChoiceField(label=_("Who may open it"), choices=Visibility.choices)
    study = forms.ModelChoiceField(
        Study.objects.none(),
        label=_("Study"),
        required=False,
        empty_label=_("None"),
        help_text=_("Sessions of one study share tasks and problems."),
    )
    new_study = forms.CharField(label=_("Or a new study"), max_length=160, required=False)
    cycle = forms.ModelChoiceField(Cycle.objects.none(), label=_("Cycle"), required=False, empty_label=_("None"))
    wants_recording = forms.BooleanField(
        label=_("We would like to record it"),
        required=False,
        help_text=_("Each customer is asked, and one who says no is enough for none."),
    )
    budget = forms.DecimalField(
        label=_("Budget for incentives"), required=False, min_value=0, max_value=money.LARGEST, decimal_places=3
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in money.DIGITS])
    follow_up_form = forms.ModelChoiceField(
        Form.objects.none(), label=_("Form to send afterwards"), required=False, empty_label=_("None")
    )

    def __init__(
        self, *args: Any, user: User, team: Team, kind: str, session: ResearchSession | None = None, **kwargs: Any
    ) -> None:  # Any: a request's POST, handed on as it came
        self._kind = kind
        initial = _of_session(session) if session else _of_template(kind, user)
        super().__init__(*args, **{"initial": initial | kwargs.pop("initial", {}), **kwargs})
        self.fields["day"].required = self.fields["at"].required = False
        self.fields["day"].help_text = _("Leave it empty to look for a date with everybody.")
        self._offer(user, team, session)

    def _offer(self, user: User, team: Team, session: ResearchSession | None) -> None:
        """Offer what is the team's, and circles of readers that the person belongs to."""
        offered: dict[str, Any] = {
            "product": Product.objects.filter(archived_at=None),
            "panel": Panel.objects.filter(team=team),
            "study": Study.objects.filter(team=team),
            "cycle": Cycle.objects.filter(team=team),
            "follow_up_form": Form.objects.order_by("title"),
        }
        for name, rows in offered.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]  # all are ModelChoiceFields
            if not rows.exists():
                del self.fields[name]
        zones = [(name, name.replace("_", " ")) for name in time_zones()]
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]  # a ChoiceField
        if not (user.is_superuser or Role.ADMINISTRATOR in roles_in(user, team=team)):
            circles = [one for one in Visibility.choices if one[0] != Visibility.RESTRICTED]
            self.fields["visibility"].choices = circles  # type: ignore[attr-defined]  # likewise

    def clean_agenda(self) -> list[dict[str, str | int]]:
        rows: list[dict[str, str | int]] = []
        for line in _lines(self.cleaned_data["agenda"]):
            found = AGENDA_LINE.match(line)
            if found:
                rows.append({"title": found[2], "minutes": int(found[1] or 0)})
        return rows

    def clean_questions(self) -> list[str]:
        return _lines(self.cleaned_data["questions"])

    def clean(self) -> dict[str, Any]:
        self.zone = zone_named(self.cleaned_data.get("time_zone", ""))
        cleaned = super().clean()
        if bool(cleaned.get("day")) != bool(cleaned.get("at")) and not self.errors:
            self.add_error("at", _("Give both the day and the time, or neither."))
        return cleaned

    def details(self) -> dict[str, Any]:  # Any: values of sessions.Details
        """Return what the services take; a new study is made by them, by its name."""
        cleaned = self.cleaned_data
        starts_at, ends_at = self.span or (None, None)
        names = (
            "title", "purpose", "product", "panel", "study", "cycle", "agenda", "questions", "visibility", "time_zone",
            "place", "capacity", "observer_seats", "wants_recording", "currency", "follow_up_form",
        )  # fmt: skip
        found = {name: cleaned[name] for name in names if name in self.fields}
        budget = money.to_minor(cleaned.get("budget") or Decimal(0), cleaned["currency"])
        return {**found, "starts_at": starts_at, "ends_at": ends_at, "budget_minor": budget}


def _of_session(session: ResearchSession) -> dict[str, Any]:  # Any: values of any field
    names = (
        "title", "purpose", "product", "panel", "study", "cycle", "visibility", "time_zone", "place", "capacity",
        "observer_seats", "wants_recording", "currency", "follow_up_form",
    )  # fmt: skip
    found = {name: getattr(session, name) for name in names}
    agenda = "\n".join(f"{row['minutes']} {row['title']}" if row["minutes"] else row["title"] for row in session.agenda)
    found |= {"agenda": agenda, "questions": "\n".join(session.questions)}
    found |= {"budget": money.from_minor(session.budget_minor, session.currency) or None}
    found["minutes"] = template_of(session.kind).minutes
    if session.starts_at and session.ends_at:
        start = session.starts_at.astimezone(zone_named(session.time_zone) or UTC)
        minutes = round((session.ends_at - session.starts_at).total_seconds() / 60)
        found |= {"day": start.date(), "at": start.time(), "minutes": minutes}
    return found


def _of_template(kind: str, user: User) -> dict[str, Any]:  # Any: values of any field
    made = template_of(kind)
    return {
        "purpose": str(made.purpose),
        "agenda": "\n".join(f"{row['minutes']} {row['title']}" for row in made.agenda_rows()),
        "questions": "\n".join(str(question) for question in made.questions),
        "minutes": made.minutes,
        "capacity": made.capacity,
        "observer_seats": made.observer_seats,
        "wants_recording": made.wants_recording,
        "time_zone": user.time_zone or timezone.get_default_timezone_name(),
        "visibility": Visibility.EVERYONE,
        "currency": "EUR",
    }


def _lines(text: str) -> list[str]:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > LINES:
        raise ValidationError(_("At most %(count)s lines."), params={"count": LINES})
    if any(len(line) > LINE_CHARACTERS for line in lines):
        raise ValidationError(_("At most %(count)s characters a line."), params={"count": LINE_CHARACTERS})
    return lines


class BeginForm(forms.Form):
    """Of which team a new session is, and of which kind."""

    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), to_field_name="slug")
    kind = forms.ChoiceField(label=_("Kind"), choices=SessionKind.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        teams = teams_where(user, Permission.RUN_RESEARCH)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a ModelChoiceField


class StaffForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label=_("Colleague"))
    role = forms.ChoiceField(label=_("Role"), choices=StaffRole.choices)

    def __init__(self, *args: Any, session: ResearchSession, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).order_by("name", "email")
        self.fields["user"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField


class MaterialForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    url = forms.URLField(label=_("Link"), max_length=500, required=False, assume_scheme="https")
    text = forms.CharField(
        label=_("Or words"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean_url(self) -> str:
        return _web_address(self.cleaned_data["url"])


class RecordingForm(forms.Form):
    """Where a recording lies; we keep the link alone."""

    title = forms.CharField(label=_("Title"), max_length=160)
    url = forms.URLField(label=_("Link"), max_length=500, assume_scheme="https")

    def clean_url(self) -> str:
        return _web_address(self.cleaned_data["url"])


class IncentiveForm(forms.Form):
    participant = forms.IntegerField(widget=forms.HiddenInput)
    amount = forms.DecimalField(label=_("Amount"), max_value=money.LARGEST, decimal_places=3)
    kind = forms.CharField(label=_("What it is"), max_length=80, required=False, help_text=_("A voucher, a licence …"))


class InviteForm(forms.Form):
    """Whom to invite; the boxes themselves are the page's."""

    customer = forms.TypedMultipleChoiceField(coerce=int, choices=[])
    override_reason = forms.CharField(
        label=_("Why they are asked again so soon"),
        max_length=300,
        required=False,
        help_text=_("Kept with the contact."),
    )

    def __init__(self, *args: Any, offered: list[int], **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self.fields["customer"].choices = [(one, one) for one in offered]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why a customer does not come; nothing is asked of them."""

    reason = forms.CharField(max_length=REASON_CHARACTERS, required=False)


def _web_address(url: str) -> str:
    if url and not url.lower().startswith(("https://", "http://")):
        raise ValidationError(_("A link begins with https:// or http://."))
    return url
