"""Where this installation may connect to when people name a host: public addresses only, looked up once and pinned."""

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.utils.translation import gettext as _

from apps.core.errors import DomainError

# Beyond what is_global leaves out: ways through which an inner IPv4 address is reached, and metadata services.
DENIED = [
    ip_network(one)
    for one in (
        "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "192.0.0.0/24", "168.63.129.16/32",
    )
]  # fmt: skip


class HostRefusedError(DomainError):
    """The host is not found, or is none that may be connected to."""


def addresses_of(host: str, port: int, *, inner_hosts: Collection[str]) -> list[str]:
    """Return the addresses of ``host`` to connect to; ``inner_hosts`` ("host" or "host:port") may be anywhere.

    Raises HostRefusedError. Asks the name server: not within a transaction.
    """
    try:
        found = socket.getaddrinfo(host.encode("idna").decode("ascii"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise HostRefusedError(_("No server is called “%(host)s”. Check its name.") % {"host": host}) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if {host.lower(), f"{host.lower()}:{port}"} & {one.lower() for one in inner_hosts}:
        return addresses
    if not addresses or not all(is_public(ip_address(one.partition("%")[0])) for one in addresses):
        raise HostRefusedError(
            _("“%(host)s” is a server of an inner network. The operator has to allow it first.") % {"host": host}
        )
    return addresses


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether ``address`` is of the public internet."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if not address.is_global or address.is_multicast:
        return False
    return not any(address in network for network in DENIED if network.version == address.version)
