"""What staff write down of consents, and the words they publish. They check and never save."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.customers import consent_texts, consents
from apps.customers.models import ConsentText, Purpose


class BehalfForm(forms.Form):
    """What a customer told staff about one purpose."""

    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose.choices)
    say = forms.ChoiceField(
        label=_("They"),
        choices=[("yes", _("agree, having read or heard today's words")), ("no", _("take it back, or never agree"))],
        widget=forms.RadioSelect,
    )
    how = forms.ChoiceField(label=_("How they told us"), choices=[(how.value, how.label) for how in consents.ON_BEHALF])


class TextForm(forms.Form):
    """The next version of the words of one purpose, a field for each language."""

    after_number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    valid_months = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=consent_texts.MONTHS_LIMIT,
        label=_("Months that a consent holds"),
        help_text=_("Leave it empty for consents that hold until they are taken back."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, text: ConsentText) -> None:  # Any: as Django's forms
        words = consent_texts.all_words(text)
        initial: dict[str, object] = {f"words_{code}": told for code, told in words.items()}
        super().__init__(data, initial={**initial, "after_number": text.number, "valid_months": text.valid_months})
        for code, name in settings.LANGUAGES:
            self.fields[f"words_{code}"] = forms.CharField(
                required=code == settings.LANGUAGE_CODE,
                max_length=consent_texts.CHARACTERS,
                label=name,
                widget=forms.Textarea(attrs={"rows": 2, "lang": code, "dir": "auto"}),
            )
        self.order_fields([*(f"words_{code}" for code, _name in settings.LANGUAGES), "valid_months"])

    @property
    def words(self) -> dict[str, str]:
        """Return the words by language code, once the form is valid."""
        return {code: self.cleaned_data.get(f"words_{code}", "") for code, _name in settings.LANGUAGES}
