"""What a collector received, looked at for what is missing, double or out of order. Pure.

Every record names its leaf and the leaf that the same collector was sent before it. So a receiver needs nothing of ours
to see a gap: this is the reference for its own rule (docs/siem.md).
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from broker.siem.record import NOTHING_BEFORE

_CEF = re.compile(r"CEF:0\|(?:\\.|[^\\])*")
_PAIR = re.compile(r"(\w+)=((?:\\.|[^\\=])*?)(?=\s+\w+=|\s*$)")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one received line says of its place."""

    line: int
    origin: str
    target: str
    leaf: int
    previous: int
    heartbeat: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. ``code``: ``gap``, ``duplicate``, ``order``, ``unreadable``."""

    code: str
    line: int
    sentence: str


@dataclass(slots=True)
class Report:
    """Everything that was looked at. A duplicate alone is no fault: delivery is at least once."""

    records: int = 0
    heartbeats: int = 0
    last: dict[str, int] = field(default_factory=dict)
    """The newest leaf of each ledger and collector."""
    faults: list[Fault] = field(default_factory=list)
    duplicates: list[Fault] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing, out of order or unreadable."""
        return not self.faults


def check(lines: Iterable[str]) -> Report:
    """Look at ``lines`` as they came: OCSF or CEF, with or without a syslog head."""
    report = Report()
    met: dict[str, set[int]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        seen = read(line, number)
        if seen is None:
            report.faults.append(Fault("unreadable", number, f"Line {number} is no record of Penstock's."))
            continue
        chain = f"{seen.origin} to {seen.target}"
        report.faults += _judge(seen, report, met.setdefault(chain, set()), chain)
    return report


def _judge(seen: Seen, report: Report, met: set[int], chain: str) -> Iterator[Fault]:
    last = report.last.get(chain)
    if seen.heartbeat:
        report.heartbeats += 1
        if seen.leaf != NOTHING_BEFORE and last is not None and seen.leaf > last:
            yield _gap(seen.line, last + 1, seen.leaf, chain)
            report.last[chain] = seen.leaf
        return
    report.records += 1
    if seen.leaf in met:
        report.duplicates.append(
            Fault("duplicate", seen.line, f"Line {seen.line}: leaf {seen.leaf} of {chain} came again.")
        )
        return
    met.add(seen.leaf)
    if last is not None and seen.leaf < last:
        yield Fault(
            "order", seen.line, f"Line {seen.line}: leaf {seen.leaf} of {chain} came after leaf {last}."
        )
        return
    if last is not None:
        # Where the forwarder began anew, it says so, and all that lies between was never sent.
        before = seen.leaf - 1 if seen.previous == NOTHING_BEFORE else seen.previous
        if before > last:
            yield _gap(seen.line, last + 1, before, chain)
    report.last[chain] = seen.leaf


def _gap(line: int, first: int, end: int, chain: str) -> Fault:
    which = f"leaf {first}" if first == end else f"leaves {first} to {end}"
    return Fault("gap", line, f"Line {line}: {which} of {chain} did not come.")


def read(line: str, number: int) -> Seen | None:
    """What ``line`` says of its place; None where it is no record."""
    start, found = line.find("{"), _CEF.search(line)
    # Whichever begins first is the record; what an event says may look like the other.
    if found and not 0 <= start < found.start():
        return _cef(found[0], number)
    try:
        document = json.loads(line[max(start, 0) :])
        said = document["unmapped"]["penstock"]
        return Seen(
            number,
            str(said["origin"]),
            str(said["target"]),
            _whole(said["leaf"]),
            _whole(said["previous"]),
            said["heartbeat"] is True,
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _cef(text: str, number: int) -> Seen | None:
    # The extensions begin after the seventh bar that is not escaped.
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", text, maxsplit=7)
    if len(parts) < 8:
        return None
    pairs = {name: re.sub(r"\\(.)", r"\1", value) for name, value in _PAIR.findall(parts[7])}
    try:
        return Seen(
            number,
            pairs["deviceExternalId"],
            pairs["PenstockTarget"],
            int(pairs["cn1"]),
            int(pairs["cn2"]),
            pairs.get("PenstockHeartbeat") == "true",
        )
    except (KeyError, ValueError):
        return None


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a leaf's index is a whole number")
    return value
