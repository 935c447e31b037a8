"""Conflicts of state that managing staff can meet."""

from django.utils.translation import gettext as _

from apps.core.errors import DomainError


class LastAdministratorError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("This is the last administrator. Make another one first."))


class SetupDoneError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("An administrator exists already. Sign in, or ask them for an account."))


class TeamInUseError(DomainError):
    def __init__(self, kinds: str) -> None:
        super().__init__(_("The team still holds something: %(kinds)s. Move that first.") % {"kinds": kinds})


class InvitationGoneError(DomainError):
    """One sentence for every reason: wrong, used, revoked, too old, or the address has an account by now."""

    def __init__(self) -> None:
        super().__init__(_("This invitation no longer works. Ask whoever invited you for a new one."))
