"""Transactions as things found: each write by itself, what is read over and over only once. Pure.

A panel polls ten times a second for hours. What it reads is in the recording, and `penstock evidence transactions`
lists it all; whoever looks for a place wants the first time, and how often.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from broker.conduits.transaction import DONE, Transaction, TransactionReader
from broker.reading.found import Found, FoundKind, found

MOST_DIFFERENT = 10_000
"""Different reads that are counted; further ones are told each time."""

MOST_TOLD = 100_000


@dataclass(slots=True)
class TransactionFinder:
    """Both directions of one channel."""

    channel: int
    _reader: TransactionReader
    told: int = 0
    _reads: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What was read, when it was repeated last, and how often."""

    @property
    def broken(self) -> bool:
        """Nothing is read from here on."""
        return self._reader.broken or self.told >= MOST_TOLD

    def sent(self, data: bytes, at_us: int) -> Iterator[Found]:
        """These bytes reached the device."""
        return self._finds(self._reader.sent(data, at_us))

    def answered(self, data: bytes, at_us: int) -> Iterator[Found]:
        """These bytes went to the vendor."""
        return self._finds(self._reader.answered(data, at_us))

    def finish(self) -> Iterator[Found]:
        """What was never answered, and how often what was read."""
        yield from self._finds(self._reader.finish())
        for what, (last_us, times) in self._reads.items():
            if times > 1:
                yield self._found(last_us, f"{what}: {times} times in all, this was the last", "view")

    def _finds(self, done: Iterable[Transaction]) -> Iterator[Found]:
        for one in done:
            if not one.writes and one.outcome == DONE and not self._first(one.what, one.at_us):
                continue
            if self.told < MOST_TOLD:
                self.told += 1
                yield self._found(one.at_us, one.sentence, str(one.action))

    def _first(self, what: str, at_us: int) -> bool:
        _last, times = self._reads.get(what, (0, 0))
        if times or len(self._reads) < MOST_DIFFERENT:
            self._reads[what] = (at_us, times + 1)
        return times == 0

    def _found(self, at_us: int, text: str, deed: str) -> Found:
        return found(FoundKind.TRANSACTION, at_us, self.channel, text, deed=deed)
