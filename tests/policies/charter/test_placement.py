import pytest

from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from policies.charter.placement import inside_control
from tests.policies.plant import files

PUMPS, OFFICE = "10.21.0.12", "10.30.0.14"


def plant() -> Charter:
    """The sample with two real networks: the pump controller's, and the historian's in the DMZ."""
    given = files()
    text = given["assets.toml"].decode()
    for name, address in (("plc-07", PUMPS), ("historian", OFFICE)):
        head, found, rest = text.partition(f'id = "{name}"')
        assert found
        text = head + found + rest.replace('address = "127.0.0.1"', f'address = "{address}"', 1)
    return read_charter({**given, "assets.toml": text.encode()})


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        pytest.param(PUMPS, True, id="C06: the very address of a controller"),
        pytest.param("10.21.0.200", True, id="C06: on a controller's network"),
        pytest.param("10.30.0.200", False, id="on the network of the DMZ"),
        pytest.param("10.99.0.1", False, id="where the charter knows no machine"),
        pytest.param("127.0.0.1", False, id="on the machine itself"),
        pytest.param("0.0.0.0", False, id="on every interface"),
        pytest.param("::", False, id="on every interface of IPv6"),
        pytest.param("gate.example", False, id="a name"),
    ],
)
def test_a_front_end_among_controllers_is_seen(address: str, inside: bool) -> None:
    said = inside_control(plant(), ["127.0.0.1", address])
    assert bool(said) is inside
    assert not inside or (address in said and "Pumping station" in said)


def test_a_network_that_a_dmz_shares_with_a_control_zone_is_left_to_the_charter_s_own_word() -> None:
    given = files()
    given["assets.toml"] = given["assets.toml"].replace(b'"127.0.0.1"', b'"10.21.0.12"')
    assert inside_control(read_charter(given), ["10.21.0.99"]) == ""
