"""Forms of moderators. Rules are the services'; these read numbers and words."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.panels.models import Phase, Workshop
from apps.panels.workshops.services import IDEAS_EACH_MOST, MINUTES_MOST, QUESTION_CHARACTERS, VOTES_MOST


class WorkshopForm(forms.Form):
    question = forms.CharField(
        label=_("Question"),
        max_length=QUESTION_CHARACTERS,
        help_text=_("What everybody sees above their ideas: “What slows you down in the laboratory?”"),
    )
    ideas_each = forms.IntegerField(label=_("Ideas of one phone"), min_value=1, max_value=IDEAS_EACH_MOST, initial=30)
    votes_each = forms.IntegerField(label=_("Votes of one phone"), min_value=1, max_value=VOTES_MOST, initial=3)
    votes_per_idea = forms.IntegerField(
        label=_("Votes of one phone on the same idea"), min_value=1, max_value=VOTES_MOST, initial=3
    )

    @classmethod
    def of(cls, workshop: Workshop) -> "WorkshopForm":
        return cls(initial={name: getattr(workshop, name) for name in cls.base_fields})


class PhaseForm(forms.Form):
    phase = forms.ChoiceField(choices=Phase.choices)
    minutes = forms.IntegerField(required=False, min_value=1, max_value=MINUTES_MOST)


def read_ids(values: Iterable[str]) -> list[int]:
    """Return the numbers among ``values``; whatever is none was not sent by the page and is left out."""
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) <= 18]
