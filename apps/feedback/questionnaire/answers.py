"""What a person sent of a form's questions, read into typed values or refused with a sentence. Pure.

Field names of a page are the questions' keys; of "other" words ``key.other``; of a matrix ``key.row``; of a ranking
``key.choice`` with the place given to it.
"""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from apps.feedback.attachments import keys
from apps.feedback.normalise import TEXT_LIMIT, is_blank, normalise_line, normalise_text
from apps.feedback.questionnaire.schema import OTHER, YES, Kind, Question, Role
from apps.feedback.questionnaire.values import Value

SHORT_CHARACTERS = 200
EMAIL_CHARACTERS = 254
# What the column takes that such an answer goes into.
ROLE_CHARACTERS = {Role.NAME: 150, Role.VERSION: 60, Role.CONTEXT: 200}
NUMBER_CHARACTERS = 30
FILES = 5  # of one question, and of one feedback
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100

Values = tuple[Value, ...]


class Sent(Protocol):
    """What was posted, such as Django's QueryDict."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> list[str]: ...


def read(question: Question, sent: Sent) -> Values:
    """Return the answer to ``question``, empty for none. Raises ValidationError with one sentence."""
    values = READERS[question.kind](question, sent)
    if question.is_required and not values:
        raise ValidationError(_missing(question), code="required")
    return values


def _missing(question: Question) -> str:
    if question.role == Role.WORDS:
        return _("Write what happened.")
    if question.kind in (Kind.SHORT_TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.NUMBER, Kind.DATE):
        return _("Fill this in.")
    if question.kind == Kind.CONSENT:
        return _("Without this we cannot take it.")
    return _("Choose an answer.") if question.kind != Kind.FILE else _("Choose a file.")


def most_characters(question: Question) -> int:
    """Return how many characters an answer in one line may have."""
    if question.kind == Kind.EMAIL:
        return EMAIL_CHARACTERS
    limit = question.characters or SHORT_CHARACTERS
    return min(limit, ROLE_CHARACTERS.get(question.role, TEXT_LIMIT))


def _short(question: Question, sent: Sent) -> Values:
    line = normalise_line(sent.get(question.key, ""), limit=most_characters(question))
    return (Value(text=line),) if line else ()


def _long(question: Question, sent: Sent) -> Values:
    raw = sent.get(question.key, "")
    if is_blank(raw):
        return ()
    text = normalise_text(raw)
    limit = question.characters or TEXT_LIMIT
    if len(text) > limit:
        raise ValidationError(
            _("Shorten this to %(limit)s characters: it has %(count)s.")
            % {"limit": f"{limit:,}", "count": f"{len(text):,}"}
        )
    return (Value(text=text),)


def _email(question: Question, sent: Sent) -> Values:
    line = normalise_line(sent.get(question.key, ""), limit=EMAIL_CHARACTERS)
    if not line:
        return ()
    try:
        validate_email(line)
    except ValidationError:
        raise ValidationError(_("Enter an e-mail address like name@example.com.")) from None
    return (Value(text=line),)


def _choice(question: Question, sent: Sent) -> Values:
    chosen = sent.get(question.key, "") or (OTHER if _other_words(question, sent) else "")
    return (_chosen(question, chosen, sent),) if chosen else ()


def _choices(question: Question, sent: Sent) -> Values:
    chosen = list(dict.fromkeys(filter(None, sent.getlist(question.key)[:200])))
    if OTHER not in chosen and _other_words(question, sent):
        chosen.append(OTHER)
    if question.picks and len(chosen) > question.picks:
        raise ValidationError(_("Choose at most %(most)s.") % {"most": question.picks})
    return tuple(_chosen(question, one, sent) for one in chosen)


def _chosen(question: Question, chosen: str, sent: Sent) -> Value:
    if chosen not in question.choice_keys:
        raise ValidationError(_("Choose one of the answers given."))
    return Value(choice=chosen, text=_other_words(question, sent) if chosen == OTHER else "")


def _other_words(question: Question, sent: Sent) -> str:
    """Return the words beside the other choice: whoever wrote some chose it, ticked or not."""
    if not question.has_other:
        return ""
    return normalise_line(sent.get(f"{question.key}.{OTHER}", ""), limit=SHORT_CHARACTERS)


def _scale(question: Question, sent: Sent) -> Values:
    raw = sent.get(question.key, "")
    if not raw:
        return ()
    scale = question.scale
    if scale is None or not (raw.isascii() and raw.isdigit()) or len(raw) > 2 or int(raw) not in scale:
        raise ValidationError(_("Choose one of the answers given."))
    return (Value(number=Decimal(int(raw))),)


def _number(question: Question, sent: Sent) -> Values:
    raw = _plain_digits(sent.get(question.key, "").strip())
    if not raw:
        return ()
    try:  # a comma is a decimal sign in half of the world; thousands are not separated here
        number = Decimal(raw.replace(",", ".")) if len(raw) <= NUMBER_CHARACTERS and raw.isascii() else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number) >= Decimal(10) ** 12 or "_" in raw:
        raise ValidationError(_("Write a number, such as 12.5."))
    if question.at_least is not None and number < question.at_least:
        raise ValidationError(_("At least %(limit)s, please.") % {"limit": question.at_least})
    if question.at_most is not None and number > question.at_most:
        raise ValidationError(_("At most %(limit)s, please.") % {"limit": question.at_most})
    return (Value(number=round(number, 6) + 0),)  # no minus before a zero


def _plain_digits(raw: str) -> str:
    """Return ``raw`` with the digits, the minus and the decimal sign of any script as ASCII has them."""
    if raw.isascii():
        return raw
    raw = raw.replace("\u2212", "-").replace("\u066b", ".")
    return "".join(str(unicodedata.decimal(one, one)) for one in raw)


def _date(question: Question, sent: Sent) -> Values:
    raw = _plain_digits(sent.get(question.key, "").strip())
    if not raw:
        return ()
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        day = date.min
    if not EARLIEST_YEAR <= day.year < LATEST_YEAR:
        raise ValidationError(_("Write a date as year-month-day, such as 2026-03-31."))
    return (Value(day=day),)


def _matrix(question: Question, sent: Sent) -> Values:
    values = []
    for row in question.rows:
        chosen = sent.get(f"{question.key}.{row.key}", "")
        if chosen:
            values.append(_chosen(question, chosen, sent)._replace(row=row.key))
    if question.is_required and len(values) < len(question.rows):
        raise ValidationError(_("Choose an answer in every row."))
    return tuple(values)


def _ranking(question: Question, sent: Sent) -> Values:
    places: dict[int, str] = {}
    for choice in question.choices:
        raw = sent.get(f"{question.key}.{choice.key}", "").strip()
        if not raw:
            continue
        if not (raw.isascii() and raw.isdigit()) or len(raw) > 2 or not 1 <= int(raw) <= len(question.choices):
            raise ValidationError(_("Give each a place from 1 to %(most)s.") % {"most": len(question.choices)})
        if int(raw) in places:
            raise ValidationError(_("Give each place once."))
        places[int(raw)] = choice.key
    if places and len(places) < len(question.choices):
        raise ValidationError(_("Give every one a place."))
    return tuple(Value(choice=key, position=place) for place, key in sorted(places.items()))


def _file(question: Question, sent: Sent) -> Values:
    """Read the signed mentions of files that were kept as they came in (``attachments.intake``)."""
    mentions = list(dict.fromkeys(filter(None, sent.getlist(question.key)[:60])))
    kept = dict.fromkeys(keys.read(mention, question=question.key) for mention in mentions)
    if len(kept) > FILES:
        raise ValidationError(_("At most %(most)d files.") % {"most": FILES})
    return tuple(Value(choice=one.key, text=one.label) for one in kept)


def _consent(question: Question, sent: Sent) -> Values:
    return (Value(choice=YES),) if sent.get(question.key, "") == YES else ()


READERS: dict[Kind, Callable[[Question, Sent], Values]] = {
    Kind.SHORT_TEXT: _short,
    Kind.LONG_TEXT: _long,
    Kind.SINGLE_CHOICE: _choice,
    Kind.MULTIPLE_CHOICE: _choices,
    Kind.STARS: _scale,
    Kind.SMILEYS: _scale,
    Kind.NPS: _scale,
    Kind.CSAT: _scale,
    Kind.CES: _scale,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.EMAIL: _email,
    Kind.MATRIX: _matrix,
    Kind.RANKING: _ranking,
    Kind.FILE: _file,
    Kind.CONSENT: _consent,
}


def fields(question: Question, values: Sequence[Value]) -> list[tuple[str, str]]:
    """Return the names and values that send ``values`` again: ``read`` of them gives the same."""
    if question.kind == Kind.MATRIX:
        return [(f"{question.key}.{value.row}", value.choice) for value in values]
    if question.kind == Kind.RANKING:
        return [(f"{question.key}.{value.choice}", str(value.position)) for value in values]
    made = [(question.key, value.plain) for value in values]
    made += [(f"{question.key}.{OTHER}", value.text) for value in values if value.choice == OTHER and value.text]
    return made
