"""A public form sent in: never lost, held where it is doubtful, one feedback however often it is sent."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.crypto import salted_hmac

from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.selectors import PublicForm
from apps.feedback.services import dedupe
from apps.feedback.services.capture import Capture, Outcome, capture
from apps.feedback.services.people import Person
from apps.feedback.tokens import FormToken

RAW_WINDOW_SECONDS = 600  # without a token, the same words from one address within this time are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person wrote into a form, normalised."""

    text: str
    rating: int | None = None
    person: Person | None = None
    version: str = ""
    context: dict[str, str] = field(default_factory=dict)


def submit_form(
    *, form: PublicForm, entry: Entry, token: FormToken, is_trap_sprung: bool, address: str, now: float
) -> int:
    """Capture the entry and return the id of its feedback; sent again, the same id.

    Held for review: without a good token, with the hidden field filled in, faster than a person writes, and
    when a token comes back with other words (which are kept as a feedback of their own).
    """
    held_reason = _doubt(token, is_trap_sprung=is_trap_sprung)
    if not token.nonce:
        window = int(now // RAW_WINDOW_SECONDS)
        mark = salted_hmac("feedback.raw", address, algorithm="sha256").hexdigest()
        key = dedupe.hash_parts("raw", form.pk, mark, window, *_words(entry))
        return _id_of(_capture(form, entry, held_reason=held_reason, repeat_key=key))
    key = dedupe.token_key(token.nonce)
    outcome = _capture(form, entry, held_reason=held_reason, repeat_key=key)
    if outcome.is_new or _is_same(_id_of(outcome), entry):
        return _id_of(outcome)
    key = dedupe.hash_parts("token again", token.nonce, *_words(entry))
    return _id_of(_capture(form, entry, held_reason="Form token used twice", repeat_key=key))


def _doubt(token: FormToken, *, is_trap_sprung: bool) -> str:
    if token.doubt:
        return token.doubt
    if is_trap_sprung:
        return "Hidden field filled in"
    if token.age_seconds < settings.FORM_MIN_SECONDS:
        return "Sent faster than a person writes"
    return ""


def _capture(form: PublicForm, entry: Entry, *, held_reason: str, repeat_key: str) -> Outcome:
    return capture(
        Capture(
            product_id=form.product_id,
            form_id=form.pk,
            channel=Channel.FORM,
            text=entry.text,
            rating=entry.rating,
            version=entry.version,
            context=entry.context,
            person=entry.person,
            identity=Identity.CLAIMED,
            held_reason=held_reason,
            repeat_key=repeat_key,
        )
    )


def _id_of(outcome: Outcome) -> int:
    if outcome.feedback_id is None:
        raise RuntimeError("The door of capture refused without saying so.")
    return outcome.feedback_id


def _words(entry: Entry) -> tuple[str, int | None]:
    return entry.text, entry.rating


def _is_same(feedback_id: int, entry: Entry) -> bool:
    stored = Feedback.objects.filter(pk=feedback_id).values_list("text", "rating").first()
    return stored == _words(entry)
