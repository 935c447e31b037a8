"""What people say of cycles, of research and of their time with customers: cleaned here, saved by services."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Team
from apps.panels.models import Cycle, PlannedResearch, SessionKind
from apps.panels.rhythm.cycles import NAME_CHARACTERS, NUMBER
from apps.tagging.models import Tag

MOST_CYCLES = 26
MOST_WEEKS = 26
MOST_DAYS = 366
MOST_GOAL_MINUTES = 10_000
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class DayField(forms.DateField):
    """A day between 2000 and 2100: what is beyond is a slip of the hand."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)], **kwargs)


class GoalsField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 5}), label=gettext_lazy("Goals")
        )


class CycleForm(forms.Form):
    """One cycle. The team is chosen only while it is made, among ``teams``."""

    team = forms.ModelChoiceField(Team.objects.none(), label=gettext_lazy("Team"))
    name = forms.CharField(max_length=NAME_CHARACTERS, label=gettext_lazy("Name"))
    starts_on = DayField(label=gettext_lazy("First day"))
    ends_on = DayField(label=gettext_lazy("Last day"))
    goals = GoalsField()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,  # Any: Django's own
        *,
        teams: QuerySet[Team] | None = None,
        cycle: Cycle | None = None,
        team: Team | None = None,
    ) -> None:
        names = ("name", "starts_on", "ends_on", "goals")
        initial = {name: getattr(cycle, name) for name in names} if cycle else {"team": team}
        super().__init__(data, initial=initial)
        if teams is None:
            del self.fields["team"]
        else:
            _offer(self.fields["team"], teams)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day is before the first."))
        if first and last and (last - first).days >= MOST_DAYS:
            self.add_error("ends_on", _("A cycle is at most a year long."))
        return cleaned


class SeriesForm(forms.Form):
    """Cycles of one length, one after the other."""

    team = forms.ModelChoiceField(Team.objects.none(), label=gettext_lazy("Team"))
    pattern = forms.CharField(
        max_length=NAME_CHARACTERS - 6,
        label=gettext_lazy("Names"),
        initial=gettext_lazy("Cycle {n}"),
        help_text=gettext_lazy("{n} stands for the number."),
    )
    first_number = forms.IntegerField(
        min_value=0, max_value=99_999, initial=1, label=gettext_lazy("Number of the first")
    )
    starts_on = DayField(label=gettext_lazy("First day"))
    weeks = forms.IntegerField(min_value=1, max_value=MOST_WEEKS, initial=6, label=gettext_lazy("Weeks each"))
    count = forms.IntegerField(min_value=1, max_value=MOST_CYCLES, initial=4, label=gettext_lazy("How many"))
    goals = GoalsField()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,  # Any: Django's own
        *,
        teams: QuerySet[Team],
        initial: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        _offer(self.fields["team"], teams)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("count") or 0) > 1 and NUMBER not in cleaned.get("pattern", NUMBER):
            told = _("Say with %(mark)s where the number goes, so that the names differ.")
            self.add_error("pattern", told % {"mark": NUMBER})
        return cleaned


def _offer(field: forms.Field, teams: QuerySet[Team]) -> None:
    """Let ``field`` choose among ``teams``; where there is one alone it is chosen."""
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = teams
    if len(teams) == 1:
        field.empty_label = None


class PlannedForm(forms.Form):
    """What a cycle wants to hear, by which kind of session; of a priority of the cycle's team, or of none."""

    question = forms.CharField(
        max_length=300,
        label=gettext_lazy("Question"),
        help_text=gettext_lazy("What do you want to know of customers?"),
    )
    kind = forms.ChoiceField(choices=SessionKind.choices, initial=SessionKind.INTERVIEW, label=gettext_lazy("Kind"))
    tag = forms.ModelChoiceField(
        Tag.objects.none(), required=False, label=gettext_lazy("Priority"), empty_label=gettext_lazy("None")
    )
    wanted_sessions = forms.IntegerField(min_value=1, max_value=200, initial=1, label=gettext_lazy("Sessions wanted"))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,  # Any: Django's own
        *,
        cycle: Cycle,
        planned: PlannedResearch | None = None,
    ) -> None:
        names = ("question", "kind", "tag", "wanted_sessions")
        super().__init__(data, initial={name: getattr(planned, name) for name in names} if planned else {})
        priorities = Tag.objects.filter(effective_team=cycle.team_id).order_by("name", "pk")
        self.fields["tag"].queryset = priorities  # type: ignore[attr-defined]  # a ModelChoiceField


class GoalForm(forms.Form):
    minutes = forms.IntegerField(min_value=1, max_value=MOST_GOAL_MINUTES, label=gettext_lazy("Minutes with customers"))
    days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, label=gettext_lazy("In how many days"))


class MinutesForm(forms.Form):
    minutes = forms.IntegerField(min_value=0, max_value=32_767, label=gettext_lazy("Minutes with customers"))
    reason = forms.CharField(
        max_length=200,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("Kept in the history, beside the minutes: joined later, had to leave."),
    )


def add_service_errors(form: forms.Form, error: ValidationError) -> None:
    """Show what a service refused at the fields it names, else at the top."""
    for name, messages in error.message_dict.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)
