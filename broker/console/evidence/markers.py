"""What happened in a session and when, for the time line of its replay: from the index and the ledger. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from broker.console.evidence.find import Line
from broker.reading.found import Found, FoundKind
from domain.canonical import text_in
from domain.said import say

KINDS_SAID = {
    FoundKind.PASSAGE: say("Passage"),
    FoundKind.COMMAND: say("Command"),
    FoundKind.TRANSFER: say("File"),
    FoundKind.SCREEN: say("Screen"),
    FoundKind.REFUSAL: say("Refused"),
    FoundKind.STATE: say("State"),
    FoundKind.PAUSE: say("Pause"),
    FoundKind.WARNING: say("Note"),
    FoundKind.TRANSACTION: say("Transaction"),
}
MARKED = frozenset(
    {
        FoundKind.COMMAND,
        FoundKind.TRANSFER,
        FoundKind.REFUSAL,
        FoundKind.STATE,
        FoundKind.PAUSE,
        FoundKind.WARNING,
        FoundKind.TRANSACTION,
    }
)
SHARED = frozenset({FoundKind.TRANSFER, FoundKind.TRANSACTION})
"""Marked in every replay of the session: a channel of files or of a native protocol has none of its own."""

MEANINGS = {FoundKind.REFUSAL: "bad", FoundKind.STATE: "warn", FoundKind.PAUSE: "warn"}
REFUSED: Final = "PassageRefused"
"""Told by the ledger alone: a passage that was refused has no channel, and no frame."""

LONGEST_LABEL = 100
MOST_MARKERS = 2000


@dataclass(frozen=True, slots=True)
class Marker:
    """One moment: ``at_us`` microseconds since the recording began."""

    at_us: int
    kind: FoundKind
    label: str
    octets: int = 0

    @property
    def meaning(self) -> str:
        """How the page colours it; the words beside it say the same."""
        return MEANINGS.get(self.kind, "")


def markers(
    things: Iterable[Found], lines: Iterable[Line], began: datetime, channel: int
) -> tuple[Marker, ...]:
    """The moments of one channel's replay, in order of time, with files, transactions and refusals of the whole session."""
    made = [
        Marker(one.at_us, one.kind, _label(one), one.octets)
        for one in things
        if one.kind in MARKED and (one.channel in {0, channel} or one.kind in SHARED)
    ]
    for line in lines:
        if line.name == REFUSED and line.at is not None:
            at_us = max(0, (line.at - began) // timedelta(microseconds=1))
            passage = f"{text_in(line.event, 'passage')} {text_in(line.event, 'detail')}".strip()
            made.append(Marker(at_us, FoundKind.REFUSAL, _cut(f"{passage}: {line.code}")))
    return tuple(sorted(made, key=attrgetter("at_us"))[:MOST_MARKERS])


def marked(cast: Iterable[bytes], moments: tuple[Marker, ...] | None) -> Iterator[bytes]:
    """An asciicast of version 2 with these markers in place of its own; as it is where there are none to put."""
    waiting = list(reversed(moments or ()))
    for line in _lines(cast):
        if moments is None or not line.startswith(b"["):
            yield line
            continue
        at, code, _text = json.loads(line)
        while waiting and waiting[-1].at_us <= at * 1_000_000:
            yield _marker(waiting.pop())
        if code != "m":
            yield line
    for one in reversed(waiting):
        yield _marker(one)


def _lines(cast: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in cast:
        yield from chunk.splitlines(keepends=True)


def _marker(one: Marker) -> bytes:
    seconds = f"{one.at_us // 1_000_000}.{one.at_us % 1_000_000:06d}"
    return f'[{seconds}, "m", {json.dumps(one.label, ensure_ascii=False)}]\n'.encode()


def _label(one: Found) -> str:
    first = one.text.split("\n", 1)[0]
    return _cut(f"{one.deed} {first}" if one.kind is FoundKind.TRANSFER else first)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}\N{HORIZONTAL ELLIPSIS}"
