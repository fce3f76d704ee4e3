"""Read a recording and check its chain, frame by frame, in constant memory and without a key."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from domain.errors import EvidenceError
from recorder.format.chain import Chain
from recorder.format.frame import BYTES, HEAD, LINK_BYTES, Head, Kind
from recorder.format.header import PREAMBLE, SEAL, SEAL_MAGIC, Header, decode_seal, header_length
from recorder.format.payloads import read


class Source(Protocol):
    """Where the bytes come from: an open file, ``io.BytesIO``."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; fewer only at the end."""
        ...


class BrokenRecordingError(EvidenceError):
    """The chain stops verifying: ``frame`` is the first bad one, at byte ``offset`` of the file.

    ``elapsed_us``: when in the session the last frame before it was written; what the bad one says of time proves nothing.
    """

    def __init__(self, fact: str, *, frame: int, offset: int, elapsed_us: int, cut: bool = False) -> None:
        super().__init__(
            f"{fact} (frame {frame}, byte {offset}, after {clock_text(elapsed_us)} of the session)",
            code="recording_cut" if cut else "recording_broken",
        )
        self.frame = frame
        self.offset = offset
        self.cut = cut
        """Whether the bytes merely stop, as after a crash, rather than contradict themselves."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One frame as it is stored, with the chain's head after it and where it begins in the file."""

    head: Head
    body: bytes
    link: bytes
    offset: int


class Reader:
    """Walks one recording. ``frames()`` yields only what verified, and raises at the first fault.

    After it is exhausted, ``sealed`` says whether a seal closed the file; a file that stops between
    two frames without one is still being written, or was interrupted. EvidenceError from the
    constructor when the file does not begin as a recording.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        preamble = source.read(PREAMBLE.size)
        text = source.read(header_length(preamble))
        self.header = Header.of(text)
        self._chain = Chain(preamble, text)
        self.head = self._chain.head
        self.offset = len(preamble) + len(text)
        """Where the next unread frame begins: all before it has verified."""
        self.frames_read = 0
        self.bytes_to_asset = 0
        self.bytes_to_vendor = 0
        self.cause = ""
        self.ended = False
        self.sealed = False
        self.sha256 = b""
        """Of the whole file, once its seal has verified."""
        self._elapsed_us = 0

    def frames(self) -> Iterator[Stored]:
        """Each frame in order; BrokenRecordingError names the first that does not verify."""
        while True:
            start = self._source.read(HEAD.size)
            if not start:
                if self.ended:
                    raise self._broken("The recording ends without its seal.", cut=True)
                return
            if self.ended:
                self._check_seal(start)
                return
            if start.startswith(SEAL_MAGIC):
                raise self._broken("The recording is sealed, but its end frame is missing.")
            yield self._frame(start)

    def append_end(self, head: bytes, body: bytes) -> bytes:
        """The link behind an end frame that is about to be added to an interrupted recording."""
        self.head = self._chain.link(head, body)
        self.frames_read += 1
        return self.head

    def append_seal(self, seal: bytes) -> bytes:
        """SHA-256 of the whole file, once ``seal`` is added to it."""
        return self._chain.close(seal)

    def _frame(self, start: bytes) -> Stored:
        if len(start) < HEAD.size:
            raise self._broken("The recording stops inside a frame.", cut=True)
        try:
            head = Head.decode(start)
        except EvidenceError as error:
            raise self._broken(error.fact) from error
        body = self._source.read(head.stored_bytes)
        after = self._source.read(LINK_BYTES)
        if len(body) < head.stored_bytes or len(after) < LINK_BYTES:
            raise self._broken("The recording stops inside a frame.", cut=True)
        if head.sequence != self.frames_read:
            raise self._broken(f"Frame {head.sequence} stands where frame {self.frames_read} belongs.")
        chain = self._chain.fork()
        if not hmac.compare_digest(after, chain.link(start, body)):
            raise self._broken("The chain breaks here: this frame is not the one that was written.")
        if head.elapsed_us < self._elapsed_us:
            raise self._broken("Time runs backwards here.")
        if head.kind is Kind.END:
            self._check_end(body)
        stored = Stored(head, body, after, self.offset)
        self._count(head)
        self._chain, self.head = chain, after
        self.offset += HEAD.size + len(body) + LINK_BYTES
        self.frames_read += 1
        self._elapsed_us = head.elapsed_us
        return stored

    def _count(self, head: Head) -> None:
        if head.kind is Kind.TO_ASSET:
            self.bytes_to_asset += head.plain_bytes
        elif head.kind in BYTES:
            self.bytes_to_vendor += head.plain_bytes

    def _check_end(self, body: bytes) -> None:
        try:
            totals = read(body)
        except EvidenceError as error:
            raise self._broken(error.fact) from error
        found = (self.frames_read, self.bytes_to_asset, self.bytes_to_vendor)
        said = (totals.get("frames"), totals.get("bytes_to_asset"), totals.get("bytes_to_vendor"))
        if said != found:
            raise self._broken(f"The end frame's totals are {said}, but {found} are here.")
        self.cause = str(totals.get("cause"))
        self.ended = True

    def _check_seal(self, start: bytes) -> None:
        # One byte more than a seal has is read, so that anything behind it shows.
        data = start + self._source.read(SEAL.size + 1 - len(start))
        if len(data) < SEAL.size and SEAL_MAGIC.startswith(data[: len(SEAL_MAGIC)]):
            raise self._broken("The recording stops inside its seal.", cut=True)
        if len(data) > SEAL.size and data.startswith(SEAL_MAGIC):
            raise self._broken("There are bytes behind the seal.")
        try:
            frames, head = decode_seal(data)
        except EvidenceError as error:
            raise self._broken(error.fact) from error
        if frames != self.frames_read or not hmac.compare_digest(head, self.head):
            raise self._broken("The seal is not this recording's.")
        self.sha256 = self._chain.close(data)
        self.sealed = True

    def _broken(self, fact: str, *, cut: bool = False) -> BrokenRecordingError:
        return BrokenRecordingError(
            fact, frame=self.frames_read, offset=self.offset, elapsed_us=self._elapsed_us, cut=cut
        )


def clock_text(elapsed_us: int) -> str:
    """A moment of a session, as a clock that began with it shows it: ``00:01:05.250``."""
    seconds, us = divmod(elapsed_us, 1_000_000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{us // 1000:03}"
