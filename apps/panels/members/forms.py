"""What people say of panels, invitations, votes and materials: cleaned here, saved by services."""

from django import forms
from django.core.validators import URLValidator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, teams_where
from apps.catalog.models import Product
from apps.feedback.models import Form
from apps.panels.models import Panel, SeatKind

FIELDS = (
    "name", "team", "mission", "product", "charter", "criteria", "seat_count", "alternate_count", "term_months",
    "chair", "sponsor", "onboarding_form",
)  # fmt: skip
REASON_CHARACTERS = 300


class PanelForm(forms.Form):
    """A panel of one of the teams in which the person runs research."""

    name = forms.CharField(max_length=120, label=gettext_lazy("Name"), help_text=gettext_lazy("As its members see it."))
    mission = forms.CharField(
        max_length=400,
        required=False,
        label=gettext_lazy("Mission"),
        help_text=gettext_lazy("One sentence: what this panel is for."),
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=gettext_lazy("Team"), empty_label=None)
    product = forms.ModelChoiceField(
        Product.objects.none(),
        required=False,
        label=gettext_lazy("Product"),
        empty_label=gettext_lazy("The team's work as a whole"),
    )
    charter = forms.CharField(
        max_length=20_000,
        required=False,
        label=gettext_lazy("Charter"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "What members and you promise each other: how often you meet, what they hear of first, what stays between"
            " you. It is read before the invitation is accepted."
        ),
    )
    criteria = forms.CharField(
        max_length=2_000,
        required=False,
        label=gettext_lazy("Who belongs in it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For staff: members do not see it."),
    )
    seat_count = forms.IntegerField(min_value=1, max_value=500, initial=12, label=gettext_lazy("Seats"))
    alternate_count = forms.IntegerField(min_value=0, max_value=500, initial=3, label=gettext_lazy("Alternates"))
    term_months = forms.IntegerField(min_value=1, max_value=120, initial=12, label=gettext_lazy("Term in months"))
    chair = forms.ModelChoiceField(
        User.objects.none(), required=False, label=gettext_lazy("Chair"), empty_label=gettext_lazy("Nobody yet")
    )
    sponsor = forms.ModelChoiceField(
        User.objects.none(), required=False, label=gettext_lazy("Sponsor"), empty_label=gettext_lazy("Nobody yet")
    )
    onboarding_form = forms.ModelChoiceField(
        Form.objects.none(),
        required=False,
        label=gettext_lazy("Onboarding form"),
        empty_label=gettext_lazy("None"),
        help_text=gettext_lazy("New members are asked to fill it in, each by a link of their own."),
    )

    def __init__(self, *args: object, user: User, panel: Panel | None = None, **kwargs: object) -> None:
        initial = {name: getattr(panel, name) for name in FIELDS} if panel else {}
        super().__init__(*args, **{"initial": initial, **kwargs})  # type: ignore[arg-type]  # handed on as they came
        teams = teams_where(user, Permission.RUN_RESEARCH)
        staff = _staff(panel)
        choices = {
            "team": teams,
            "product": Product.objects.filter(Q(archived_at=None) | Q(pk=panel.product_id if panel else None)),
            "chair": staff,
            "sponsor": staff,
            "onboarding_form": Form.objects.filter(is_anonymous=False, current__isnull=False),
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a ModelChoiceField


def _staff(panel: Panel | None) -> QuerySet[User]:
    named = [pk for pk in (panel.chair_id, panel.sponsor_id) if pk] if panel else []
    return User.objects.filter(Q(is_active=True) | Q(pk__in=named)).order_by("name", "email")


class InviteForm(forms.Form):
    """Whom to invite, as what, and why although they were asked lately."""

    customer = forms.TypedMultipleChoiceField(coerce=int, required=False)
    kind = forms.ChoiceField(
        choices=SeatKind.choices, initial=SeatKind.MEMBER, label=gettext_lazy("As"), widget=forms.RadioSelect
    )
    override_reason = forms.CharField(
        max_length=REASON_CHARACTERS,
        required=False,
        label=gettext_lazy("Why although they were asked lately"),
        help_text=gettext_lazy("Kept with the invitation, for everybody who looks after these customers."),
    )

    def __init__(self, *args: object, customer_ids: list[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["customer"].choices = [(pk, str(pk)) for pk in customer_ids]  # type: ignore[attr-defined]


class RenewForm(forms.Form):
    """A term's new last day."""

    until = forms.DateField(label=gettext_lazy("Until"))


class BallotForm(forms.Form):
    """A question with its choices, a line each."""

    question = forms.CharField(max_length=300, label=gettext_lazy("Question"))
    choices = forms.CharField(
        max_length=6_000,
        label=gettext_lazy("Choices"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("A line each."),
    )
    votes_each = forms.IntegerField(
        min_value=1,
        max_value=20,
        initial=1,
        label=gettext_lazy("Votes each"),
        help_text=gettext_lazy("How many choices one member may take."),
    )
    closes_at = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Open until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: until you close it."),
    )

    def clean_choices(self) -> list[str]:
        return str(self.cleaned_data["choices"]).splitlines()


class MaterialForm(forms.Form):
    """Something to read before: a link, or words."""

    title = forms.CharField(max_length=200, label=gettext_lazy("Title"))
    url = forms.URLField(
        max_length=500,
        required=False,
        label=gettext_lazy("Link"),
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
    )
    text = forms.CharField(
        max_length=20_000,
        required=False,
        label=gettext_lazy("Or the words themselves"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, object]:
        """Refuse something with nothing in it."""
        found = self.cleaned_data
        if "url" in found and not (found["url"] or found.get("text")):
            self.add_error("url", _("Give a link, or the words themselves."))
        return found
