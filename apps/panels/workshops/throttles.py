"""How much phones may ask: a conference room shares one address, so the address may do much and each phone little.

Wrong codes are dear, so that codes cannot be guessed: about 30 at once from one address, then one every two seconds.
While a flood of them lasts, nobody new gets in from that address; phones that have their key go on.
"""

from typing import NamedTuple

from django.conf import settings

from apps.core import limits
from apps.core.limits import Bucket, UsedUpError

DOOR_LIMIT = "1200/m"  # pages opened without a phone's key, from one address
WRONG_CODE_COST = 40  # of those
PHONE_LIMIT = "240/m"  # asks and writes of one phone
WRITE_LIMIT = "60/m"


class Caller(NamedTuple):
    """Who asks: the address, and the hash of the phone's key or "" without one of ours."""

    address: str
    phone: str = ""


def pass_address(caller: Caller) -> None:
    """Count one request. Raises UsedUpError for an address, or a phone, that asks too much."""
    own = [Bucket("workshop-phone", caller.phone, PHONE_LIMIT)] if caller.phone else []
    own = own or [Bucket("workshop-door", caller.address, DOOR_LIMIT)]
    for verdict in limits.take_each(own, first=Bucket("workshop", caller.address, settings.WORKSHOP_LIMIT)):
        if not verdict.is_allowed:
            raise UsedUpError(verdict)


def pass_write(caller: Caller) -> None:
    """Count one write of a phone. Raises UsedUpError."""
    verdict = limits.take(purpose="workshop-write", client=caller.phone, limit=WRITE_LIMIT)
    if not verdict.is_allowed:
        raise UsedUpError(verdict)


def note_wrong_code(caller: Caller) -> None:
    """Have a wrong code cost what it costs."""
    limits.take_each([Bucket("workshop-door", caller.address, DOOR_LIMIT)] * (WRONG_CODE_COST - 1))
