"""What participants read before a session: links and words."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.panels.models import Material
from apps.panels.planning.turns import take_turn

MOST = 50


@transaction.atomic
def add_material(*, session_id: int, title: str, url: str = "", text: str = "") -> Material:
    """Add something to read; the same again changes nothing. Raises ValidationError for nothing to read."""
    session = take_turn(session_id)
    if not url and not text.strip():
        raise ValidationError(_("Give a link, or write what is to be read."))
    if session.materials.count() >= MOST:
        raise ValidationError(_("%(count)s pre-reads are enough.") % {"count": MOST})
    material, _made = Material.objects.get_or_create(session=session, title=title, url=url, text=text)
    return material


@transaction.atomic
def remove_material(*, session_id: int, material_id: int) -> None:
    session = take_turn(session_id)
    session.materials.filter(pk=material_id).delete()
