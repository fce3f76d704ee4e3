from dataclasses import replace
from ipaddress import ip_address

from domain.access import Grant, PassageKind
from domain.plant import Endpoint, Protocol, Tunnel
from policies.unrecorded import said, unrecorded
from tests.domain.samples import asset
from tests.policies.plant import charter


class Plant:
    """One conduit to one asset with a port that nobody reads, and one that is read."""

    def __init__(self, *allowed: Tunnel) -> None:
        here = ip_address("192.0.2.4")
        ends = (Endpoint(Protocol.TCP, here, 5000), Endpoint(Protocol.MODBUS, here, 502))
        self.way = replace(next(iter(charter().conduits.values())), not_recordable=frozenset(allowed))
        self.asset = asset(endpoints=ends)
        self.conduits = {self.way.id: self.way}
        self.assets = {self.asset.id: self.asset}

    def of(self, *grants: str) -> set[str]:
        found = unrecorded(self, self.way.id, self.asset.id, [Grant.of(one) for one in grants])  # type: ignore[arg-type]
        return set(map(str, found))


def test_a_port_that_nobody_reads_is_told_where_the_charter_lets_tunnels_run() -> None:
    """C05: where a grant is opaque, it says not recordable, and only by the charter's word."""
    plant = Plant(Tunnel.TLS, Tunnel.SSH)
    assert plant.of("forward:5000") == plant.of("shell", "forward") == {"ssh", "tls"}
    assert plant.of("forward:502") == plant.of("shell") == set()
    assert Plant().of("forward:5000") == set()
    assert unrecorded(plant, None, plant.asset.id, [Grant(PassageKind.FORWARD, 5000)]) == set()  # type: ignore[arg-type]


def test_it_is_said_in_one_sentence_or_not_at_all() -> None:
    assert said(()) == ""
    assert said([Tunnel.TLS, Tunnel.SSH]).startswith(
        "Not recordable: what is done inside ssh, tls can be read by nobody"
    )
