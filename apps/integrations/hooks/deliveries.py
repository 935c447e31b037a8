"""Posts to a webhook: read by its mapping, captured, and recorded with what became of them."""

import hashlib
import json
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.feedback.services import Capture, capture, dedupe
from apps.feedback.services.capture import prepare
from apps.integrations.hooks import mapping as mappings
from apps.integrations.hooks.mapping import Mapping
from apps.integrations.models import HookDelivery, InboundHook, Outcome

KEPT = 50  # deliveries of one webhook


class Delivered(NamedTuple):
    outcome: Outcome
    reason: str = ""
    feedback_id: int | None = None


@transaction.atomic
def deliver(*, hook: InboundHook, body: object) -> Delivered:
    """Make feedback of ``body`` if its mapping finds some, and record the post, in one transaction.

    A refused post is kept with its reason, so that the mapping can be mended and the post tried again.
    """
    made = _captured(hook, body)
    HookDelivery.objects.create(
        hook=hook,
        outcome=made.outcome,
        reason=made.reason[:500],
        feedback_id=made.feedback_id,
        body=body,
        body_sha256=digest_of(body),
    )
    _count(hook, made)
    return made


@transaction.atomic
def deliver_again(*, delivery: HookDelivery) -> Delivered | None:
    """Try a post that was refused or left out by the mapping of today; None where its body is forgotten."""
    row = HookDelivery.objects.select_for_update().select_related("hook").get(pk=delivery.pk)
    if row.body is None or row.outcome in (Outcome.CAPTURED, Outcome.REPEATED):
        return None
    made = _captured(row.hook, row.body)
    HookDelivery.objects.filter(pk=row.pk).update(
        outcome=made.outcome, reason=made.reason[:500], feedback_id=made.feedback_id
    )
    InboundHook.objects.filter(pk=row.hook_id).update(
        captured_count=F("captured_count") + int(made.outcome == Outcome.CAPTURED)
    )
    return made


def rehearse(*, hook: InboundHook, mapping: Mapping, body: object) -> Capture | None:
    """Return ``body`` as it would be captured, None where the condition leaves it out. Writes nothing.

    Raises ValidationError by field.
    """
    mappings.check(mapping)
    if not mappings.is_wanted(mapping, body):
        return None
    return prepare(_wanted(hook, mapping, body))


def digest_of(body: object) -> str:
    """Return the hash of a body, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _captured(hook: InboundHook, body: object) -> Delivered:
    mapping = mappings.load(hook.mapping)
    if not mappings.is_wanted(mapping, body):
        return Delivered(Outcome.SKIPPED, _("The condition does not hold."))
    try:
        outcome = capture(_wanted(hook, mapping, body))
    except ValidationError as error:
        name, reasons = next(iter(error.message_dict.items()))
        return Delivered(Outcome.REFUSED, f"{name}: {reasons[0]}")
    return Delivered(Outcome.CAPTURED if outcome.is_new else Outcome.REPEATED, "", outcome.feedback_id)


def _wanted(hook: InboundHook, mapping: Mapping, body: object) -> Capture:
    key = dedupe.hash_parts("hook", hook.pk, digest_of(body))
    return mappings.read(mapping, body, product_id=hook.product_id, is_trusted=hook.is_trusted, repeat_key=key)


def _count(hook: InboundHook, made: Delivered) -> None:
    """Count last, for the row stays locked until the end; and let go of what is beyond the last KEPT."""
    InboundHook.objects.filter(pk=hook.pk).update(
        last_received_at=Now(),
        received_count=F("received_count") + 1,
        captured_count=F("captured_count") + int(made.outcome == Outcome.CAPTURED),
    )
    oldest = HookDelivery.objects.filter(hook=hook).order_by("-id").values_list("pk", flat=True)[KEPT : KEPT + 1]
    for pk in oldest:
        HookDelivery.objects.filter(hook=hook, pk__lte=pk).delete()
