"""A public form sent in: never lost, held where it is doubtful, one feedback however often it is sent."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.core import limits
from apps.core.limits import Bucket
from apps.feedback.abuse import ladder
from apps.feedback.models import Answer, Channel, Feedback, FeedbackState, Form, Identity
from apps.feedback.questionnaire.values import Value
from apps.feedback.selectors import PublicForm, response_count, version_of
from apps.feedback.services import attachments, dedupe
from apps.feedback.services.capture import Answered, Capture, Consented, Outcome, capture
from apps.feedback.services.people import Person
from apps.feedback.tokens import FormToken

RAW_WINDOW_SECONDS = 600  # without a token, the same words from one address within this time are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """What an address or a host page said of who fills in the form, checked by its signature."""

    person: Person | None = None  # proven
    link_nonce: str = ""  # of a link that is one response
    channel: Channel = Channel.FORM


STRANGER = Visitor()


class FormFullError(Exception):
    """The form has had all the answers it asked for, and this is none of them sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person wrote into a form, normalised."""

    text: str = ""  # blank where the form asked for none, or none were given
    rating: int | None = None
    person: Person | None = None
    version: str = ""
    context: dict[str, str] = field(default_factory=dict)
    answers: tuple[Answered, ...] = ()
    consents: tuple[Consented, ...] = ()
    files: tuple[str, ...] = ()  # keys of attachments that wait for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How an entry was sent: what speaks for a person, or against one."""

    token: FormToken
    address: str
    now: float  # seconds since 1970
    is_trap_sprung: bool = False  # the hidden field was filled in
    has_worked: bool = True  # the proof of work is there, or none is asked for
    limit: Bucket | None = None  # of the sender, to be taken here


def submit_form(*, form: PublicForm, entry: Entry, sending: Sending, visitor: Visitor = STRANGER) -> int:
    """Capture the entry and return the id of its feedback; sent again, the same id.

    An anonymous form keeps neither who nor when beyond the day, nor a mark of the address.

    Held for review: without a good token, with the hidden field filled in, faster than a person writes, without the
    proof of work where one is asked for, when a token comes back with other words (which are kept as a feedback of
    their own), and for what ``abuse.ladder`` finds in the words of somebody who is not proven.

    Of a form with a limit one is taken at a time: raises FormFullError for the one too many, having kept nothing.
    Raises limits.UsedUpError where the sender's limit is used up: counted here, in one trip with the ladder's.
    """
    token, doubts = sending.token, _doubts(form, entry, sending, visitor)
    send = partial(_capture, form, entry=entry, version_id=version_of(form, token.version_id), visitor=visitor)
    if form.response_limit is not None:
        send = partial(_within_limit, form, send)
    held_reason = ladder.joined(doubts)
    if visitor.link_nonce:  # a link is one response, whatever is sent by it again
        return _id_of(send(held_reason=held_reason, repeat_key=_link_key(form, visitor)))
    if not token.nonce:
        return _id_of(send(held_reason=held_reason, repeat_key=_raw_key(form, entry, sending)))
    outcome = send(held_reason=held_reason, repeat_key=dedupe.token_key(token.nonce))
    if outcome.is_new or _is_same(_id_of(outcome), entry):
        return _id_of(outcome)
    key = dedupe.hash_parts("token again", token.nonce, *_words(entry))
    send = partial(send, entry=_with_files_of_its_own(entry)) if entry.files else send
    return _id_of(send(held_reason=ladder.joined([ladder.USED_TWICE, *doubts]), repeat_key=key))


def sent_before(*, form: PublicForm, visitor: Visitor, token: FormToken | None = None) -> int | None:
    """Return the id of the feedback that this link or token has captured already, None for none. At most one query."""
    if not visitor.link_nonce and not (token and token.nonce):
        return None
    key = _link_key(form, visitor) if visitor.link_nonce or token is None else dedupe.token_key(token.nonce)
    found = Feedback.objects.exclude(state=FeedbackState.WITHDRAWN).filter(dedupe_key=key, form_id=form.pk)
    return found.values_list("pk", flat=True).first()


def answered_links(form_id: int, nonces: Collection[str]) -> set[str]:
    """Return by which of the links (``links.make_link``) something was captured that stands. One query."""
    keys = {dedupe.hash_parts("link", form_id, nonce): nonce for nonce in nonces}
    found = Feedback.objects.exclude(state=FeedbackState.WITHDRAWN).filter(dedupe_key__in=keys, form_id=form_id)
    return {keys[key] for key in found.values_list("dedupe_key", flat=True)}


def _link_key(form: PublicForm, visitor: Visitor) -> str:
    return dedupe.hash_parts("link", form.pk, visitor.link_nonce)


def _with_files_of_its_own(entry: Entry) -> Entry:
    """Return the entry with copies of its files: the first feedback keeps those it has."""
    fresh = {key: attachments.copy(key) or key for key in entry.files}
    answers = [
        one._replace(value=one.value._replace(choice=fresh.get(one.value.choice, one.value.choice)))
        for one in entry.answers
    ]
    return replace(entry, answers=tuple(answers), files=tuple(fresh.values()))


def _raw_key(form: PublicForm, entry: Entry, sending: Sending) -> str:
    """Return what makes a repeat without a token: the same words from one address within some minutes."""
    window = int(sending.now // RAW_WINDOW_SECONDS)
    mark = "" if form.is_anonymous else salted_hmac("feedback.raw", sending.address, algorithm="sha256").hexdigest()
    return dedupe.hash_parts("raw", form.pk, mark, window, *_words(entry))


def _doubts(form: PublicForm, entry: Entry, sending: Sending, visitor: Visitor) -> list[str]:
    """Return the reasons to hold it, none where there are none. Takes the sender's limit, or raises UsedUpError."""
    doubts = _doubts_about_sending(sending)
    if visitor.person or visitor.link_nonce:
        limits.take_each([], first=sending.limit)
        return doubts
    name = entry.person.name if entry.person else ""
    return doubts + ladder.doubts_about(form_id=form.pk, text=_all_words(entry), name=name, limit=sending.limit)


def _doubts_about_sending(sending: Sending) -> list[str]:
    if sending.token.doubt:
        return [sending.token.doubt]
    if sending.is_trap_sprung:
        return [ladder.TRAP]
    if sending.token.age_seconds < settings.FORM_MIN_SECONDS:
        return [ladder.TOO_FAST]
    return [] if sending.has_worked else [ladder.NO_WORK]


def _all_words(entry: Entry) -> str:
    """Return what was written in somebody's own words: the feedback's, and those of answers."""
    others = [one.value.text for one in entry.answers if one.value.text and not one.value.choice]
    return "\n".join([entry.text, *others]) if others else entry.text


def _capture(
    form: PublicForm, *, entry: Entry, version_id: int, visitor: Visitor, held_reason: str, repeat_key: str
) -> Outcome:
    person = visitor.person or entry.person
    return capture(
        Capture(
            product_id=form.product_id,
            form_id=form.pk,
            form_version_id=version_id,
            channel=visitor.channel,
            text=entry.text,
            rating=entry.rating,
            version=entry.version,
            context=entry.context,
            answers=entry.answers,
            consents=entry.consents,
            files=entry.files,
            is_coarse=form.is_anonymous,
            person=None if form.is_anonymous else person,
            identity=Identity.VERIFIED if visitor.person else Identity.CLAIMED,
            held_reason=held_reason,
            repeat_key=repeat_key,
        )
    )


@transaction.atomic
def _within_limit(form: PublicForm, send: Callable[..., Outcome], **how: str) -> Outcome:
    """Have ``send`` capture, one at a time of this form; raise FormFullError where a new one is one too many."""
    Form.objects.select_for_update(no_key=True).get(pk=form.pk)
    was = response_count(form.pk)
    outcome = send(**how)
    if outcome.is_new and form.response_limit is not None and was >= form.response_limit:
        raise FormFullError
    return outcome


def _id_of(outcome: Outcome) -> int:
    if outcome.feedback_id is None:
        raise RuntimeError("The door of capture refused without saying so.")
    return outcome.feedback_id


def _words(entry: Entry) -> tuple[object, ...]:
    said = [(one.question, one.value.row, one.value.position, one.value.plain) for one in entry.answers]
    return entry.text, entry.rating, sorted(said)


def _is_same(feedback_id: int, entry: Entry) -> bool:
    stored = Feedback.objects.filter(pk=feedback_id).values_list("text", "rating").first()
    columns = ("question", "choice", "number", "text", "day", "row", "position")
    rows = Answer.objects.filter(feedback_id=feedback_id).values_list(*columns)
    answers = tuple(Answered(question, Value(*value)) for question, *value in rows)
    return stored is not None and _words(Entry(text=stored[0], rating=stored[1], answers=answers)) == _words(entry)
