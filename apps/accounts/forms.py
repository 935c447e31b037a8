"""Sign-in, password and set-up forms: plain ASCII addresses, passwords of at most 128 characters."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.email_address import normalise_email

PASSWORD_CHARACTERS = 128


class MaximumLengthValidator:
    """For AUTH_PASSWORD_VALIDATORS: nobody has us hash a megabyte."""

    def validate(self, password: str, user: User | None = None) -> None:
        MaxLengthValidator(PASSWORD_CHARACTERS)(password)

    def get_help_text(self) -> str:
        return f"At most {PASSWORD_CHARACTERS} characters; spaces and every script are welcome."


class StaffEmailField(forms.EmailField):
    """An address as accounts are looked up by. Look-alikes (a Kelvin sign for K) are no address at all."""

    widget = forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"})

    def clean(self, value: str) -> str:
        address = normalise_email(super().clean(value))
        if not address.isascii():
            raise ValidationError(self.error_messages.get("invalid") or "Enter a valid email address.")
        return address


class StaffLoginForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed through
        super().__init__(*args, **kwargs)
        self.fields["login"] = StaffEmailField(label=_("E-mail"))
        self.order_fields(["login", "password"])
        self.fields["password"].validators.append(MaxLengthValidator(PASSWORD_CHARACTERS))
        self.fields["password"].help_text = ""  # the page links to the reset itself
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class StaffResetPasswordForm(ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    email = StaffEmailField(label=gettext_lazy("E-mail"))

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send one mail, whoever asks: known and unknown addresses take the same road and time."""
        if not self.users:
            address: str = self.cleaned_data["email"]
            get_adapter().send_mail("account/email/unknown_account", address, {})
            return address
        return str(super().save(request, **kwargs))


class _PlainFields(forms.Form):
    """Labels, not placeholders, say what a field is for; nothing is hashed that is longer than any password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed through
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        for name, label in self._labels().items():
            if name in self.fields:
                self.fields[name].label = label
        for name in {"password", "oldpassword"} & set(self.fields):
            self.fields[name].help_text = ""
            self.fields[name].validators.append(MaxLengthValidator(PASSWORD_CHARACTERS))

    @staticmethod
    def _labels() -> dict[str, str]:
        """Return allauth's labels in the case that all others have."""
        return {
            "oldpassword": _("Current password"),
            "password1": _("New password"),
            "password2": _("New password (again)"),
        }


class StaffChangePasswordForm(_PlainFields, ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    pass


class StaffResetPasswordKeyForm(_PlainFields, ResetPasswordKeyForm):  # type: ignore[misc]  # allauth ships no types
    pass


class StaffReauthenticatePasswordForm(_PlainFields, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    pass


class SetupForm(forms.Form):
    """The first administrator and the first team."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=150)
    email = StaffEmailField(label=gettext_lazy("E-mail"), max_length=254)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=PASSWORD_CHARACTERS,
        help_text=" ".join(password_validators_help_texts()),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    team = forms.CharField(
        label=gettext_lazy("First team"),
        max_length=100,
        help_text=gettext_lazy("Who looks after feedback, for example: Support"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data:
            person = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                validate_password(data["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return data
