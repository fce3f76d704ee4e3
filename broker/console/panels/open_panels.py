"""The pages of devices that are open in browsers: in this process's memory alone, one host name each.

A page is open as long as the tab of the console that opened it. Its label, the tallies that let a browser in and what that
browser then shows are chance of 128 bits and more; of the latter two only digests are kept. What is over is remembered for
a while, to say why.
"""

import hashlib
import hmac
import secrets
from base64 import b32encode
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from broker.console.browsing.talk import Ended
from domain.ids import PermitId
from domain.permit import Permit
from domain.said import say

TALLY_GOOD_FOR = timedelta(seconds=30)
MOST_REMEMBERED = 256
"""Pages that are over; each is some hundred bytes."""

CLOSED = Ended(
    "page_closed",
    say("This page was open as long as the console's tab that opened it, and that is closed."),
    say("Open it anew from the permit's page."),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from the device, or from the gate in its place."""

    status: int
    fields: Sequence[tuple[bytes, bytes]]
    body: AsyncIterator[bytes]
    close: Callable[[], object]
    """To be awaited once nobody reads on."""


class Way(Protocol):
    """A page's way to its device, through the gate's door."""

    async def ask(
        self,
        method: str,
        target: bytes,
        fields: Sequence[tuple[bytes, bytes]],
        body: AsyncIterator[bytes] | None,
    ) -> Answer:
        """What it answers. ``NotOpenedError`` where the gate opens nothing, PeerError where nothing sound comes back."""
        ...


class NotOpenedError(Exception):
    """The gate did not open the way for a request; ``ended`` says why, in its words."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(ended.words)
        self.ended = ended


@dataclass
class Panel:
    """One page, for one browser of one person."""

    label: str
    origin: str
    permit: PermitId
    source: str
    """The address of the browser that opened it."""
    language: str
    way: Way | None
    ended: Ended | None = None
    tossed: frozenset[bytes] = frozenset()
    """Names of cookies that came before anything was set here: some page elsewhere meant them for this one."""
    used: Callable[[], None] = lambda: None
    """Called when somebody does something on it: it keeps their sign-in alive."""
    _tally: tuple[bytes, datetime, str] | None = field(default=None, repr=False)
    _key: bytes = field(default=b"", repr=False)

    def tally(self, begins: str, now: datetime) -> str:
        """What lets a browser in once, at the path ``begins``; the one before is worth nothing any more."""
        tally = secrets.token_urlsafe(32)
        self._tally = (_digest(tally), now + TALLY_GOOD_FOR, begins)
        return tally

    def enter(self, tally: str, source: str, now: datetime) -> tuple[str, str] | None:
        """The cookie for whoever brings the tally in time, and where they begin; None for anybody else."""
        if self._tally is None or self.ended is not None:
            return None
        digest, until, begins = self._tally
        if not hmac.compare_digest(digest, _digest(tally)) or now >= until or source != self.source:
            return None
        key = secrets.token_urlsafe(32)
        self._tally, self._key = None, _digest(key)
        return key, begins

    def knows(self, cookie: str, source: str) -> bool:
        """Whether this is the browser that was let in."""
        return bool(self._key) and source == self.source and hmac.compare_digest(self._key, _digest(cookie))

    def over(self, ended: Ended) -> None:
        """It shows nothing any more, but why."""
        self.ended, self.way, self._tally = ended, None, None


class Panels:
    """Those of one console."""

    def __init__(self) -> None:
        self._panels: OrderedDict[str, Panel] = OrderedDict()

    @contextmanager
    def kept(
        self, pages: str, port: str, permit: Permit, source: str, language: str, way: Way
    ) -> Iterator[Panel]:
        """A page at an origin that nobody ever had; over when left, if it was not before."""
        label = b32encode(secrets.token_bytes(17))[:26].decode("ascii").lower()
        panel = Panel(label, f"https://{label}.{pages}{port}", permit.id, source, language, way)
        self._panels[label] = panel
        try:
            yield panel
        finally:
            if panel.ended is None:
                panel.over(CLOSED)
            over = [one.label for one in self._panels.values() if one.ended is not None]
            for old in over[: max(0, len(over) - MOST_REMEMBERED)]:
                del self._panels[old]

    def found(self, label: str) -> Panel | None:
        """The page of this label."""
        return self._panels.get(label)

    def __len__(self) -> int:
        return sum(one.ended is None for one in self._panels.values())


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
