"""What a dashboard may be asked for in its address."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.dashboard.period import DEFAULT_DAYS, LONGEST_DAYS, PERIOD_DAYS, Comparison, Period, default_period
from apps.priorities.spans import Span, last_days

COMPARISONS = [
    (Comparison.PREVIOUS.value, gettext_lazy("the days before")),
    (Comparison.YEAR.value, gettext_lazy("the same days last year")),
    (Comparison.NONE.value, gettext_lazy("nothing")),
]

EARLIEST = date(1900, 1, 1)  # what is compared lies before the first day, and years have to go on for that


class PeriodForm(forms.Form):
    """A number of days that end today, or a first and a last day; and what to compare them with."""

    period = forms.TypedChoiceField(
        choices=[(str(days), str(days)) for days in PERIOD_DAYS], coerce=int, empty_value=None, required=False
    )
    since = forms.DateField(required=False, label=gettext_lazy("From"))
    until = forms.DateField(required=False, label=gettext_lazy("To"))
    compare = forms.ChoiceField(choices=COMPARISONS, required=False, label=gettext_lazy("Compared with"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:  # Any: as the base class takes them
        super().__init__(*args, **kwargs)
        self.today = today
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date", "max": today.isoformat()})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if bool(since) != bool(until) and not self.errors:
            raise ValidationError(_("Give both a first and a last day."))
        if since and until:
            self._check_days(since, until)
        return cleaned

    def _check_days(self, since: date, until: date) -> None:
        if since < EARLIEST:
            raise ValidationError(_("The first day lies too far back. Choose a later one."))
        if until < since:
            raise ValidationError(_("The last day comes before the first one. Swap them."))
        if until > self.today:
            raise ValidationError(_("The last day lies in the future. Choose today or an earlier day."))
        if (until - since).days >= LONGEST_DAYS:
            raise ValidationError(_("That is more than five years. Choose a shorter time."))

    def chosen(self) -> Period:
        """Return the period asked for; the default one where what was asked makes no sense."""
        if not self.is_valid():
            return default_period(self.today)
        asked = self.cleaned_data
        comparison = Comparison(asked["compare"] or Comparison.PREVIOUS)
        if asked["since"]:
            return Period(Span(asked["since"], asked["until"]), comparison, None)
        days = asked["period"] or DEFAULT_DAYS
        return Period(last_days(days, until=self.today), comparison, days)
