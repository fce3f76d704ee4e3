"""A session's files on its page, in words of the reader's own language."""

import asyncio
from collections.abc import Iterable
from typing import Final

from broker.console.evidence.find import Line
from domain.said import say
from recorder.files import CHARTER, DELIVERED, MOVED, NOT_TAKEN, TAKEN, FileRow, FilesTold
from recorder.ledger.reader import LogReader

MOST_SHOWN: Final = 200
"""On the page; the case file, the API and the command have them all."""

WENT = frozenset({TAKEN, DELIVERED, MOVED, NOT_TAKEN})
WHAT = {
    "taken in": say("into the quarantine"),
    "delivered": say("released, to the asset"),
    "moved": say("moved, and not looked at"),
    "not taken": say("turned away"),
}
VERDICTS = {"released": say("may pass"), "held": say("held"), "refused": say("refused")}
MEANINGS = {"released": "good", "held": "warn", "refused": "bad"}
OUTCOMES = {"whole": say("whole"), "cut": say("cut off"), "failed": say("the asset did not take it")}
KEPT = {
    "quarantine": say("in the quarantine"),
    "recording": say("in the recording"),
    "erased": say("erased"),
}
SAID = {"what": WHAT, "verdicts": VERDICTS, "meanings": MEANINGS, "outcomes": OUTCOMES, "kept": KEPT, "charter": CHARTER}  # fmt: skip


class Brought:
    """What a console knows of its sessions' files: read from the ledger beside the loop, by one at a time."""

    def __init__(self, log: LogReader) -> None:
        self._told = FilesTold(log)
        self._turn = asyncio.Lock()

    async def part(self, session: str, after: int, most: int) -> tuple[tuple[FileRow, ...], int]:
        """Some of a session's files, of leaves behind ``after``, and how many there are in all."""
        async with self._turn:
            return await asyncio.to_thread(self._told.part, session, after, most)


async def files_told(
    brought: Brought, lines: Iterable[Line], session: str
) -> tuple[tuple[FileRow, ...], int]:
    """The first of the session's files and how many there are, where its lines tell of any: the ledger is read once more only then."""
    if not any(line.name in WENT for line in lines):
        return (), 0
    return await brought.part(session, -1, MOST_SHOWN)
