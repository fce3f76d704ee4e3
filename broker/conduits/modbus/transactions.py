"""What was done over Modbus, told from the recorded bytes of one channel: request and answer matched, in words. Pure.

Only for telling afterwards, by the same reading that the filter judged by; nothing is allowed or refused here.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.conduits.modbus.answers import EXCEPTIONS, Answered, judge
from broker.conduits.modbus.frames import Frame, Framing
from broker.conduits.modbus.functions import COILS, HOLDING
from broker.conduits.modbus.requests import Request, Span, read
from broker.conduits.transaction import DONE, NO_ANSWER, Transaction, listed
from domain.access import Action

MOST_OPEN = 64
MOST_KNOWN = 100_000
"""Values that are remembered from what was read or written, so that a write can say what was there before."""

WRITABLE = frozenset({COILS, HOLDING})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the device. ``at_us``: when it went in."""

    at_us: int
    request: Request
    before: tuple[int | None, ...] = ()
    """What stood where it writes, as far as this channel had seen it; None where it had not."""

    def told(self, answer: Answered | None) -> Transaction:
        """The transaction, with its ``answer``; None while, or because, none was seen."""
        request = self.request
        span = request.writes or request.reads
        values = request.values if request.writes else answer.values if answer else ()
        return Transaction(
            self.at_us,
            request.function.name,
            request.function.action,
            writes=request.writes is not None or request.function.action is not Action.VIEW,
            what=str(request),
            sentence=self._sentence(answer),
            unit=str(request.unit),
            table=span.table if span else "",
            address=str(span.address) if span else "",
            count=span.count if span else 0,
            values=_texts(values),
            before=_texts(self.before),
            outcome=_outcome(answer),
        )

    def _sentence(self, answer: Answered | None) -> str:
        """``unit 3: write single register, holding register 41 = 350, was 340``."""
        said = str(self.request)
        if self.request.writes is not None and self.request.values:
            said += f" = {listed(_texts(self.request.values))}"
            if any(one is not None for one in self.before):
                said += f", was {listed(_texts(self.before))}"
        if self.request.mask is not None:
            said += " and {:#06x}, or {:#06x}".format(*self.request.mask)
        if answer is not None and answer.values:
            said += f": {listed(_texts(answer.values))}"
        outcome = _outcome(answer)
        return said if outcome == DONE else f"{said}: {outcome}"


def _outcome(answer: Answered | None) -> str:
    if answer is None:
        return NO_ANSWER
    code = answer.exception
    return EXCEPTIONS.get(code, f"exception {code}") if code else DONE


def _texts(values: tuple[int | None, ...]) -> tuple[str, ...]:
    return tuple("?" if one is None else str(one) for one in values)


@dataclass(slots=True)
class ModbusReader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not Modbus; nothing is read from there on."""
    _asset: Framing = field(default_factory=Framing)
    _vendor: Framing = field(default_factory=Framing)
    _open: deque[tuple[Frame, Asked]] = field(default_factory=deque)
    _known: dict[tuple[int, str, int], int] = field(default_factory=dict)

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the device. Answers with what it will never answer, now that too much is open."""
        for frame in self._asset.feed(data):
            said = read(frame)
            if not isinstance(said, Request):
                self.broken = True
                return
            before = self._seen(said.unit, said.writes) if said.writes else ()
            self._open.append((frame, Asked(at_us, said, before)))
            if len(self._open) > MOST_OPEN:
                yield self._open.popleft()[1].told(None)
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
            yield self._open.popleft()[1].told(None)

    def _closed(self, one: Asked, answer: Answered) -> Transaction:
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
        return one.told(answer)

    def _seen(self, unit: int, span: Span) -> tuple[int | None, ...]:
        return tuple(self._known.get((unit, span.table, span.address + at)) for at in range(span.count))

    def _learn(self, unit: int, span: Span, values: tuple[int, ...]) -> None:
        if span.table in WRITABLE and len(self._known) < MOST_KNOWN:
            self._known.update(
                ((unit, span.table, span.address + at), value) for at, value in enumerate(values)
            )
