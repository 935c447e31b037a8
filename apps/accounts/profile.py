"""What people say of themselves: name, picture, language, time zone, theme. The writes, and what may be chosen."""

import hashlib
import zoneinfo
from functools import cache

from django.db import transaction

from apps.accounts.models import Picture, Theme, User

AREAS = frozenset(
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
)


@cache
def time_zones() -> tuple[str, ...]:
    """Return the IANA zones named after places, by name, and UTC."""
    return ("UTC", *sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in AREAS))


@transaction.atomic
def save_profile(*, user: User, name: str, language: str, time_zone: str, theme: Theme) -> None:
    """Keep what the person chose; blank language and time zone mean the browser's and the installation's."""
    user.name, user.language, user.time_zone, user.theme = name.strip(), language, time_zone, theme
    user.save(update_fields=["name", "language", "time_zone", "theme"])


@transaction.atomic
def set_picture(*, user: User, image: bytes) -> None:
    """Show ``image`` (of pictures.square_webp) from now on. Its key is its hash: the same again changes nothing."""
    Picture.objects.update_or_create(user=user, defaults={"image": image})
    user.picture_key = hashlib.sha256(image).hexdigest()[:32]
    user.save(update_fields=["picture_key"])


@transaction.atomic
def remove_picture(*, user: User) -> None:
    """Show initials again."""
    Picture.objects.filter(user=user).delete()
    user.picture_key = ""
    user.save(update_fields=["picture_key"])
