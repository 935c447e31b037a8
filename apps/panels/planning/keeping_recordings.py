"""Links to recordings of a session: added only while everybody in them consents. The one writer of their table."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.panels.models import SessionRecording
from apps.panels.planning.errors import PlanningError
from apps.panels.planning.turns import take_turn
from apps.panels.recordings import recording_is_open

MOST = 20


@transaction.atomic
def add_recording(*, session_id: int, title: str, url: str, added_by: User) -> SessionRecording:
    """Keep where a recording lies; the same again changes nothing.

    Raises PlanningError where a participant who comes, or was there, does not consent to be recorded.
    """
    session = take_turn(session_id)
    if not recording_is_open(session, timezone.localdate()):
        raise PlanningError(_("Nothing was kept: not everybody who takes part consents to be recorded."))
    there = session.recordings.filter(url=url, removed_at=None).first()
    if there is not None:
        return there
    if session.recordings.filter(removed_at=None).count() >= MOST:
        raise PlanningError(_("%(count)s recordings of one session are enough.") % {"count": MOST})
    return SessionRecording.objects.create(session=session, title=title, url=url, added_by=added_by)


@transaction.atomic
def remove_recording(*, session_id: int, recording_id: int) -> None:
    """Take a link away for good: it is blanked. The recording itself lies elsewhere. Again changes nothing."""
    session = take_turn(session_id)
    session.recordings.filter(pk=recording_id, removed_at=None).update(removed_at=timezone.now(), url="")
