"""What is asked about people, teams, invitations and keys: cleaned here, saved by services."""

import re
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms import PASSWORD_CHARACTERS, StaffEmailField
from apps.accounts.grants import Grant, grantable_roles, may_grant
from apps.accounts.invitations import MOST_ADDRESSES
from apps.accounts.models import EVERYWHERE_ROLES, Role, Team, User
from apps.accounts.permissions import Permission, may, teams_where
from apps.accounts.scopes import SCOPES
from apps.core.email_address import normalise_email

NO_ROLE = ("", _("None"))
ADMINISTRATOR_OF_ALL = "installation"  # beside the roles, in the filter
SORTS = ("name", "-name", "seen", "-seen", "joined", "-joined")


class PeopleFilterForm(forms.Form):
    """What the list shows; a value that is none is left out."""

    q = forms.CharField(required=False, max_length=100, label=_("Search"))
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, to_field_name="slug", label=_("Team"), empty_label=_("All teams")
    )
    role = forms.ChoiceField(
        required=False,
        label=_("Role"),
        choices=[("", _("All roles")), *Role.choices, (ADMINISTRATOR_OF_ALL, _("Of the whole installation"))],
    )
    state = forms.ChoiceField(
        required=False,
        label=_("State"),
        choices=[("", _("Active")), ("never", _("Never signed in")), ("closed", _("Deactivated")), ("all", _("All"))],
    )
    sort = forms.ChoiceField(required=False, choices=[(sort, sort) for sort in SORTS], widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        _offer(self, "team", teams_where(user, Permission.MANAGE_PEOPLE))


class NameForm(forms.Form):
    name = forms.CharField(max_length=150, label=_("Name"))


class AddressForm(forms.Form):
    email = StaffEmailField(label=_("New address"), max_length=254)
    is_sure = forms.BooleanField(label=_("Yes, they sign in with this address from now on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"


class MembershipForm(forms.Form):
    """A role in a team that the giver manages; no role takes the person out."""

    team = forms.ModelChoiceField(Team.objects.none(), to_field_name="slug", label=_("Team"))
    role = forms.ChoiceField(required=False, choices=[NO_ROLE, *Role.choices], label=_("Role"))

    def __init__(self, *args: Any, giver: User, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self._giver = giver
        _offer(self, "team", teams_where(giver, Permission.MANAGE_PEOPLE))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        role = data.get("role")
        if role and "team" in data and role not in grantable_roles(self._giver, data["team"]):
            self.add_error("role", gettext("You may not give this role in this team."))
        return data


class NewMemberForm(forms.Form):
    """Somebody with an account, by their address, into one team."""

    email = StaffEmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(choices=[], label=_("Role"))

    def __init__(self, *args: Any, giver: User, team: Team, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        _offer_roles(self, grantable_roles(giver, team))


class StandingForm(forms.Form):
    """What a person holds beyond their teams."""

    everywhere_role = forms.ChoiceField(
        required=False,
        choices=[NO_ROLE, *EVERYWHERE_ROLES],
        label=_("Role in every team"),
        help_text=_("Counts beside their memberships, in every team of today and of later."),
    )
    is_administrator = forms.BooleanField(
        required=False,
        label=_("Administrator of the whole installation: may do and read everything, also what is restricted"),
    )


class TeamForm(forms.Form):
    name = forms.CharField(max_length=100, label=_("Name"))


class InviteForm(forms.Form):
    """Addresses, one or many, and what they will hold."""

    addresses = forms.CharField(
        max_length=20_000,
        label=_("E-mail addresses"),
        help_text=_("One or many: paste a list, with commas, spaces or a line each."),
        widget=forms.Textarea(attrs={"rows": 4, "autocapitalize": "none", "spellcheck": "false"}),
    )
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, to_field_name="slug", label=_("Team"), empty_label=_("No team")
    )
    role = forms.ChoiceField(required=False, choices=[NO_ROLE, *Role.choices], label=_("Role in the team"))
    everywhere_role = forms.ChoiceField(
        required=False, choices=[NO_ROLE, *EVERYWHERE_ROLES], label=_("Role in every team")
    )
    is_administrator = forms.BooleanField(required=False, label=_("Administrator of the whole installation"))

    def __init__(self, *args: Any, giver: User, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self._giver = giver
        _offer(self, "team", teams_where(giver, Permission.MANAGE_PEOPLE))
        if not may(giver, Permission.MANAGE_ACCOUNTS):
            del self.fields["everywhere_role"], self.fields["is_administrator"]
            self.fields["team"].required = self.fields["role"].required = True

    def clean_addresses(self) -> list[str]:
        found = [
            normalise_email(word) for word in re.split(r"[\s,;<>]+", self.cleaned_data["addresses"]) if "@" in word
        ]
        addresses = list(dict.fromkeys(found))
        wrong = [address for address in addresses if not _is_address(address)]
        if wrong:
            message = ngettext("This is not an address: %(list)s", "These are not addresses: %(list)s", len(wrong))
            raise ValidationError(message % {"list": ", ".join(wrong)})
        if not addresses:
            raise ValidationError(gettext("There is no address in this. Write one such as ada@example.org."))
        if len(addresses) > MOST_ADDRESSES:
            raise ValidationError(gettext("At most %(most)s addresses in one go.") % {"most": MOST_ADDRESSES})
        return addresses

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            self._check_grant(self.grant)
        return data

    def _check_grant(self, grant: Grant) -> None:
        if grant.team is not None and not grant.role:
            self.add_error("role", gettext("Choose the role they will have in the team."))
        elif grant == Grant():
            self.add_error("team", gettext("Choose a team and a role, or a role in every team."))
        elif not may_grant(self._giver, grant):
            self.add_error(None, gettext("You may not give all of this."))

    @property
    def grant(self) -> Grant:
        """What the cleaned form gives; the page shows no role in a team before there is a team, so then it is none."""
        data = self.cleaned_data
        team = data.get("team")
        return Grant(
            team,
            data.get("role", "") if team else "",
            data.get("everywhere_role", ""),
            bool(data.get("is_administrator")),
        )


class JoinForm(forms.Form):
    """What a person who was invited chooses. ``email`` is only compared with the password."""

    name = forms.CharField(max_length=150, label=_("Your name"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=PASSWORD_CHARACTERS,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:  # Any: handed on as they came
        super().__init__(*args, **kwargs)
        self._email = email
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data:
            try:
                validate_password(data["password"], User(email=self._email, name=data.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return data


class ApiKeyForm(forms.Form):
    name = forms.CharField(max_length=100, label=_("Name"), help_text=_("Which program uses it, such as CRM."))
    scopes = forms.MultipleChoiceField(
        choices=lambda: [(scope.value, f"{_(label)} ({scope.value})") for scope, label in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        label=_("What it may do"),
    )
    last_day = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        label=_("Last day"),
        help_text=_("It is refused from the day after. Leave this out for a key that works until it is revoked."),
    )


def _offer(form: forms.Form, name: str, queryset: QuerySet[Team]) -> None:
    form.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a ModelChoiceField


def _offer_roles(form: forms.Form, roles: list[Role]) -> None:
    form.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]  # a choice


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return address.isascii()
