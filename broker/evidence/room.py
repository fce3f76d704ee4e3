"""What lies in the node's folders, and so whether there is room for more. Asks nobody's word: neither the uploader's nor a database's."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broker.layout import Layout
from broker.settings import MIB, Settings
from domain.ids import SessionId, is_token
from recorder.backlog import Disk, Lying, Room, Terms, room
from recorder.stores.receipts import Receipts

LEAST_FREE = 256 * MIB
"""As ``recorder.stores.local``: below it nothing is opened whatever the share."""


class Rooms:
    """Looks, and remembers what can't change any more: a sealed recording's size. Blocks for two listings of names."""

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self._folder = layout.recordings
        self._receipts = Receipts(layout.stored)
        self._share = settings.recordings.least_free_percent / 100
        self._terms = terms_of(settings)
        self._sealed: dict[str, Lying] = {}

    def look(self, now: datetime) -> Room:
        """How it stands at ``now``; OSError when the folder can't be read."""
        usage = shutil.disk_usage(self._folder)
        disk = Disk(usage.free, usage.total, max(LEAST_FREE, int(usage.total * self._share)))
        have = self._receipts.sessions() if self._terms.copies else frozenset()
        lying, sealed = [], {}
        with os.scandir(self._folder) as entries:
            names = [one.name for one in entries]
        for name in names:
            session, _, ending = name.partition(".")
            if not is_token(session) or ending not in {"pnr", "pnr.part"}:
                continue
            try:
                one = self._sealed.get(session) if ending == "pnr" else None
                one = one or self._measured(session, ending)
            except FileNotFoundError:  # it was sealed, or removed, between two looks
                continue
            if ending == "pnr":
                sealed[session] = one
            lying.append(Lying(one.bytes, one.begun, one.sealed, SessionId(session) in have))
        self._sealed = sealed
        return room(lying, disk, self._terms, now)

    def _measured(self, session: str, ending: str) -> Lying:
        found = (self._folder / f"{session}.{ending}").stat()
        changed = datetime.fromtimestamp(found.st_mtime, UTC)
        begun = _instant(self._folder / f"{session}.key") or changed
        return Lying(found.st_size, begun, changed if ending == "pnr" else None)


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


def _instant(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
