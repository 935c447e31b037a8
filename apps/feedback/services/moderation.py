"""What may happen to feedback after its capture: states change, words may be blanked, nothing else is edited.

Every service takes ids, locks and changes only rows it is meant for, publishes ``feedback.changed`` for those
in the same transaction, and returns their ids; run twice, the second time changes nothing.
"""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.catalog.models import Visibility
from apps.core import outbox
from apps.core.errors import DomainError
from apps.customers.services import verify_customer
from apps.feedback.behalf_models import Recording
from apps.feedback.import_models import ImportLabels
from apps.feedback.models import Answer, Feedback, Identity
from apps.feedback.services import attachments

CHANGED = "feedback.changed"


class CustomerMissingError(DomainError):
    """An anonymous feedback has no customer whose identity could be proven."""


def hold(ids: Iterable[int], *, reason: str) -> list[int]:
    """Hold live feedback for review."""
    return _change(ids, "state = 'held', held_reason = %s", [reason[:200]], where="state = 'live'")


def release(ids: Iterable[int]) -> list[int]:
    """Let held feedback count."""
    return _change(ids, "state = 'live', held_reason = ''", [], where="state = 'held'")


def hold_again(ids: Iterable[int], *, reason: str) -> list[int]:
    """Take back what a review decided: released feedback and spam are held as they were."""
    return _change(ids, "state = 'held', held_reason = %s", [reason[:200]], where="state IN ('live', 'spam')")


def mark_spam(ids: Iterable[int]) -> list[int]:
    """Take live or held feedback out as spam."""
    return _change(ids, "state = 'spam'", [], where="state IN ('live', 'held')")


def restore_from_spam(ids: Iterable[int]) -> list[int]:
    """Spam is live after all."""
    return _change(ids, "state = 'live', held_reason = ''", [], where="state = 'spam'")


def withdraw(ids: Iterable[int]) -> list[int]:
    """Withdraw feedback for good: an import undone, a customer's wish. The same may be captured anew."""
    return _change(ids, "state = 'withdrawn'", [], where="state <> 'withdrawn'")


def set_visibility(ids: Iterable[int], visibility: Visibility) -> list[int]:
    """Open or close feedback to readers; "restricted" also takes it out of every count."""
    return _change(ids, "visibility = %s", [visibility.value], where="visibility <> %s", args=[visibility.value])


@transaction.atomic
def redact(ids: Iterable[int]) -> list[int]:
    """Blank words, context, links and outside id and delete files for good; the row, its counts and answers stay."""
    wanted = sorted(set(ids))
    attachments.forget(wanted)
    Answer.objects.filter(feedback_id__in=wanted).exclude(text="").update(text="")
    Recording.objects.filter(feedback_id__in=wanted).exclude(link="").update(link="")
    ImportLabels.objects.filter(feedback_id__in=wanted).delete()
    return _change(
        wanted,
        "text = '', context = '{}', external_id = '', redacted_at = now()",
        [],
        where="redacted_at IS NULL",
    )


def redact_feedback_of(customer_id: int) -> list[int]:
    """Blank all words of one customer (erasure); counts stay exact."""
    return redact(_ids_of(customer_id))


@transaction.atomic
def delete_feedback_of(customer_id: int) -> list[int]:
    """ "Delete my feedback too": withdraw it, which lowers the counts, and blank its words."""
    ids = _ids_of(customer_id)
    return sorted({*withdraw(ids), *redact(ids)})


@transaction.atomic
def set_identity(*, feedback_id: int, identity: Identity) -> list[int]:
    """Prove (or disprove) who said one feedback. ``verified`` also verifies the customer.

    Raises CustomerMissingError when the feedback names no customer.
    """
    locked = Feedback.objects.select_for_update(no_key=True)
    row = locked.filter(pk=feedback_id).only("customer_id", "identity").first()
    if row is None:
        return []
    if row.customer_id is None:
        raise CustomerMissingError(_("This feedback names nobody."))
    if identity == Identity.VERIFIED:
        verify_customer(customer_id=row.customer_id)
    return _change([feedback_id], "identity = %s", [identity.value], where="identity <> %s", args=[identity.value])


def _ids_of(customer_id: int) -> list[int]:
    return list(Feedback.objects.filter(customer_id=customer_id).values_list("id", flat=True))


@transaction.atomic
def _change(
    ids: Iterable[int], assignment: str, values: Sequence[str], *, where: str, args: Sequence[str] = ()
) -> list[int]:
    """Lock in id order (no deadlock between two of these), change, publish; return the ids changed."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH chosen AS ("  # noqa: S608 the fragments are this module's own
            f" SELECT id FROM feedback_feedback WHERE id = ANY(%s) AND {where} ORDER BY id FOR NO KEY UPDATE)"
            f" UPDATE feedback_feedback f SET {assignment} FROM chosen WHERE f.id = chosen.id"
            " RETURNING f.id",
            [wanted, *args, *values],
        )
        changed = sorted(row[0] for row in cursor.fetchall())
    outbox.publish(CHANGED, changed)
    return changed
