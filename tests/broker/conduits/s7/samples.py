"""S7comm for the shared tests of every filter, and the messages that its own tests are made of."""

from broker.conduits.s7.frames import Framing, Link, Unit, packet
from broker.conduits.s7.messages import ACK_DATA, JOB, USERDATA, Message, read_message
from broker.conduits.s7.requests import Request, read_job, read_userdata
from domain.access import Action

CONNECT = bytes.fromhex("03000016 11e00000000100 c1020100 c2020102 c0010a".replace(" ", ""))
CONFIRM = bytes.fromhex("03000016 11d00001000300 c0010a c1020100 c2020102".replace(" ", ""))
SETUP = "f0000001000101e0"
AGREED = "f0000001000100f0"
READ = "0401 120a10040002000a84000020"
"""DB10.DBW4 and DBW6."""
WRITE = "0501 120a10040001000a84000020"
SIGN_OF_LIFE = bytes.fromhex("0300000702f000")


def job(reference: int, parameters: str, data: str = "") -> bytes:
    return packet(Message(JOB, reference, bytes.fromhex(parameters), bytes.fromhex(data)).wire())


def answer(reference: int, parameters: str, data: str = "", error: int = 0) -> bytes:
    return packet(Message(ACK_DATA, reference, bytes.fromhex(parameters), bytes.fromhex(data), error).wire())


def userdata(reference: int, parameters: str, data: str = "0a000000") -> bytes:
    return packet(Message(USERDATA, reference, bytes.fromhex(parameters), bytes.fromhex(data)).wire())


HANDSHAKE = (
    (True, CONNECT),
    (False, CONFIRM),
    (True, job(1, SETUP)),
    (False, answer(1, AGREED)),
)
TALK = (
    *HANDSHAKE,
    (True, SIGN_OF_LIFE + job(2, READ)),
    (False, answer(2, "0401", "ff040020 015e0007")),
    (True, job(3, WRITE, "00040010015e") + job(4, "0401 120a10040000000a84000020")),
    (False, answer(9, "0401", "ff040020 015e0007") + answer(4, "04", error=0x8104)),
    (True, userdata(5, "000112 04 11 44 01 00", "ff090004 01320004")),
    (False, userdata(5, "000112 08 12 84 01 00 0000 d402")),
    (True, job(6, "29000000000009 505f50524f4752414d") + job(7, "28000000000000fd000009 505f50524f4752414d")),
    (True, userdata(8, "000112 04 11 47 02 00", "ff09000a 00192611211545000007")),
    (True, job(9, "0402 120a10010001000084000020 120a10020010000083000000")),
    (True, job(10, "31 00")),
)


def may_reach(data: bytes) -> bool:
    """Whether these are whole packets, whose messages only look."""
    return all(_looks(one) for one in Framing().feed(data)) and _raw(data) == data


def _raw(data: bytes) -> bytes:
    return b"".join(one.raw for one in Framing().feed(data))


def _looks(one: Link | Unit) -> bool:
    if isinstance(one, Link) or not one.message:
        return True
    message = read_message(one.message)
    if not isinstance(message, Message) or message.kind not in {JOB, USERDATA}:
        return False
    said = read_job(message) if message.kind == JOB else read_userdata(message)
    return isinstance(said, Request) and said.function.action is Action.VIEW and not said.values
