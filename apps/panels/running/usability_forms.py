"""What is sent of tasks, SUS and problems, cleaned; services save it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.panels.models import Participant, Problem, ResearchSession, Task, TaskOutcome
from apps.panels.running.forms import EPOCH, LAST_MILLISECOND
from apps.panels.running.selectors import Speaker
from apps.panels.running.usability import LONGEST_SECONDS, RunFigures

SEVERITIES = [
    (4, _("4: catastrophe: nobody gets past it")),
    (3, _("3: major: most are held up")),
    (2, _("2: minor: some are held up")),
    (1, _("1: cosmetic")),
    (0, _("0: no problem after all")),
]
EASE = [("", ""), (1, _("1: very difficult")), *((n, str(n)) for n in range(2, 7)), (7, _("7: very easy"))]
AGREEMENT = [(1, _("1: strongly disagree")), (2, "2"), (3, "3"), (4, "4"), (5, _("5: strongly agree"))]
SUS_STATEMENTS = [  # Brooke (1996), in its order and words
    _("I think that I would like to use this system frequently."),
    _("I found the system unnecessarily complex."),
    _("I thought the system was easy to use."),
    _("I think that I would need the support of a technical person to be able to use this system."),
    _("I found the various functions in this system were well integrated."),
    _("I thought there was too much inconsistency in this system."),
    _("I would imagine that most people would learn to use this system very quickly."),
    _("I found the system very cumbersome to use."),
    _("I felt very confident using the system."),
    _("I needed to learn a lot of things before I could get going with this system."),
]


class ParticipantField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django has none at run time
    """One of a session's participants."""

    def label_from_instance(self, obj: Participant) -> str:
        return str(obj.customer)


class RunForm(forms.Form):
    """How one participant did at one task."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput, initial=0)
    task = forms.ModelChoiceField(Task.objects.none(), widget=forms.HiddenInput)
    participant = forms.ModelChoiceField(Participant.objects.none(), widget=forms.HiddenInput)
    started_at = forms.IntegerField(required=False, min_value=0, max_value=LAST_MILLISECOND, widget=forms.HiddenInput)
    seconds = forms.FloatField(
        required=False,
        min_value=0,
        max_value=LONGEST_SECONDS,
        label=_("Seconds"),
        widget=forms.NumberInput(attrs={"step": "0.1"}),
    )
    errors_made = forms.IntegerField(required=False, min_value=0, max_value=999, initial=0, label=_("Errors"))
    outcome = forms.ChoiceField(
        required=False, choices=[("", _("Under way")), *TaskOutcome.choices], label=_("How it ended")
    )
    seq = forms.TypedChoiceField(required=False, choices=EASE, coerce=int, empty_value=None, label=_("How easy it was"))

    def __init__(self, *args: Any, session: ResearchSession, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self.fields["task"].queryset = Task.objects.filter(study=session.study_id)  # type: ignore[attr-defined]
        self.fields["participant"].queryset = session.participants.all()  # type: ignore[attr-defined]

    @property
    def figures(self) -> RunFigures:
        cleaned = self.cleaned_data
        at = cleaned["started_at"]
        return RunFigures(
            started_at=None if at is None else EPOCH + timedelta(milliseconds=at),
            seconds=cleaned["seconds"],
            errors=cleaned["errors_made"] or 0,
            outcome=cleaned["outcome"],
            seq=cleaned["seq"],
        )


class SusForm(forms.Form):
    """The ten statements, each to be answered from 1 to 5."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        for number, statement in enumerate(SUS_STATEMENTS, start=1):
            self.fields[f"item{number}"] = forms.TypedChoiceField(
                label=statement, choices=AGREEMENT, coerce=int, widget=forms.RadioSelect
            )

    @property
    def answers(self) -> list[int]:
        return [self.cleaned_data[f"item{number}"] for number in range(1, len(SUS_STATEMENTS) + 1)]


class TaskForm(forms.Form):
    title = forms.CharField(max_length=200, label=_("Task"))
    success = forms.CharField(
        max_length=400, required=False, label=_("Done when"), help_text=_("By what one sees that it is done.")
    )


class ProblemForm(forms.Form):
    title = forms.CharField(max_length=200, label=_("Problem"))
    severity = forms.TypedChoiceField(
        choices=SEVERITIES,
        coerce=int,
        initial=2,
        label=_("Severity"),
    )


class SeenProblemForm(ProblemForm):
    """A problem somebody just met."""

    participant = ParticipantField(
        Participant.objects.none(), required=False, label=_("Met by"), empty_label=_("Nobody yet")
    )
    task = forms.ModelChoiceField(Task.objects.none(), required=False, label=_("At task"), empty_label=_("No task"))

    def __init__(  # Any: handed on as they came
        self, *args: Any, session: ResearchSession, speakers: list[Speaker] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        people = session.participants.select_related("customer")
        if speakers is not None:
            people = people.filter(pk__in=[one.participant.pk for one in speakers])
        self.fields["participant"].queryset = people  # type: ignore[attr-defined]
        self.fields["task"].queryset = Task.objects.filter(study=session.study_id)  # type: ignore[attr-defined]


class SightingForm(forms.Form):
    """Whether a participant met a problem."""

    problem = forms.ModelChoiceField(Problem.objects.none())
    participant = forms.ModelChoiceField(Participant.objects.none())
    is_seen = forms.BooleanField(required=False)

    def __init__(self, *args: Any, session: ResearchSession, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self.fields["problem"].queryset = Problem.objects.filter(study=session.study_id)  # type: ignore[attr-defined]
        self.fields["participant"].queryset = session.participants.all()  # type: ignore[attr-defined]
