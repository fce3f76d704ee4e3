"""What was done over Modbus, told from the recorded bytes of one channel: request and answer matched, in words. Pure.

Only for telling afterwards, by the same reading that the filter judged by; nothing is allowed or refused here.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from broker.conduits.modbus.answers import EXCEPTIONS, Answered, judge
from broker.conduits.modbus.frames import Frame, Framing
from broker.conduits.modbus.functions import COILS, HOLDING
from broker.conduits.modbus.requests import Request, Span, read

MOST_OPEN = 64
MOST_KNOWN = 100_000
"""Values that are remembered from what was read or written, so that a write can say what was there before."""

MOST_SHOWN = 8
"""Values in a sentence; the transaction itself holds all."""

WRITABLE = frozenset({COILS, HOLDING})


@dataclass(frozen=True, slots=True)
class Transaction:
    """One request that reached the device, and what came of it. ``at_us``: when it went in."""

    at_us: int
    request: Request
    answer: Answered | None = None
    """None while, or because, none was seen."""
    before: tuple[int | None, ...] = ()
    """What stood where it writes, as far as this channel had seen it; None where it had not."""

    @property
    def outcome(self) -> str:
        """``done``, ``no answer``, or the device's own no."""
        if self.answer is None:
            return "no answer"
        code = self.answer.exception
        return EXCEPTIONS.get(code, f"exception {code}") if code else "done"

    def sentence(self) -> str:
        """``unit 3: write single register, holding register 41 = 350, was 340``."""
        said = str(self.request)
        if self.request.writes is not None and self.request.values:
            said += f" = {_listed(self.request.values)}"
            if any(one is not None for one in self.before):
                said += f", was {_listed(self.before)}"
        if self.request.mask is not None:
            said += " and {:#06x}, or {:#06x}".format(*self.request.mask)
        if self.answer is not None and self.answer.values:
            said += f": {_listed(self.answer.values)}"
        return said if self.outcome == "done" else f"{said}: {self.outcome}"


@dataclass(slots=True)
class TransactionReader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not Modbus; nothing is read from there on."""
    _asset: Framing = field(default_factory=Framing)
    _vendor: Framing = field(default_factory=Framing)
    _open: deque[tuple[Frame, Transaction]] = field(default_factory=deque)
    _known: dict[tuple[int, str, int], int] = field(default_factory=dict)

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the device. Answers with what it will never answer, now that too much is open."""
        for frame in self._asset.feed(data):
            said = read(frame)
            if not isinstance(said, Request):
                self.broken = True
                return
            before = self._seen(said.unit, said.writes) if said.writes else ()
            self._open.append((frame, Transaction(at_us, said, before=before)))
            if len(self._open) > MOST_OPEN:
                yield self._open.popleft()[1]
        self.broken = self.broken or bool(self._asset.fault)

    def answered(self, data: bytes, at_us: int) -> Iterator[Transaction]:  # noqa: ARG002 - the time is that of the asking
        """These bytes came from the device, or from the gate in its place."""
        for frame in self._vendor.feed(data):
            for place, (asked, one) in enumerate(self._open):
                answer = judge(asked, one.request, frame) if asked.transaction == frame.transaction else None
                if answer is not None:
                    del self._open[place]
                    yield self._closed(one, answer)
                    break
        self.broken = self.broken or bool(self._vendor.fault)

    def finish(self) -> Iterator[Transaction]:
        """What was never answered."""
        while self._open:
            yield self._open.popleft()[1]

    def _closed(self, one: Transaction, answer: Answered) -> Transaction:
        request = one.request
        if not answer.exception:
            if request.reads is not None:
                self._learn(request.unit, request.reads, answer.values)
            if request.writes is not None and request.values:
                self._learn(request.unit, request.writes, request.values)
            elif (
                request.writes is not None
            ):  # a mask: what it makes of the register is known only with what was there
                self._known.pop((request.unit, request.writes.table, request.writes.address), None)
        return replace(one, answer=answer)

    def _seen(self, unit: int, span: Span) -> tuple[int | None, ...]:
        return tuple(self._known.get((unit, span.table, span.address + at)) for at in range(span.count))

    def _learn(self, unit: int, span: Span, values: tuple[int, ...]) -> None:
        if span.table in WRITABLE and len(self._known) < MOST_KNOWN:
            self._known.update(
                ((unit, span.table, span.address + at), value) for at, value in enumerate(values)
            )


def _listed(values: tuple[int | None, ...]) -> str:
    said = ", ".join("?" if one is None else str(one) for one in values[:MOST_SHOWN])
    return said if len(values) <= MOST_SHOWN else f"{said}, … ({len(values)} in all)"
