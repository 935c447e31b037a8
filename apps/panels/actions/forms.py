"""What people say of an action: cleaned here, saved by ``panels.actions.services``."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Membership, Team, User
from apps.accounts.permissions import Permission, teams_where
from apps.panels.actions.services import ActionFields
from apps.panels.models import Action, ActionState, Panel, ResearchSession, Seat, SeatState
from apps.tagging.models import Tag

FIELDS = ("title", "team", "owner", "due_on", "tag", "panel", "session", "seat", "detail", "is_shown_to_members")
SESSIONS_OFFERED = 100


class ActionForm(forms.Form):
    """An action of one of the person's teams; what it is linked to has to fit that team.

    Members of its panel and its session read it, so both are of the person's teams too, or stay as they were.
    """

    title = forms.CharField(
        max_length=200,
        label=gettext_lazy("What will be done"),
        help_text=gettext_lazy("In a sentence that members understand, if they see it."),
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=gettext_lazy("Team"), empty_label=None)
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, label=gettext_lazy("Owner"), empty_label=gettext_lazy("Nobody yet")
    )
    due_on = forms.DateField(
        required=False,
        label=gettext_lazy("Due on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    tag = forms.ModelChoiceField(
        Tag.objects.none(), required=False, label=gettext_lazy("Priority"), empty_label=gettext_lazy("None")
    )
    panel = forms.ModelChoiceField(
        Panel.objects.none(), required=False, label=gettext_lazy("Panel"), empty_label=gettext_lazy("None")
    )
    session = forms.ModelChoiceField(
        ResearchSession.objects.none(),
        required=False,
        label=gettext_lazy("Session"),
        empty_label=gettext_lazy("None"),
    )
    seat = forms.ModelChoiceField(
        Seat.objects.none(),
        required=False,
        label=gettext_lazy("Taken on by a member"),
        empty_label=gettext_lazy("No, it is ours"),
    )
    detail = forms.CharField(
        max_length=4_000,
        required=False,
        label=gettext_lazy("Notes"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For staff: members do not see them."),
    )
    is_shown_to_members = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Members see it, with what came of it"),
        help_text=gettext_lazy("On the page of each member of the panel."),
    )

    def __init__(self, *args: object, user: User, action: Action | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        if action is not None:
            self.initial = {name: getattr(action, name) for name in FIELDS}
        teams = teams_where(user, Permission.JOIN_RESEARCH)
        if action is not None:
            teams = (teams | Team.objects.filter(pk=action.team_id)).distinct()
        panel = self.initial.get("panel")
        for name, queryset in _choices(teams, user, action, panel).items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["seat"].label_from_instance = lambda seat: str(seat.customer)  # type: ignore[attr-defined]  # likewise
        if not self.is_bound and "team" not in self.initial and teams.count() == 1:
            self.initial["team"] = teams.get()

    def clean(self) -> dict[str, object]:
        """Refuse an owner, a priority or a member of somewhere else."""
        found = self.cleaned_data
        team, owner, tag, seat = (found.get(name) for name in ("team", "owner", "tag", "seat"))
        if team and owner and not _is_of(owner, team):
            self.add_error("owner", _("%(name)s is not in that team.") % {"name": owner})
        if team and tag and tag.effective_team_id != team.pk:
            self.add_error("tag", _("That priority is another team's."))
        if seat and (found.get("panel") is None or seat.panel_id != found["panel"].pk):
            self.add_error("seat", _("That member is on another panel."))
        return found

    @property
    def fields_given(self) -> ActionFields:
        return ActionFields(**self.cleaned_data)


def _is_of(owner: User, team: Team) -> bool:
    """Tell whether ``owner`` may be given the team's things."""
    if owner.everywhere_role or owner.is_superuser:
        return True
    return Membership.objects.filter(team=team, user=owner).exists()


def _choices(
    teams: QuerySet[Team], user: User, action: Action | None, panel: object
) -> dict[str, QuerySet[Any]]:  # Any: rows of several tables
    members = Membership.objects.filter(team__in=teams).values("user")
    staff = User.objects.filter(Q(pk__in=members) | ~Q(everywhere_role="") | Q(pk=user.pk))
    visible = ResearchSession.objects.visible_to(user)
    newest = visible.filter(team__in=teams).order_by("-pk").values_list("pk", flat=True)[:SESSIONS_OFFERED]
    kept = [action.session_id] if action and action.session_id else []
    panel_id = action.panel_id if action else getattr(panel, "pk", None)
    seats = Seat.objects.filter(panel=panel_id, state=SeatState.ACCEPTED) if panel_id else Seat.objects.none()
    if action and action.seat_id:
        seats = seats | Seat.objects.filter(pk=action.seat_id)
    return {
        "team": teams,
        "owner": staff.filter(is_active=True).order_by("name", "email"),
        "tag": Tag.objects.filter(effective_team__in=teams).order_by("name"),
        "panel": Panel.objects.filter(Q(team__in=teams) | Q(pk=panel_id if action else None)),
        "session": visible.filter(pk__in=[*newest, *kept]).order_by("-starts_at", "-pk"),
        "seat": seats.select_related("customer"),
    }


class StateForm(forms.Form):
    """How far an action is; ``outcome`` only where it is said."""

    state = forms.ChoiceField(choices=ActionState.choices, label=gettext_lazy("State"))
    outcome = forms.CharField(
        max_length=2_000,
        required=False,
        label=gettext_lazy("What came of it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Members read this on their page: what happened with their input."),
    )

    def clean_state(self) -> ActionState:
        return ActionState(self.cleaned_data["state"])
