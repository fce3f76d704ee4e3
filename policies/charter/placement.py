"""Where a front end stands, by its address: beside which of the charter's machines.

A charter says in which zone a broker stands; its address says it too, and the network goes by the
address. A zone has no addresses of its own here, so its assets' tell.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from domain.plant import Zone, ZoneKind
from policies.charter.charter import Charter

NEIGHBOURS = {4: 24, 6: 64}
"""The prefix within which two addresses are taken to stand on one network, by IP version."""


def inside_control(charter: Charter, addresses: Iterable[str]) -> str:
    """Why one of ``addresses`` stands in a control zone, in a sentence; empty where none is seen to.

    An address that is no literal, is this machine's own, or means every interface says nothing.
    """
    for text in addresses:
        found = _literal(text)
        if found is None:
            continue
        zones = _beside(charter, found)
        if zones and all(zone.kind is ZoneKind.CONTROL for zone in zones):
            return f"{found} is an address among the machines of {' and '.join(sorted(one.name for one in zones))}."
    return ""


def _literal(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return None if found.is_loopback or found.is_unspecified else found


def _beside(charter: Charter, address: IPv4Address | IPv6Address) -> tuple[Zone, ...]:
    """The zones of the machines that have this very address; else of those on its network."""
    prefix = NEIGHBOURS[address.version]
    network = ip_network(f"{address}/{prefix}", strict=False)
    exact: dict[str, Zone] = {}
    near: dict[str, Zone] = {}
    for asset in charter.assets.values():
        for endpoint in asset.endpoints:
            if endpoint.address == address:
                exact[asset.zone] = charter.zones[asset.zone]
            elif endpoint.address in network:
                near[asset.zone] = charter.zones[asset.zone]
    return tuple((exact or near).values())
