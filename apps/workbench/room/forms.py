"""What people ask of the feedback list and say of one feedback: cleaned here, saved by services."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext, gettext_lazy

from apps.accounts.models import Team
from apps.feedback.normalise import TEXT_LIMIT
from apps.tagging.spans import Span, find
from apps.workbench.models import NAME_CHARACTERS, QUERY_CHARACTERS, Scope

SANE_DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2200, 1, 1))]
QUOTED_CHARACTERS = 2_000  # of words to be found in the text
IMPORTANCES = [
    (0, gettext_lazy("Not stated")),
    (1, gettext_lazy("Matters")),
    (2, gettext_lazy("Matters a lot")),
    (3, gettext_lazy("Stops their work")),
]


class TagForm(forms.Form):
    """A person's statement that a tag fits: typed (path or unmistakable name), or by a button (slug).

    Of the whole, or of a part: by its characters where a script knows them, else by its words.
    """

    tag = forms.CharField(required=False, max_length=400)
    slug = forms.SlugField(required=False, max_length=100)
    importance = forms.IntegerField(required=False, min_value=0, max_value=3, widget=forms.Select(choices=IMPORTANCES))
    is_against = forms.BooleanField(required=False)
    quoted = forms.CharField(required=False, max_length=QUOTED_CHARACTERS)
    span_start = forms.IntegerField(required=False, min_value=0, max_value=TEXT_LIMIT)
    span_end = forms.IntegerField(required=False, min_value=0, max_value=TEXT_LIMIT)

    def clean_importance(self) -> int:
        return self.cleaned_data["importance"] or 0

    def span_in(self, text: str) -> Span | None:
        """Return the part of ``text`` that is meant, None for the whole. Raises DomainError. Of a valid form."""
        start, end = self.cleaned_data["span_start"], self.cleaned_data["span_end"]
        if start is not None and end is not None:
            return Span(start, end)
        return find(text, self.cleaned_data["quoted"]) if self.cleaned_data["quoted"] else None


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
            self.add_error("is_sure", gettext("Tick the box to confirm: withdrawing cannot be undone."))
        return cleaned


class ErasureForm(forms.Form):
    """Erasing cannot be undone, so it wants the tick."""

    is_sure = forms.BooleanField(
        error_messages={"required": gettext_lazy("Tick the box to confirm: erasing cannot be undone.")}
    )
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
