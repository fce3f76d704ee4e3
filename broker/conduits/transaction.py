"""One transaction of a protocol that the gate reads, as whoever compares wants it: the same for every protocol. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from domain.access import Action

DONE, NO_ANSWER = "done", "no answer"
MOST_SHOWN = 8
"""Values in a sentence; the transaction itself holds all."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One request that reached the asset, and what came of it. Texts are the protocol's own words, not yet inert."""

    at_us: int
    """When it went in: microseconds since the recording began."""
    function: str
    """``write single register``."""
    action: Action
    writes: bool
    """It changes something: each one is told by itself, where what is read over and over is counted."""
    what: str
    """What was asked, without its values: ``unit 3: write single register, holding register 41``."""
    sentence: str
    """The whole of it, with values and outcome."""
    unit: str = ""
    """Who answers behind the endpoint, where the protocol has such a number: unit, station, rack and slot."""
    table: str = ""
    """The kind of place: ``holding register``, ``DB 5``, ``set-point``; where two are touched, the one written."""
    address: str = ""
    """The first that is touched, as the line has it."""
    count: int = 0
    """How many neighbours; 0 where the protocol does not count."""
    values: tuple[str, ...] = ()
    """What was written, or what was read."""
    before: tuple[str, ...] = ()
    """What stood where it writes, ``?`` where the channel had not seen it."""
    outcome: str = DONE
    """``done``, ``no answer``, or the asset's own no."""


class TransactionReader(Protocol):
    """Both directions of one channel, in the order in which they were recorded; bounded memory, never raises."""

    @property
    def broken(self) -> bool:
        """Something came that is not this protocol; nothing is read from there on."""
        ...

    def sent(self, data: bytes, at_us: int) -> Iterable[Transaction]:
        """These bytes reached the asset. Only once it is consumed have they been read."""
        ...

    def answered(self, data: bytes, at_us: int) -> Iterable[Transaction]:
        """These bytes came from the asset, or from the gate in its place."""
        ...

    def finish(self) -> Iterable[Transaction]:
        """What was never answered."""
        ...


def listed(values: tuple[str, ...]) -> str:
    """Values for a sentence: the first eight, and how many there are."""
    said = ", ".join(values[:MOST_SHOWN])
    return said if len(values) <= MOST_SHOWN else f"{said}, … ({len(values)} in all)"
