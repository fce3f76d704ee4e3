"""Files inside a terminal: ``rz`` and ``sz`` are seen by how they begin, and held to a grant of their own. Pure.

Chuck Forsberg, *The ZMODEM Inter Application File Transfer Protocol* (1988): section 7.3 has the headers, 8.2 how a session begins, 11.5 what a
ZFILE frame says of a file, 7.4 how letters are escaped, 8.1 how a session is cancelled. Nothing of a terminal's other bytes is held back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import re2

from domain.access import Flow

CANCEL: Final = b"\x18" * 8 + b"\x08" * 10
"""Eight CAN end it on either side; the backspaces wipe them from a screen."""

BEGIN = re.compile(rb"\*\*\x18B0([01])[0-9A-Fa-f]{0,12}[\r\n\x8a\x8d\x11]{0,3}")
"""ZRQINIT (0), with which a sender begins, or ZRINIT (1), with which a receiver does: a hex header."""

REST = re.compile(rb"[0-9A-Fa-f]{0,12}[\r\n\x8a\x8d\x11]{0,3}")
_TAIL_BYTES = 5
ZDLE: Final = b"\x18"
FILE = re.compile(rb"\*\x18([AC])\x04")
MOST_NAME_BYTES = 2048

MUCH_BYTES = 1024
"""From so many on, RE2 searches: in a letter ``re`` takes a twelfth of its time, in a transfer eight times as long."""

_AS_BYTES = re2.Options()
_AS_BYTES.encoding = re2.Options.Encoding.LATIN1  # else it reads UTF-8, in which no byte is 8a
_IN_MUCH = {one: re2.compile(one.pattern, _AS_BYTES) for one in (BEGIN, FILE)}
ENDS = frozenset(b"hijk")


@dataclass(frozen=True, slots=True)
class Through:
    """These bytes go on."""

    data: memoryview | bytes


@dataclass(frozen=True, slots=True)
class Begun:
    """Here a transfer begins, which is not granted: its header does not go on, and whoever began it is to be told to stop."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class Announced:
    """A file is announced: its name, and its size where that is said."""

    flow: Flow
    name: bytes
    size: int


class Watch:
    """One direction of a terminal."""

    def __init__(self, sender: Flow, flows: frozenset[Flow]) -> None:
        """``sender``: the way that files go when this side sends them. ``flows``: those that are granted."""
        self._sender, self._flows = sender, flows
        self._tail = b""
        self._dropping = False
        """The last bytes were those of a header that did not go on."""
        self._head = b""
        """The beginning of a ZFILE frame that is not whole yet."""

    def nothing_in(self, data: memoryview | bytes) -> bool:
        """Whether these few bytes go on as they are; else they are to be fed. A letter that somebody types waits for this."""
        if len(data) >= MUCH_BYTES or self._dropping or self._head:
            return False
        seen = self._tail + data
        if ZDLE in seen:  # which every header has
            return False
        self._tail = seen[-_TAIL_BYTES:]
        return True

    def feed(self, data: memoryview | bytes) -> Iterator[Through | Begun | Announced]:
        """What to do about bytes, in their order; to be asked for whole before the next are fed."""
        view = memoryview(data)
        at = self._rest_of_header(view)
        if not at and self._tail and (found := self._across(view)) is not None:
            yield Begun(found[0])
            at = found[1]
            self._dropping = at == len(view)
        while (match := _search(BEGIN, view, at)) is not None:
            flow = self._flow(match[1])
            if flow in self._flows:
                end = match.end()
                yield Through(view[at:end])
            else:
                if match.start() > at:
                    yield Through(view[at : match.start()])
                end = match.end()
                yield Begun(flow)
                self._dropping = end == len(view)
            at = end
        if at < len(view):
            yield Through(view[at:])
        if view:
            self._tail = (self._tail + bytes(view[-_TAIL_BYTES:]))[-_TAIL_BYTES:] if at < len(view) else b""
        if self._sender in self._flows:
            yield from self._announced(view)

    def _rest_of_header(self, view: memoryview) -> int:
        """Where what is left of a header that did not go on ends."""
        if not self._dropping or not view:
            return 0
        end = REST.match(view)
        self._dropping = False
        return end.end() if end is not None else 0

    def _flow(self, kind: bytes | memoryview) -> Flow:
        other = Flow.PUT if self._sender is Flow.GET else Flow.GET
        return self._sender if bytes(kind) == b"0" else other

    def _across(self, view: memoryview) -> tuple[Flow, int] | None:
        """A beginning that the split of the stream goes through, and is not granted; where it ends."""
        joined = self._tail + bytes(view[:32])
        match = BEGIN.search(joined)
        if match is None or match.start() >= len(self._tail) or match.end() <= len(self._tail):
            return None
        flow = self._flow(match[1])
        return None if flow in self._flows else (flow, match.end() - len(self._tail))

    def _announced(self, view: memoryview) -> Iterator[Announced]:
        if not self._head and _search(FILE, view) is None:
            return
        held = self._head + bytes(view[: 2 * MOST_NAME_BYTES] if self._head else view)
        self._head = b""
        for match in FILE.finditer(held):
            rest = held[match.end() : match.end() + MOST_NAME_BYTES]
            told = _unescaped(rest, 4 + (2 if match[1] == b"A" else 4))
            if told is not None:
                name, _, more = told.partition(b"\x00")
                size = re.match(rb"[0-9]{1,18}", more)
                yield Announced(self._sender, name, int(size[0]) if size else 0)
            elif len(rest) < MOST_NAME_BYTES:
                self._head = held[match.start() :]


def _search(what: re.Pattern[bytes], view: memoryview, at: int = 0) -> re.Match[bytes] | None:
    """Where ``what``, BEGIN or FILE, is first from ``at`` on."""
    if len(view) - at < MUCH_BYTES:
        return what.search(view, at)
    found: re.Match[bytes] | None = _IN_MUCH[what].search(view, at)
    return found


def _unescaped(data: bytes, skip: int) -> bytes | None:
    """What stands behind ``skip`` bytes up to the end of its part; None while that has not come."""
    found = bytearray()
    at = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if byte == 0x18:
            if at == len(data):
                return None
            escaped = data[at]
            at += 1
            if escaped in ENDS:
                return bytes(found[skip:])
            byte = {0x6C: 0x7F, 0x6D: 0xFF}.get(escaped, escaped ^ 0x40)
        found.append(byte)
    return None
