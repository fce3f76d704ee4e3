"""Every transaction of a session that the gate could read, allowed or refused: a list for whoever compares. Pure.

What reached the device is read from the recorded bytes; what did not is told by the gate's marks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from broker.conduits.modbus.transactions import Transaction, TransactionReader
from domain.plant import Protocol
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from recorder.replay import inert

REFUSED = frozenset({"answered", "cut"})
COLUMNS = (
    "at",
    "channel",
    "unit",
    "function",
    "table",
    "address",
    "count",
    "values",
    "before",
    "outcome",
    "what",
)
"""Of the list as CSV. ``at`` is UTC; ``address`` is the line's own, from 0; several values have a space between."""


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction. ``at_us`` is microseconds since the recording began."""

    at_us: int
    channel: int
    outcome: str
    """``done``, ``no answer``, the device's own no, or the gate's reason code after ``refused: ``."""
    what: str
    done: Transaction | None = None
    """None where nothing reached the device."""

    def cells(self) -> tuple[str, ...]:
        """Its columns but the first, as texts."""
        if self.done is None:
            return (str(self.channel), "", "", "", "", "", "", "", self.outcome, self.what)
        request = self.done.request
        span = request.writes or request.reads
        where = (span.table, str(span.address), str(span.count)) if span else ("", "", "")
        values = request.values if request.writes else self.done.answer.values if self.done.answer else ()
        return (
            str(self.channel),
            str(request.unit),
            request.function.name,
            *where,
            " ".join(map(str, values)),
            " ".join("?" if one is None else str(one) for one in self.done.before),
            self.outcome,
            self.what,
        )


@dataclass(slots=True)
class _Channel:
    number: int
    reader: TransactionReader = field(default_factory=TransactionReader)

    def rows(self, done: Iterable[Transaction]) -> Iterator[Row]:
        for one in done:
            yield Row(one.at_us, self.number, one.outcome, one.sentence(), one)


def transactions(frames: Iterable[Frame]) -> tuple[Row, ...]:
    """All of them, by the time at which they were asked for; a row says so where a channel could not be read to its end."""
    channels: dict[int, _Channel] = {}
    rows: list[Row] = []
    for frame in frames:
        channel = channels.get(frame.channel)
        if frame.kind is Kind.MARK:
            told = payloads.read(frame.payload)
            if told.get("mark") == "filter" and told.get("protocol") == Protocol.MODBUS:
                channels[frame.channel] = _Channel(frame.channel)
            elif told.get("mark") in REFUSED and channel is not None:
                code, said = inert(str(told.get("code", "")), 60), inert(str(told.get("sentence", "")), 400)
                rows.append(Row(frame.elapsed_us, frame.channel, f"refused: {code}", said))
        elif channel is not None and not channel.reader.broken:
            rows += channel.rows(_crossed(channel.reader, frame))
    for channel in channels.values():
        rows += channel.rows(channel.reader.finish())
        if channel.reader.broken:
            last = rows[-1].at_us if rows else 0
            rows.append(
                Row(last, channel.number, "unreadable", "From here on this channel could not be read.")
            )
    return tuple(sorted(rows, key=attrgetter("at_us")))


def _crossed(reader: TransactionReader, frame: Frame) -> Iterable[Transaction]:
    match frame.kind:
        case Kind.TO_ASSET:
            return reader.sent(frame.payload, frame.elapsed_us)
        case Kind.TO_VENDOR:
            return reader.answered(frame.payload, frame.elapsed_us)
        case _:
            return ()
