"""What can stand against a change of a workshop, in words for whoever tried it."""

from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.panels.models import Phase


class WorkshopError(DomainError):
    """The workshop does not stand as it would have to."""


class GoneError(WorkshopError):
    """What was meant is not there any more: somebody else was faster."""

    def __init__(self) -> None:
        super().__init__(_("That is not on the board any more. Look at it again."))


class PhaseError(WorkshopError):
    """Not in this phase. Nothing was changed."""

    def __init__(self, phase: str) -> None:
        super().__init__(_("This cannot be done in the phase “%(phase)s”.") % {"phase": Phase(phase).label})


class LimitError(WorkshopError):
    """As many as there may be are there already."""
