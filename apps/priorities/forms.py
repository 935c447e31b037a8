"""What people decide about a priority and how a team weighs its voices: cleaned here, saved by services."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, User
from apps.accounts.selectors import people_in
from apps.core.templatetags.ui import weight
from apps.customers.models import Segment
from apps.priorities.models import Counted, Effort, Policy, PriorityState

MOST_VOICES = 1000
MOST_ANONYMOUS = 100_000


class DecisionForm(forms.Form):
    """State, owner and the two factors after the subtotal. The owner is a member of the team."""

    state = forms.ChoiceField(choices=PriorityState.choices, label=_("State"))
    owner = forms.ModelChoiceField(User.objects.none(), required=False, label=_("Owner"), empty_label=_("Nobody yet"))
    alignment = forms.FloatField(
        min_value=0.1,
        max_value=3,
        widget=forms.NumberInput(attrs={"step": "0.1", "min": "0.1", "max": "3"}),
        label=_("Alignment"),
        help_text=_("How well it fits where the team is going: 1 is neutral, 0.1 to 3."),
    )
    effort = forms.ChoiceField(
        choices=Effort.choices,
        required=False,
        label=_("Effort"),
        help_text=_("Small lifts the score by a fifth, large lowers it."),
    )

    def __init__(self, *args: object, team: Team, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["owner"].queryset = people_in(team)  # type: ignore[attr-defined]  # a ModelChoiceField
        for name, field in self.fields.items():
            if self.is_bound and name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"


class WeightField(forms.FloatField):
    """A finite number of voices, from 0 to ``most``."""

    def __init__(self, *, most: float, **kwargs: Any) -> None:  # Any: handed on as they came
        kwargs.setdefault("widget", forms.NumberInput(attrs={"step": "any"}))
        super().__init__(min_value=0, max_value=most, **kwargs)


class PolicyForm(forms.Form):
    """How a team weighs its voices; a segment left blank has the weight it has everywhere."""

    half_life_days = forms.IntegerField(
        min_value=3,
        max_value=1826,
        label=_("Half-life in days"),
        help_text=_("After so many days a voice counts half."),
    )
    counted = forms.ChoiceField(choices=Counted.choices, label=_("Whose voices"), help_text=_("Each is one voice."))
    anonymous_weight = WeightField(
        most=10, label=_("Weight of anonymous feedback"), help_text=_("Of a voice, for each anonymous piece.")
    )
    anonymous_daily_cap = forms.IntegerField(
        min_value=0,
        max_value=MOST_ANONYMOUS,
        label=_("Anonymous a day"),
        help_text=_("At most so many a day and priority."),
    )
    unhappy_weight = WeightField(
        most=10, label=_("Unhappy"), help_text=_("Added to a voice whose last word was unhappy.")
    )
    importance_weight = WeightField(most=10, label=_("Importance"), help_text=_("Added for each step, 1 to 3."))
    against_weight = WeightField(
        most=1, label=_("Speaks against"), help_text=_("Taken off; 1 leaves nothing of the voice.")
    )
    repeat_weight = WeightField(most=10, label=_("Repeats"), help_text=_("Added when the same customer says it again."))
    min_voices = forms.IntegerField(
        min_value=1, max_value=MOST_VOICES, label=_("Fewest voices"), help_text=_("With fewer, listed without a rank.")
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, policy: Policy) -> None:  # Any: Django's own
        self._segments = list(Segment.objects.all())
        initial = {name: getattr(policy, name) for name in self.base_fields}
        for segment in self._segments:
            initial[_segment_field(segment)] = policy.segment_weights.get(str(segment.pk))
        super().__init__(data, initial=initial)
        for segment in self._segments:
            self.fields[_segment_field(segment)] = WeightField(
                most=100,
                required=False,
                label=segment.name,
                widget=forms.NumberInput(
                    attrs={"step": "any", "placeholder": _("Default: %(weight)s") % {"weight": weight(segment.weight)}}
                ),
            )

    @property
    def policy_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.base_fields]

    @property
    def segment_fields(self) -> list[forms.BoundField]:
        return [self[_segment_field(segment)] for segment in self._segments]

    @property
    def changes(self) -> dict[str, Any]:  # Any: as services.change_policy takes them
        """What differs from the policy in force."""
        changed = {name: self.cleaned_data[name] for name in self.base_fields if name in self.changed_data}
        if set(self.changed_data) - set(self.base_fields):
            weights = {str(one.pk): self.cleaned_data[_segment_field(one)] for one in self._segments}
            changed["segment_weights"] = {pk: weight for pk, weight in weights.items() if weight is not None}
        return changed

    def refuse(self, error: ValidationError) -> None:
        """Show what the service refused at the fields it names, else at the top."""
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)


def _segment_field(segment: Segment) -> str:
    return f"segment_{segment.pk}"
