"""The chain that ties every frame to all before it. It verifies without any key.

A link is SHA-256 over every byte of the file before it: the preamble, the header, and all frames
with their links. So one pass serves both the chain and the hash of the whole file, and anybody can
check any link with ``head -c OFFSET FILE | sha256sum``.
"""

import hashlib
from copy import copy


class Chain:
    """The running hash of one recording's file. ``head`` is the latest link, or the header's hash."""

    def __init__(self, preamble: bytes, header: bytes) -> None:
        self._hash = hashlib.sha256(preamble + header)
        self.head = self._hash.digest()

    def fork(self) -> "Chain":
        """The same chain so far, to try a frame on."""
        return copy(self)

    def __copy__(self) -> "Chain":
        other = object.__new__(Chain)
        vars(other).update(_hash=self._hash.copy(), head=self.head)
        return other

    def link(self, *parts: bytes | memoryview) -> bytes:
        """The 32 bytes that follow a frame whose head and stored body are these ``parts``."""
        running = self._hash
        for part in parts:
            running.update(part)
        self.head = running.copy().digest()
        running.update(self.head)
        return self.head

    def close(self, seal: bytes) -> bytes:
        """SHA-256 of the whole file, once ``seal`` is its last part."""
        self._hash.update(seal)
        return self._hash.digest()
