"""Making, changing, opening and closing panels: the writer of ``Panel``."""

from collections import Counter
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.catalog.models import Product
from apps.core.slugs import unique_slug
from apps.core.turns import take_turn
from apps.feedback.models import Form
from apps.panels.members.errors import PanelClosedError
from apps.panels.models import Panel, PanelState, Seat, SeatKind, SeatState

SLUG_CHARACTERS = 80
RESERVED = {"new"}  # addresses of the room itself


class PanelFields(TypedDict):
    """What people say of a panel."""

    name: str
    team: Team
    product: Product | None
    mission: str
    charter: str
    criteria: str
    seat_count: int
    alternate_count: int
    term_months: int
    chair: User | None
    sponsor: User | None
    onboarding_form: Form | None


@transaction.atomic
def create_panel(**fields: Unpack[PanelFields]) -> Panel:
    """Return a panel that is being prepared; its first invitation opens it. Raises ValidationError by field."""
    take_turn("panels.names")
    _check_name(fields["name"])
    taken = RESERVED | set(Panel.objects.values_list("slug", flat=True))
    slug = unique_slug(fields["name"], taken=taken, max_length=SLUG_CHARACTERS, fallback="panel")
    return Panel.objects.create(slug=slug, **fields)


@transaction.atomic
def update_panel(*, panel: Panel, **fields: Unpack[PanelFields]) -> None:
    """Change what is said of it; its address stays, and nobody loses a seat. Raises ValidationError by field."""
    take_turn("panels.names")
    _check_name(fields["name"], but=panel.pk)
    lock_panel(panel.pk)
    _check_places(panel, {SeatKind.MEMBER: "seat_count", SeatKind.ALTERNATE: "alternate_count"}, dict(fields))
    for name, value in fields.items():
        setattr(panel, name, value)
    panel.save(update_fields=list(fields))


@transaction.atomic
def open_panel(*, panel: Panel) -> bool:
    """Make it active; return whether it was not."""
    return bool(Panel.objects.filter(pk=panel.pk).exclude(state=PanelState.ACTIVE).update(state=PanelState.ACTIVE))


@transaction.atomic
def close_panel(*, panel: Panel) -> int:
    """Close it and take back its open invitations; return how many. Members keep their page until their term ends."""
    locked = lock_panel(panel.pk)
    if locked.state == PanelState.CLOSED:
        return 0
    locked.state = PanelState.CLOSED
    locked.save(update_fields=["state"])
    return Seat.objects.filter(panel=locked, state=SeatState.INVITED).update(state=SeatState.WITHDRAWN)


def lock_panel(panel_id: int, *, must_be_open: bool = False) -> Panel:
    """Return the panel as it stands, held until the transaction ends: seats are given out one at a time.

    Raises PanelClosedError where it ``must_be_open`` and is not.
    """
    panel = Panel.objects.select_for_update(no_key=True).get(pk=panel_id)
    if must_be_open and panel.state == PanelState.CLOSED:
        raise PanelClosedError
    return panel


def _check_places(panel: Panel, names: dict[SeatKind, str], fields: dict[str, object]) -> None:
    """Refuse fewer places than are taken: a term is ended by hand."""
    taken = Counter(Seat.objects.filter(panel=panel, state=SeatState.ACCEPTED).values_list("kind", flat=True))
    for kind, name in names.items():
        if taken[kind.value] > int(str(fields[name])):
            told = _("%(taken)d of these places are taken: end a term first.") % {"taken": taken[kind.value]}
            raise ValidationError({name: told})


def _check_name(name: str, *, but: int | None = None) -> None:
    named = Panel.objects.filter(name__iexact=name).values_list("pk", flat=True)
    if any(pk != but for pk in named):
        raise ValidationError({"name": _("A panel of that name is there already.")})
