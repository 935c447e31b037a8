"""Signed mentions of files kept already: what the hidden fields of a form carry from page to page. No database."""

from typing import NamedTuple

from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SALT = "feedback.attachment"
KEPT_SECONDS = 48 * 3600  # as long as a form's token
SIGNED_CHARACTERS = 2_000


class Kept(NamedTuple):
    """A file that was uploaded and waits for its form to be sent."""

    key: str
    label: str
    question: str
    form_id: int


def sign(kept: Kept) -> str:
    return signing.dumps(list(kept), salt=SALT)


def read(raw: str, *, question: str) -> Kept:
    """Return the file that ``raw`` mentions, for ``question``. Raises ValidationError for another."""
    try:
        if len(raw) > SIGNED_CHARACTERS:
            raise signing.BadSignature
        kept = Kept(*signing.loads(raw, salt=SALT, max_age=KEPT_SECONDS))
        if kept.question != question:
            raise signing.BadSignature
    except (signing.BadSignature, TypeError, ValueError):
        raise ValidationError(_("This file is not kept any more. Choose it again.")) from None
    return kept
