"""What administrators say of mailboxes and webhooks: cleaned here, saved by services."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.catalog.models import Product
from apps.core.email_address import normalise_email
from apps.feedback.imports.scales import SCALES
from apps.integrations.hooks.mapping import Operator
from apps.integrations.hooks.presets import PRESETS
from apps.integrations.mailboxes import MailboxWishes
from apps.integrations.models import Algorithm, InboundHook, Mailbox, MailSource, Security, Sender
from apps.integrations.selectors import products_of

HOST = re.compile(r"[A-Za-z0-9_.\-\u0080-\uffff]+")
HEADER = re.compile(r"[A-Za-z0-9-]+")
_AS_IT_IS = _("Leave empty to keep the one that is stored.")


class _ProductForm(forms.Form):
    """Something of one of the products that are the person's business."""

    product = forms.ModelChoiceField(
        Product.objects.none(),
        label=_("Product"),
        empty_label=_("Choose a product"),
        help_text=_("What comes in is feedback on it, and the business of its team."),
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["product"].queryset = products_of(user)  # type: ignore[attr-defined]  # a ModelChoiceField


class MailboxForm(_ProductForm):
    """A mailbox: first who writes to what, then how its mail comes here. Secrets are never shown again."""

    address = forms.EmailField(
        max_length=254, label=_("Address"), help_text=_("What customers write to, such as feedback@example.com.")
    )
    source = forms.ChoiceField(
        choices=MailSource.choices,
        initial=MailSource.IMAP,
        widget=forms.RadioSelect,
        label=_("How its mail comes here"),
    )
    imap_host = forms.CharField(max_length=253, required=False, label=_("Mail server"))
    imap_port = forms.IntegerField(min_value=1, max_value=65535, required=False, initial=993, label=_("Port"))
    imap_security = forms.ChoiceField(choices=Security.choices, initial=Security.TLS, label=_("Encryption"))
    imap_user = forms.CharField(max_length=254, required=False, label=_("User name"))
    imap_password = forms.CharField(
        max_length=400,
        required=False,
        strip=False,
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    imap_secret_variable = forms.CharField(
        max_length=60,
        required=False,
        label=_("Or the variable that holds it"),
        help_text=_("Of the environment of the workers and the web; its name begins with MAIL_IN_."),
    )
    imap_folder = forms.CharField(max_length=200, required=False, initial="INBOX", label=_("Folder"))
    reads_old = forms.BooleanField(
        required=False,
        label=_("Read what is in the folder already, too"),
        help_text=_("Otherwise only mail that arrives from now on. The folder itself is never changed."),
    )
    hook_sender = forms.ChoiceField(
        choices=[("", _("Choose a service")), *Sender.choices], required=False, label=_("Mail service")
    )
    hook_secret = forms.CharField(
        max_length=400,
        required=False,
        label=_("Its secret"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "Mailgun: the HTTP webhook signing key. A script: the token that it sends. Others: user:password, which"
            " you put into the address there."
        ),
    )
    trusted_server = forms.CharField(
        max_length=253,
        required=False,
        label=_("Server whose checks count"),
        help_text=_(
            "The name at the beginning of Authentication-Results, such as mx.example.com, if your server takes out"
            " those that strangers wrote. Mail that it found to be genuine then is the customer's; without it every"
            " sender is only claimed."
        ),
    )

    def __init__(self, *args: object, user: User, mailbox: Mailbox | None = None, **kwargs: object) -> None:
        if mailbox is not None:
            names = [name for name in self.base_fields if name not in ("imap_password", "hook_secret")]
            kwargs["initial"] = {name: getattr(mailbox, name) for name in names}
        super().__init__(*args, user=user, **kwargs)
        if mailbox is not None and (mailbox.imap_secret or mailbox.imap_secret_variable):
            self.fields["imap_password"].help_text = _AS_IT_IS
        if not user.is_superuser:  # a variable may hold the password of another team
            del self.fields["imap_secret_variable"]

    def clean_address(self) -> str:
        return normalise_email(self.cleaned_data["address"])

    def clean_imap_host(self) -> str:
        host: str = self.cleaned_data["imap_host"].strip().lower()
        if host and not HOST.fullmatch(host):
            raise forms.ValidationError(_("Give the name alone, such as imap.example.com."))
        return host

    def wishes(self) -> MailboxWishes:
        """Return what was said. Of a valid form only."""
        said = {**self.cleaned_data}
        said["imap_port"] = said["imap_port"] or 993
        said["imap_folder"] = said["imap_folder"] or "INBOX"
        return MailboxWishes(**said)


class HookForm(_ProductForm):
    """A webhook in."""

    name = forms.CharField(max_length=100, label=_("Name"), help_text=_("What posts, such as “Help desk”."))
    preset = forms.ChoiceField(
        choices=[(name, preset.label) for name, preset in PRESETS.items()], label=_("What posts there")
    )
    is_trusted = forms.BooleanField(
        required=False,
        label=_("It knows who its customers are"),
        help_text=_("Then they count as verified; otherwise they are only claimed."),
    )
    signature_header = forms.CharField(
        max_length=100,
        required=False,
        label=_("Header with the signature"),
        help_text=_("Such as X-Hub-Signature-256. Leave empty where posts are not signed."),
    )
    signature_algorithm = forms.ChoiceField(choices=Algorithm.choices, label=_("Algorithm"))
    signature_secret = forms.CharField(
        max_length=400,
        required=False,
        strip=False,
        label=_("Secret that posts are signed with"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, hook: InboundHook | None = None, **kwargs: object) -> None:
        if hook is not None:
            names = [name for name in self.base_fields if name not in ("signature_secret", "preset")]
            kwargs["initial"] = {name: getattr(hook, name) for name in names}
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        if hook is not None:
            del self.fields["preset"]
            if hook.signature_secret:
                self.fields["signature_secret"].help_text = _AS_IT_IS

    def clean_signature_header(self) -> str:
        header: str = self.cleaned_data["signature_header"].strip()
        if header and not HEADER.fullmatch(header):
            raise forms.ValidationError(_("Give the header's name alone, such as X-Signature."))
        return header


class ConditionForm(forms.Form):
    """Beside the places: the scale of ratings, the number's beginning, values that are always so, the condition."""

    scale = forms.ChoiceField(label=_("Scale of the rating"))
    external_prefix = forms.CharField(
        max_length=40,
        required=False,
        label=_("Before its number"),
        help_text=_("So that the same number of two systems is never taken for a repeat."),
    )
    version = forms.CharField(max_length=60, required=False, label=_("Version of the product, always"))
    is_html = forms.BooleanField(required=False, label=_("The words are HTML: take the text"))
    condition_path = forms.CharField(max_length=300, required=False, label=_("Only where this place"))
    operator = forms.ChoiceField(choices=Operator.choices, required=False, label=_("Condition"))
    condition_value = forms.CharField(max_length=200, required=False, label=_("Value"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["scale"].choices = list(SCALES.items())  # type: ignore[attr-defined]  # a ChoiceField
