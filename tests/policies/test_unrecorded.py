from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

from domain.access import Grant, PassageKind
from domain.exceptions import GrantedException, Liftable
from domain.ids import AssetId, ConduitId, ExceptionId, PersonId, VendorId
from domain.plant import Endpoint, Protocol, Tunnel
from domain.window import TimeWindow
from policies.unrecorded import path, said, tunnels_let, unrecorded
from tests.domain.samples import asset
from tests.policies.plant import NOW, charter


class Plant:
    """One conduit to one asset with a port that nobody reads, and one that is read."""

    def __init__(self, *allowed: Tunnel) -> None:
        here = ip_address("192.0.2.4")
        ends = (Endpoint(Protocol.TCP, here, 5000), Endpoint(Protocol.MODBUS, here, 502))
        self.way = replace(next(iter(charter().conduits.values())), not_recordable=frozenset(allowed))
        self.asset = asset(endpoints=ends)
        self.conduits = {self.way.id: self.way}
        self.assets = {self.asset.id: self.asset}
        self.exceptions: tuple[GrantedException, ...] = ()

    def boundaries(self, _asset: AssetId, conduit: ConduitId) -> tuple[str, ...]:
        return (str(conduit),)

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


def test_what_is_named_runs_while_an_exception_is_in_force_and_the_request_says_which() -> None:
    """D16: the path of an exception is shown: by whose word, and what is done instead; or that there is none, and where it comes from."""
    plant = Plant(Tunnel.TLS)
    where = (plant.way.id, plant.asset.id, [Grant.of("forward:5000")], VendorId("kestrel"))
    one = GrantedException(
        ExceptionId("EX-7"),
        PersonId("olga"),
        PersonId("petra"),
        "The tool speaks nothing else",
        "Somebody sits beside it",
        frozenset({Liftable.TUNNEL}),
        str(plant.way.id),
        TimeWindow(NOW, NOW + timedelta(hours=1)),
        VendorId("kestrel"),
    )
    assert tunnels_let(plant, *where, NOW) == (frozenset(), None)  # type: ignore[arg-type]
    plant.exceptions = (one,)
    assert tunnels_let(plant, *where, NOW) == ({Tunnel.TLS}, one)  # type: ignore[arg-type]
    assert tunnels_let(plant, *where, one.window.end) == (frozenset(), None)  # type: ignore[arg-type]
    assert tunnels_let(plant, *where[:3], VendorId("other"), NOW)[1] is None  # type: ignore[arg-type]
    assert "EX-7 lets them run; olga answers for it. Instead: Somebody sits beside it" in path(one)
    assert "exceptions.toml" in path(None)


def test_it_is_said_in_one_sentence_or_not_at_all() -> None:
    assert said(()) == ""
    assert said([Tunnel.TLS, Tunnel.SSH]).startswith(
        "Not recordable: what is done inside ssh, tls can be read by nobody"
    )
