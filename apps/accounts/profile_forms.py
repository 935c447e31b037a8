"""The forms of one's own account: profile and picture."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts import pictures
from apps.accounts.models import Theme, User
from apps.accounts.profile import time_zones


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"})
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=format_lazy(
            _("Dates and times are shown in it. Daily counts stay in {zone}."), zone=settings.TIME_ZONE
        ),
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme.choices)

    def __init__(self, data: Any = None, *, user: User) -> None:  # Any: a request's POST, or nothing
        own = {"name": user.name, "language": user.language, "time_zone": user.time_zone, "theme": user.theme}
        super().__init__(data, initial=own)
        languages = self.fields["language"]
        zones = self.fields["time_zone"]
        assert isinstance(languages, forms.ChoiceField)
        assert isinstance(zones, forms.ChoiceField)
        languages.choices = [("", _("As the browser")), *settings.STAFF_LANGUAGES]
        standard = _("As the installation (%(zone)s)") % {"zone": settings.TIME_ZONE}
        zones.choices = [("", standard), *((name, name.replace("_", " ")) for name in time_zones())]

    def clean_theme(self) -> Theme:
        return Theme(self.cleaned_data["theme"])


class PictureForm(forms.Form):
    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG, WebP or GIF of at most 5 MB. It is cut to a square."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )

    def clean_picture(self) -> bytes:
        upload = self.cleaned_data["picture"]
        return pictures.square_webp(upload.file, size_bytes=upload.size)
