from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.iec104.filter import Iec104Filter
from broker.conduits.iec104.frames import NUMBERS, Acknowledged, Framing, Told
from broker.conduits.iec104.numbering import MOST_OPEN, Side
from domain.access import Action
from domain.output import Answer, ToAsset, ToVendor
from tests.broker.conduits.iec104 import samples

ALLOWED, REFUSED = bytes.fromhex(samples.INTERROGATE), bytes.fromhex(samples.SWITCH_ON)
POINT = bytes.fromhex(samples.POINT)


@dataclass
class Peer:
    """A side that counts as the standard says (104, clause 5.2), and takes nothing that is out of step."""

    sent: int
    heard: int
    acknowledged: int
    got: list[bytes] = field(default_factory=list)
    _framing: Framing = field(default_factory=Framing)

    @staticmethod
    def at(number: int) -> "Peer":
        return Peer(number, number, number)

    @property
    def waits(self) -> int:
        return (self.sent - self.acknowledged) % NUMBERS

    def tell(self, asdu: bytes) -> bytes:
        frame = Told(self.sent, self.heard, asdu).wire()
        self.sent = (self.sent + 1) % NUMBERS
        return frame

    def acknowledge(self) -> bytes:
        return Acknowledged(self.heard).wire()

    def hear(self, data: bytes) -> None:
        for frame in self._framing.feed(data):
            assert isinstance(frame, Told | Acknowledged)
            if isinstance(frame, Told):
                assert frame.sent == self.heard, "a frame is missing, or came twice"
                self.heard = (self.heard + 1) % NUMBERS
                self.got.append(frame.asdu)
            ahead = (frame.received - self.acknowledged) % NUMBERS
            assert ahead <= self.waits, "acknowledged what was never sent, or taken back"
            self.acknowledged = frame.received
        assert self._framing.fault == ""


def begun(at: int) -> Iec104Filter:
    gate = Iec104Filter(frozenset({Action.VIEW}))
    for inward, data in samples.HANDSHAKE:
        tuple(gate.from_vendor(data) if inward else gate.from_asset(data))
    gate._vendor, gate._asset = Side(at, at, at, at), Side(at, at, at, at)
    gate._told_vendor = gate._told_asset = at
    return gate


STEPS = st.lists(
    st.sampled_from(
        (
            "allowed",
            "refused",
            "refused",
            "vendor acknowledges",
            "point",
            "asset acknowledges",
            "to gate",
            "from gate",
        )
    ),
    max_size=120,
)


@given(STEPS, st.sampled_from((0, NUMBERS - 5)))
def test_neither_side_ever_sees_a_number_out_of_step(steps: list[str], at: int) -> None:
    """Whatever is refused in between, however late each side acknowledges, and where the numbers begin anew."""
    gate, tool, station = begun(at), Peer.at(at), Peer.at(at)
    inward: deque[bytes] = deque()
    outward: deque[bytes] = deque()
    allowed = refused = points = 0

    def deliver(waiting: deque[bytes], *, into: bool) -> None:
        while waiting:
            data = waiting.popleft()
            for one in gate.from_vendor(data) if into else gate.from_asset(data):
                assert isinstance(one, ToAsset | ToVendor | Answer), one
                (station if isinstance(one, ToAsset) else tool).hear(one.data)

    for step in steps:
        match step:
            case "allowed" if tool.waits < 12:
                allowed += 1
                inward.append(tool.tell(ALLOWED))
            case "refused" if tool.waits < 12:
                refused += 1
                inward.append(tool.tell(REFUSED))
            case "point" if station.waits < 12:
                points += 1
                outward.append(station.tell(POINT))
            case "vendor acknowledges":
                inward.append(tool.acknowledge())
            case "asset acknowledges":
                outward.append(station.acknowledge())
            case "to gate":
                deliver(inward, into=True)
            case "from gate":
                deliver(outward, into=False)
            case _:
                pass
    deliver(inward, into=True)
    deliver(outward, into=False)
    deliver(deque([station.acknowledge()]), into=False)
    deliver(deque([tool.acknowledge()]), into=True)
    assert (tool.waits, station.waits) == (0, 0), "once both acknowledged, nothing waits"
    assert station.got == [ALLOWED] * allowed
    assert sorted(tool.got) == sorted([POINT] * points + [told_back()] * refused)


def told_back() -> bytes:
    return bytes.fromhex(samples.SWITCH_ON.replace("0600", "4700"))


def heard(side: Side, numbers: Iterable[int]) -> list[bool]:
    return [side.hear(number) for number in numbers]


def test_a_number_that_is_not_the_next_is_none() -> None:
    assert heard(Side(), (0, 1, 1, 3, 2)) == [True, True, False, False, True]
    assert heard(Side(heard=NUMBERS - 1), (NUMBERS - 1, 0)) == [True, True]


def test_what_was_not_sent_can_t_be_acknowledged_nor_taken_back() -> None:
    side, other = Side(), Side(heard=2)
    assert [side.send(other, passed=True) for _ in range(2)] == [0, 1]
    assert not side.acknowledge(3)
    assert side.acknowledge(1)
    assert not side.acknowledge(0)
    assert side.acknowledge(1)
    assert side.acknowledge(2)


def test_a_side_that_acknowledges_nothing_is_full() -> None:
    side = Side()
    for _ in range(MOST_OPEN):
        assert not side.full
        side.send(Side(), passed=False)
    assert side.full
