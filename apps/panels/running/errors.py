"""What can stand in a note taker's way."""

from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.panels.models import SessionNote, TaskRun


class NoteChangedError(DomainError):
    """Somebody else changed the note meanwhile: ``note`` is as it stands now. Nothing was overwritten."""

    def __init__(self, note: SessionNote) -> None:
        super().__init__(_("Somebody else changed this note meanwhile. Nothing was overwritten."))
        self.note = note


class RunChangedError(DomainError):
    """Somebody else wrote this task of this participant meanwhile: ``run`` is as it stands now."""

    def __init__(self, run: TaskRun) -> None:
        super().__init__(_("Somebody else wrote this task down meanwhile. Nothing was overwritten."))
        self.run = run
