"""Forms of one's own wishes. They check and never save."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.dialogue.models import DigestRhythm, MailChoice, NotificationKind
from apps.dialogue.preferences import Wish


class PreferencesForm(forms.Form):
    """For each kind whether the app shows it and when it comes by mail, and the digest's rhythm."""

    rhythm = forms.ChoiceField(label=_("Digest"), choices=DigestRhythm.choices, widget=forms.RadioSelect)

    def __init__(self, data: Mapping[str, Any] | None = None, *, wishes: Mapping[str, Wish], rhythm: str) -> None:
        super().__init__(data, initial={"rhythm": rhythm})
        for kind in NotificationKind:
            self.fields[f"shown_{kind.value}"] = forms.BooleanField(
                required=False, initial=wishes[kind].is_shown, label=_("Show in the app")
            )
            self.fields[f"mail_{kind.value}"] = forms.ChoiceField(
                choices=MailChoice.choices, initial=wishes[kind].mail, label=_("Mail")
            )

    def rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Return (the kind's label, shown, mail) for each kind."""
        return [(str(kind.label), self[f"shown_{kind.value}"], self[f"mail_{kind.value}"]) for kind in NotificationKind]

    def wishes(self) -> dict[str, Wish]:
        """Return the wish for every kind, once the form is valid."""
        data = self.cleaned_data
        return {kind: Wish(data[f"shown_{kind.value}"], data[f"mail_{kind.value}"]) for kind in NotificationKind}
