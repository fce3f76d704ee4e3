"""When a page of a device is over, whatever its browser does: its permit is, or the plant has ended a session under it.

A page that nobody touches has no session, for its connections end by themselves: so the permit is asked about too. Why a
session was ended stands in the ledger, which is read on from where it was when the page was opened.
"""

import asyncio
from collections.abc import Iterator
from typing import Protocol

from broker.console.browsing.entry import CONSOLE_ENDS
from broker.console.browsing.talk import OURS, Ended
from broker.console.desk import Desk
from broker.governor import Cause
from broker.sessions.words import sentence
from domain.ids import PermitId
from domain.permit import USABLE
from domain.said import say
from recorder.ledger.reader import Kept

LOOK_S = 0.5
GOES_ON = frozenset({Cause.FINISHED, Cause.CLIENT_GONE})
"""Ends of sessions that are nobody's no: another request begins another one."""

ENDED = say("The session in which this page was open has ended.")
PERMIT_OVER = Ended(
    "permit_over",
    say("The permit for this page is over."),
    say("If the work is not done, ask for a new one."),
)


class Log(Protocol):
    """The ledger, for reading."""

    @property
    def size(self) -> int: ...
    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]: ...


class Ends:
    """Reads on, for the ends of sessions under one permit."""

    def __init__(self, log: Log, permit: PermitId) -> None:
        self._log, self._permit = log, permit
        self._next = log.size

    def look(self) -> Ended | None:
        """The first end since the last look that is the plant's word."""
        size = self._log.size
        start, self._next = self._next, size
        for kept in self._log.events(start, size):
            event = kept.event
            if event.get("event") != "SessionEnded" or event.get("permit") != self._permit:
                continue
            cause = Cause(str(event["cause"]))
            if cause not in GOES_ON:
                return Ended(cause, ENDED, words=f"{OURS}{sentence(cause)}")
        return None


async def until_over(desk: Desk, permit: PermitId) -> Ended:
    """Why it is over, once it is."""
    ends = await asyncio.to_thread(Ends, desk.parts.log, permit)
    while await desk.streams.pause(LOOK_S):
        if (ended := await asyncio.to_thread(ends.look)) is not None:
            return ended
        filed = await desk.parts.approvals.filed(permit)
        now = desk.parts.clock.now()
        if filed is None or filed.state not in USABLE or now >= filed.permit.window.end:
            # What ended a session says it better, and may be written a moment later.
            await desk.streams.pause(2 * LOOK_S)
            return await asyncio.to_thread(ends.look) or PERMIT_OVER
    return CONSOLE_ENDS
