"""What phones write: they join, contribute, vote, and take votes back. Nobody's name is asked or kept."""

import uuid
from typing import NamedTuple, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.feedback.normalise import normalise_line
from apps.panels.models import DotVote, Idea, IdeaGroup, Phase, Phone, Workshop
from apps.panels.workshops.changing import NOT_DONE, OPEN_TO_IDEAS, changing
from apps.panels.workshops.errors import GoneError, LimitError

PHONES_MOST = 1_000  # of one workshop
IDEAS_MOST = 5_000


class Target(NamedTuple):
    """What a dot stands on: a group, or an idea that is in none. Written "g12" or "i34"."""

    is_group: bool
    pk: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        kind, number = text[:1], text[1:]
        if kind not in ("g", "i") or not (number.isascii() and number.isdigit() and len(number) <= 18):
            return None
        return cls(kind == "g", int(number))


def phone_of(*, workshop_id: int, key_sha256: str) -> Phone | None:
    return Phone.objects.filter(workshop_id=workshop_id, key_sha256=key_sha256).first()


def join(*, workshop_id: int, key_sha256: str) -> Phone:
    """Return the phone of this key, made where there is none. Raises PhaseError once the workshop is over."""
    phone = phone_of(workshop_id=workshop_id, key_sha256=key_sha256)
    if phone is not None:
        return phone
    with changing(workshop_id, phases=NOT_DONE) as workshop:
        if Phone.objects.filter(workshop=workshop).count() >= PHONES_MOST:
            raise LimitError(_("As many phones as this workshop holds have joined already."))
        phone, _is_new = Phone.objects.get_or_create(key_sha256=key_sha256, defaults={"workshop": workshop})
    return phone


def contribute(*, workshop_id: int, phone: Phone | None, client_key: uuid.UUID, text: str) -> Idea:
    """Keep an idea of ``phone`` (none: of staff at the board) and return it; sent twice, it is kept once.

    Raises ValidationError for words that cannot be kept, PhaseError once the vote has begun, LimitError for one more
    than a phone or the workshop may have (what staff took off the board counts).
    """
    kept = _sent_before(workshop_id, phone, client_key)
    if kept is not None:
        return kept
    words = read_words(text)
    with changing(workshop_id, phases=OPEN_TO_IDEAS) as workshop:
        kept = _sent_before(workshop_id, phone, client_key)  # at once
        if kept is None:
            _refuse_too_many(workshop, phone)
            kept, _is_new = Idea.objects.get_or_create(
                client_key=client_key, defaults={"workshop": workshop, "phone": phone, "text": words}
            )
    return kept


def read_words(text: str) -> str:
    """Return an idea's words on one line. Raises ValidationError for none and for too many."""
    words = normalise_line(text, limit=Idea.CHARACTERS)
    if not words:
        raise ValidationError(_("Write your idea first."), code="required")
    return words


def _sent_before(workshop_id: int, phone: Phone | None, client_key: uuid.UUID) -> Idea | None:
    idea = Idea.objects.filter(client_key=client_key).first()
    if idea is not None and (idea.workshop_id != workshop_id or idea.phone_id != (phone.pk if phone else None)):
        raise LimitError(_("This was sent from elsewhere. Load the page again."))
    return idea


def _refuse_too_many(workshop: Workshop, phone: Phone | None) -> None:
    if phone is not None and Idea.objects.filter(phone=phone).count() >= workshop.ideas_each:
        raise LimitError(_("You have sent %(most)d ideas: that is all for one phone.") % {"most": workshop.ideas_each})
    if Idea.objects.filter(workshop=workshop).count() >= IDEAS_MOST:
        raise LimitError(_("The board is full."))


def vote(*, workshop_id: int, phone: Phone, client_key: uuid.UUID, target: Target) -> None:
    """Put one dot of ``phone`` on ``target``; sent twice, it is put once.

    Raises PhaseError outside the vote, GoneError for what is not on the board, LimitError where the phone has no
    dot left, at all or for this target. Exact whatever arrives at once.
    """
    if DotVote.objects.filter(client_key=client_key).exists():
        return
    with changing(workshop_id, phases=(Phase.VOTE,)) as workshop:
        if DotVote.objects.filter(client_key=client_key).exists():  # at once
            return
        where = _find(workshop, target)
        given = list(standing_dots(phone))
        if len(given) >= workshop.votes_each:
            raise LimitError(_("You have given all your votes. Take one back first."))
        if given.count((where.get("group_id"), where.get("idea_id"))) >= workshop.votes_per_idea:
            raise LimitError(_("You have given this one all it may get from you."))
        DotVote.objects.get_or_create(client_key=client_key, defaults={"workshop": workshop, "phone": phone, **where})


def _find(workshop: Workshop, target: Target) -> dict[str, int]:
    """Return the column that points to ``target``. Raises GoneError where one cannot vote for it."""
    if target.is_group:
        found = IdeaGroup.objects.filter(workshop=workshop, pk=target.pk)
    else:
        found = Idea.objects.filter(workshop=workshop, pk=target.pk, group=None, hidden_at=None)  # type: ignore[assignment]  # either has what is asked next
    if not found.exists():
        raise GoneError
    return {"group_id" if target.is_group else "idea_id": target.pk}


def standing_dots(phone: Phone) -> list[tuple[int | None, int | None]]:
    """Return group and idea of each dot that counts: one on an idea that staff took off the board does not."""
    dots = DotVote.objects.filter(phone=phone, idea__hidden_at=None)
    return list(dots.values_list("group_id", "idea_id"))


def take_back(*, workshop_id: int, phone: Phone, client_key: uuid.UUID) -> None:
    """Take the dot with this key back from wherever it stands; one that is gone, or another phone's, stays as it is.

    Raises PhaseError outside the vote.
    """
    with changing(workshop_id, phases=(Phase.VOTE,)):
        DotVote.objects.filter(workshop_id=workshop_id, phone=phone, client_key=client_key).delete()
