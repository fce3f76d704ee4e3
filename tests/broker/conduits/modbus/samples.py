"""Modbus for the shared tests of every filter."""

from broker.conduits.modbus.frames import Frame, Framing
from broker.conduits.modbus.requests import Request, read
from domain.access import Action


def _frame(number: int, pdu: str) -> bytes:
    return Frame(number, 1, bytes.fromhex(pdu)).wire()


TALK = (
    (True, _frame(1, "03 0000 0002")),
    (False, _frame(1, "03 04 000a 000b")),
    (True, _frame(2, "06 0028 0003") + _frame(3, "01 0000 07d1") + _frame(4, "03 0000 0002")),
    (False, _frame(9, "03 04 000a 000b") + _frame(4, "83 02")),
    (True, _frame(5, "08 0000 abcd") + _frame(6, "2b 0e 01 00") + _frame(7, "16 0004 00f2 0025")),
    (False, _frame(5, "08 0000 abcd")),
    (
        True,
        _frame(8, "0f 0013 000a 02 cd01")
        + _frame(9, "17 0003 0001 000e 0001 02 00ff")
        + _frame(10, "5a 00 02"),
    ),
)


def may_reach(data: bytes) -> bool:
    """Whether these are whole requests that only look."""
    framing = Framing()
    said = [read(frame) for frame in framing.feed(data)]
    whole = b"".join(frame.wire() for frame in Framing().feed(data)) == data
    return whole and all(
        isinstance(one, Request) and one.function.action is Action.VIEW and one.writes is None for one in said
    )
