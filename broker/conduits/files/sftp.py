"""The filter of the subsystem sftp: each request judged before the asset learns of it, each answer matched. Pure.

Requests that a grant does not cover are answered in the asset's place. What is not SFTP of version 3 ends the channel.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from broker.conduits.files import packets as sftp
from broker.conduits.files.crossed import Crossed
from broker.conduits.files.escort import LED, Escort, Wish
from broker.conduits.files.outputs import FileOutput, Moved
from broker.conduits.files.packets import Packets, Part, Token
from broker.conduits.files.requests import (
    ANSWERS,
    BY_HANDLE,
    CHANGES,
    CHANGING,
    HANDLED,
    LISTS,
    NAMELESS,
    NAMING,
    REPLIED,
    get_refused,
    nul_in,
    put_refused,
    sound,
)
from broker.conduits.files.roots import Roots
from broker.conduits.files.tally import MUCH, REMEDY, Tally
from broker.conduits.files.uploads import MINE, Upload, Uploads
from broker.quarantine.seams import Verdict
from domain.access import Flow
from domain.output import Cut, ToAsset, ToVendor

MOST_ASKED = 100_000
"""Requests that wait for their answer: some clients ask for a whole large file at once."""

MOST_OPEN = 4096
MOST_SIZES = 1024

ANYWHERE = Roots()
NUL = "No file has a NUL in its name."


class _Pass:
    """This token goes on as it came."""


PASS = _Pass()


@dataclass(slots=True)
class _File:
    """An open file at the asset."""

    path: bytes
    flow: Flow
    expected: int | None = None
    """How long it is, where the asset said so."""
    crossed: Crossed = field(default_factory=Crossed)
    at_end: bool = False
    failed: bool = False
    over: bool = False
    """There are more than may be: nothing of it goes."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that the asset has not answered."""

    kind: int
    file: _File | None = None
    at: int = 0
    path: bytes = b""
    answer: int = 0
    """The type that answers it when all is well; 0 where only STATUS does."""


class SftpFilter:
    """One channel. Whatever it yields is to be obeyed before the next is asked for."""

    def __init__(
        self,
        flows: frozenset[Flow],
        *,
        screened: bool,
        roots: Roots = ANYWHERE,
        tally: Tally | None = None,
    ) -> None:
        """``flows``: the directions that the permit names. ``screened``: what is put goes to the quarantine first.

        ``roots``: where files may come from and go to; where they name no path, the asset alone decides. ``tally``: how much may.
        """
        self._tally = tally or Tally()
        self._full: int | None = None
        """The number of the WRITE that goes by, where there is no room for it."""
        self._flows = flows
        self._screened = screened
        self._inward, self._outward = Packets(sftp.WRITE), Packets(sftp.DATA)
        self._asked: dict[int, _Asked] = {}
        self._files: dict[bytes, _File] = {}
        self._sizes: dict[bytes, int] = {}
        self.uploads = Uploads(self._asked.__contains__, lambda: self._tally.begin(Flow.PUT))
        self._escort: Escort | None = None
        if roots:
            self._escort = Escort(roots, self.uploads, self._opened, screened=screened)
            self.uploads.leads = self._escort.places
        self._begun = self._agreed = self._over = False
        self._writing: tuple[_File | None, int, bool] = None, 0, False
        """Of the WRITE that goes by: its file, the place in it, and whether it is the gate's to answer."""
        self._reading: tuple[_File | None, int, bool] = None, 0, False
        """Of the DATA that goes by: its file, the place in it, and whether it passes."""

    # -- both ways ----------------------------------------------------------------------------------

    def from_vendor(self, data: bytes | memoryview) -> Iterator[FileOutput]:
        """What to do about bytes of the client."""
        return self._fed(self._inward, self._sent, ToAsset, "client", memoryview(data))

    def from_asset(self, data: bytes | memoryview) -> Iterator[FileOutput]:
        """What to do about bytes of the asset."""
        return self._fed(self._outward, self._came, ToVendor, "asset", memoryview(data))

    def _fed(
        self,
        packets: Packets,
        judge: Callable[[Token], Iterator[FileOutput | _Pass]],
        onward: Callable[[Any], FileOutput],
        whose: str,
        view: memoryview,
    ) -> Iterator[FileOutput]:
        """What passes goes on in one piece for as long as nothing else comes between: a view, which nobody may keep."""
        begin = end = 0
        for token in packets.feed(view) if not self._over else ():
            for output in judge(token):
                if end > begin and (end < token.start or not isinstance(output, _Pass)):
                    yield onward(view[begin:end])
                    begin = end = token.start
                if not isinstance(output, _Pass):
                    yield output
                elif token.carried:
                    yield onward(token.carried)
                else:
                    begin, end = (begin if end > begin else token.start), token.end
                if self._over:
                    return
        if end > begin:
            yield onward(view[begin:end])
        if packets.fault and not self._over:
            yield self._malformed(whose, packets.fault)

    def over(self, why: str) -> Iterator[FileOutput]:
        """The channel is over; what was under way is told as far as it came."""
        for file in self._files.values():
            if file.flow is Flow.PUT or file.crossed.octets:
                yield _moved(file, whole=False)
        self._files.clear()
        yield from self.uploads.over(why)

    def not_taken(self, file: int, code: str, sentence: str) -> Iterator[FileOutput]:
        """The quarantine takes no more of a file, or can't say what becomes of it."""
        return self.uploads.not_taken(file, code, sentence)

    def judged(self, file: int, verdict: Verdict) -> Iterator[FileOutput]:
        """What the quarantine says of a file that came whole."""
        return self.uploads.judged(file, verdict)

    def fetched(self, file: int, at: int, data: bytes) -> Iterator[FileOutput]:
        """A part of a released file; none at all when it can't be read any more."""
        return self.uploads.fetched(file, at, data)

    def asset_full(self, *, full: bool) -> Iterator[FileOutput]:  # noqa: ARG002 - each request of the gate's own is answered
        """Nothing to do: what the gate writes is answered piece by piece."""
        return iter(())

    def _malformed(self, whose: str, why: str) -> Cut:
        self._over = True
        return Cut("sftp_malformed", f"The {whose} sent what is not SFTP of version 3: {why}.")

    # -- from the client ----------------------------------------------------------------------------

    def _sent(self, token: Token) -> Iterator[FileOutput | _Pass]:
        if token.part is Part.WHOLE:
            yield from self._request(bytes(token.body))
            return
        if token.part is Part.HEAD:
            head = bytes(token.body)
            number = sftp.number_at(head, 1)
            if not self._begun or self._uses(number):
                yield self._malformed("client", "a request out of turn")
                return
            self._writes(number, head)
        file, at, mine = self._writing
        if token.part is Part.PIECE:
            if mine and self._full is None:
                yield from self.uploads.piece(token.body)
            elif file is not None and not mine:
                file.crossed.take(at, token.body)
            self._writing = file, at + len(token.body), mine
        if not mine:
            yield PASS
        elif token.last and self._full is not None:
            number, self._full = self._full, None
            yield from self._no_more(number, Flow.PUT)
        elif token.last:
            yield from self.uploads.wrote()

    def _writes(self, number: int, head: bytes) -> None:
        """A WRITE begins: whose it is to answer, and whether there is room for it."""
        handle = sftp.string_at(head, 5)[0]
        at, file = sftp.long_at(head, 9 + len(handle)), self._files.get(handle)
        mine = self._screened or Flow.PUT not in self._flows or not self._may_use(handle)
        known = file is not None or self.uploads.of(handle) is not None
        if known and not self._room(file, Flow.PUT, head):
            mine, self._full = True, number
        elif mine:
            self.uploads.writes(number, handle, at)
        else:
            self._ask(number, _Asked(sftp.WRITE, file))
        self._writing = file, at, mine

    def _room(self, file: _File | None, flow: Flow, head: bytes) -> bool:
        """Whether what a head announces may go that way, and is counted now."""
        octets = sftp.number_at(head, len(head) - 4)
        return (file is None or not file.over) and self._tally.take(flow, octets)

    def _no_more(self, number: int, flow: Flow) -> Iterator[FileOutput]:
        why = self._tally.room(flow) or MUCH
        yield from self._tally.refuse(
            flow, why, sftp.status(number, sftp.FAILURE, f"{why.sentence} {REMEDY}")
        )

    def _request(self, packet: bytes) -> Iterator[FileOutput | _Pass]:
        kind = packet[0]
        if kind == sftp.INIT:
            yield from self._init(packet)
            return
        if len(packet) < 5 or not self._begun:
            yield self._malformed("client", "a request out of turn")
            return
        number = sftp.number_at(packet, 1)
        if self._uses(number):
            yield self._malformed("client", "two requests of one number")
            return
        if kind == sftp.EXTENDED:
            yield from self._extended(number, packet)
            return
        form = sftp.FORMS.get(kind)
        found = sftp.fields(form, packet, 5) if form is not None else None
        if found is None:
            yield self._malformed("client", f"a request of type {kind}")
            return
        yield from self._judged(number, kind, found)

    def _judged(self, number: int, kind: int, found: list[bytes | int]) -> Iterator[FileOutput | _Pass]:
        """A request that is well formed and no extension: ``found`` stands in it."""
        first, last = bytes(found[0]), found[-1] if isinstance(found[-1], bytes) else b""
        if kind not in BY_HANDLE and nul_in(sftp.FORMS[kind], found):
            yield ToVendor(sftp.status(number, sftp.NO_SUCH_FILE, NUL))
        elif kind == sftp.OPEN:
            yield from self._opens(number, first, int(found[1]), last)
        elif kind in CHANGES and Flow.PUT not in self._flows:
            yield from put_refused(number)
        elif (kind in LISTS or kind == sftp.READ) and Flow.GET not in self._flows:
            yield from get_refused(number)
        elif self._escort is not None and kind in LED:
            yield from self._escort.asks(Wish(number, kind, found))
        elif (upload := self._upload(kind, first, last)) is not None:
            yield from self.uploads.asks(number, kind, upload, last)
        elif kind in BY_HANDLE and (first.startswith(MINE) or not self._may_use(first)):
            yield ToVendor(sftp.status(number, sftp.FAILURE, "There is no such handle."))
        else:
            at = int(found[1]) if kind == sftp.READ else 0
            file = self._files.get(first) if kind in BY_HANDLE else None
            if kind == sftp.CLOSE and self._escort is not None:
                self._escort.closed(first)
            self._ask(number, _Asked(kind, file, at, first, ANSWERS.get(kind, 0)))
            yield PASS

    def _upload(self, kind: int, first: bytes, last: bytes) -> Upload | None:
        """The file on its way that a request is about."""
        if kind in BY_HANDLE:
            return self.uploads.of(first)
        if not self._screened or kind in {sftp.OPENDIR, sftp.REALPATH, sftp.READLINK}:
            return None
        return self.uploads.named(first) or (self.uploads.named(last) if kind == sftp.RENAME else None)

    def _init(self, packet: bytes) -> Iterator[FileOutput]:
        if self._begun or len(packet) < 5 or sftp.number_at(packet, 1) < 3:
            yield self._malformed("client", "a beginning out of turn")
            return
        self._begun = True
        # A newer client would be glad of a newer version, whose packets mean other things.
        yield ToAsset(sftp.packet(sftp.INIT, sftp.number32(3)))

    def _opens(self, number: int, path: bytes, flags: int, attributes: bytes) -> Iterator[FileOutput | _Pass]:
        writes = flags & (sftp.WRITES | sftp.APPENDS | sftp.CREATES | sftp.TRUNCATES | sftp.EXCLUSIVE)
        if writes and Flow.PUT not in self._flows:
            yield from put_refused(number)
        elif (flags & sftp.READS or not writes) and Flow.GET not in self._flows:
            yield from get_refused(number)
        elif len(self._files) >= MOST_OPEN:
            yield ToVendor(sftp.status(number, sftp.FAILURE, "Too many files are open."))
        elif self._tally.room(Flow.PUT if writes else Flow.GET) is not None:
            yield from self._no_more(number, Flow.PUT if writes else Flow.GET)
        elif self._escort is not None:
            yield from self._escort.asks(Wish(number, sftp.OPEN, [path, flags, attributes]))
        elif writes and self._screened:
            if self.uploads.named(path) is not None:
                yield ToVendor(sftp.status(number, sftp.FAILURE, "This file is on its way already."))
            else:
                yield from self.uploads.begin(number, path, flags, attributes)
        elif not writes and self._screened and self.uploads.named(path) is not None:
            yield ToVendor(sftp.status(number, sftp.FAILURE, "This file is still on its way."))
        else:
            flow = Flow.PUT if writes else Flow.GET
            size = None if writes else self._sizes.get(path)
            self._ask(number, _Asked(sftp.OPEN, _File(path, flow, size), answer=sftp.HANDLE))
            yield PASS

    def _extended(self, number: int, packet: bytes) -> Iterator[FileOutput | _Pass]:
        try:
            name, at = sftp.string_at(packet, 5)
        except (IndexError, struct.error):
            yield self._malformed("client", "an extension without a name")
            return
        form = sftp.EXTENSIONS.get(name)
        if form is None:
            # Section 8 has it so; clients try which of them there are.
            yield ToVendor(sftp.status(number, sftp.OP_UNSUPPORTED, "This extension is not let through."))
            return
        found = sftp.fields(form, packet, at)
        if found is None:
            yield self._malformed("client", f"a request {name.decode('ascii')}")
        elif name in CHANGING and Flow.PUT not in self._flows:
            yield from put_refused(number)
        elif name not in NAMELESS and nul_in(form, found):
            yield ToVendor(sftp.status(number, sftp.NO_SUCH_FILE, NUL))
        else:
            yield from self._extension(number, name, found)

    def _extension(self, number: int, name: bytes, found: list[bytes | int]) -> Iterator[FileOutput | _Pass]:
        """An extension that is well formed, and goes a way that is granted: ``found`` stands in it."""
        first = found[0] if found and isinstance(found[0], bytes) else b""
        handles = [one for one in found if isinstance(one, bytes)] if name == b"copy-data" else [first]
        mine = [one for one in map(self.uploads.of, handles) if one is not None]
        if mine and name == b"fsync@openssh.com":
            yield from self.uploads.asks(number, sftp.EXTENDED, mine[0])
        elif (
            mine or any(one.startswith(MINE) for one in handles) or (name == b"copy-data" and self._screened)
        ):
            yield ToVendor(sftp.status(number, sftp.OP_UNSUPPORTED, "Not of a file that is being screened."))
        elif self._escort is not None and name in LED:
            yield from self._escort.asks(Wish(number, name, found))
        elif name in HANDLED and not all(map(self._may_use, handles)):
            yield ToVendor(sftp.status(number, sftp.FAILURE, "There is no such handle."))
        elif (
            self._screened
            and name in CHANGING
            and any(self.uploads.named(one) is not None for one in found if isinstance(one, bytes))
        ):
            yield ToVendor(sftp.status(number, sftp.FAILURE, "This file is still on its way."))
        else:
            answer = sftp.NAME if name in NAMING else sftp.EXTENDED_REPLY if name in REPLIED else 0
            self._ask(number, _Asked(sftp.EXTENDED, path=name, answer=answer))
            yield PASS

    def _uses(self, number: int) -> bool:
        led = self._escort is not None and self._escort.owns(number)
        return led or number in self._asked or self.uploads.owns(number) or len(self._asked) >= MOST_ASKED

    def _may_use(self, handle: bytes) -> bool:
        """Whether a handle is one that the client was given: else it is guessed, and its file was never looked at."""
        return self._escort is None or self._escort.knows(handle)

    def _opened(self, handle: bytes, path: bytes, flow: Flow, size: int | None) -> None:
        self._opens_now(handle, _File(path, flow, size))

    def _opens_now(self, handle: bytes, file: _File) -> None:
        file.over = not self._tally.begin(file.flow)
        self._files[handle] = file

    def _ask(self, number: int, asked: _Asked) -> None:
        self._asked[number] = asked

    # -- from the asset -----------------------------------------------------------------------------

    def _came(self, token: Token) -> Iterator[FileOutput | _Pass]:
        if token.part is Part.WHOLE:
            yield from self._answer(bytes(token.body))
            return
        file, at, passes = self._reading
        if token.part is Part.HEAD:
            asked = self._asked.pop(sftp.number_at(bytes(token.body), 1), None)
            passes = asked is not None and asked.kind == sftp.READ
            if asked is not None and not passes:
                yield self._malformed("asset", "data that answers no reading")
                return
            file, at = (asked.file, asked.at) if asked is not None else (None, 0)
            if passes and not self._room(file, Flow.GET, bytes(token.body)):
                passes = False
                yield from self._no_more(sftp.number_at(bytes(token.body), 1), Flow.GET)
        else:
            if file is not None and passes:
                file.crossed.take(at, token.body)
            at += len(token.body)
        self._reading = file, at, passes
        if passes:
            yield PASS

    def _answer(self, packet: bytes) -> Iterator[FileOutput | _Pass]:
        kind = packet[0]
        if kind == sftp.VERSION:
            yield from self._version(packet)
            return
        if len(packet) < 5 or not self._agreed:
            yield self._malformed("asset", "an answer out of turn")
            return
        number = sftp.number_at(packet, 1)
        if self.uploads.owns(number):
            yield from self.uploads.answered(number, packet)
            return
        if self._escort is not None and self._escort.asked(number):
            yield from self._escort.answered(number, packet)
            return
        asked = self._asked.pop(number, None)
        if asked is None:
            return  # a late answer is no crime, and none that could be mistaken for another's passes
        if not sound(packet, asked.answer):
            yield self._malformed("asset", f"an answer of type {kind}")
            return
        if kind == sftp.HANDLE and asked.kind == sftp.OPEN and asked.file is not None:
            self._opens_now(sftp.string_at(packet, 5)[0], asked.file)
        elif kind == sftp.ATTRS and (size := sftp.size_in(packet[5:])) is not None:
            self._sized(asked, size)
        yield PASS
        if kind == sftp.STATUS:
            yield from self._status(asked, sftp.number_at(packet, 5))

    def _status(self, asked: _Asked, code: int) -> Iterator[FileOutput]:
        file = asked.file
        if asked.kind == sftp.CLOSE:
            self._files.pop(asked.path, None)
            if file is not None and (file.flow is Flow.PUT or file.crossed.octets or file.at_end):
                yield _moved(file, whole=_is_whole(file))
        elif file is not None and asked.kind == sftp.READ:
            file.at_end |= code == sftp.EOF and asked.at <= file.crossed.end
        elif file is not None and asked.kind == sftp.WRITE:
            file.failed |= code != sftp.OK

    def _sized(self, asked: _Asked, size: int) -> None:
        if asked.file is not None:
            asked.file.expected = size
        else:
            if len(self._sizes) >= MOST_SIZES:
                self._sizes.clear()
            self._sizes[asked.path] = size

    def _version(self, packet: bytes) -> Iterator[FileOutput]:
        offered = []
        at = 5
        try:
            while at < len(packet):
                name, at = sftp.string_at(packet, at)
                value, at = sftp.string_at(packet, at)
                if name in sftp.EXTENSIONS:
                    offered += [sftp.text(name), sftp.text(value)]
            version = sftp.number_at(packet, 1)
        except (IndexError, struct.error):
            version = 0
        if not self._begun or self._agreed or version != 3:
            yield self._malformed("asset", "a beginning out of turn")
            return
        self._agreed = True
        yield ToVendor(sftp.packet(sftp.VERSION, sftp.number32(3), *offered))


def _is_whole(file: _File) -> bool:
    if file.failed:
        return False
    if file.flow is Flow.PUT:
        return True  # its client closed it: it knows how long it was to be
    return file.at_end or (file.expected is not None and file.crossed.end >= file.expected)


def _moved(file: _File, *, whole: bool) -> Moved:
    crossed = file.crossed
    return Moved(
        file.path, file.flow, crossed.begin or 0, crossed.octets, crossed.sha256, whole, failed=file.failed
    )
