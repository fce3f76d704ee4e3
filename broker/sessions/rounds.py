"""What is done of every session at regular times, so that neither a letter that arrives meanwhile nor the ledger suffers from how many there are."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

Each = TypeVar("Each")

REST_S = 0.001
"""Not nothing, which would give the loop a turn and keep the processor: whom the loop has just woken may be waiting for that very one."""

SESSIONS_AT_ONCE = 16
"""So many as a pulse or a report takes a few tenths of a millisecond for; what arrives meanwhile waits no longer, however many there are."""


async def in_turns(those: Iterable[Each], at_once: int) -> AsyncIterator[Each]:
    """``those``, with a rest of a millisecond after each ``at_once`` of them, in which everybody else has a turn."""
    for done, one in enumerate(those, 1):
        yield one
        if done % at_once == 0:
            await asyncio.sleep(REST_S)


GO_ON_AT_ONCE = 4


class Rounds:
    """Lets those who wait go on together, a round each ``every_s`` seconds, a few in each turn.

    Together, so that the leaves that they then ask for share the signer's writes: it takes about as long for twenty as for one. In
    turns, so that a letter waits for a few of them and not for all.
    """

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self._waiting: list[asyncio.Future[None]] = []

    async def next(self) -> None:
        """Wait for the next round; for less than ``every_s`` while ``run`` runs."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(self.every_s)
            waiting, self._waiting = self._waiting, []
            async for turn in in_turns(waiting, GO_ON_AT_ONCE):
                if not turn.done():  # its session ended meanwhile
                    turn.set_result(None)
