"""What staff write down on a customer's behalf: cleaned here, saved by feedback.services.behalf."""

import secrets

from django import forms
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog.models import Product
from apps.customers.models import Customer
from apps.feedback.behalf_models import SourceKind
from apps.feedback.normalise import TEXT_LIMIT
from apps.feedback.services import Person
from apps.feedback.services.behalf import person_of

NEW = "new"
AHEAD_MINUTES = 5


class RecordForm(forms.Form):
    """``person`` is who said it, once the form is valid."""

    nonce = forms.CharField(max_length=64, widget=forms.HiddenInput)
    text = forms.CharField(
        max_length=TEXT_LIMIT,
        strip=False,
        label=gettext_lazy("What did they say?"),
        help_text=gettext_lazy("In their words, as far as you can."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    product = forms.ModelChoiceField(
        Product.objects.filter(archived_at=None).order_by("name"),
        label=gettext_lazy("Product"),
        empty_label=gettext_lazy("Choose"),
    )
    customer = forms.ChoiceField(label=gettext_lazy("Who said it?"), widget=forms.RadioSelect)
    customer_name = forms.CharField(max_length=150, required=False, label=gettext_lazy("Name"))
    customer_email = forms.EmailField(max_length=254, required=False, label=gettext_lazy("E-mail address"))
    organisation = forms.CharField(max_length=160, required=False, label=gettext_lazy("Organisation"))
    source_kind = forms.ChoiceField(
        choices=SourceKind.choices, initial=SourceKind.CALL, label=gettext_lazy("Where was it said?")
    )
    said_at = forms.DateTimeField(
        label=gettext_lazy("When"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    link = forms.CharField(
        max_length=500,
        required=False,
        validators=[URLValidator(schemes=["http", "https"])],
        label=gettext_lazy("Link to it"),
        help_text=gettext_lazy("Notes, a recording, a ticket: where one can look it up."),
        widget=forms.URLInput,
    )
    rating = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("Not said")), *((str(n), str(n)) for n in range(1, 6))],
        label=gettext_lazy("How they felt, 1 (bad) to 5 (good)"),
    )

    def __init__(self, *args: object, offered: list[Customer], **kwargs: object) -> None:
        initial = {"nonce": secrets.token_urlsafe(24), "said_at": timezone.localtime().replace(second=0, microsecond=0)}
        initial["customer"] = str(offered[0].pk) if len(offered) == 1 else NEW
        given = kwargs.pop("initial", None) or {}
        super().__init__(*args, **{"initial": {**initial, **given}, **kwargs})  # type: ignore[arg-type,dict-item]
        self._offered = {str(customer.pk): customer for customer in offered}
        choices = [(key, _named(customer)) for key, customer in self._offered.items()]
        self.fields["customer"].choices = [*choices, (NEW, _("Somebody else"))]  # type: ignore[attr-defined]
        self.person: Person | None = None

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        chosen = self._offered.get(str(cleaned.get("customer", "")))
        if chosen is not None:
            self.person = person_of(chosen)
        else:
            parts = (cleaned.get(name) or "" for name in ("customer_email", "customer_name", "organisation"))
            self.person = Person(*parts)
            if not (self.person.email or self.person.name) and "customer_email" not in self.errors:
                self.add_error("customer_name", _("Say who said it: a name or an address."))
        said_at = cleaned.get("said_at")
        if said_at and (said_at - timezone.now()).total_seconds() > AHEAD_MINUTES * 60:
            self.add_error("said_at", _("This is in the future."))
        return cleaned


def _named(customer: Customer) -> str:
    return f"{customer} ({customer.organisation})" if customer.organisation else str(customer)
