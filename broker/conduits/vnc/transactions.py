"""What was done over VNC, told from the recorded bytes of one channel. Pure.

Of keys and clicks how many there were, in bursts: which keys wrote something the recording does not have, and where
was clicked may be the digits on a drawn keypad. Both show on the recorded screen, to who may replay it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.conduits.transaction import Transaction
from broker.conduits.vnc.functions import (
    CONTINUOUS,
    CUT_TEXT,
    FROM_THE_PLANT,
    FUNCTIONS,
    KEY,
    KEYS,
    POINTING,
    QEMU,
    SCREEN,
    SET_DESKTOP_SIZE,
    SET_PIXEL_FORMAT,
    XVP,
    Function,
)
from broker.conduits.vnc.keys import named
from broker.conduits.vnc.server import NONE, VERSION_BYTES, message, screen, version_of
from broker.conduits.vnc.stream import NoRfbError, Pass, Script, Stream
from broker.conduits.vnc.talk import Talk, pixel_format
from broker.conduits.vnc.viewer import behind_of, unknown, whole
from domain.output import Cut, ToAsset, ToVendor

PAUSE_US = 5_000_000
"""Without a key or a click for so long, a burst is over."""

MOST_NAMED = 20
_ONE = {"keys pressed": "key pressed", "clicks": "click"}
_BUTTONS, _WHEEL = 0b111, 0b1111000
_POWER = {2: "shut down", 3: "reboot", 4: "reset"}


def _rest() -> Script:
    """The gate's own word that there is no way in, which its mark has too."""
    while True:
        yield 1
        yield Pass()


@dataclass(slots=True)
class _Burst:
    """Keys, or clicks, one soon after the other."""

    function: Function
    at_us: int
    last_us: int
    count: int = 0
    named: list[str] = field(default_factory=list)

    def told(self) -> Transaction:
        what = "keys pressed" if self.function is KEYS else "clicks"
        said = f"{self.count} {what}" if self.count > 1 else f"1 {_ONE[what]}"
        if self.named:
            said += f", among them {', '.join(self.named)}"
        return _told(self.function, self.at_us, what, said, count=self.count, values=tuple(self.named))


def _told(
    function: Function, at_us: int, what: str, said: str, *, count: int = 0, values: tuple[str, ...] = ()
) -> Transaction:
    return Transaction(
        at_us, function.name, function.action, function is not SCREEN, what, said, count=count, values=values
    )


class VncReader:
    """Both directions of one channel, in the order in which they were recorded."""

    def __init__(self) -> None:
        self.broken = False
        self._talk = Talk()
        self._at_us = 0
        self._buttons = 0
        self._bursts: dict[str, _Burst] = {}
        self._found: list[Transaction] = []
        self._inward = Stream(self._viewer(), ToAsset, "")
        self._outward = Stream(self._server(), ToVendor, "")

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the asset, or were said by the vendor's viewer to the gate in its place."""
        return self._read(self._inward, data, at_us)

    def answered(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the vendor's viewer."""
        return self._read(self._outward, data, at_us)

    def finish(self) -> Iterator[Transaction]:
        """The bursts that nothing has ended."""
        for burst in self._bursts.values():
            yield burst.told()
        self._bursts.clear()

    def _read(self, stream: Stream, data: bytes, at_us: int) -> Iterator[Transaction]:
        self._at_us = at_us
        for one in stream.feed(data):
            self.broken = self.broken or isinstance(one, Cut)
        found, self._found = self._found, []
        yield from found

    def _viewer(self) -> Script:
        talk = self._talk
        talk.vendor_version = version_of((yield VERSION_BYTES))
        yield Pass()
        if talk.vendor_version > 3:
            yield 1
            yield Pass()
        yield 1
        talk.begun = True
        yield Pass()
        while True:
            kind = (yield 1)[0]
            if unknown(kind):
                raise NoRfbError("What was recorded is no RFB.")
            seen = yield from whole(kind)
            if kind == QEMU and seen[1]:  # not a key: the gate lets no other of QEMU's messages pass
                raise NoRfbError("What was recorded is no RFB.")
            behind = behind_of(kind, seen)
            self._did(kind, seen, behind)
            yield Pass(behind)

    def _server(self) -> Script:
        talk = self._talk
        yield VERSION_BYTES
        yield Pass()
        if talk.vendor_version == 3:
            yield 4
        elif (yield 2) != bytes((1, NONE)):
            yield from _rest()
        yield Pass()
        if talk.vendor_version == 8:
            yield 4
            yield Pass()
        yield from screen(talk)
        self._tell(FUNCTIONS[0], "the screen", f"the screen of {talk.name}, {talk.width} by {talk.height}")
        while True:
            kind = (yield 1)[0]
            if kind == 3:
                count = int.from_bytes((yield 8)[4:])
                self._copied(FROM_THE_PLANT, count)
            yield from message(talk, clipboard=True)

    def _did(self, kind: int, seen: bytes, behind: int) -> None:
        function = FUNCTIONS[kind]
        if kind == SET_PIXEL_FORMAT:
            self._talk.asked = pixel_format(seen[4:])
        elif kind == CONTINUOUS:
            self._talk.continuous = self._talk.continuous or bool(seen[1])
        elif kind in {KEY, QEMU} and (seen[1] if kind == KEY else seen[3]):
            self._counted(function, named(int.from_bytes(seen[4:8])))
        elif kind == POINTING:
            pressed = seen[1] & ~self._buttons
            self._buttons = seen[1]
            if pressed & (_BUTTONS | _WHEEL):
                self._counted(function, "")
        elif kind == CUT_TEXT:
            self._copied(function, behind)
        elif kind == XVP:
            said = _POWER.get(seen[3], f"xvp {seen[3]}")
            self._tell(function, "power", f"power: {said}")
        elif kind == SET_DESKTOP_SIZE:
            size = f"{int.from_bytes(seen[2:4])} by {int.from_bytes(seen[4:6])}"
            self._tell(function, "resize the screen", f"resize the screen to {size}")

    def _copied(self, function: Function, count: int) -> None:
        self._tell(function, function.name, f"{function.name}: {count} bytes")

    def _tell(self, function: Function, what: str, said: str) -> None:
        self._found.append(_told(function, self._at_us, what, said))

    def _counted(self, function: Function, name: str) -> None:
        burst = self._bursts.get(function.name)
        if burst is not None and self._at_us - burst.last_us > PAUSE_US:
            self._found.append(burst.told())
            burst = None
        if burst is None:
            burst = self._bursts[function.name] = _Burst(function, self._at_us, self._at_us)
        burst.count += 1
        burst.last_us = self._at_us
        if name and name not in burst.named and len(burst.named) < MOST_NAMED:
            burst.named.append(name)
