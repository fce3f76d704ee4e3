"""The filter of scp's own old protocol, of which OpenSSH's scp.c is the description: one side sends, the other answers. Pure.

``C0644 SIZE NAME``, the bytes and a zero for a file, ``D`` and ``E`` around a folder, ``T`` for times; each is answered by a zero, or by 1 or 2
and a line. Who sends out of turn ends the channel.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from broker.conduits.files.crossed import Crossed
from broker.conduits.files.outputs import Abandon, Begin, Fetch, FileOutput, Finish, Keep, Moved
from broker.conduits.files.tally import MANY, MUCH, REMEDY, Tally
from broker.quarantine.seams import Verdict
from domain.access import Flow
from domain.output import Answer, Cut, ToAsset, ToVendor

LONGEST_LINE = 8192
PIECE_BYTES = 32 * 1024
OK = b"\x00"
_HEADER = re.compile(rb"([CD])[0-7]{4} ([0-9]{1,18}) ([^\n/\x00]+)\n")
_TIMES = re.compile(rb"T[0-9]{1,18} [0-9]{1,9} [0-9]{1,18} [0-9]{1,9}\n")


class _State(Enum):
    """What comes next from the side that sends."""

    LINE = "line"
    DATA = "data"
    END = "end"
    """The byte behind a file: zero, or why it is not whole."""
    WAIT = "wait"
    """Nothing, before the other side has answered."""


class _Asked(Enum):
    """What the other side is to answer."""

    START = "start"
    LINE = "line"
    FILE = "file"
    END = "end"
    OWN_FILE = "own file"
    """The gate announced a released file to the asset."""
    OWN_END = "own end"
    VERDICT = "verdict"
    """The quarantine, and no side at all."""


@dataclass(slots=True)
class _File:
    number: int
    name: bytes
    size: int
    line: bytes
    crossed: Crossed = field(default_factory=Crossed)
    fault: tuple[str, str] | None = None
    released: str = ""
    sha256: str = ""
    sent: int = 0
    done: bool = False


class ScpFilter:
    """One channel. Whatever it yields is to be obeyed before the next is asked for."""

    def __init__(self, flow: Flow, *, screened: bool, tally: Tally | None = None) -> None:
        """``flow``: the way that the command says. ``screened``: what is put goes to the quarantine first. ``tally``: how much may go."""
        self._tally = tally or Tally()
        self._flow = flow
        self._screened = screened and flow is Flow.PUT
        self._state, self._asked = _State.WAIT, _Asked.START
        self._line = bytearray()
        self._reply = bytearray()
        self._folders: list[bytes] = []
        self._file: _File | None = None
        self._left = 0
        self._files = 0
        self._full = self._over = False

    def from_vendor(self, data: bytes | memoryview) -> Iterator[FileOutput]:
        """What to do about bytes of the client."""
        sends = self._flow is Flow.PUT
        return self._sent(memoryview(data), ToAsset) if sends else self._answered(memoryview(data), ToAsset)

    def from_asset(self, data: bytes | memoryview) -> Iterator[FileOutput]:
        """What to do about bytes of the asset."""
        sends = self._flow is Flow.GET
        return self._sent(memoryview(data), ToVendor) if sends else self._answered(memoryview(data), ToVendor)

    # -- the side that sends ------------------------------------------------------------------------

    def _sent(self, view: memoryview, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        at = 0
        while at < len(view) and not self._over:
            if self._state is _State.WAIT:
                yield self._malformed("it did not wait for an answer")
            elif self._state is _State.DATA:
                piece = view[at : at + self._left]
                at += len(piece)
                yield from self._piece(piece, onward)
            else:
                at = self._gather(view, at)
                if len(self._line) > LONGEST_LINE:
                    yield self._malformed("a line has no end")
                elif self._state is _State.END and self._line[0] == 0:
                    self._line.clear()
                    yield from self._ended(onward)
                elif self._line.endswith(b"\n"):
                    line = bytes(self._line)
                    self._line.clear()
                    yield from self._said(line, onward)

    def _gather(self, view: memoryview, at: int) -> int:
        """Take a line, or the one byte behind a file; where the rest begins."""
        if self._state is _State.END and not self._line and view[at] == 0:
            self._line += view[at : at + 1]
            return at + 1
        rest = bytes(view[at : at + LONGEST_LINE + 1])
        end = rest.find(b"\n")
        taken = len(rest) if end < 0 else end + 1
        self._line += rest[:taken]
        return at + taken

    def _piece(self, piece: memoryview, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        file = self._file
        assert file is not None
        at = file.size - self._left
        self._left -= len(piece)
        if not self._left:
            self._state = _State.END
        if self._screened:
            if file.fault is None:
                yield Keep(file.number, at, piece)
        else:
            file.crossed.take(at, piece)
            yield onward(piece)

    def _said(self, line: bytes, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        """A line of the side that sends."""
        if self._state is _State.END:
            yield from self._broken_off(line, onward)
        elif line[:1] in {b"\x01", b"\x02"}:
            yield onward(line)  # why it can't send one; nothing is answered to it
        elif header := _HEADER.fullmatch(line):
            name = header[3]
            if name in {b".", b".."}:
                yield self._malformed("a name leads elsewhere")
            elif header[1] == b"D":
                self._folders.append(name)
                yield from self._asks(line, onward)
            else:
                self._files += 1
                whole = b"/".join([*self._folders, name])
                self._file = _File(self._files, whole, int(header[2]), line)
                yield from self._announced(self._file, onward)
        elif line == b"E\n" or _TIMES.fullmatch(line):
            if line == b"E\n":
                del self._folders[-1:]
            yield from self._asks(line, onward)
        else:
            yield self._malformed("a line of it is none of scp's")

    def _asks(self, line: bytes, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        self._state, self._asked = _State.WAIT, _Asked.LINE
        yield onward(line)

    def _announced(self, file: _File, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        if (why := self._no_room(file.size)) is not None:
            self._file = None
            said = f"\x01penstock: refused [{why.code}]: {why.sentence} {REMEDY}\n".encode()
            if self._flow is Flow.GET:
                yield ToAsset(said)  # its sender goes on with the next one
            yield Answer(why.code, why.sentence, said)
            return
        if not self._screened:
            self._state, self._asked = _State.WAIT, _Asked.FILE
            yield onward(file.line)
            return
        yield Begin(file.number, file.name, file.size)
        if file.fault is not None:
            self._file = None
            yield from _no(*file.fault)
        else:
            self._begin(file)
            yield ToVendor(OK)

    def _no_room(self, size: int) -> Answer | None:
        """Why a file of that size may not go as well; None where it may, and is counted."""
        if (why := self._tally.room(self._flow)) is not None and (size or why is MANY):
            return why
        if not self._tally.take(self._flow, size):
            return MUCH
        self._tally.begin(self._flow)
        return None

    def _begin(self, file: _File) -> None:
        self._left = file.size
        self._state = _State.DATA if file.size else _State.END

    def _ended(self, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        """The file is whole, says who sent it."""
        file = self._file
        assert file is not None
        if not self._screened:
            self._state, self._asked = _State.WAIT, _Asked.END
            yield onward(OK)
        elif file.fault is not None:
            yield Abandon(file.number, file.fault[0])
            yield ToVendor(b"\x01scp: " + file.fault[1].encode() + b"\n")
            self._next()
        else:
            self._state, self._asked = _State.WAIT, _Asked.VERDICT
            yield Finish(file.number)

    def _broken_off(self, line: bytes, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        """Who sent could not read all of it: what came was filled up with anything."""
        file = self._file
        assert file is not None
        if line[:1] not in {b"\x01", b"\x02"}:
            yield self._malformed("a file has no end")
        elif self._screened:
            yield Abandon(file.number, "broken off")
            yield ToVendor(OK)
            self._next()
        else:
            file.fault = "broken off", ""
            self._state, self._asked = _State.WAIT, _Asked.END
            yield onward(line)

    def _next(self) -> None:
        self._file = None
        self._state = _State.LINE

    # -- the side that answers ----------------------------------------------------------------------

    def _answered(self, view: memoryview, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        for byte in bytes(view):
            self._reply.append(byte)
            if self._reply[0] > 2 or len(self._reply) > LONGEST_LINE:
                yield self._malformed("an answer is none of scp's")
                return
            if self._reply[0] and byte != 0x0A:
                continue
            reply = bytes(self._reply)
            self._reply.clear()
            if self._state is not _State.WAIT and reply == OK:
                yield self._malformed("it answered what was not asked")
                return
            yield from self._heard(reply, onward)

    def _heard(self, reply: bytes, onward: Callable[[Any], FileOutput]) -> Iterator[FileOutput]:
        """One answer: a zero, or 1 or 2 and a line."""
        file, well = self._file, reply == OK
        if self._state is not _State.WAIT:
            yield onward(reply)
            return
        match self._asked:
            case _Asked.OWN_FILE if file is not None:
                yield from self._deliver(file) if well else self._delivered(file, reply)
            case _Asked.OWN_END if file is not None:
                yield from self._delivered(file, reply)
            case _Asked.VERDICT:
                yield self._malformed("it answered what was not asked")
            case _Asked.FILE if well and file is not None:
                self._begin(file)
                yield onward(reply)
            case _Asked.END if file is not None:
                whole = well and file.fault is None
                yield onward(reply)
                yield self._moved(file, whole=whole, failed=not well)
                self._next()
            case _:
                yield onward(reply)
                self._next()

    # -- what the quarantine says -------------------------------------------------------------------

    def not_taken(self, file: int, code: str, sentence: str) -> Iterator[FileOutput]:
        """The quarantine takes no more of this file, or can't say what becomes of it."""
        mine = self._file
        if mine is None or mine.number != file or mine.fault is not None:
            return
        mine.fault = code, sentence
        if self._asked is _Asked.VERDICT and self._state is _State.WAIT:
            yield from _no(code, sentence)
            self._next()
        elif self._state is not _State.LINE:
            yield Answer(code, sentence, b"")

    def judged(self, file: int, verdict: Verdict) -> Iterator[FileOutput]:
        """What becomes of a file that came whole."""
        mine = self._file
        if mine is None or mine.number != file or self._asked is not _Asked.VERDICT:
            return
        if not verdict.may_pass:
            named = f" (file {verdict.id})" if verdict.id else ""
            remedy = f" What to do: {verdict.remedy}" if verdict.remedy else ""
            yield from _no(verdict.code, f"{verdict.sentence}{named}{remedy}")
            self._next()
            return
        mine.released, mine.sha256 = verdict.id, verdict.sha256
        self._asked = _Asked.OWN_FILE
        yield ToAsset(mine.line)

    def fetched(self, file: int, at: int, data: bytes) -> Iterator[FileOutput]:
        """A part of a released file; none at all when it can't be read any more."""
        mine = self._file
        if mine is None or mine.number != file or mine.sent != at:
            return
        if not data:
            self._over = True
            yield Cut("scp_not_read", "The released file can't be read, and half of it is at the asset.")
            return
        mine.sent += len(data)
        yield ToAsset(data)

    def asset_full(self, *, full: bool) -> Iterator[FileOutput]:
        """The asset takes no more now, or takes again."""
        self._full = full
        file = self._file
        if not full and file is not None and self._asked is _Asked.OWN_END and not file.done:
            yield from self._deliver(file)

    def _deliver(self, file: _File) -> Iterator[FileOutput]:
        self._asked = _Asked.OWN_END
        while file.sent < file.size and not self._full and not self._over:
            yield Fetch(file.number, file.sent, min(PIECE_BYTES, file.size - file.sent))
        if file.sent == file.size and not file.done:
            file.done = True
            yield ToAsset(OK)

    def _delivered(self, file: _File, reply: bytes) -> Iterator[FileOutput]:
        whole = reply == OK and file.done
        yield self._moved(file, whole=whole, failed=not whole)
        self._next()
        yield ToVendor(reply)

    def over(self, why: str) -> Iterator[FileOutput]:
        """The channel is over; what was under way is told as far as it came."""
        file, self._file = self._file, None
        self._over = True
        if file is None:
            return
        if self._screened and not file.released:
            if self._asked is not _Asked.VERDICT:
                yield Abandon(file.number, why)
        elif file.crossed.octets or file.sent or self._asked is _Asked.END:
            yield self._moved(file, whole=False)

    def _moved(self, file: _File, *, whole: bool, failed: bool = False) -> Moved:
        if file.released:
            return Moved(
                file.name,
                self._flow,
                0,
                file.sent,
                file.sha256 if whole else "",
                whole,
                failed=failed,
                released=file.released,
            )
        crossed = file.crossed
        return Moved(file.name, self._flow, 0, crossed.octets, crossed.sha256, whole, failed=failed)

    def _malformed(self, why: str) -> Cut:
        self._over = True
        return Cut("scp_malformed", f"What was sent is not scp's own protocol: {why}.")


def _no(code: str, sentence: str) -> Iterator[FileOutput]:
    line = f"penstock: refused [{code}]: {sentence}".replace("\n", " ")
    yield Answer(code, sentence, b"\x01" + line.encode() + b"\n")
