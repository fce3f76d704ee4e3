"""A kept file's bytes, wherever its caller looks first: decrypted frame by frame, each held to the key and to its place."""

import os
from bisect import bisect_right
from pathlib import Path

from domain.errors import EvidenceError
from recorder.format.cipher import Opener
from recorder.format.frame import HEAD, LINK_BYTES, Head, Kind
from recorder.format.header import PREAMBLE, Header, header_length

CHANGED = "A file in the quarantine is not what it was when it came."


class KeptReader:
    """One file's. ``size`` is what the ledger says; EvidenceError when there is less, or what is there is other.

    Frames can't be swapped or left out: each is encrypted under its own number. Holds one frame in clear.
    """

    def __init__(self, path: Path, key: bytes, size: int) -> None:
        self.size = size
        self._at = 0
        self._starts: list[int] = []
        self._places: list[int] = []
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise EvidenceError(f"A file in the quarantine can't be read: {error.strerror}.") from error
        try:
            preamble = self._bytes(0, PREAMBLE.size)
            text = self._bytes(PREAMBLE.size, header_length(preamble))
            self._opener = Opener(key, Header.of(text).key_commitment)
        except BaseException:
            os.close(self._fd)
            raise
        self._next = PREAMBLE.size + len(text)
        self._known = 0
        self._sequence = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def _reach(self, at: int) -> None:
        """Know the frames up to the one that holds byte ``at``: a long file is not walked before it is read."""
        while self._known <= at:
            head = Head.decode(self._bytes(self._next, HEAD.size))
            if head.sequence != self._sequence or head.kind is Kind.END:
                raise EvidenceError(CHANGED)
            if head.kind is Kind.TO_ASSET and head.plain_bytes:
                self._starts.append(self._known)
                self._places.append(self._next)
                self._known += head.plain_bytes
            self._next += HEAD.size + head.stored_bytes + LINK_BYTES
            self._sequence += 1

    def read(self, at: int, length: int) -> bytes:
        """The bytes from ``at`` on, ``length`` at most; fewer only at the end."""
        found = []
        length = min(length, self.size - at)
        while length > 0:
            self._reach(at)
            number = bisect_right(self._starts, at) - 1
            frame = self._frame(number)
            part = frame[at - self._starts[number] :][:length]
            found.append(part)
            at += len(part)
            length -= len(part)
        return b"".join(found)

    def _frame(self, number: int) -> bytes:
        if self._held[0] != number:
            place = self._places[number]
            head = Head.decode(self._bytes(place, HEAD.size))
            body = self._bytes(place + HEAD.size, head.stored_bytes)
            self._held = number, self._opener.open(head, body)
        return self._held[1]

    def _bytes(self, at: int, length: int) -> bytes:
        try:
            data = os.pread(self._fd, length, at)
        except OSError as error:
            raise EvidenceError(f"A file in the quarantine can't be read: {error.strerror}.") from error
        if len(data) < length:
            raise EvidenceError(CHANGED)
        return data

    def close(self) -> None:
        """Let go of the file; again is as good."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
