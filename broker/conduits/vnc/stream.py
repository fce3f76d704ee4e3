"""One direction of an RFB connection, item by item; what only has to pass is never collected. Pure.

A script says how much of the next item it has to see before it can judge it, and then what becomes of it. Pixels are
most of what a server sends: they pass as they came, however the stream was split, without being looked at.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from domain.errors import PeerError
from domain.output import Cut, Output, ToAsset, ToVendor


class NoRfbError(PeerError):
    """What came is not what RFC 6143 has there. Never leaves a ``Stream``."""


@dataclass(slots=True)
class Pass:
    """What was seen of the item is right: send it on, and ``count`` bytes that follow."""

    count: int = 0


@dataclass(slots=True)
class Drop:
    """The item does not pass, nor do ``count`` bytes that follow."""

    count: int = 0


Script = Generator[int | Pass | Drop | Output, bytes, None]
"""Yields a number to see so many bytes of the item, from its beginning; Pass or Drop to end it; else what is to be done at once."""


class Stream:
    """Runs one script. Holds on to one item's unfinished beginning, and to nothing of what only passes."""

    def __init__(self, script: Script, onward: type[ToAsset] | type[ToVendor], sentence: str) -> None:
        """``onward``: where what passes goes; ``sentence``: whose fault it is when what comes is no RFB."""
        self._script = script
        self._onward = onward
        self._sentence = sentence
        self._held = b""
        self._due = 0
        self._passes = True
        self._want = 0
        self._over = False

    def feed(self, data: bytes) -> Iterator[Output]:
        """What is to be done about ``data``, in order; nothing any more after a Cut."""
        if self._over:
            return
        data = self._held + data if self._held else data
        at = run = 0  # where the item begins; from where on what passes was not handed on yet
        while True:
            step = min(self._due, len(data) - at)
            self._due -= step
            at += step
            run = run if self._passes else at
            if self._due or self._want > len(data) - at:
                break
            said = self._asked(data[at : at + self._want] if self._want else None)
            if isinstance(said, int):
                self._want = said
                continue
            if not isinstance(said, Pass) and at > run:
                yield self._onward(data[run:at])
                run = at
            if isinstance(said, Pass | Drop):
                at += self._want
                self._want, self._due, self._passes = 0, said.count, isinstance(said, Pass)
                run = run if self._passes else at
                continue
            self._over = isinstance(said, Cut)
            yield said
            if self._over:
                return
        if at > run:
            yield self._onward(data[run:at])
        self._held = data[at:]

    def _asked(self, seen: bytes | None) -> int | Pass | Drop | Output:
        try:
            return next(self._script) if seen is None else self._script.send(seen)
        except NoRfbError as error:
            return Cut("vnc_malformed", f"{self._sentence} {error.fact}")
