"""A workshop's own life: opened on a session, led through its phases, decided, closed. What moderators do.

Ideas and dots of phones are written in ``phones``, groups in ``grouping``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.feedback.normalise import normalise_line
from apps.panels.afterwards.writing import add_decisions, board_decision
from apps.panels.models import DotVote, IdeaGroup, Phase, ResearchSession, SessionState, Workshop
from apps.panels.workshops.changing import changing
from apps.panels.workshops.codes import make_code
from apps.panels.workshops.errors import GoneError, WorkshopError

QUESTION_CHARACTERS = 300
VOTES_MOST = 20  # of one phone
IDEAS_EACH_MOST = 100
MINUTES_MOST = 240
DECISION_CHARACTERS = 2_000
TRIES = 5  # codes are random: of 64 million a second one that is taken is a wonder


def open_workshop(
    *, session: ResearchSession, question: str, votes_each: int = 3, votes_per_idea: int = 3, ideas_each: int = 30
) -> Workshop:
    """Give ``session`` a board with a fresh code; where it has one already, that one, as it is.

    Raises ValidationError for numbers and words that cannot be, WorkshopError for a session that is called off.
    """
    if session.state == SessionState.CANCELLED:
        raise WorkshopError(_("This session is cancelled: nobody can take part."))
    wanted = _clean(question, votes_each, votes_per_idea, ideas_each)
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                workshop, _is_new = Workshop.objects.get_or_create(
                    session=session, defaults={**wanted, "code": make_code()}
                )
                return workshop
        except IntegrityError:  # the code is taken
            continue
    raise WorkshopError(_("No code could be found. Try again."))


def change_workshop(*, workshop_id: int, question: str, votes_each: int, votes_per_idea: int, ideas_each: int) -> None:
    """Change what is asked and what each phone may do. Once dots were given their numbers can only grow."""
    wanted = _clean(question, votes_each, votes_per_idea, ideas_each)
    with changing(workshop_id, is_layout=True) as workshop:
        is_less = votes_each < workshop.votes_each or votes_per_idea < workshop.votes_per_idea
        if is_less and DotVote.objects.filter(workshop=workshop).exists():
            raise WorkshopError(_("People have voted already: the numbers of votes can only grow."))
        for name, value in wanted.items():
            setattr(workshop, name, value)
        workshop.save(update_fields=list(wanted))


def _clean(question: str, votes_each: int, votes_per_idea: int, ideas_each: int) -> dict[str, str | int]:
    words = normalise_line(question, limit=QUESTION_CHARACTERS)
    if not words:
        raise ValidationError({"question": _("Write what you ask people.")})
    if not 1 <= votes_per_idea <= votes_each <= VOTES_MOST:
        raise ValidationError(
            {
                "votes_each": _("Give 1 to %(most)d votes each, and not more on one idea than each has.")
                % {"most": VOTES_MOST}
            }
        )
    if not 1 <= ideas_each <= IDEAS_EACH_MOST:
        raise ValidationError({"ideas_each": _("Allow 1 to %(most)d ideas each.") % {"most": IDEAS_EACH_MOST}})
    return {
        "question": words,
        "votes_each": votes_each,
        "votes_per_idea": votes_per_idea,
        "ideas_each": ideas_each,
    }


def set_phase(*, workshop_id: int, phase: str, minutes: int | None = None, now: datetime | None = None) -> None:
    """Lead everybody into ``phase``, with a timer of ``minutes`` or none. Twice: the timer starts anew.

    Nothing happens by itself when the timer ends. Into DONE: decisions are copied to the session (``close``).
    """
    if phase not in Phase.values:
        raise ValidationError(_("There is no such phase."))
    if minutes is not None and not 1 <= minutes <= MINUTES_MOST:
        raise ValidationError(_("Give the timer 1 to %(most)d minutes.") % {"most": MINUTES_MOST})
    with _in_session(workshop_id) as session, changing(workshop_id, is_layout=True) as workshop:
        workshop.phase = phase
        is_timed = minutes is not None and phase not in (Phase.CLOSED, Phase.DONE)
        workshop.phase_ends_at = (now or timezone.now()) + timedelta(minutes=minutes or 0) if is_timed else None
        workshop.save(update_fields=["phase", "phase_ends_at"])
        if phase == Phase.DONE:
            _copy_decisions(workshop, session)


def close(*, workshop_id: int) -> None:
    """End the workshop: phones take nothing more, and what was decided stands in the session. Twice is once."""
    set_phase(workshop_id=workshop_id, phase=Phase.DONE)


def decide(*, workshop_id: int, group_id: int, words: str, was: str) -> None:
    """Write what was decided of a group; blank: nothing.

    ``was``: what its writer saw before. Where it is something else by now, nothing is written over:
    WorkshopError tells what stands there. Raises GoneError for a group that is not there.
    """
    wanted = "\n".join(line.rstrip() for line in words.replace("\r\n", "\n").split("\n")).strip()
    if len(wanted) > DECISION_CHARACTERS:
        raise ValidationError(_("Shorten this to %(most)d characters.") % {"most": DECISION_CHARACTERS})
    if "\0" in wanted:
        raise ValidationError(_("Remove the NUL character."))
    with _in_session(workshop_id) as session, changing(workshop_id, is_layout=True) as workshop:
        group = IdeaGroup.objects.filter(workshop=workshop, pk=group_id).first()
        if group is None:
            raise GoneError
        if group.decision not in (wanted, was.replace("\r\n", "\n").strip()):
            raise WorkshopError(
                _("Somebody has written here meanwhile: “%(words)s”. Look at the board again, then change it.")
                % {"words": group.decision}
            )
        group.decision = wanted
        group.save(update_fields=["decision"])
        if workshop.phase == Phase.DONE:
            _copy_decisions(workshop, session)


@contextmanager
def _in_session(session_id: int) -> Iterator[ResearchSession]:
    """Lock the session before its workshop, as who makes feedback of ideas does: else each would wait for the other."""
    with transaction.atomic():
        yield ResearchSession.objects.select_for_update(no_key=True).get(pk=session_id)


def _copy_decisions(workshop: Workshop, session: ResearchSession) -> None:
    """Add the board's decisions to those of the session; what stands there already is not added again."""
    groups = IdeaGroup.objects.filter(workshop=workshop).exclude(decision="")
    add_decisions(session, [board_decision(group.title, group.decision) for group in groups])
