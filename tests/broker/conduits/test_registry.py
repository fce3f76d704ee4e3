import pytest

from broker.conduits.modbus.transactions import ModbusReader
from broker.conduits.registry import NEVER_FORWARDED, SPOKEN, filter_for, reader_for
from broker.conduits.tcp.filter import Opaque
from domain.access import Action
from domain.plant import Protocol

VIEW = frozenset({Action.VIEW})


@pytest.mark.parametrize("protocol", sorted(set(Protocol) - NEVER_FORWARDED))
def test_every_connection_gets_a_filter_of_its_own(protocol: Protocol) -> None:
    first, second = filter_for(protocol, VIEW, ()), filter_for(protocol, VIEW, ())
    assert first is not None
    assert first is not second


def test_ssh_is_never_forwarded_unseen() -> None:
    assert filter_for(Protocol.SSH, VIEW, ()) is None


def test_what_no_filter_reads_passes_as_it_is_and_has_no_transactions() -> None:
    for protocol in sorted(set(Protocol) - set(SPOKEN) - NEVER_FORWARDED):
        assert isinstance(filter_for(protocol, VIEW, ()), Opaque)
        assert reader_for(protocol) is None


def test_what_a_filter_reads_can_be_read_again_afterwards() -> None:
    """By the words of a recording, which may name a protocol that this version does not know."""
    assert isinstance(reader_for("modbus"), ModbusReader)
    assert reader_for("profinet") is None
    for protocol in SPOKEN:
        assert not reader_for(protocol).broken


def test_every_function_has_a_name_and_an_action_once() -> None:
    for spoken in SPOKEN.values():
        rows = list(spoken.functions())
        assert len({code for code, _name, _action in rows}) == len(rows) > 0
        assert all(name and isinstance(action, Action) for _code, name, action in rows)
