"""How far every collector is, looked up in the node's folder by whoever asks. Blocks for as long as a few files take."""

from datetime import datetime, timedelta

from broker.layout import Layout
from broker.settings import Settings
from broker.siem.position import Position, position_file, read_position
from broker.siem.progress import Progress, progress_of
from domain.canonical import instant_of, text_in
from recorder.ledger.reader import LogReader


def progresses(layout: Layout, settings: Settings, now: datetime) -> tuple[Progress, ...]:
    """One for each collector of the settings; EvidenceError when a position or the ledger can't be read."""
    if not settings.siem.targets:
        return ()
    ledger = LogReader(layout.ledger)
    size, late_after = ledger.size, timedelta(seconds=settings.siem.late_s)
    found = []
    for target in settings.siem.targets:
        position = read_position(position_file(layout.siem, target.name))
        if position is None:
            position = Position(following=size if target.begin == "now" else 0)
        following = position.following
        waiting = _instant_of(ledger, following) if following < size else None
        found.append(progress_of(target.name, position, size, waiting, now, late_after))
    return tuple(found)


def _instant_of(ledger: LogReader, leaf: int) -> datetime | None:
    """When the event at ``leaf`` was, or the next one that can be read."""
    for kept in ledger.events(leaf):
        if at := text_in(kept.event, "at"):
            return instant_of(at)
    return None
