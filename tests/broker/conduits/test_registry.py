import subprocess
import sys

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


def test_a_protocol_is_loaded_when_a_charter_names_it_or_somebody_asks() -> None:
    script = """
import sys
from broker.conduits.registry import SPOKEN, filter_for, load, reader_for
from domain.plant import Protocol
spoken = lambda: {one.split(".")[2] for one in sys.modules if one.startswith("broker.conduits.") and one.endswith(".filter")}
assert len(SPOKEN) == len(list(SPOKEN)) > 8 and spoken() == {"tcp"}, spoken()
assert reader_for("no such protocol") is None and filter_for(Protocol.SSH, frozenset(), ()) is None
load([Protocol.MODBUS, Protocol.TCP, Protocol.SSH])
assert spoken() == {"tcp", "modbus"}, spoken()
reader_for("s7")
assert spoken() == {"tcp", "modbus", "s7"}, spoken()
"""
    subprocess.run([sys.executable, "-c", script], check=True)
