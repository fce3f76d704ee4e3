from ipaddress import ip_address

from broker.conduits.far_end import FarEnd
from domain.plant import Endpoint, Protocol
from domain.web import Web


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


def test_the_charter_s_name_for_it_goes_before_its_address_and_https_has_another_usual_port() -> None:
    for port, web, host in (
        (80, Web("panel-3.plant.example"), "panel-3.plant.example"),
        (443, Web("panel-3"), "panel-3:443"),
        (443, Web("panel-3", ("key sha256:" + "0" * 64,)), "panel-3"),
        (80, Web(authority="MIIB"), "10.20.0.7:80"),
    ):
        end = FarEnd.of(Endpoint(Protocol.HTTP, ip_address("10.20.0.7"), port, web=web))
        assert (end.host, end.secure) == (host, web.secure)


def test_a_secret_is_not_shown_by_accident() -> None:
    assert "geheim" not in repr(FarEnd(username="hmi", password="geheim"))
