"""Writes to segments that are there already: rename, weigh anew, delete."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core import outbox
from apps.customers.errors import SegmentUsedError
from apps.customers.matching import CHANGED
from apps.customers.models import Customer, Organisation, Segment
from apps.customers.services import set_segment_weight, take_turns_at_segment_names

SEGMENT_CHARACTERS = 80


@transaction.atomic
def update_segment(*, segment: Segment, name: str, weight: float) -> None:
    """Rename a segment and weigh it anew; a new weight has every queue derived again (``set_segment_weight``).

    Raises ValidationError for a name blank, long or taken, or a weight not in 0 to 100.
    """
    take_turns_at_segment_names()
    locked = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    name = name.strip()
    if not 0 < len(name) <= SEGMENT_CHARACTERS or Segment.objects.filter(name=name).exclude(pk=locked.pk).exists():
        raise ValidationError({"name": _("Give the segment a name that no other has.")})
    if name != locked.name:
        Segment.objects.filter(pk=locked.pk).update(name=name)
        segment.name = name
    if weight != locked.weight:
        set_segment_weight(segment=segment, weight=weight)


@transaction.atomic
def delete_segment(*, segment: Segment, move_to: Segment | None = None) -> int:
    """Delete a segment; its customers and organisations go to ``move_to``. Return how many customers that concerns.

    All of them are published, and re-booked in the background. Raises SegmentUsedError where somebody is in it and
    ``move_to`` is None or the segment itself. A segment that is gone already changes nothing.
    """
    ids = sorted({segment.pk, *([move_to.pk] if move_to else [])})  # in one order: two at once do not lock each other
    locked = {row.pk: row for row in Segment.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    if segment.pk not in locked:
        return 0
    concerned = Customer.objects.filter(Q(segment=segment) | Q(segment=None, organisation__segment=segment))
    keys = list(concerned.values_list("pk", flat=True))
    target = locked.get(move_to.pk) if move_to else None
    if target is None or target.pk == segment.pk:
        if keys or Organisation.objects.filter(segment=segment).exists():
            raise SegmentUsedError
        target = None
    Customer.objects.filter(segment=segment).update(segment=target)
    Organisation.objects.filter(segment=segment).update(segment=target)
    Segment.objects.filter(pk=segment.pk).delete()
    outbox.publish(CHANGED, keys)
    return len(keys)
