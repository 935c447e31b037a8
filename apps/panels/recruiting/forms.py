"""What staff say of whom they look for: cleaned here, found by selectors, kept by services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.models import Product, ProductVersion
from apps.core.keyset import MAX_ID
from apps.customers.models import Segment
from apps.insight import search
from apps.panels.models import Panel
from apps.panels.recruiting.wanted import AGREED, FEELINGS, Wanted


class CandidatesForm(forms.Form):
    """The criteria, as the page's address holds them. All are optional; all that are given must be met."""

    product = forms.ModelChoiceField(
        Product.objects.all(), required=False, label=_("Uses the product"), empty_label=_("Any product")
    )
    version = forms.ModelChoiceField(
        ProductVersion.objects.select_related("product").order_by("product__name", "-released_on", "name"),
        required=False,
        label=_("In the version"),
        empty_label=_("Any version"),
    )
    said = forms.CharField(
        required=False,
        max_length=search.QUERY_CHARS,
        label=_("Said"),
        help_text=_("Words of one piece of feedback: drift “stage error” -solved"),
    )
    feeling = forms.ChoiceField(
        choices=[("", _("Any mood")), *FEELINGS.items()], required=False, label=_("Said how it felt")
    )
    segment = forms.ModelChoiceField(
        Segment.objects.all(), required=False, label=_("Segment"), empty_label=_("Any segment")
    )
    organisation = forms.CharField(required=False, max_length=160, label=_("Organisation"))
    language = forms.CharField(
        required=False, max_length=12, label=_("Speaks"), help_text=_("A code such as en, de or pt-BR")
    )
    site = forms.CharField(required=False, max_length=120, label=_("Site or country"))
    instrument = forms.CharField(required=False, max_length=120, label=_("Instrument"))
    rested_days = forms.IntegerField(
        required=False, min_value=1, max_value=3_650, label=_("Not asked anything for this many days")
    )
    consent = forms.ChoiceField(
        choices=[("", _("Never taken back")), (AGREED, _("Given"))],
        required=False,
        label=_("Consent to be contacted"),
    )
    panel = forms.ModelChoiceField(
        Panel.objects.all(), required=False, label=_("Not on the panel"), empty_label=_("Whatever panel they are on")
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: the base class's own
        super().__init__(*args, **kwargs)
        # What a version is called says of what.
        self.fields["version"].label_from_instance = _version_label  # type: ignore[attr-defined]

    def clean_said(self) -> str:
        said: str = self.cleaned_data["said"].strip()
        parsed = search.parse(said)
        if parsed is not None and parsed.is_negative:
            raise forms.ValidationError(_("Give at least one word that they said, beside those they did not say."))
        return said

    @property
    def wanted(self) -> Wanted:
        """What is looked for; a valid form's alone."""
        values = {name: self.cleaned_data[name] for name in self.fields if name != "before"}
        return Wanted(**values)

    @property
    def conditions(self) -> dict[str, str]:
        """What was given, by field, as it is kept; a valid form's alone."""
        given = {name: str(self.data.get(name, "")).strip() for name in self.fields if name != "before"}
        return {name: value for name, value in given.items() if value}


class SaveForm(forms.Form):
    name = forms.CharField(max_length=120, label=_("Name"))
    is_shared = forms.BooleanField(required=False, label=_("For everybody who recruits"))


def _version_label(version: ProductVersion) -> str:
    return f"{version.product} {version.name}"
