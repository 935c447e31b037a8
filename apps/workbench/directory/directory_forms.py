"""What staff say of products, segments, organisations and customers: cleaned here, saved by services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from apps.accounts.profile import time_zones
from apps.catalog.models import Product, ProductVersion, Visibility
from apps.core.keyset import MAX_ID
from apps.customers.models import Organisation, Segment
from apps.customers.organisations import ORGANISATION_CHARACTERS
from apps.customers.profiles import AVAILABILITY_CHARACTERS, ROLE_CHARACTERS, Profile, clean_list
from apps.customers.segments import SEGMENT_CHARACTERS


class SureForm(forms.Form):
    """The tick before something that cannot be taken back."""

    is_sure = forms.BooleanField(
        label=gettext_lazy("I am sure"),
        error_messages={"required": gettext_lazy("Tick the box to confirm: this cannot be undone.")},
    )


class SegmentForm(forms.Form):
    name = forms.CharField(max_length=SEGMENT_CHARACTERS, label=gettext_lazy("Name"))
    weight = forms.FloatField(
        min_value=0,
        max_value=100,
        initial=1.0,
        label=gettext_lazy("Weight"),
        help_text=gettext_lazy(
            "How much each voice counts, 0 to 100, unless a team's policy says otherwise. 1 is ordinary."
        ),
    )


class ReweighForm(SegmentForm):
    """A segment that is there: another weight moves every queue, so it wants the tick."""

    is_sure = forms.BooleanField(
        required=False, label=gettext_lazy("Yes, re-rank the queues if the weight changes"), widget=forms.CheckboxInput
    )

    def __init__(self, *args: Any, segment: Segment, **kwargs: Any) -> None:  # Any: the base class's own
        kwargs.setdefault("initial", {"name": segment.name, "weight": segment.weight})
        super().__init__(*args, **kwargs)
        self.segment = segment

    def clean(self) -> dict[str, Any]:  # Any: Django's type of cleaned_data
        cleaned = super().clean() or {}
        if "weight" in cleaned and cleaned["weight"] != self.segment.weight and not cleaned.get("is_sure"):
            self.add_error(
                "is_sure", gettext_lazy("Tick the box to confirm: a new weight moves priorities in every queue.")
            )
        return cleaned


class DeleteSegmentForm(SureForm):
    move_to = forms.ModelChoiceField(
        Segment.objects.none(),
        required=False,
        label=gettext_lazy("Move its customers and organisations to"),
        empty_label=gettext_lazy("Choose a segment"),
    )

    def __init__(self, *args: Any, segment: Segment, **kwargs: Any) -> None:  # Any: the base class's own
        super().__init__(*args, **kwargs)
        self.fields["move_to"].queryset = Segment.objects.exclude(pk=segment.pk)  # type: ignore[attr-defined]


class OrganisationForm(forms.Form):
    name = forms.CharField(max_length=ORGANISATION_CHARACTERS, label=gettext_lazy("Name"))
    segment = forms.ModelChoiceField(
        Segment.objects.all(),
        required=False,
        label=gettext_lazy("Segment"),
        empty_label=gettext_lazy("No segment"),
        help_text=gettext_lazy("Holds for its customers without a segment of their own."),
    )


class MergeForm(SureForm):
    """Which organisation the customers go to: by name, as it is typed."""

    target = forms.CharField(max_length=ORGANISATION_CHARACTERS, label=gettext_lazy("Merge into"))
    field_order = ["target", "is_sure"]

    def clean_target(self) -> Organisation:
        found = Organisation.objects.filter(name__iexact=self.cleaned_data["target"].strip()).first()
        if found is None:
            raise forms.ValidationError(
                gettext_lazy("There is no organisation of this name. Choose one from the list.")
            )
        return found


class LinesField(forms.CharField):
    """Several values, one a line."""

    def __init__(self, **kwargs: Any) -> None:  # Any: the base class's own
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=5_000, **kwargs)

    def clean(self, value: Any) -> list[str]:  # Any: the base class's own
        return clean_list(super().clean(value).splitlines())

    def prepare_value(self, value: Any) -> Any:  # Any: a list, or what was posted
        return "\n".join(value) if isinstance(value, list) else value


class CustomerForm(forms.Form):
    name = forms.CharField(max_length=150, required=False, label=gettext_lazy("Name"))
    email = forms.EmailField(
        required=False,
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("A new address must be verified again."),
    )
    organisation = forms.CharField(
        max_length=ORGANISATION_CHARACTERS,
        required=False,
        label=gettext_lazy("Organisation"),
        help_text=gettext_lazy("An existing organisation, or leave empty."),
        widget=forms.TextInput(attrs={"list": "organisation-names", "autocomplete": "off"}),
    )
    segment = forms.ModelChoiceField(
        Segment.objects.all(),
        required=False,
        label=gettext_lazy("Segment"),
        empty_label=gettext_lazy("That of the organisation"),
    )
    role_title = forms.CharField(
        max_length=ROLE_CHARACTERS,
        required=False,
        label=gettext_lazy("Role"),
        help_text=gettext_lazy("What they do there, in words."),
    )
    languages = forms.CharField(
        max_length=400,
        required=False,
        label=gettext_lazy("Languages"),
        help_text=gettext_lazy("Codes such as en, de or pt-br, the preferred one first. We write to them in it."),
    )
    time_zone = forms.ChoiceField(required=False, label=gettext_lazy("Time zone"))
    availability = forms.CharField(
        max_length=AVAILABILITY_CHARACTERS,
        required=False,
        label=gettext_lazy("Availability"),
        help_text=gettext_lazy("When they can be met, in words: mornings, never in the measuring time in March."),
    )
    instruments = LinesField(label=gettext_lazy("Instruments"), help_text=gettext_lazy("One a line."))
    sites = LinesField(label=gettext_lazy("Sites"), help_text=gettext_lazy("One a line, with the country."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: the base class's own
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in time_zones()]
        self.fields["time_zone"].choices = [("", gettext_lazy("Not known")), *zones]  # type: ignore[attr-defined]

    @property
    def profile(self) -> Profile:
        """What the form says of them; a valid form's alone."""
        names = ("role_title", "time_zone", "availability", "instruments", "sites")
        values = {name: self.cleaned_data[name] for name in names}
        return Profile(**values, languages=self.cleaned_data["languages"].replace(",", " ").split())

    def clean_organisation(self) -> Organisation | None:
        name = self.cleaned_data["organisation"].strip()
        if not name:
            return None
        found = Organisation.objects.filter(name__iexact=name).first()
        if found is None:
            raise forms.ValidationError(gettext_lazy("There is no organisation of this name. Make it first."))
        return found


class UseForm(forms.Form):
    """A product that a customer uses, or one of its versions: "7" or "7-12" by their ids."""

    used = forms.ChoiceField(label=gettext_lazy("Add a product they use"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: the base class's own
        super().__init__(*args, **kwargs)
        products = Product.objects.prefetch_related("versions").order_by("name")
        self.fields["used"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", gettext_lazy("Choose a product")),
            *((str(product), [(str(product.pk), str(product)), *_versions_of(product)]) for product in products),
        ]

    @property
    def use(self) -> dict[str, Any]:  # Any: a product, and a version or none
        """What was chosen; a valid form's alone."""
        product_id, _dash, version_id = self.cleaned_data["used"].partition("-")
        version = ProductVersion.objects.filter(pk=version_id).first() if version_id else None
        return {"product": Product.objects.get(pk=product_id), "version": version}


def _versions_of(product: Product) -> list[tuple[str, str]]:
    return [(f"{product.pk}-{one.pk}", f"{product} {one.name}") for one in product.versions.all()]


class DirectoryFilterForm(forms.Form):
    """The search of organisations and customers; what is not understood is left out."""

    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Search"))
    segment = forms.ModelChoiceField(
        Segment.objects.all(), required=False, label=gettext_lazy("Segment"), empty_label=gettext_lazy("Any segment")
    )
    organisation = forms.ModelChoiceField(Organisation.objects.all(), required=False, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID, widget=forms.HiddenInput)


class VisibilityForm(forms.Form):
    visibility = forms.ChoiceField(choices=Visibility.choices, label=gettext_lazy("Who reads it"))

    def clean_visibility(self) -> Visibility:
        return Visibility(self.cleaned_data["visibility"])
