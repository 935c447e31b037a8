"""What other rooms ask of planning; each noun has its own module."""

from apps.panels.planning.participants import invite
from apps.panels.planning.sessions import cancel_session, change_session, create_session, end_session, start_session

__all__ = ["cancel_session", "change_session", "create_session", "end_session", "invite", "start_session"]
