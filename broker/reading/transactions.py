"""Every transaction of a session that the gate could read, allowed or refused: a list for whoever compares. Pure.

What reached the device is read from the recorded bytes; what did not is told by the gate's marks.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from operator import attrgetter

from broker.conduits.registry import reader_for
from broker.conduits.transaction import Transaction, TransactionReader
from domain.canonical import instant_text
from domain.cells import plain_cell
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from recorder.replay import inert

MOST_ROWS = 200_000
"""In a case file; a last row says so where there are more."""

REFUSED = frozenset({"answered", "cut"})
COLUMNS = (
    "at",
    "channel",
    "protocol",
    "unit",
    "function",
    "action",
    "table",
    "address",
    "count",
    "values",
    "before",
    "outcome",
    "what",
)
"""Of the list as CSV. ``at`` is UTC; ``address`` is the line's own, from 0; several values have a space between.

``unit``, ``table`` and ``address`` are the protocol's own: docs/conduits.md."""


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction. ``at_us`` is microseconds since the recording began."""

    at_us: int
    channel: int
    protocol: str
    outcome: str
    """``done``, ``no answer``, the asset's own no, or the gate's reason code after ``refused: ``."""
    what: str
    done: Transaction | None = None
    """None where nothing reached the asset."""

    def cells(self) -> tuple[str, ...]:
        """Its columns but the first, as inert texts."""
        one = self.done
        told = ("",) * 8
        if one is not None:
            count = str(one.count) if one.count else ""
            values, before = " ".join(one.values), " ".join(one.before)
            told = (one.unit, one.function, str(one.action), one.table, one.address, count, values, before)
        cells = (str(self.channel), self.protocol, *told, self.outcome, self.what)
        return tuple(map(inert, cells))


def cells_of(row: Row, started_at: datetime) -> tuple[str, ...]:
    """All of its columns, of a recording that began then."""
    return (instant_text(started_at + timedelta(microseconds=row.at_us)), *row.cells())


def csv_of(rows: Iterable[Row], started_at: datetime) -> bytes:
    """The list as CSV (RFC 4180), with its columns' names first; no cell is one that a spreadsheet would reckon."""
    text = StringIO()
    lines = ([plain_cell(one) for one in cells_of(row, started_at)] for row in rows)
    csv.writer(text).writerows([COLUMNS, *lines])
    return text.getvalue().encode()


def table(frames: Iterable[Frame], started_at: datetime) -> bytes:
    """The list of a case file: empty where no protocol that the gate reads was used."""
    rows = transactions(frames)
    if len(rows) > MOST_ROWS:
        said = f"{len(rows) - MOST_ROWS} more are left out here; the recording has them all."
        rows = (*rows[:MOST_ROWS], Row(rows[MOST_ROWS].at_us, 0, "", "left out", said))
    return csv_of(rows, started_at) if rows else b""


@dataclass(slots=True)
class _Channel:
    number: int
    protocol: str
    reader: TransactionReader

    def rows(self, done: Iterable[Transaction]) -> Iterator[Row]:
        for one in done:
            yield self.row(one.at_us, one.outcome, one.sentence, one)

    def row(self, at_us: int, outcome: str, what: str, done: Transaction | None = None) -> Row:
        return Row(at_us, self.number, self.protocol, outcome, what, done)


def transactions(frames: Iterable[Frame]) -> tuple[Row, ...]:
    """All of them, by the time at which they were asked for; a row says so where a channel could not be read to its end."""
    channels: dict[int, _Channel] = {}
    rows: list[Row] = []
    for frame in frames:
        channel = channels.get(frame.channel)
        if frame.kind is Kind.MARK:
            told = payloads.read(frame.payload)
            protocol = str(told.get("protocol", "")) if told.get("mark") == "filter" else ""
            if (reader := reader_for(protocol)) is not None:
                channels[frame.channel] = _Channel(frame.channel, protocol, reader)
            elif told.get("mark") in REFUSED and channel is not None:
                code, said = inert(str(told.get("code", "")), 60), inert(str(told.get("sentence", "")), 400)
                rows.append(channel.row(frame.elapsed_us, f"refused: {code}", said))
        elif channel is not None and not channel.reader.broken:
            rows += channel.rows(_crossed(channel.reader, frame))
    for channel in channels.values():
        rows += channel.rows(channel.reader.finish())
        if channel.reader.broken:
            last = rows[-1].at_us if rows else 0
            rows.append(channel.row(last, "unreadable", "From here on this channel could not be read."))
    return tuple(sorted(rows, key=attrgetter("at_us")))


def _crossed(reader: TransactionReader, frame: Frame) -> Iterable[Transaction]:
    match frame.kind:
        case Kind.TO_ASSET:
            return reader.sent(frame.payload, frame.elapsed_us)
        case Kind.TO_VENDOR:
            return reader.answered(frame.payload, frame.elapsed_us)
        case _:
            return ()
