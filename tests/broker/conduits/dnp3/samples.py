"""DNP3 for the tests of its filter, and for the shared tests of every filter."""

from broker.conduits.dnp3.link import BLOCK, HEAD, LEAST_LENGTH, Framing, checksum
from broker.conduits.dnp3.requests import Request, read
from broker.conduits.dnp3.transport import Fragment, Reassembly, frames
from domain.access import Action

MASTER, OUTSTATION = 1, 10
LATCH_ON = "03 01 64000000 64000000"


def asked(objects: str, to: int = OUTSTATION, master: int = MASTER) -> bytes:
    """What a master sends: application control, function and objects, as hex."""
    fragment = Fragment(master, to, bytes.fromhex(objects))
    return b"".join(frame.wire() for frame in frames(fragment, from_master=True))


def told(objects: str, by: int = OUTSTATION, master: int = MASTER, first: int = 5) -> bytes:
    """What an outstation sends."""
    fragment = Fragment(by, master, bytes.fromhex(objects))
    return b"".join(frame.wire() for frame in frames(fragment, first, from_master=False))


POLL = "c1 01 3c0206 3c0306 3c0406 3c0106"
LONG_READ = "c6 01" + "01 02 28 0200 0100 0200" * 29
TALK = (
    (False, told("f0 82 8000")),
    (True, asked("d0 00") + asked(POLL)),
    (False, told("c1 81 0000 0102 00 00 01 01 81")),
    (True, asked(f"c2 05 0c01 17 01 03 {LATCH_ON} 00") + asked("c3 01 1e02 00 00 05")),
    (False, told("cf 81 0000") + told("c3 81 0000 1e02 00 00 00 01 1100")),
    (True, asked("c4 0d") + asked("c5 16 3c0206 0102 00 00 01") + asked(LONG_READ)),
    (False, told("c6 81 0000" + "1e01 00 00 31" + "01 2a000000" * 50)),
    (True, asked("c7 06 2902 28 0100 0300 6400 00") + asked("c8 17") + asked("c9 63")),
)


def may_reach(data: bytes) -> bool:
    """Whether these are whole frames whose requests only look."""
    framing, reassembly = Framing(from_master=True), Reassembly()
    whole = b""
    for frame in framing.feed(data):
        whole += frame.wire()
        fragment = reassembly.take(frame) if frame.data else None
        said = read(fragment) if fragment is not None else None
        if said is not None and not (isinstance(said, Request) and said.needs == {Action.VIEW}):
            return False
    return whole == data and not reassembly.fault and not reassembly.unfinished


def mended(data: bytes) -> bytes:
    """``data`` with the checksum of each header and of each block right, as far as it is whole frames."""
    found = b""
    while len(data) >= HEAD and data[2] >= LEAST_LENGTH:
        left = data[2] - LEAST_LENGTH
        found += data[: HEAD - 2] + checksum(data[: HEAD - 2])
        data = data[HEAD:]
        while left and len(data) > 2:
            size = min(left, BLOCK, len(data) - 2)
            found += data[:size] + checksum(data[:size])
            data, left = data[size + 2 :], left - size
    return found + data
