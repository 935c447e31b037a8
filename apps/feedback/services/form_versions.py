"""What a form asks: a draft is worked on and published as a version, which is never changed. Every write to both."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.feedback.models import Form, FormDraft, FormVersion
from apps.feedback.questionnaire import checking, definition
from apps.feedback.questionnaire.definition import DefinitionError, Fault
from apps.feedback.questionnaire.schema import Questionnaire, say

DRAFT_BYTES = 400_000  # of its JSON: a hundred questions in a dozen languages are fewer

Json = dict[str, Any]  # Any: a definition as JSON


class StaleDraftError(DomainError):
    """Somebody else changed the draft meanwhile."""


class NotPublishableError(DomainError):
    """The draft has faults that stand in the way."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(_("Mend what is named below, then publish."))
        self.faults = faults


@transaction.atomic
def open_draft(*, form: Form, user: User | None) -> FormDraft:
    """Return the draft of ``form``, made of what the public sees now where there is none."""
    locked = Form.objects.select_for_update(no_key=True, of=("self",)).select_related("current").get(pk=form.pk)
    draft = FormDraft.objects.filter(form=locked).first()
    if draft is None:
        current = locked.current
        draft = FormDraft.objects.create(form=locked, definition=current.definition if current else {}, edited_by=user)
    return draft


@transaction.atomic
def save_draft(*, form: Form, made: Json, revision: int, user: User | None) -> FormDraft:
    """Keep ``made`` as the draft of ``form``, faults and all, and return it with its next revision.

    Raises StaleDraftError where the draft is no longer at ``revision``, ValidationError for what is no definition.
    The same again changes nothing.
    """
    _check_storable(made)
    draft = FormDraft.objects.select_for_update().filter(form=form).first()
    if draft is None:
        raise StaleDraftError(_("This draft was published or thrown away meanwhile. Load the page again."))
    if draft.definition == made:
        return draft
    if draft.revision != revision:
        raise StaleDraftError(_("Somebody else changed this form meanwhile. Load the page again to see what they did."))
    draft.definition, draft.revision, draft.edited_by = made, draft.revision + 1, user
    draft.save()
    return draft


def _check_storable(made: object) -> None:
    try:
        written = json.dumps(made, ensure_ascii=False, allow_nan=False)
        size = len(written.encode())
    except (ValueError, TypeError, RecursionError):  # half a surrogate pair is a ValueError too
        raise ValidationError(_("This has characters that cannot be kept.")) from None
    if not isinstance(made, dict) or size > DRAFT_BYTES:
        raise ValidationError(_("This is too much for one form."))
    if "\\u0000" in written:  # as json.dumps spells NUL
        raise ValidationError(_("This has characters that cannot be kept."))


def faults_of(form: Form, made: object) -> list[Fault]:
    """Return everything that stands in the way of publishing ``made`` as a version of ``form``. No query."""
    try:
        found = definition.read(made)
    except DefinitionError as error:
        return error.faults
    return checking.check(found, is_anonymous=form.is_anonymous)


@transaction.atomic
def publish(*, form: Form, user: User | None) -> FormVersion:
    """Make the draft what the public sees and return that version; of no draft, the one there is.

    Old answers keep their version; what is being filled in at this moment too. Raises NotPublishableError.
    """
    locked = Form.objects.select_for_update(no_key=True, of=("self",)).select_related("current").get(pk=form.pk)
    draft = FormDraft.objects.filter(form=locked).first()
    if draft is None:
        return _current(locked)
    faults = faults_of(locked, draft.definition)
    if faults:
        raise NotPublishableError(faults)
    version = add_version(locked, definition.read(draft.definition), user)
    draft.delete()
    form.current, form.title, form.intro = version, locked.title, locked.intro
    return version


def add_version(form: Form, made: Questionnaire, user: User | None) -> FormVersion:
    """Make ``made`` the next version of ``form``, or return the current one where that says the same.

    To be called in a transaction that holds the form's lock or has just made it.
    """
    written = definition.write(made)
    if form.current is not None and form.current.definition == written:
        return form.current
    number = (form.current.number if form.current else 0) + 1
    version = FormVersion.objects.create(form=form, number=number, definition=written, published_by=user)
    form.current, form.title = version, say(made.title, made.language)
    form.save(update_fields=["current", "title"])
    return version


@transaction.atomic
def discard_draft(*, form: Form) -> bool:
    """Throw the draft away; return whether there was one. What the public sees stays."""
    return FormDraft.objects.filter(form=form).delete()[0] > 0


def _current(form: Form) -> FormVersion:
    if form.current is None:
        raise RuntimeError("A form without a version.")
    return form.current
