"""What note takers send, cleaned; services save it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.panels.models import Participant, Problem, ResearchSession, SessionNote, Task
from apps.panels.running.selectors import Speaker
from apps.panels.running.services import NoteWords
from apps.tagging.models import Tag
from apps.tagging.tree import find_tag, taxonomy

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MILLISECOND = 4_102_444_800_000  # the year 2100


class TagsField(forms.CharField):
    """Tags as one types them, with commas between; cleaned to tags."""

    def clean(self, value: Any) -> list[Tag]:  # Any as in Django; a list of tags
        words = [word.strip() for word in (super().clean(value) or "").split(",") if word.strip()]
        if not words:
            return []
        nodes = taxonomy()
        by_slug = {node.tag.slug: node.tag for node in nodes}
        found = {word: find_tag(word, nodes) or by_slug.get(word) for word in words}
        missing = [word for word, tag in found.items() if tag is None]
        if missing:
            raise ValidationError(_("There is no one tag “%(word)s”.") % {"word": missing[0]})
        return list({tag.pk: tag for tag in found.values() if tag is not None}.values())


class NoteForm(forms.Form):
    """One note. ``speakers`` are the session's; tasks and problems those of its study."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    at = forms.IntegerField(  # milliseconds since 1970, by the note taker's clock put right by the server's
        required=False, min_value=0, max_value=LAST_MILLISECOND, widget=forms.HiddenInput
    )
    revision = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Note"),
        # counted by the service: here a line break would count as two
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "maxlength": SessionNote.CHARACTERS}),
    )
    speaker = forms.TypedChoiceField(required=False, label=gettext_lazy("Who said it"))
    is_quote = forms.BooleanField(required=False, label=gettext_lazy("Quote"))
    is_need = forms.BooleanField(required=False, label=gettext_lazy("Need"))
    tags = TagsField(
        required=False,
        max_length=2_000,
        label=gettext_lazy("Tags"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    task = forms.ModelChoiceField(
        Task.objects.none(), required=False, label=gettext_lazy("Task"), empty_label=gettext_lazy("No task")
    )
    problem = forms.ModelChoiceField(
        Problem.objects.none(), required=False, label=gettext_lazy("Problem"), empty_label=gettext_lazy("No problem")
    )

    def __init__(  # Any: handed on as they came
        self, *args: Any, session: ResearchSession, speakers: list[Speaker], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(one.participant.pk): one.participant for one in speakers}
        nobody = ("", gettext_lazy("Nobody in particular"))
        self.fields["speaker"].choices = [nobody, *((str(one.participant.pk), one.name) for one in speakers)]  # type: ignore[attr-defined]
        for name, model in (("task", Task), ("problem", Problem)):
            of_study = model.objects.filter(study=session.study_id) if session.study_id else model.objects.none()
            self.fields[name].queryset = of_study  # type: ignore[attr-defined]  # a ModelChoiceField
        if session.study_id is None:
            del self.fields["task"], self.fields["problem"]

    @property
    def said_by(self) -> Participant | None:
        return self._people.get(self.cleaned_data["speaker"])

    @property
    def said_at(self) -> datetime | None:
        at = self.cleaned_data["at"]
        return None if at is None else EPOCH + timedelta(milliseconds=at)

    @property
    def words(self) -> NoteWords:
        cleaned = self.cleaned_data
        return NoteWords(
            text=cleaned["text"],
            speaker=self.said_by,
            is_quote=cleaned["is_quote"],
            is_need=cleaned["is_need"],
            tags=tuple(cleaned["tags"]),
            task=cleaned.get("task"),
            problem=cleaned.get("problem"),
        )
