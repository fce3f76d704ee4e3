from ipaddress import IPv4Address

from domain.plant import Endpoint, Protocol
from tests.domain.samples import asset

SSH = Endpoint(Protocol.SSH, IPv4Address("10.20.0.5"), 22, ("ssh-ed25519 AAAA",))
MODBUS = Endpoint(Protocol.MODBUS, IPv4Address("10.20.0.5"), 502)
ASSET = asset(endpoints=(SSH, MODBUS))


def test_an_endpoint_is_found_by_what_it_speaks() -> None:
    assert ASSET.endpoint(Protocol.MODBUS) is MODBUS
    assert ASSET.endpoint(Protocol.VNC) is None


def test_an_endpoint_is_found_by_its_port_and_only_where_the_charter_names_one() -> None:
    assert ASSET.endpoint_at(22) is SSH
    assert ASSET.endpoint_at(23) is None
