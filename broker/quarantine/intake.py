"""One file while it comes, and what becomes of it at its end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass

from broker.quarantine.quota import Quotas
from broker.quarantine.seams import Came, FileState, NotTakenError, Verdict
from broker.quarantine.shelf import Shelf
from broker.quarantine.spool import WHOLE, Closed, Spool


@dataclass(frozen=True, slots=True)
class Ways:
    """What an intake needs of the quarantine around it."""

    shelf: Shelf
    quotas: Quotas
    workers: Executor
    taken: Callable[[Came, str, Closed, str], Awaitable[Verdict]]
    """Called once what came lies on the disk, with its id and why it was cut; empty when it was not."""
    turned_away: Callable[[Came, NotTakenError], None]


class FileIntake:
    """See ``seams.Intake``. ``largest_bytes`` is the charter's word for this conduit; 0 leaves it to the node's."""

    def __init__(self, ways: Ways, came: Came, file: str, spool: Spool, largest_bytes: int) -> None:
        self.id = file
        self._ways, self._came, self._spool = ways, came, spool
        self._largest_bytes = largest_bytes
        self._refused: NotTakenError | None = None
        self._verdict: asyncio.Future[Verdict] | None = None

    @property
    def size(self) -> int:
        """How many bytes have come without a gap."""
        return self._spool.size

    def write(self, at: int, data: bytes | memoryview) -> None:
        """Keep ``data``, which begins at byte ``at``."""
        if self._refused is not None:
            raise self._refused
        with self._noted():
            self._spool.accept(at, data)
            size = max(self._spool.size, at) + len(data)
            if self._largest_bytes and size > self._largest_bytes:
                raise too_large(self._largest_bytes)
            self._ways.quotas.grow(self._came, len(data), size)
            self._spool.write(at, data)

    async def finish(self) -> Verdict:
        """The whole file came."""
        if self._spool.early and self._refused is None:
            return await self.abandon(f"nothing came for byte {self._spool.size}")
        return await self._once("")

    async def abandon(self, why: str) -> Verdict:
        """The transfer was cut."""
        return await self._once(why or "the transfer was cut")

    async def _once(self, cut: str) -> Verdict:
        if self._verdict is not None:
            return await asyncio.shield(self._verdict)
        self._verdict = asyncio.get_running_loop().create_future()
        try:
            verdict = await self._end(cut)
        except BaseException as error:
            self._verdict.set_exception(error)
            self._verdict.exception()  # whoever asks again is told; that nobody does is no fault
            raise
        self._verdict.set_result(verdict)
        return verdict

    async def _end(self, cut: str) -> Verdict:
        loop = asyncio.get_running_loop()
        if self._spool.job is not None:
            await asyncio.wrap_future(self._spool.job)
        try:
            with self._noted():
                if self._refused is not None:
                    raise self._refused
                closed = await loop.run_in_executor(
                    self._ways.workers, self._spool.close, f"cut: {cut}"[:200] if cut else WHOLE
                )
        except NotTakenError as error:
            await loop.run_in_executor(self._ways.workers, self._spool.drop)
            await loop.run_in_executor(self._ways.workers, self._ways.shelf.erase, self.id)
            self._ways.quotas.gone(self._spool.size)
            return Verdict(FileState.REFUSED, "", "", self._spool.size, error.code, error.fact, error.remedy)
        finally:
            self._ways.quotas.done(self._came)
        return await self._ways.taken(self._came, self.id, closed, cut)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except NotTakenError as error:
            if self._refused is None:
                self._refused = error
                self._ways.turned_away(self._came, error)
            raise


def too_large(most: int) -> NotTakenError:
    """The charter takes no such file over this conduit."""
    return NotTakenError(
        f"This conduit takes files of {most} bytes at most.",
        code="file_too_large",
        remedy="Ask the plant for another way to bring it.",
    )
