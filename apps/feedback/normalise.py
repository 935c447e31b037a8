"""What the words, the rating and the circumstances of feedback may be. Pure rules: no database, no clock.

Each function returns the value as it is stored, or raises ValidationError with a sentence for the person.
Normalising twice changes nothing.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

TEXT_LIMIT = 20_000  # characters
LINE_LIMIT = 200  # characters of a name, a version, a value of the context
CONTEXT_KEYS = 20
CONTEXT_KEY_LIMIT = 40  # characters
EXTERNAL_ID_LIMIT = 200  # characters
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)  # open end
FIRST_MARK = "\u0300"  # below it nothing combines, so all is composed already
MARKS_IN_A_ROW = 60  # more combining marks on one letter than any script uses: NFC would cost their square

# Looks empty although Unicode calls it a letter, a symbol or a mark.
EDGES = " \t\n\v\f\u00a0\u200b\u2028\u2029\u3000\ufeff"  # cut off at both ends
BLANK_GLYPHS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\ufe0e\ufe0f")
BLANK_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
CONTEXT_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*")


def normalise_text(raw: object) -> str:
    """Return feedback's words: line ends as LF, blanks cut off at both ends, in NFC, nothing else changed.

    Raises ValidationError when nothing readable is left, above 20,000 characters, and for characters that
    cannot be stored (NUL, halves of a surrogate pair).
    """
    if not isinstance(raw, str):
        raise ValidationError(_("Write the feedback as text."), code="invalid")
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip(EDGES)
    refuse_unstorable(text)
    for candidate in (text, compose(text[: TEXT_LIMIT + 1])):  # NFC may lengthen
        if len(candidate) > TEXT_LIMIT:
            raise ValidationError(
                _("Shorten this to %(limit)s characters: it has %(count)s.")
                % {"limit": f"{TEXT_LIMIT:,}", "count": f"{len(candidate):,}"},
                code="max_length",
            )
    text = compose(text)
    if is_blank(text):
        raise ValidationError(_("Write what happened."), code="required")
    return text


def normalise_line(raw: object, *, limit: int = LINE_LIMIT) -> str:
    """Return a short one-line text, maybe empty: blanks and line ends collapsed to one space, in NFC."""
    if not isinstance(raw, str):
        raise ValidationError(_("Write this as text."), code="invalid")
    if len(raw) <= limit and raw.isascii() and raw.isprintable():
        return " ".join(raw.split())  # most values of a file: none of what follows changes them
    refuse_unstorable(raw)
    if len(raw) > 4 * limit:
        raise _too_long(limit)
    line = compose(" ".join(raw.split()))
    if len(line) > limit:
        raise _too_long(limit)
    return "" if is_blank(line) else line


def normalise_rating(raw: object) -> int | None:
    """Return an int from 1 to 5, or None for None. Nothing is rounded or read out of text here."""
    if raw is None:
        return None
    if type(raw) is not int or not 1 <= raw <= 5:
        raise ValidationError(_("Give a whole number from 1 to 5."), code="invalid")
    return raw


def rating_in(raw: str) -> int | None:
    """Return the rating that ``raw`` spells: a digit 1 to 5 (spreadsheets write 4.0), None for blank."""
    stripped = raw.strip()
    if not stripped:
        return None
    if not re.fullmatch(r"[1-5](\.0{1,6})?", stripped, re.ASCII):
        raise ValidationError(_("Give a whole number from 1 to 5."), code="invalid")
    return int(stripped[0])


def normalise_context(raw: object) -> dict[str, str]:
    """Return the circumstances, at most 20 short texts by short names; blank ones are left out."""
    if not isinstance(raw, Mapping):
        raise ValidationError(_("Give the context as names with values."), code="invalid")
    if len(raw) > CONTEXT_KEYS:
        raise ValidationError(
            _("Give at most %(limit)d values as context.") % {"limit": CONTEXT_KEYS}, code="max_length"
        )
    context: dict[str, str] = {}
    for name, value in raw.items():
        if not isinstance(name, str) or len(name) > CONTEXT_KEY_LIMIT or not CONTEXT_KEY.fullmatch(name):
            raise ValidationError(
                _("Name context with up to %(limit)d letters, digits, blanks, - and _.") % {"limit": CONTEXT_KEY_LIMIT},
                code="invalid",
            )
        line = normalise_line(value)
        if line:
            context[name] = line
    return context


def normalise_moment(raw: object) -> datetime | None:
    """Return an aware time from 1900 up to 2100, or None for None."""
    if raw is None:
        return None
    if not isinstance(raw, datetime) or raw.tzinfo is None:
        raise ValidationError(_("Give a time with its zone."), code="invalid")
    try:
        moment = raw.astimezone(UTC)
    except (OverflowError, ValueError):
        moment = LATEST
    if not EARLIEST <= moment < LATEST:
        raise ValidationError(_("Give a time from 1900 to 2099."), code="invalid")
    return moment


def refuse_unstorable(text: str) -> None:
    """Raise ValidationError for what PostgreSQL cannot store: NUL and halves of a surrogate pair."""
    if "\x00" in text:
        raise ValidationError(_("Remove the NUL character."), code="null_characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError(
            _("Remove the characters that are not valid Unicode."), code="surrogate_characters"
        ) from None


def is_blank(text: str) -> bool:
    """Tell whether nothing of ``text`` can be seen: white space, controls, zero-width characters, fillers."""
    if text[:1].isalnum() and text[0] not in BLANK_GLYPHS:
        return False
    return all(
        character.isspace() or character in BLANK_GLYPHS or unicodedata.category(character) in BLANK_CATEGORIES
        for character in text
    )


def compose(text: str) -> str:
    """Return ``text`` in NFC; as it is when a letter carries absurdly many marks."""
    if text.isascii() or max(text) < FIRST_MARK:
        return text
    runs = (sum(1 for _ in run) for is_mark, run in groupby(text, _is_mark) if is_mark)
    if any(length > MARKS_IN_A_ROW for length in runs):
        return text
    return unicodedata.normalize("NFC", text)


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) != 0


def _too_long(limit: int) -> ValidationError:
    return ValidationError(_("Shorten this to %(limit)d characters.") % {"limit": limit}, code="max_length")
