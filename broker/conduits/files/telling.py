"""A passage by which files go: a leaf tells of each, and of those under way at its end as far as they came."""

import structlog

from broker.conduits.files.outputs import Moved
from broker.conduits.files.told import tell
from broker.conduits.terminal.passage import TerminalPassage
from broker.exit_status import REFUSED
from broker.quarantine.seams import Came, Quarantine
from domain.errors import EvidenceError

log = structlog.get_logger()


class TellingPassage(TerminalPassage):
    """Both ends of one channel, whose end is told once, however it comes."""

    _told_over = False

    def tell_over(self, why: str) -> None:
        """Tell of the files under way, which are cut. Called at most once."""
        raise NotImplementedError

    async def _leaf(self, quarantine: Quarantine, came: Came, moved: Moved) -> None:
        """Keep the leaf of a file; where it can't be kept, the passage ends."""
        try:
            await tell(quarantine, came, moved)
        except EvidenceError as error:
            log.error("file_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all
            self.finish("ledger", f"penstock: {error.fact} What to do: tell the plant.", REFUSED)

    def finish(self, cause: str, sentence: str, exit_status: int) -> None:
        """Close both sides now; files under way are told as cut."""
        self._over(cause)
        super().finish(cause, sentence, exit_status)

    def abandon(self, cause: str) -> None:
        """The program never ran."""
        self._told_over = True
        super().abandon(cause)

    def vendor_gone(self) -> None:
        super().vendor_gone()
        self._over("client gone")

    def connection_lost(self, exc: Exception | None) -> None:
        self._over("asset gone" if exc is not None else "ended")
        super().connection_lost(exc)

    def _over(self, why: str) -> None:
        if not self._told_over and self.number:
            self._told_over = True
            self.tell_over(why)
