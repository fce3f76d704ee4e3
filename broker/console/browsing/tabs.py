"""How many tabs of browsers are open at assets, and how many of one person's."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from broker.console.refusals import RefusalError
from domain.ids import PersonId
from domain.said import say

MOST_TABS = 64
MOST_OF_ONE = 8
"""Each holds at most a MiB and a connection to the gate."""


class Tabs:
    """The tabs of one console."""

    def __init__(self) -> None:
        self._open: Counter[PersonId] = Counter()

    @contextmanager
    def kept(self, person: PersonId) -> Iterator[None]:
        """Count one more while it is open; RefusalError when there are too many."""
        if self._open.total() >= MOST_TABS or self._open[person] >= MOST_OF_ONE:
            raise RefusalError(
                503,
                "too_many_tabs",
                say("Too many tabs are open at assets."),
                say("Close one of them, then try again."),
            )
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1
