"""What goes along with a note or an idea when it becomes feedback: its context, and how far it is open. Pure."""

from apps.catalog.models import Visibility
from apps.feedback.normalise import LINE_LIMIT
from apps.panels.models import Idea, ResearchSession, SessionNote

_ORDER = (Visibility.EVERYONE, Visibility.TEAM, Visibility.RESTRICTED)


def stricter(one: str, other: str) -> Visibility:
    return max(Visibility(one), Visibility(other), key=_ORDER.index)


def of_session(session: ResearchSession) -> dict[str, str]:
    """Return what all that comes from the session has in common; the words of a context are no page's, so English."""
    return {"session": _line(f"{session.pk}: {session.title}"), "session kind": session.kind}


def of_note(note: SessionNote) -> dict[str, str]:
    """Return the context of ``note``, which comes with session, task and problem."""
    marks = [word for word, is_set in (("quote", note.is_quote), ("need", note.is_need)) if is_set]
    more = {
        "noted as": ", ".join(marks),
        "task": note.task.title if note.task else "",
        "problem": note.problem.title if note.problem else "",
    }
    return of_session(note.session) | _given(more)


def of_idea(idea: Idea, votes: int) -> dict[str, str]:
    """Return the context of ``idea``, which comes with group, workshop and session."""
    more = {"workshop": idea.workshop.question, "group": idea.group.title if idea.group else "", "votes": str(votes)}
    return of_session(idea.workshop.session) | _given(more)


def _given(values: dict[str, str]) -> dict[str, str]:
    return {name: _line(value) for name, value in values.items() if value.strip()}


def _line(words: str) -> str:
    short = " ".join(words.split())
    return short if len(short) <= LINE_LIMIT else short[: LINE_LIMIT - 1] + "…"
