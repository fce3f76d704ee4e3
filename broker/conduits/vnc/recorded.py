"""The screen of one recorded channel, as a viewer can be shown it again, or as it is recorded. Pure.

What the vendor's viewer was sent from the server's first word about its screen on, message by message as it came: a
viewer in the auditor's browser draws it anew. What was copied at the asset is left out, for it is nobody's screen.
"""

import struct
from collections.abc import Iterable, Iterator

from broker.conduits.vnc.server import NONE, VERSION_BYTES, message, screen, version_of
from broker.conduits.vnc.stream import Drop, NoRfbError, Script, Stream
from broker.conduits.vnc.talk import Talk, pixel_format
from broker.conduits.vnc.viewer import behind_of, unknown, whole
from domain.output import Cut, ToAsset, ToVendor
from domain.plant import SCREENS
from recorder.format import payloads
from recorder.format.frame import Frame, Kind

HEAD = struct.Struct(">IBI")
"""Of a piece: milliseconds since the channel's first byte, what it is, and how many bytes follow."""

SERVER, PIXELS, BROKEN, BEGINS, LIVE, CLOSED = range(6)
"""A piece of the server's stream; the format of pixels from the next one on (RFC 6143 section 7.4); the end, for what
follows can't be read. And of one that is watched: a screen begins; what follows is shown as it is recorded; it was closed."""


class _Channel:
    """Both directions of one channel, in the order in which they were recorded."""

    def __init__(self) -> None:
        self._talk = Talk()
        self._viewer = Stream(self._said_by_viewer(), ToVendor, "")
        self._server = Stream(self._said_by_server(), ToVendor, "")

    def sent(self, data: bytes) -> bool:
        """These bytes reached the asset; False where nothing can be read from here on."""
        return not any(isinstance(one, Cut) for one in self._viewer.feed(data))

    def answered(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """What is to be shown of these bytes."""
        for one in self._server.feed(data):
            match one:
                case ToVendor(shown):
                    yield SERVER, shown
                case ToAsset(wire):
                    yield PIXELS, wire
                case Cut():
                    yield BROKEN, b""
                case _:
                    pass

    def _said_by_viewer(self) -> Script:
        talk = self._talk
        talk.vendor_version = version_of((yield VERSION_BYTES))
        yield Drop()
        yield 1 if talk.vendor_version == 3 else 2
        talk.begun = True
        yield Drop()
        while True:
            kind = (yield 1)[0]
            if unknown(kind):
                raise NoRfbError("What was recorded is no RFB.")
            seen = yield from whole(kind)
            if kind == 0:
                talk.asked = pixel_format(seen[4:])
            elif kind == 150:
                talk.continuous = talk.continuous or bool(seen[1])
            yield Drop(behind_of(kind, seen))

    def _said_by_server(self) -> Script:
        talk = self._talk
        yield VERSION_BYTES
        yield Drop()
        if (yield 4 if talk.vendor_version == 3 else 2)[-1] != NONE:
            raise NoRfbError("The viewer was not let in.")
        yield Drop()
        if talk.vendor_version == 8:
            yield 4
            yield Drop()
        yield from screen(talk)
        yield ToAsset(talk.pixel.wire)
        while True:
            if (yield 1) == b"\0" and talk.asked is not None and not talk.continuous:
                yield ToAsset(talk.asked.wire)
            yield from message(talk, clipboard=False)


class Pieces:
    """What a browser is sent of ``channel``, frame by frame; holds no more than one unfinished beginning of a message."""

    def __init__(self, channel: int) -> None:
        self.broken = False
        """Nothing more is to be read of it."""
        self._channel = channel
        self._read = _Channel()
        self._began: int | None = None

    def of(self, frame: Frame) -> Iterator[bytes]:
        """The pieces of ``frame``, each with its head."""
        if self.broken or frame.channel != self._channel or frame.kind not in BYTES_OF_A_SCREEN:
            return
        self._began = frame.elapsed_us if self._began is None else self._began
        at_ms = (frame.elapsed_us - self._began) // 1000
        if frame.kind is Kind.TO_ASSET:
            found = [] if self._read.sent(frame.payload) else [(BROKEN, b"")]
        else:
            found = list(self._read.answered(frame.payload))
        for what, shown in found:
            yield piece(what, shown, at_ms)
            if what == BROKEN:
                self.broken = True
                return


BYTES_OF_A_SCREEN = frozenset({Kind.TO_ASSET, Kind.TO_VENDOR})
"""What was sent counts for how the pixels of the answers are to be read; none of it is shown."""


def piece(what: int, shown: bytes = b"", at_ms: int = 0) -> bytes:
    """One piece with its head."""
    return HEAD.pack(at_ms, what, len(shown)) + shown


def pieces(frames: Iterable[Frame], channel: int) -> Iterator[bytes]:
    """What a browser is sent of ``channel``, in the order of their times; bounded memory."""
    read = Pieces(channel)
    for frame in frames:
        yield from read.of(frame)
        if read.broken:
            return


def opens_a_screen(frame: Frame) -> bool:
    """Whether from ``frame`` on its channel is one that has a screen."""
    return frame.kind is Kind.MARK and payloads.read(frame.payload).get("protocol") in SCREENS


def screens(frames: Iterable[Frame]) -> dict[int, int]:
    """The channels that have a screen to be shown: number, and how many seconds it lasts."""
    began: dict[int, int] = {}
    last: dict[int, int] = {}
    known: set[int] = set()
    for frame in frames:
        if opens_a_screen(frame):
            known.add(frame.channel)
        elif frame.channel in known and frame.kind is Kind.TO_VENDOR:
            began.setdefault(frame.channel, frame.elapsed_us)
            last[frame.channel] = frame.elapsed_us
    return {one: (last[one] - began[one]) // 1_000_000 + 1 for one in sorted(last)}
