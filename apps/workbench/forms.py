"""What people ask of the feedback list and say of one feedback: cleaned here, saved by services."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext, gettext_lazy

from apps.accounts.models import Team
from apps.feedback.models import Channel, FeedbackState
from apps.insight.models import Sentiment
from apps.workbench.models import NAME_CHARACTERS, QUERY_CHARACTERS, Scope

UNTAGGED = "untagged"
ANY = [("", "Any")]
IMPORTANCES = [(0, "Not stated"), (1, "Matters"), (2, "Matters a lot"), (3, "Stops their work")]
SANE_DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2200, 1, 1))]


class FilterForm(forms.Form):
    """The filters of the feedback list. A field that cannot be understood is reported and left out."""

    q = forms.CharField(required=False, max_length=200, label="Search")
    product = forms.SlugField(required=False, max_length=80)
    tag = forms.SlugField(required=False, max_length=100)
    sentiment = forms.ChoiceField(required=False, choices=[*ANY, *Sentiment.choices])
    rating = forms.ChoiceField(required=False, choices=[*ANY, *((str(n), str(n)) for n in range(1, 6))])
    channel = forms.ChoiceField(required=False, choices=[*ANY, *Channel.choices])
    state = forms.ChoiceField(required=False, choices=FeedbackState.choices)
    since = forms.DateField(required=False, validators=SANE_DAYS)
    until = forms.DateField(required=False, validators=SANE_DAYS)
    cursor = forms.CharField(required=False, max_length=40)


class TagForm(forms.Form):
    """A person's statement that a tag fits: typed (path or unmistakable name), or by a button (slug)."""

    tag = forms.CharField(required=False, max_length=400)
    slug = forms.SlugField(required=False, max_length=100)
    importance = forms.IntegerField(required=False, min_value=0, max_value=3, widget=forms.Select(choices=IMPORTANCES))
    is_against = forms.BooleanField(required=False)

    def clean_importance(self) -> int:
        return self.cleaned_data["importance"] or 0


class ModerationForm(forms.Form):
    action = forms.ChoiceField(
        choices=[
            ("hold", "Hold"),
            ("release", "Release"),
            ("spam", "Spam"),
            ("restore", "Not spam"),
            ("withdraw", "Withdraw"),
        ]
    )
    is_sure = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:  # Any: Django's type of cleaned_data
        """Withdrawing cannot be undone, so it wants the tick."""
        cleaned = super().clean() or {}
        if cleaned.get("action") == "withdraw" and not cleaned.get("is_sure"):
            self.add_error("is_sure", "Tick the box to confirm: withdrawing cannot be undone.")
        return cleaned


class ErasureForm(forms.Form):
    """Erasing cannot be undone, so it wants the tick."""

    is_sure = forms.BooleanField(error_messages={"required": "Tick the box to confirm: erasing cannot be undone."})
    withdraws_feedback = forms.BooleanField(required=False)


class NoteForm(forms.Form):
    """A note among staff; its length and blankness are the service's to judge."""

    text = forms.CharField(required=False, strip=False)


def share_choices(teams: Iterable[Team]) -> list[tuple[str, str]]:
    """Return (value, label) of whom a view may be shared with by a person of ``teams``."""
    labels = [(f"team-{team.pk}", gettext("Team %(team)s") % {"team": team}) for team in teams]
    personal, everyone = Scope.PERSONAL, Scope.EVERYONE
    return [(personal.value, str(personal.label)), *labels, (everyone.value, str(everyone.label))]


class SavedViewForm(forms.Form):
    """A view's name and who sees it: ``share`` is a scope, or "team-<id>" of one of the person's teams."""

    name = forms.CharField(max_length=NAME_CHARACTERS, label=gettext_lazy("Name"))
    share = forms.ChoiceField(label=gettext_lazy("Who sees it"), required=False)

    def __init__(self, *args: Any, teams: Iterable[Team], **kwargs: Any) -> None:  # Any: the base class's own
        super().__init__(*args, **kwargs)
        self.teams = {f"team-{team.pk}": team for team in teams}
        cast("forms.ChoiceField", self.fields["share"]).choices = share_choices(self.teams.values())

    @property
    def circle(self) -> "Shared":
        """What the services call it; of a valid form."""
        share = self.cleaned_data["share"] or Scope.PERSONAL
        team = self.teams.get(share)
        return {"scope": Scope.TEAM if team else share, "team": team}


class Shared(TypedDict):
    scope: str
    team: Team | None


class SaveViewForm(SavedViewForm):
    """A new view: what the room shows right now."""

    query = forms.CharField(required=False, max_length=4 * QUERY_CHARACTERS, widget=forms.HiddenInput)
