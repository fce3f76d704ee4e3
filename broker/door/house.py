"""What all connections of one door share: the limits, who is in, and who waits for a permit."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from broker.conduits.files.tally import Tallies
from broker.door.crew import Crew
from broker.door.limits import Attempts, Shedder, Unlocks
from broker.door.seams import Parts
from broker.door.wake import Wakes
from domain.ids import AssetId


class Guest(Protocol):
    """One connection, as the house sees it."""

    def close(self) -> None:
        """End the connection now."""
        ...


class Jumps(Protocol):
    """Where the gate stands in for an asset."""

    def to(self, house: "House", outer: Any, asset: AssetId) -> Any:
        """What a channel of ``outer`` is connected to in place of ``asset``."""
        ...

    def known_hosts(self, assets: Iterable[AssetId]) -> str:
        """The line by which a client knows these names."""
        ...


@dataclass(slots=True)
class House:
    """What all connections of one door share."""

    parts: Parts
    shedder: Shedder
    persons: Attempts
    sources: Attempts
    unlocks: Unlocks
    wakes: Wakes
    crew: Crew
    jumps: Jumps | None = None
    """None until the door listens."""
    connections: set[Guest] = field(default_factory=set)
    tallies: Tallies = field(default_factory=Tallies)
    """How many files, and how much, have gone by whom."""
    empty: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self, guest: Guest) -> None:
        """One more connection."""
        self.connections.add(guest)
        self.empty.clear()

    def leave(self, guest: Guest) -> None:
        """One connection less."""
        self.connections.discard(guest)
        if not self.connections:
            self.empty.set()

    async def emptied(self) -> None:
        """Return once nobody is connected."""
        if self.connections:
            await self.empty.wait()
