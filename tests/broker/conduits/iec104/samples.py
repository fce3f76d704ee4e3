"""IEC 60870-5-104 for the shared tests of every filter, and the frames that its own tests are made of."""

from broker.conduits.iec104.frames import Acknowledged, Control, Framing, Told
from broker.conduits.iec104.requests import Request, read
from domain.access import Action

START, STARTED = Control(0x07).wire(), Control(0x0B).wire()
INTERROGATE = "64 01 0600 0100 000000 14"
SWITCH_ON = "2d 01 0600 0100 e90300 01"
"""Station 1, place 1001."""
SET_50 = "32 01 0600 0100 ea0300 00004842 00"
"""Station 1, place 1002, 50.0."""
POINT = "0d 01 0300 0100 ea0300 00002042 00"
"""The same place, spontaneously: 40.0."""
CLOCK = "67 01 0600 0100 000000 00000f2f150b1a"
RESET = "69 01 0600 0100 000000 01"


def told(sent: int, received: int, asdu: str) -> bytes:
    return Told(sent, received, bytes.fromhex(asdu)).wire()


def ack(received: int) -> bytes:
    return Acknowledged(received).wire()


HANDSHAKE = ((True, START), (False, STARTED))
TALK = (
    *HANDSHAKE,
    (False, told(0, 0, "46 01 0400 0100 000000 00")),
    (True, told(0, 1, INTERROGATE) + told(1, 1, SWITCH_ON) + told(2, 1, SET_50)),
    (False, told(1, 1, INTERROGATE.replace("0600", "0700")) + told(2, 1, POINT)),
    (True, ack(5) + told(3, 5, CLOCK) + Control(0x43).wire()),
    (False, Control(0x83).wire() + ack(1) + told(3, 1, "0b 83 1400 0100 640000 010000 020000 030000")),
    (
        True,
        told(4, 7, "2d 01 0600 0100 000000 01") + told(5, 7, RESET) + told(6, 7, "66 01 0500 0100 ea0300"),
    ),
    (True, told(7, 7, "80 01 0600 0100 000000 00")),
)


def may_reach(data: bytes) -> bool:
    """Whether these are whole frames, that tell nothing but requests to look."""
    frames = list(Framing().feed(data))
    return b"".join(frame.wire() for frame in frames) == data and all(
        isinstance(said := read(frame.asdu), Request) and said.action is Action.VIEW
        for frame in frames
        if isinstance(frame, Told)
    )
