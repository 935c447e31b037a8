"""Conflicts of state that running a panel can meet."""

from django.utils.translation import gettext as _

from apps.core.errors import DomainError


class PanelClosedError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("This panel is closed. Open it again first."))


class InvitationGoneError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("This invitation does not stand any more."))


class PanelFullError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("Every seat is taken, and every place among the alternates too."))


class SeatStateError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("That seat changed meanwhile. Look at it again."))


class RemindedError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("They were reminded already, or cannot be written to. One reminder is enough."))


class BallotClosedError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("This vote is closed."))


class NotVotingError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("Members vote; alternates do once they have moved up."))
