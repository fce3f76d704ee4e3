"""What crossed of one file: how much of it, and its digest, while it comes in order. Pure."""

import hashlib

MOST_EARLY_BYTES = 1024 * 1024
"""Parts that come before their turn are kept up to here: a client asks for several at once."""


class Crossed:
    """The bytes of one file, by their place in it. Whoever reads here and there leaves no digest, and that is said."""

    def __init__(self) -> None:
        self.begin: int | None = None
        """The first byte that crossed; not 0 when a transfer is taken up again."""
        self.end = 0
        """Up to where it came without a gap."""
        self.octets = 0
        """How many bytes crossed, the same ones twice if they came twice."""
        self._sha256 = hashlib.sha256()
        self._early: dict[int, bytes] = {}
        self._early_bytes = 0
        self._whole = True

    def take(self, at: int, data: memoryview | bytes) -> None:
        """``data`` crossed, which stands at byte ``at`` of the file."""
        self.octets += len(data)
        if not self._whole:
            return
        if self.begin is None:
            self.begin = self.end = at
        if at == self.end:
            self._sha256.update(data)
            self.end += len(data)
            while self._early and (next_ := self._early.pop(self.end, None)) is not None:
                self._early_bytes -= len(next_)
                self._sha256.update(next_)
                self.end += len(next_)
        elif at > self.end and self._early_bytes + len(data) <= MOST_EARLY_BYTES and at not in self._early:
            self._early[at] = bytes(data)
            self._early_bytes += len(data)
        else:
            self._whole = False
            self._early.clear()

    @property
    def sha256(self) -> str:
        """Of what crossed from ``begin`` to ``end``, in hex; empty when it came in no order."""
        return self._sha256.hexdigest() if self._whole and not self._early else ""
