"""The words of consents: published versions of each purpose, the one writer of them, and the words to begin with.

A purpose that nobody wrote words for has version 1 without words of its own: those below, said in the reader's
language. Whatever was shown is kept with the consent itself, so no later translation changes what was agreed to.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.languages import platform_language
from apps.core.turns import take_turn
from apps.customers.models import ConsentText, Purpose

CHARACTERS = 2_000
MONTHS_LIMIT = 120

DEFAULTS: Mapping[str, Promise] = {
    Purpose.CONTACT: gettext_lazy("You may write to me to invite me to panels, sessions and surveys."),
    Purpose.INTERNAL_QUOTE: gettext_lazy(
        "You may quote what I say, with my name, inside your organisation, so that whoever builds the product hears it."
    ),
    Purpose.PUBLIC_QUOTE: gettext_lazy("You may quote me in public, after showing me the words."),
    Purpose.RECORDING: gettext_lazy(
        "You may record sound and picture of sessions that I take part in. Only your team may watch the recordings."
    ),
    Purpose.STORY: gettext_lazy("You may write a customer story with me. I see it before anybody else does."),
    Purpose.RETENTION: gettext_lazy("You may keep what I told you for longer than your usual time."),
}


class Words(NamedTuple):
    """What is shown, and in which language it is."""

    text: str
    language: str


def current_text(purpose: str) -> ConsentText:
    """Return the newest version of ``purpose``; version 1, not saved, where none was ever published. One query."""
    return current_texts([purpose])[purpose]


def current_texts(purposes: Iterable[str] = tuple(Purpose.values)) -> dict[str, ConsentText]:
    """Return by purpose what ``current_text`` does. One query."""
    wanted = [Purpose(purpose) for purpose in purposes]
    rows = ConsentText.objects.filter(purpose__in=wanted).order_by("purpose", "-number").distinct("purpose")
    found = {row.purpose: row for row in rows}
    return {
        purpose.value: found.get(purpose.value) or ConsentText(purpose=purpose.value, number=1, words={})
        for purpose in wanted
    }


def words_of(text: ConsentText, language: str = "") -> Words:
    """Return the words of ``text`` in ``language`` (none: the active one), else in the best one there is."""
    spoken = platform_language((language or get_language() or "").lower()) or settings.LANGUAGE_CODE
    if not text.words:
        with override(spoken):
            return Words(str(DEFAULTS[text.purpose]), spoken)
    for code in (spoken, settings.LANGUAGE_CODE, "en"):
        if text.words.get(code):
            return Words(text.words[code], code)
    code, words = next(iter(text.words.items()))
    return Words(words, code)


def all_words(text: ConsentText) -> dict[str, str]:
    """Return the words of ``text`` in every language that it has, in the platform's order."""
    if text.words:
        return {code: text.words[code] for code, _name in settings.LANGUAGES if text.words.get(code)}
    return {code: words_of(text, code).text for code, _name in settings.LANGUAGES}


@transaction.atomic
def publish_text(
    *, purpose: str, words: Mapping[str, str], valid_months: int | None, published_by: User, after_number: int
) -> ConsentText:
    """Publish the next version after ``after_number``, by language code; return it. Consents given stay as they are.

    The same words and term as now change nothing. Raises ValidationError for no words in the installation's language,
    for words too long, for a term not in 1 to 120 months, and where somebody else published meanwhile.
    """
    take_turn("customers.consent_texts")
    told = {code: " ".join(words.get(code, "").split()) for code, _name in settings.LANGUAGES}
    told = {code: one for code, one in told.items() if one}
    _check(told, valid_months)
    newest = saved(current_text(purpose))
    if all_words(newest) == told and newest.valid_months == valid_months:
        return newest
    if newest.number != after_number:
        told_them = _("Somebody published another version meanwhile. Load the page again, read it, then change it.")
        raise ValidationError({NON_FIELD_ERRORS: told_them})
    return ConsentText.objects.create(
        purpose=Purpose(purpose),
        number=newest.number + 1,
        words=told,
        valid_months=valid_months,
        published_by=published_by,
    )


def saved(text: ConsentText) -> ConsentText:
    """Return ``text`` as a row: version 1 is kept at the first need of it. Twice at once is one row."""
    if text.pk:
        return text
    row, _made = ConsentText.objects.get_or_create(purpose=text.purpose, number=1, defaults={"words": {}})
    return row


def _check(told: Mapping[str, str], valid_months: int | None) -> None:
    if not told.get(settings.LANGUAGE_CODE):
        name = dict(settings.LANGUAGES)[settings.LANGUAGE_CODE]
        raise ValidationError({f"words_{settings.LANGUAGE_CODE}": _("Write the words in %(name)s.") % {"name": name}})
    for code, words in told.items():
        if len(words) > CHARACTERS:
            limit = _("At most %(limit)d characters.") % {"limit": CHARACTERS}
            raise ValidationError({f"words_{code}": limit})
    if valid_months is not None and not 1 <= valid_months <= MONTHS_LIMIT:
        raise ValidationError({"valid_months": _("A consent holds 1 to 120 months, or for good.")})
