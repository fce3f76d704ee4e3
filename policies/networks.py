"""Whether an address lies in a network. Both are texts; what can't be read lies nowhere."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


def network_of(source: str, networks: Iterable[str]) -> str | None:
    """The first of ``networks`` (CIDR) that holds the address ``source``; None outside all of them.

    An IPv4 address that came over an IPv6 socket (``::ffff:192.0.2.1``) is that IPv4 address.
    """
    address = _address(source)
    if address is None:
        return None
    return next((one for one in networks if address in _network(one)), None)


@lru_cache(maxsize=1024)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


@lru_cache(maxsize=1024)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)  # the charter's reader has seen that it is one
