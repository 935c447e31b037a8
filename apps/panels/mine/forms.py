"""What customers fill in on their own page. They check and never save."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.customers.models import Purpose


class AskLinkForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        label=_("Your e-mail address"),
        error_messages={
            "required": _("Give the address that we know you by."),
            "invalid": _("Enter an e-mail address like name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )


class ChoiceForm(forms.Form):
    """One purpose, given or taken back; ``number``: the version of the words that were read."""

    purpose = forms.ChoiceField(choices=Purpose.choices)
    say = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    number = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
