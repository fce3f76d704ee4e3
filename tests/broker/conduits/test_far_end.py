from ipaddress import ip_address

from broker.conduits.far_end import FarEnd
from domain.plant import Endpoint, Protocol


def test_a_request_names_the_asset_by_its_own_address_and_by_its_port_where_that_is_not_the_usual_one() -> (
    None
):
    for address, port, host in (
        ("10.20.0.7", 80, "10.20.0.7"),
        ("10.20.0.7", 8080, "10.20.0.7:8080"),
        ("fd00::7", 80, "[fd00::7]"),
        ("fd00::7", 443, "[fd00::7]:443"),
    ):
        assert FarEnd.of(Endpoint(Protocol.HTTP, ip_address(address), port)).host == host


def test_a_secret_is_not_shown_by_accident() -> None:
    assert "geheim" not in repr(FarEnd(username="hmi", password="geheim"))
