"""The one door through which feedback comes in, one at a time or by the thousand. Nothing else inserts it."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from apps.catalog.services import get_or_create_versions
from apps.core import outbox
from apps.customers.consents import ConsentRow, record_consents
from apps.feedback import normalise
from apps.feedback.models import Channel, FeedbackState, Identity
from apps.feedback.questionnaire.values import Value
from apps.feedback.services import attachments, dedupe, people
from apps.feedback.services.people import Person

T = TypeVar("T")
R = TypeVar("R")

CAPTURED = "feedback.captured"
LOOK_AGAIN = 3  # times: a repeat may be withdrawn between the insert that met it and the look for its id


class Consented(NamedTuple):
    """A consent given with a feedback, in the words that were shown."""

    purpose: str
    text: str
    language: str


class Answered(NamedTuple):
    """One value of the answer to one question of the form."""

    question: str  # its key
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One thing one customer told us, as a channel read it; the door normalises and checks it.

    ``repeat_key`` says what makes a repeat where the channel knows better than external id or content. Of a
    form's version the words may be blank: it need not ask for any, and checks itself that something was answered.
    """

    product_id: int
    channel: Channel
    text: str
    rating: int | None = None
    version: str = ""  # a version's name; one the product has not stays in the context
    context: Mapping[str, str] = field(default_factory=dict)
    person: Person | None = None
    identity: Identity = Identity.ANONYMOUS  # of the person: claimed or verified
    external_id: str = ""
    captured_at: datetime | None = None  # aware; None: now
    form_id: int | None = None
    form_version_id: int | None = None
    answers: Sequence[Answered] = ()
    consents: Sequence[Consented] = ()
    files: Sequence[str] = ()  # keys of attachments that wait for it
    is_coarse: bool = False  # keeps the day alone of when it was said and received
    import_id: int | None = None
    line: int | None = None
    held_reason: str = ""  # not blank: held for review
    repeat_key: str = ""


class Problem(NamedTuple):
    field: str
    reason: str


class Call(NamedTuple):
    """Which call of the API this is. A blank ``key`` is none: it is made anew each time."""

    api_key_id: int
    key: str
    body_sha256: str


class Outcome(NamedTuple):
    """What became of one capture: a new row, a repeat of an old one, or a refusal with its reason."""

    feedback_id: int | None
    is_new: bool
    problem: Problem | None = None


@dataclass(frozen=True)
class CaptureResult:
    outcomes: list[Outcome]  # one per capture, in the order given

    @cached_property
    def new_ids(self) -> list[int]:
        return [o.feedback_id for o in self.outcomes if o.is_new and o.feedback_id is not None]

    @cached_property
    def new_count(self) -> int:
        return sum(o.is_new for o in self.outcomes)

    @cached_property
    def repeated_count(self) -> int:
        return sum(not o.is_new and o.problem is None for o in self.outcomes)

    @cached_property
    def rejected_count(self) -> int:
        return sum(o.problem is not None for o in self.outcomes)


def capture(one: Capture, *, call: Call | None = None) -> Outcome:
    """Capture one piece of feedback: a new row with its outbox rows, or the id of the one it repeats.

    One query for an anonymous one. ``call`` is remembered with a new row, in its transaction: IntegrityError where it
    was before. Raises ValidationError by field, having written nothing.
    """
    outcome = capture_batch([one], call=call).outcomes[0]
    if outcome.problem:
        raise ValidationError({outcome.problem.field: [outcome.problem.reason]})
    return outcome


def capture_batch(captures: Sequence[Capture], *, call: Call | None = None) -> CaptureResult:
    """Capture many: good ones go in, repeats (of old rows, within the batch) and refused ones change nothing.

    A constant number of queries. Publishes ``feedback.captured`` for the new rows in the same transaction.
    """
    outcomes: list[Outcome | None] = [None] * len(captures)
    positions: dict[str, list[int]] = {}
    rows: dict[str, Capture] = {}
    for position, given in enumerate(captures):
        try:
            row = prepare(given)
        except ValidationError as error:
            outcomes[position] = Outcome(None, is_new=False, problem=problem_of(error))
            continue
        rows.setdefault(row.repeat_key, row)
        positions.setdefault(row.repeat_key, []).append(position)
    with _transaction(rows):
        written = _write(rows, call)
    for key, (feedback_id, is_new) in written.items():
        first, *others = positions[key]
        outcomes[first] = Outcome(feedback_id, is_new=is_new)
        for position in others:
            outcomes[position] = Outcome(feedback_id, is_new=False)
    gone = Outcome(None, is_new=False, problem=Problem("product", "There is no such product."))
    return CaptureResult([outcome or gone for outcome in outcomes])


def _transaction(rows: Mapping[str, Capture]) -> AbstractContextManager[object]:
    """Return the transaction that writing ``rows`` needs: none where all is one statement, a transaction of itself.

    Within a caller's transaction it stands and falls with that: no savepoint, two queries less.
    """
    is_one_statement = not any(
        row.person or row.answers or row.consents or row.files or row.import_id for row in rows.values()
    )
    return nullcontext() if is_one_statement else transaction.atomic(savepoint=False)


def prepare(given: Capture) -> Capture:
    """Return ``given`` normalised, with its ``repeat_key``. Raises ValidationError by field."""
    row = replace(
        given,
        text=_checked("text", normalise.normalise_text, given.text) if given.text or not given.form_version_id else "",
        rating=_checked("rating", normalise.normalise_rating, given.rating),
        version=_checked("version", lambda raw: normalise.normalise_line(raw, limit=60), given.version),
        context=_checked("context", normalise.normalise_context, given.context) if given.context else {},
        external_id=_checked("external_id", normalise.normalise_line, given.external_id),
        captured_at=_checked("captured_at", normalise.normalise_moment, given.captured_at),
        person=people.normalise_person(given.person) if given.person else None,
    )
    if not row.repeat_key:  # this copy is nobody's yet, and another one would cost as much as all of the above
        object.__setattr__(row, "repeat_key", repeat_key(row))
    return row


def repeat_key(row: Capture) -> str:
    """Return what makes a repeat of ``row``, which is normalised."""
    if row.external_id:
        return dedupe.external_key(row.product_id, row.external_id)
    if row.channel != Channel.IMPORT:
        return dedupe.fresh_key()
    return dedupe.content_key(
        product_id=row.product_id,
        person=row.person.key if row.person else "",
        captured_at=row.captured_at,
        rating=row.rating,
        text=row.text,
    )


def _checked(name: str, check: Callable[[T], R], value: T) -> R:
    try:
        return check(value)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from None


def problem_of(error: ValidationError) -> Problem:
    name, reasons = next(iter(error.message_dict.items()))
    return Problem(name, reasons[0])


def _write(rows: Mapping[str, Capture], call: Call | None) -> dict[str, tuple[int, bool]]:
    """Return id and is-new by repeat key; keys whose product is gone are left out."""
    written: dict[str, tuple[int, bool]] = {}
    left = dict(rows)
    if any(row.person for row in left.values()):  # a repeat must not make a customer
        _take(written, left, _ids_of(left), is_new=False)
    for _ in range(LOOK_AGAIN):
        if left:
            _take(written, left, _insert(left, call), is_new=True)
        if left:
            _take(written, left, _ids_of(left), is_new=False)
    return written


def _take(
    written: dict[str, tuple[int, bool]], left: dict[str, Capture], found: Mapping[str, int], *, is_new: bool
) -> None:
    for key, feedback_id in found.items():
        written[key] = (feedback_id, is_new)
        del left[key]


def _ids_of(rows: Mapping[str, Capture]) -> dict[str, int]:
    with connection.cursor() as cursor:  # by hand: the ORM spells every key out
        cursor.execute(
            "SELECT dedupe_key, id FROM feedback_feedback WHERE dedupe_key = ANY(%s) AND state <> %s",
            [list(rows), FeedbackState.WITHDRAWN],
        )
        return dict(cursor.fetchall())


# Of migration 0021: also publishes ``feedback.captured``, in one statement, so that one row alone is one trip.
INSERT = """
SELECT new_keys, new_ids FROM feedback_capture(
    %s, %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bool[], %s::bigint[], %s::bigint[],
    %s::text[], %s::smallint[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::timestamptz[], %s, %s::text[], %s, %s, %s, %s, %s, %s
)
"""


def _insert(rows: Mapping[str, Capture], call: Call | None) -> dict[str, int]:
    """Insert and publish what does not repeat; return ids by repeat key."""
    # An operator's file may name new versions; a stranger's words may not make any.
    versions = {(row.product_id, row.version) for row in rows.values() if row.version and row.import_id}
    if versions:
        get_or_create_versions(versions)
    customer_ids = people.customer_ids([(row.person, row.identity) for row in rows.values()])
    table = [
        (
            row.product_id,
            row.version,
            row.channel,
            row.form_id,
            row.form_version_id,
            row.is_coarse,
            row.import_id,
            row.line,
            row.text,
            row.rating,
            json.dumps(row.context) if row.context else "{}",
            customer_id,
            row.identity if customer_id else Identity.ANONYMOUS,
            row.held_reason,
            row.external_id,
            key,
            row.captured_at,
        )
        for (key, row), customer_id in zip(rows.items(), customer_ids, strict=True)
    ]
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*table, strict=True)]
        cursor.execute(INSERT, [settings.TIME_ZONE, *columns, *outbox.terms_of(CAPTURED), *(call or (None, "", ""))])
        keys, found = cursor.fetchone()
    ids: dict[str, int] = dict(zip(keys or [], found or [], strict=True))
    _insert_answers(rows, ids)
    attachments.attach([(ids[key], rows[key].form_id, file) for key in ids for file in rows[key].files])
    _record_consents(rows, dict(zip(rows, customer_ids, strict=True)), ids)
    return ids


def _record_consents(rows: Mapping[str, Capture], customers: Mapping[str, int | None], ids: Mapping[str, int]) -> None:
    """Keep the consents of the rows that are new. One query, none where none was given."""
    record_consents(
        [
            ConsentRow(customers[key], one.purpose, one.text, one.language, rows[key].channel, feedback_id)
            for key, feedback_id in ids.items()
            for one in rows[key].consents
        ]
    )


INSERT_ANSWERS = """
INSERT INTO feedback_answer (feedback_id, form_id, question, choice, number, text, day, "row", position)
SELECT * FROM unnest(
    %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::text[], %s::date[], %s::text[],
    %s::smallint[]
)
"""


def _insert_answers(rows: Mapping[str, Capture], ids: Mapping[str, int]) -> None:
    """Write the answers of the rows that are new. One query, none where nothing was asked."""
    table = [
        (feedback_id, rows[key].form_id, answered.question, *answered.value)
        for key, feedback_id in ids.items()
        for answered in rows[key].answers
    ]
    if table:
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ANSWERS, [list(column) for column in zip(*table, strict=True)])
