import pytest

from broker.conduits.registry import FILTERS, filter_for
from domain.access import Action
from domain.plant import Protocol

VIEW = frozenset({Action.VIEW})


@pytest.mark.parametrize("protocol", FILTERS)
def test_every_connection_gets_a_filter_of_its_own(protocol: Protocol) -> None:
    first, second = filter_for(protocol, VIEW), filter_for(protocol, VIEW)
    assert first is not None
    assert first is not second


def test_ssh_is_never_forwarded_unseen() -> None:
    assert filter_for(Protocol.SSH, VIEW) is None


def test_no_protocol_was_forgotten() -> None:
    assert {*FILTERS, Protocol.SSH} == set(Protocol)
