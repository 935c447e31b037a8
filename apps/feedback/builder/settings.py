"""The settings of a form: its address, when it is open, for whom, and where it may be embedded."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.permissions import Permission, require
from apps.catalog.models import Product
from apps.core.http import AuthedRequest
from apps.feedback.builder.rooms import managed_form, room_context
from apps.feedback.models import Feedback, Form, FormAddress
from apps.feedback.selectors import draft_of, products_managed_by, response_count
from apps.feedback.services.form_settings import SLUG_CHARACTERS, FormSettings, set_form_settings

MOMENT = "%Y-%m-%dT%H:%M"


class Moment(forms.DateTimeInput):
    """A day and a time of the person's own zone."""

    input_type = "datetime-local"


class SettingsForm(forms.Form):
    """What is set beside the questions; what answers have fixed is shown and cannot be changed."""

    slug = forms.CharField(
        max_length=SLUG_CHARACTERS,
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("The end of its address. The old address goes on working: it is on codes and in mails."),
    )
    product = forms.ModelChoiceField(Product.objects.none(), label=gettext_lazy("Product"), empty_label=None)
    opens_at = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Opens"),
        widget=Moment(format=MOMENT),
        input_formats=[MOMENT, f"{MOMENT}:%S"],
    )
    closes_at = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Closes"),
        widget=Moment(format=MOMENT),
        input_formats=[MOMENT, f"{MOMENT}:%S"],
    )
    response_limit = forms.IntegerField(
        required=False, min_value=1, max_value=100_000_000, label=gettext_lazy("Closes after this many answers")
    )
    needs_link = forms.BooleanField(
        required=False,
        label=gettext_lazy("Opens by a link of one's own only"),
        help_text=gettext_lazy("Each link is good for one answer. Make them under Share."),
    )
    is_anonymous = forms.BooleanField(
        required=False,
        label=gettext_lazy("Anonymous"),
        help_text=gettext_lazy(
            "No name, no address and no hour is kept, only the day and the answers; the form says so."
        ),
    )
    frame_origins = forms.CharField(
        required=False,
        label=gettext_lazy("Sites that may embed it"),
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "https://www.example.org"}),
        help_text=gettext_lazy("One a line. Empty: the form opens at its own address alone."),
    )

    def __init__(self, posted: QueryDict | None, *, user: User, form: Form, is_answered: bool) -> None:
        names = ("slug", "product", "opens_at", "closes_at", "response_limit", "needs_link", "is_anonymous")
        initial = {**{name: getattr(form, name) for name in names}, "frame_origins": "\n".join(form.frame_origins)}
        super().__init__(posted, initial=initial)
        own = products_managed_by(user, Permission.MANAGE_FORMS).filter(archived_at=None)
        products = (own | Product.objects.filter(pk=form.product_id)).distinct()
        self.fields["product"].queryset = products  # type: ignore[attr-defined]  # a ModelChoiceField
        for name in ("product", "is_anonymous") if is_answered else ():
            self.fields[name].disabled = True
        zone = _("Of your time zone, %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
        self.fields["opens_at"].help_text = zone
        self.fields["closes_at"].help_text = zone

    def wanted(self) -> FormSettings:
        found = dict(self.cleaned_data)
        return FormSettings(**{**found, "frame_origins": found["frame_origins"].split()})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_FORMS)
def form_settings(request: AuthedRequest, form_id: int) -> HttpResponse:
    form = managed_form(request, form_id)
    is_answered = Feedback.objects.filter(form=form).exists()
    typed = SettingsForm(request.POST or None, user=request.user, form=form, is_answered=is_answered)
    if request.method == "POST" and typed.is_valid():
        try:
            set_form_settings(form=form, wanted=typed.wanted())
        except ValidationError as error:
            for name, reasons in error.message_dict.items():
                typed.add_error(name, reasons)
        else:
            messages.success(request, _("Saved."))
            return redirect("builder:settings", form.pk)
        form.refresh_from_db()
    context = {
        **room_context(form, draft_of(form), "settings"),
        "settings_form": typed,
        "is_answered": is_answered,
        "taken": response_count(form.pk),
        "former": FormAddress.objects.filter(form=form).order_by("slug").values_list("slug", flat=True),
    }
    return render(request, "builder/settings.html", context, status=422 if typed.errors else 200)
