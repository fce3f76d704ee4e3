import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.networks import network_of

NETWORKS = ("198.51.100.0/24", "2001:db8::/32")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("198.51.100.7", "198.51.100.0/24", id="inside"),
        pytest.param("198.51.101.0", None, id="just outside"),
        pytest.param("2001:db8:ffff::1", "2001:db8::/32", id="IPv6"),
        pytest.param("::ffff:198.51.100.7", "198.51.100.0/24", id="IPv4 in IPv6"),
    ],
)
def test_the_network_that_holds_an_address_is_found(source: str, found: str | None) -> None:
    assert network_of(source, NETWORKS) == found


@given(st.text(max_size=40))
def test_what_is_no_address_lies_nowhere(text: str) -> None:
    assert network_of(f"x{text}", NETWORKS) is None


def test_without_networks_everything_lies_outside() -> None:
    assert network_of("198.51.100.7", ()) is None
