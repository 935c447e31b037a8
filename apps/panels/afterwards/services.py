"""Notes and ideas become feedback: through the door of capture, each once, and back again.

Writers of one session come one after another, under the lock of its row, as those of its notes do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.catalog.models import Visibility
from apps.core.errors import DomainError
from apps.dialogue.models import Note
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.services import Capture, capture_batch, moderation
from apps.feedback.services.behalf import person_of
from apps.feedback.services.dedupe import hash_parts
from apps.panels import quotes
from apps.panels.afterwards import circumstances
from apps.panels.models import DotVote, Idea, ResearchSession, SessionNote, Workshop
from apps.tagging import spans
from apps.tagging.batches import Statement, confirm_tags
from apps.tagging.models import Source, Tag, Tagging
from apps.tagging.services import confirm_tag


@dataclass
class Promoted:
    """What became of notes or ideas: feedback by their id, old and new; and why others became none."""

    feedback_ids: dict[int, int] = field(default_factory=dict)
    new_ids: list[int] = field(default_factory=list)  # of notes or ideas
    refused: dict[int, str] = field(default_factory=dict)


# --- notes --------------------------------------------------------------------------------------------------------


@transaction.atomic
def promote(*, notes: Iterable[SessionNote], user: User) -> Promoted:
    """Make feedback of ``notes``, said by their speakers, tagged by their authors; what is feedback already stays.

    A quote whose speaker does not consent to be quoted is refused, as are deleted and erased notes. A constant
    number of queries for each session. Raises DomainError, having written nothing, where a session has no product.
    ``user``, who may join the session, is told by the audit alone: the words are the speaker's.
    """
    done = Promoted()
    ordered = sorted(notes, key=lambda note: (note.session_id, note.pk))
    for session_id, group in groupby(ordered, key=lambda note: note.session_id):
        session = _locked(session_id)
        _promote_notes(session, [note.pk for note in group], done)
    return done


def _promote_notes(session: ResearchSession, note_ids: Sequence[int], done: Promoted) -> None:
    related = ("speaker__customer__organisation", "task", "problem", "session")
    rows = SessionNote.objects.filter(pk__in=note_ids, session=session).select_related(*related)
    known = list(rows.prefetch_related("tags").order_by("pk"))  # as they are now, under the lock
    done.feedback_ids |= {note.pk: note.feedback_id for note in known if note.feedback_id is not None}
    fresh = [note for note in known if note.feedback_id is None]
    shown = quotes.quotable(fresh, as_of=timezone.localdate())
    done.refused |= {note.pk: reason for note in fresh if (reason := _why_not(note, shown))}
    wanted = [note for note in fresh if note.pk not in done.refused]
    made = _capture(session, {note.pk: _capture_of_note(note, session) for note in wanted}, done)
    number = _newest_change(session)
    for place, note in enumerate((note for note in wanted if note.pk in made), start=1):
        SessionNote.objects.filter(pk=note.pk).update(feedback=made[note.pk], change_number=number + place)
    confirm_tags(
        [
            Statement(made[note.pk], tag.pk, note.author_id, said_at=note.created_at)
            for note in wanted
            if note.pk in made
            for tag in note.tags.all()
        ]
    )


def _why_not(note: SessionNote, shown: set[int]) -> str:
    if note.deleted_at is not None or note.erased_at is not None:
        return _("This note was deleted.") if note.deleted_at else _("Its words were erased.")
    if note.is_quote and note.pk not in shown:
        return _("The speaker does not consent to be quoted.")
    return ""


def _capture_of_note(note: SessionNote, session: ResearchSession) -> Capture:
    person = person_of(note.speaker.customer) if note.speaker else None
    is_known = person is not None and bool(person.email or person.name)
    return Capture(
        product_id=session.product_id or 0,
        channel=Channel.SESSION,
        text=note.text,
        context=circumstances.of_note(note),
        person=person if is_known else None,
        identity=Identity.VERIFIED if is_known else Identity.ANONYMOUS,
        captured_at=note.at,
        repeat_key=hash_parts("session note", note.pk),
    )


@transaction.atomic
def highlight(*, note: SessionNote, quoted: str, span: spans.Span | None, tag: Tag, user: User) -> Tagging:
    """Tag a part of a note's words: it becomes feedback where it is none yet, and the tag is put on those words.

    ``span`` where it is known, else the place is found by ``quoted``; neither: the whole. Raises DomainError.
    """
    done = promote(notes=[note], user=user)
    if note.pk not in done.feedback_ids:
        raise DomainError(done.refused.get(note.pk, _("This note cannot become feedback.")))
    feedback_id = done.feedback_ids[note.pk]
    text = Feedback.objects.values_list("text", flat=True).get(pk=feedback_id)
    found = span or (spans.find(text, quoted) if quoted.strip() else None)
    return confirm_tag(feedback_id=feedback_id, tag=tag, user=user, span=found)


@transaction.atomic
def take_back(*, notes: Iterable[SessionNote]) -> list[int]:
    """Undo ``promote``: withdraw what the notes became, so that they may be changed and promoted anew.

    Returns the ids of the notes that changed; again changes nothing. Raises DomainError, having changed nothing,
    where somebody else has worked with the feedback since: then it is withdrawn on its own page or not at all.
    """
    changed: list[int] = []
    ordered = sorted(notes, key=lambda note: (note.session_id, note.pk))
    for session_id, group in groupby(ordered, key=lambda note: note.session_id):
        session = _locked(session_id, needs_product=False)
        ids = [note.pk for note in group]
        rows = list(SessionNote.objects.filter(pk__in=ids, session=session, feedback__isnull=False).order_by("pk"))
        _refuse_touched(rows)
        moderation.withdraw(row.feedback_id for row in rows if row.feedback_id)
        number = _newest_change(session)
        for place, row in enumerate(rows, start=1):
            SessionNote.objects.filter(pk=row.pk).update(feedback=None, change_number=number + place)
        changed += [row.pk for row in rows]
    return changed


def _refuse_touched(rows: Sequence[SessionNote]) -> None:
    authors = {row.feedback_id: row.author_id for row in rows if row.feedback_id}
    said = Tagging.objects.filter(feedback_id__in=authors, source=Source.PERSON).values_list("feedback_id", "user_id")
    is_tagged = any(user_id != authors[feedback_id] for feedback_id, user_id in said)
    if is_tagged or Note.objects.filter(feedback_id__in=authors).exists():
        raise DomainError(_("Others have worked with this feedback since. Withdraw it on its own page."))


# --- ideas --------------------------------------------------------------------------------------------------------


@transaction.atomic
def promote_ideas(*, ideas: Iterable[Idea], user: User) -> Promoted:
    """Make feedback of a workshop's ideas, of nobody in particular, with their votes; as ``promote`` otherwise."""
    done = Promoted()
    ordered = sorted(ideas, key=lambda idea: (idea.workshop_id, idea.pk))
    for session_id, group in groupby(ordered, key=lambda idea: idea.workshop_id):
        session = _locked(session_id)
        _promote_ideas(session, [idea.pk for idea in group], done)
    return done


def _promote_ideas(session: ResearchSession, idea_ids: Sequence[int], done: Promoted) -> None:
    rows = Idea.objects.filter(pk__in=idea_ids, workshop_id=session.pk).select_related("group", "workshop__session")
    known = list(rows.order_by("pk"))
    done.feedback_ids |= {idea.pk: idea.feedback_id for idea in known if idea.feedback_id is not None}
    fresh = [idea for idea in known if idea.feedback_id is None]
    done.refused |= {idea.pk: _("This idea was taken off the board.") for idea in fresh if idea.hidden_at}
    wanted = [idea for idea in fresh if not idea.hidden_at]
    votes = votes_of(wanted)
    made = _capture(session, {idea.pk: _capture_of_idea(idea, session, votes[idea.pk]) for idea in wanted}, done)
    if made:
        _stir_board(session)
    for idea_id, feedback_id in made.items():
        Idea.objects.filter(pk=idea_id).update(feedback=feedback_id)


def votes_of(ideas: Sequence[Idea]) -> dict[int, int]:
    """Return how many dots each idea has: its own, or its group's. One query."""
    dots = DotVote.objects.filter(workshop__in={idea.workshop_id for idea in ideas})
    by_group: dict[int, int] = {}
    by_idea: dict[int, int] = {}
    for group_id, idea_id in dots.values_list("group_id", "idea_id"):
        if group_id is not None:
            by_group[group_id] = by_group.get(group_id, 0) + 1
        elif idea_id is not None:
            by_idea[idea_id] = by_idea.get(idea_id, 0) + 1
    return {idea.pk: by_idea.get(idea.pk, 0) + by_group.get(idea.group_id or 0, 0) for idea in ideas}


def _capture_of_idea(idea: Idea, session: ResearchSession, votes: int) -> Capture:
    return Capture(
        product_id=session.product_id or 0,
        channel=Channel.SESSION,
        text=idea.text,
        context=circumstances.of_idea(idea, votes),
        captured_at=idea.created_at,
        repeat_key=hash_parts("workshop idea", idea.pk),
    )


@transaction.atomic
def take_back_ideas(*, ideas: Iterable[Idea]) -> list[int]:
    """Undo ``promote_ideas``, as ``take_back`` does of notes."""
    changed: list[int] = []
    ordered = sorted(ideas, key=lambda idea: (idea.workshop_id, idea.pk))
    for session_id, group in groupby(ordered, key=lambda idea: idea.workshop_id):
        session = _locked(session_id, needs_product=False)
        rows = Idea.objects.filter(pk__in=[idea.pk for idea in group], workshop_id=session.pk, feedback__isnull=False)
        kept = dict(rows.values_list("pk", "feedback_id"))
        touched = Q(Exists(Tagging.objects.filter(feedback=OuterRef("pk"), source=Source.PERSON)))
        touched |= Q(Exists(Note.objects.filter(feedback=OuterRef("pk"))))
        if Feedback.objects.filter(touched, pk__in=kept.values()).exists():
            raise DomainError(_("Others have worked with this feedback since. Withdraw it on its own page."))
        moderation.withdraw(feedback_id for feedback_id in kept.values() if feedback_id)
        if kept:
            _stir_board(session)
        Idea.objects.filter(pk__in=kept).update(feedback=None)
        changed += kept
    return changed


def _stir_board(session: ResearchSession) -> None:
    """Have the boards that look at the workshop read it anew. Before its ideas are written, as every writer of a board
    takes the workshop's row first: else two would wait for each other.
    """
    Workshop.objects.filter(pk=session.pk).update(change_number=F("change_number") + 1)


# --- what both do -------------------------------------------------------------------------------------------------


def _locked(session_id: int, *, needs_product: bool = True) -> ResearchSession:
    """Lock the session. Raises DomainError where what was said there cannot become feedback."""
    rows = ResearchSession.objects.select_for_update(no_key=True, of=("self",)).select_related("team", "product__team")
    session = rows.get(pk=session_id)
    if not needs_product:
        return session
    if session.product is None:
        raise DomainError(_("Say first which product this session is about: feedback is about a product."))
    if session.visibility != Visibility.EVERYONE and session.product.team_id != session.team_id:
        raise DomainError(
            _(
                "This session is open to %(team)s alone, but feedback on %(product)s opens to another team. Open the"
                " session to all staff, or choose a product of %(team)s."
            )
            % {"team": session.team, "product": session.product}
        )
    return session


def _capture(session: ResearchSession, captures: Mapping[int, Capture], done: Promoted) -> dict[int, int]:
    """Capture, no more open than the session; return feedback by key, after noting all in ``done``."""
    made: dict[int, int] = {}
    outcomes = capture_batch(list(captures.values())).outcomes if captures else []
    for key, outcome in zip(captures, outcomes, strict=True):
        if outcome.problem or outcome.feedback_id is None:
            done.refused[key] = outcome.problem.reason if outcome.problem else _("This cannot become feedback.")
            continue
        made[key] = outcome.feedback_id
        if outcome.is_new:
            done.new_ids.append(key)
    product_default = session.product.default_visibility if session.product else Visibility.EVERYONE
    visibility = circumstances.stricter(session.visibility, product_default)
    if visibility != product_default:
        moderation.set_visibility(made.values(), visibility)
    done.feedback_ids |= made
    return made


def _newest_change(session: ResearchSession) -> int:
    """Return the newest number of change among the session's notes; its row is locked."""
    newest = SessionNote.objects.filter(session=session).aggregate(newest=Max("change_number"))["newest"]
    return newest or 0
