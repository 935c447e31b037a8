"""What a form asks: a draft is worked on and published as a version, which is never changed. Every write to both."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.feedback.models import Form, FormDraft, FormVersion
from apps.feedback.questionnaire import checking, definition
from apps.feedback.questionnaire.definition import DefinitionError, Fault
from apps.feedback.questionnaire.schema import Questionnaire, say
from apps.feedback.selectors import draft_of

DRAFT_BYTES = 400_000  # of its JSON: a hundred questions in a dozen languages are fewer

Json = dict[str, Any]  # Any: a definition as JSON


class StaleDraftError(DomainError):
    """Somebody else changed the draft meanwhile."""


class NotPublishableError(DomainError):
    """The draft has faults that stand in the way."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(_("Mend what is named below, then publish."))
        self.faults = faults


class Seen(NamedTuple):
    """What of a form somebody looked at: the version live then, and the revision of its draft, 0 for none."""

    version_id: int
    revision: int


@transaction.atomic
def edit_draft(*, form: Form, edit: Callable[[Json], Json], seen: Seen | None, user: User | None) -> FormDraft:
    """Change the draft of ``form`` by ``edit``, faults and all; without a draft one begins with what is live.

    ``edit`` gets the definition and returns another; it runs under the form's lock. With ``seen`` StaleDraftError is
    raised where the form is another by now; without, the change is one that goes well with those of others. Raises
    ValidationError for what cannot be kept, and what ``edit`` raises. What changes nothing is not kept.
    """
    locked = _locked(form)
    draft = draft_of(locked)
    made = edit(draft.definition)
    _check_storable(made)
    if made == draft.definition:
        return draft
    if seen is not None and seen != Seen(_current(locked).pk, draft.revision):
        raise StaleDraftError(_("Somebody else changed this form meanwhile."))
    draft.definition, draft.revision, draft.edited_by = made, draft.revision + 1, user
    draft.save()
    return draft


@transaction.atomic
def start_draft_from(*, version: FormVersion, user: User | None, revision: int) -> FormDraft:
    """Make what ``version`` asked the draft of its form, in place of a draft that is there.

    Raises StaleDraftError for a draft that is not at ``revision``, 0 for none: nobody's work goes unseen.
    """
    locked = _locked(version.form)
    draft = draft_of(locked)
    _refuse_stale(draft, revision)
    draft.definition, draft.revision, draft.edited_by = version.definition, draft.revision + 1, user
    draft.save()
    return draft


def _locked(form: Form) -> Form:
    return Form.objects.select_for_update(no_key=True, of=("self",)).select_related("current").get(pk=form.pk)


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
def publish(*, form: Form, user: User | None, revision: int | None = None) -> FormVersion:
    """Make the draft what the public sees and return that version; of no draft, the one there is.

    Old answers keep their version; what is being filled in at this moment too. Raises NotPublishableError, and
    StaleDraftError for a draft that is not at ``revision``.
    """
    locked = _locked(form)
    draft = FormDraft.objects.filter(form=locked).first()
    if draft is None:
        return _current(locked)
    if revision is not None:
        _refuse_stale(draft, revision)
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
def discard_draft(*, form: Form, revision: int) -> bool:
    """Throw the draft away; return whether there was one. What the public sees stays.

    Raises StaleDraftError for a draft that is not at ``revision``: nobody's work goes unseen.
    """
    draft = FormDraft.objects.filter(form=_locked(form)).first()
    if draft is None:
        return False
    _refuse_stale(draft, revision)
    draft.delete()
    return True


def _refuse_stale(draft: FormDraft, revision: int) -> None:
    if draft.revision != revision:
        raise StaleDraftError(_("Somebody else changed this form meanwhile."))


def _current(form: Form) -> FormVersion:
    if form.current is None:
        raise RuntimeError("A form without a version.")
    return form.current
