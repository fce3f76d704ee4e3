"""What lies in the node's folders, and so whether there is room for more. Asks nobody's word: neither the uploader's nor a database's."""

import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from broker.evidence.listing import Listing
from broker.layout import Layout
from broker.settings import MIB, Settings
from domain.ids import is_token
from recorder.backlog import WEEK, Disk, Lying, Room, Terms, room
from recorder.stores.receipts import RECEIPT

LEAST_FREE = 256 * MIB
"""As ``recorder.stores.local``: below it nothing is opened whatever the share."""

AT_ONCE = 16
"""After so many that it asks the system about, a look rests where it is to."""


class Rooms:
    """Looks, and remembers what can't change any more: when a recording was begun, a sealed one's size. Blocks for two
    listings of names, where there are new ones, and to ask the system about each recording that is open or new.
    """

    def __init__(self, layout: Layout, settings: Settings, *, rest_s: float = 0.0) -> None:
        """``rest_s``: how long a look rests now and then, for a process whose event loop waits for the interpreter meanwhile.

        Whoever asks the system about many files in a row gives the interpreter back each time, and takes it again before
        another thread has woken.
        """
        self._rest_s = rest_s
        self._folder = layout.recordings
        self._names, self._receipts = Listing(layout.recordings), Listing(layout.stored)
        self._share = settings.recordings.least_free_percent / 100
        self._terms = terms_of(settings)
        self._known: dict[str, Lying] = {}
        self._over: set[str] = set()
        """Names that count for nothing any more: of other files, and of what was copied and is older than any pace."""

    def look(self, now: datetime) -> Room:
        """How it stands at ``now``; OSError when the folder can't be read."""
        usage = shutil.disk_usage(self._folder)
        disk = Disk(usage.free, usage.total, max(LEAST_FREE, int(usage.total * self._share)))
        now_ns = int(now.timestamp() * 1_000_000_000)
        have = self._receipts.names(now_ns) if self._terms.copies else frozenset()
        names, lying = self._names.names(now_ns), []
        self._over &= names
        self._known = {name: one for name, one in self._known.items() if name in names}
        measured = 0
        for name in names - self._over:
            session, _, ending = name.partition(".")
            if not is_token(session) or ending not in {"pnr", "pnr.part"}:
                self._over.add(name)
                continue
            one = self._known.get(name)
            if one is None or one.sealed is None:
                try:
                    one = self._measured(session, ending, one)
                except FileNotFoundError:  # it was sealed, or removed, between two looks
                    continue
                measured += 1
                if self._rest_s and measured % AT_ONCE == 0:
                    time.sleep(self._rest_s)
            if one.copied != (f"{session}{RECEIPT}" in have):
                one = replace(one, copied=not one.copied)
            if one.sealed is not None and now - one.sealed > WEEK and (one.copied or not self._terms.copies):
                self._over.add(name)
                self._known.pop(name, None)
                continue
            self._known[name] = one
            lying.append(one)
        return room(lying, disk, self._terms, now)

    def _measured(self, session: str, ending: str, before: Lying | None) -> Lying:
        found = (self._folder / f"{session}.{ending}").stat()
        changed = datetime.fromtimestamp(found.st_mtime, UTC)
        begun = before.begun if before is not None else self._begun(session) or changed
        return Lying(found.st_size, begun, changed if ending == "pnr" else None)

    def _begun(self, session: str) -> datetime | None:
        try:
            return datetime.fromtimestamp((self._folder / f"{session}.key").stat().st_mtime, UTC)
        except OSError:
            return None


def terms_of(settings: Settings) -> Terms:
    """What the plant set."""
    return Terms(
        copies=bool(settings.store.endpoint),
        old_after=timedelta(minutes=settings.store.alarm_after_min),
        big_after=settings.store.alarm_mib * MIB,
        full_after=settings.store.refuse_mib * MIB if settings.store.endpoint else 0,
        ahead=timedelta(minutes=settings.recordings.refuse_ahead_min),
        used_share=settings.recordings.alarm_used_percent / 100,
    )
