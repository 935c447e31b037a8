"""What people write and choose after a session: cleaned here, saved by services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.feedback.models import Form
from apps.feedback.normalise import TEXT_LIMIT
from apps.panels.afterwards.writing import SUMMARY_CHARACTERS
from apps.panels.models import ResearchSession
from apps.tagging.spans import Span


class SummaryForm(forms.Form):
    summary = forms.CharField(
        required=False,
        max_length=SUMMARY_CHARACTERS,
        label=_("Summary"),
        help_text=_("What was learnt, in your words. Quotes come in by themselves while their speakers consent."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    decisions = forms.CharField(
        required=False,
        label=_("Decisions"),
        help_text=_("One a line."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    read = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean_decisions(self) -> list[str]:
        return [line for line in self.cleaned_data["decisions"].splitlines() if line.strip()]


class HighlightForm(forms.Form):
    """Words of a note, and the tag that fits them. Blank words: the whole note."""

    tag = forms.CharField(max_length=400)
    quoted = forms.CharField(required=False, max_length=2_000)
    span_start = forms.IntegerField(required=False, min_value=0, max_value=TEXT_LIMIT)
    span_end = forms.IntegerField(required=False, min_value=0, max_value=TEXT_LIMIT)

    @property
    def span(self) -> Span | None:
        """The characters that a script named; of a valid form."""
        start, end = self.cleaned_data["span_start"], self.cleaned_data["span_end"]
        return None if start is None or end is None else Span(start, end)


class FollowUpForm(forms.Form):
    form = forms.ModelChoiceField(
        queryset=Form.objects.none(),
        label=_("Form"),
        help_text=_("Everybody who attended gets a mail with a link of their own, once."),
    )

    def __init__(self, *args: Any, session: ResearchSession, **kwargs: Any) -> None:  # Any: the base class's own
        super().__init__(*args, **kwargs)
        rows = Form.objects.filter(is_open=True, product__archived_at=None).select_related("product")
        field = self.fields["form"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows.order_by("product__name", "title")
        field.label_from_instance = lambda form: f"{form.product}: {form.title}"  # type: ignore[assignment, method-assign]  # as Django's docs say
        field.initial = session.follow_up_form_id
