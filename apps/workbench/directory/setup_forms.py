"""What people say of a new product and a new public form: cleaned here, saved by services."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, may, teams_where
from apps.catalog.models import Product, Visibility
from apps.catalog.services import PRODUCT_CHARACTERS, VERSION_CHARACTERS
from apps.feedback.models import Feedback
from apps.feedback.questionnaire import purposes
from apps.feedback.selectors import products_managed_by
from apps.feedback.services.public_forms import INTRO_CHARACTERS, TITLE_CHARACTERS


class ProductForm(forms.Form):
    """A product of one of the person's teams."""

    name = forms.CharField(max_length=PRODUCT_CHARACTERS, label=_("Name"), help_text=_("As customers call it."))
    team = forms.ModelChoiceField(
        Team.objects.none(),
        required=False,
        label=_("Owning team"),
        empty_label=_("No team yet"),
        help_text=_("Its analysts and managers review what is held, and read what only the team may."),
    )
    description = forms.CharField(
        max_length=300, required=False, label=_("Description"), widget=forms.Textarea(attrs={"rows": 2})
    )
    default_visibility = forms.ChoiceField(
        choices=Visibility.choices,
        initial=Visibility.EVERYONE,
        label=_("Who reads its feedback"),
        help_text=_("Restricted feedback is read by administrators only, and counts in no queue."),
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        teams = teams_where(user, Permission.MANAGE_CATALOG)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a ModelChoiceField
        if not self.is_bound and teams.count() == 1:
            self.initial.setdefault("team", teams.get())

    def clean_default_visibility(self) -> Visibility:
        return Visibility(self.cleaned_data["default_visibility"])


class EditProductForm(ProductForm):
    """A product that is there; who sets visibility may change what came in before too.

    Nobody opens what is closed to them: neither by that, nor by giving the product to a team of theirs.
    """

    changes_existing = forms.BooleanField(required=False)

    def __init__(self, *args: object, user: User, product: Product, **kwargs: object) -> None:
        initial = {name: getattr(product, name) for name in ("name", "team", "description", "default_visibility")}
        super().__init__(*args, user=user, **{"initial": initial, **kwargs})
        theirs = teams_where(user, Permission.MANAGE_CATALOG) | Team.objects.filter(products=product)
        self.fields["team"].queryset = theirs.distinct()  # type: ignore[attr-defined]  # a ModelChoiceField
        self._product = product
        self._is_closed = Feedback.objects.filter(product=product).hidden_from(user).exists()
        if may(user, Permission.SET_VISIBILITY, team=product.team) and not self._is_closed:
            told = _("Also apply to earlier feedback read by “%(circle)s” today, except pieces set by hand")
            circle = Visibility(product.default_visibility).label
            self.fields["changes_existing"].label = told % {"circle": circle}
        else:
            del self.fields["changes_existing"]

    def clean_team(self) -> Team | None:
        team: Team | None = self.cleaned_data["team"]
        if self._is_closed and team != self._product.team:
            raise ValidationError(
                _("Some of its feedback is closed to you, so an administrator has to change whose it is.")
            )
        return team


class VersionForm(forms.Form):
    version = forms.CharField(max_length=VERSION_CHARACTERS, label=_("Version"), widget=forms.TextInput())
    released_on = forms.DateField(
        required=False, label=_("Released on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class PublicFormForm(forms.Form):
    """A form for one of the products that the person may make forms for."""

    product = forms.ModelChoiceField(Product.objects.none(), label=_("Product"), empty_label=_("Choose a product"))
    purpose = forms.ChoiceField(
        choices=[(key, template.name) for key, template in purposes.TEMPLATES.items()],
        initial="product",
        label=_("What it is for"),
    )
    title = forms.CharField(
        max_length=TITLE_CHARACTERS,
        required=False,
        label=_("Title"),
        help_text=_("What customers see first, such as “How is your Aurora AX-4?”. Empty: as in the template."),
    )
    intro = forms.CharField(
        max_length=INTRO_CHARACTERS,
        required=False,
        label=_("Introduction"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A sentence or two on what you would like to know."),
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        products = products_managed_by(user, Permission.MANAGE_FORMS).filter(archived_at=None)
        self.fields["product"].queryset = products  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean(self) -> dict[str, object]:
        """Take the template's title where none is given."""
        found = self.cleaned_data
        if "purpose" in found and not found.get("title", "?"):
            language = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
            found["title"] = purposes.definition_of(found["purpose"], [language])["title"][language]
        return found


def add_service_errors(form: forms.Form, error: ValidationError) -> None:
    """Show what a service refused at the fields it names; at the top where ``form`` has no such field."""
    for name, messages in error.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)
