"""Things that are kept for one browser, one permit and one purpose, for a short time, and given out once.

They are in this process's memory alone: keys of browser tabs, and the tallies by which a tab's WebSocket shows that
it is the one that was let in. A console that starts again has none of them.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from domain.ids import PermitId, PersonId

Thing = TypeVar("Thing")

MOST_OF_PERSON = 8
"""More than that at once is no person at a browser: the oldest goes."""


@dataclass(frozen=True, slots=True)
class Bound:
    """For whom something is kept. Whoever differs in any of it is somebody else."""

    browser: str
    """The sign-in, by its key."""
    person: PersonId
    source: str
    """The browser's address."""
    permit: PermitId
    purpose: str


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Thing]):
    bound: Bound
    until: datetime
    thing: Thing


class Once(Generic[Thing]):
    """Keeps things under names that can't be guessed; of the names it keeps only digests."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, _Kept[Thing]] = OrderedDict()

    def keep(self, bound: Bound, thing: Thing, now: datetime, until: datetime) -> str:
        """Its name: 256 bits of chance. ``until`` is the first instant at which it is gone."""
        late = [digest for digest, one in self._kept.items() if one.until <= now]
        mine = [
            digest
            for digest, one in self._kept.items()
            if one.until > now and one.bound.person == bound.person
        ]
        for digest in (*late, *mine[: max(0, len(mine) - MOST_OF_PERSON + 1)]):
            del self._kept[digest]
        name = secrets.token_urlsafe(32)
        self._kept[_digest(name)] = _Kept(bound, until, thing)
        return name

    def take(self, name: str, bound: Bound, now: datetime) -> Thing | None:
        """What is kept under ``name`` for exactly this, which is gone with that; None for anything else.

        What is asked for by somebody else stays: a stranger must not be able to spoil it.
        """
        one = self._kept.get(_digest(name))
        if one is None or one.bound != bound or now >= one.until:
            return None
        del self._kept[_digest(name)]
        return one.thing

    def __len__(self) -> int:
        return len(self._kept)


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()
