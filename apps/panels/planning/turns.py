"""One session at a time: whoever changes a session, its people or its money holds its row until the end."""

from apps.panels.models import ResearchSession


def take_turn(session_id: int) -> ResearchSession:
    """Wait for the session's row, lock it until the transaction ends, and return it as it stands then."""
    return (
        ResearchSession.objects.select_related("team", "product", "panel")
        .select_for_update(of=("self",))
        .get(pk=session_id)
    )


def grow_sequence(session: ResearchSession) -> None:
    """Count one more change of what stands in calendars. The caller holds the turn."""
    session.sequence += 1
    session.save(update_fields=["sequence"])
