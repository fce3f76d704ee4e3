"""Where decisions are written down before they take effect. The recorder keeps the real one."""

from typing import Protocol

from domain.events import Event


class Ledger(Protocol):
    """The transparency log, as those see it who have something to say."""

    async def append(self, event: Event) -> int:
        """The index of the event's leaf, once the leaf survives loss of power.

        EvidenceError when it can't be kept: then what it tells of must not happen.
        """
        ...
