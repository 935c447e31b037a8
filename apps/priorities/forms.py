"""What people decide about a priority: cleaned here, saved by services."""

from django import forms

from apps.accounts.models import Team, User
from apps.priorities.models import Effort, PriorityState


class DecisionForm(forms.Form):
    """State, owner and the two factors after the subtotal. The owner is a member of the team."""

    state = forms.ChoiceField(choices=PriorityState.choices)
    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody yet")
    alignment = forms.FloatField(
        min_value=0.1,
        max_value=3,
        widget=forms.NumberInput(attrs={"step": "0.1", "min": "0.1", "max": "3"}),
        help_text="How well it fits where the team is going: 1 is neutral, 0.1 to 3.",
    )
    effort = forms.ChoiceField(
        choices=Effort.choices, required=False, help_text="Small lifts the score by a fifth, large lowers it."
    )

    def __init__(self, *args: object, team: Team, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        members = User.objects.filter(memberships__team=team, is_active=True).order_by("name", "email")
        self.fields["owner"].queryset = members  # type: ignore[attr-defined]  # a ModelChoiceField
        for name, field in self.fields.items():
            if self.is_bound and name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"
