"""The one way to change a workshop: one after another, and each change with a number of its own.

Every writer locks the workshop's row first, so limits are exact, repeats meet what they repeat, ids of ideas grow in
the order in which they can be seen, and nobody waits for anybody in a circle. The lock is held for a few
milliseconds (no mail, no rendering within it): hundreds of writes a second pass it.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import transaction

from apps.panels.models import Phase, Workshop
from apps.panels.workshops.errors import PhaseError

RUNNING = (Phase.GATHER, Phase.GROUP, Phase.DISCUSS, Phase.VOTE, Phase.DECIDE)
OPEN_TO_IDEAS = (Phase.GATHER, Phase.GROUP, Phase.DISCUSS)  # what a phone could not send in time is still taken
OPEN_TO_GROUPING = OPEN_TO_IDEAS
NOT_DONE = (Phase.CLOSED, *RUNNING)


@contextmanager
def changing(workshop_id: int, *, phases: Collection[str] = (), is_layout: bool = False) -> Iterator[Workshop]:
    """Give the workshop, locked until the block's transaction ends; then its ``change_number`` has grown by one.

    ``is_layout``: what every phone shows changes, so ``layout_number`` grows too. ``phases``: in any other one
    PhaseError is raised. A block that raises changes nothing.
    """
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(no_key=True).get(pk=workshop_id)
        if phases and workshop.phase not in phases:
            raise PhaseError(workshop.phase)
        yield workshop
        workshop.change_number += 1
        workshop.layout_number += int(is_layout)
        workshop.save(update_fields=["change_number", "layout_number"])
