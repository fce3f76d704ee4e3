import pytest

from broker.conduits.registry import FILTERS, filter_for
from domain.plant import Protocol


@pytest.mark.parametrize("protocol", FILTERS)
def test_every_connection_gets_a_filter_of_its_own(protocol: Protocol) -> None:
    first, second = filter_for(protocol), filter_for(protocol)
    assert first is not None
    assert first is not second


def test_ssh_is_never_forwarded_unseen() -> None:
    assert filter_for(Protocol.SSH) is None


def test_no_protocol_was_forgotten() -> None:
    assert {*FILTERS, Protocol.SSH} == set(Protocol)
