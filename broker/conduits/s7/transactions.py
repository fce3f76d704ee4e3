"""What was done over S7comm, told from the recorded bytes of one channel: request and answer matched, in words. Pure.

Only for telling afterwards, by the same reading that the filter judged by; nothing is allowed or refused here.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.conduits.s7.answers import Answered, judge
from broker.conduits.s7.frames import Framing, Link
from broker.conduits.s7.functions import JOBS, SETUP
from broker.conduits.s7.items import BIT, COUNTERS, TIMERS, Item, Number
from broker.conduits.s7.messages import JOB, USERDATA, Message, NoMessage, read_message
from broker.conduits.s7.requests import Request, read_job, read_userdata
from broker.conduits.transaction import DONE, NO_ANSWER, Transaction, listed
from domain.access import Action

MOST_OPEN = 64
MOST_KNOWN = 100_000
"""Bytes of the CPU's memory that are remembered, so that a write can say what was there before."""

Before = tuple[tuple[Number, ...], ...]
"""Item by item what stood there; nothing for an item that this channel had not seen as a whole."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the CPU. ``at_us``: when it went in."""

    at_us: int
    request: Request
    before: Before = ()

    def told(self, answer: Answered | None) -> Transaction:
        """The transaction, with its ``answer``; None while, or because, none was seen."""
        request, first = self.request, next(iter(self.request.items), None)
        values = request.values or (answer.values if answer else ())
        return Transaction(
            self.at_us,
            request.function.name,
            request.function.action,
            writes=request.function.action is not Action.VIEW,
            what=str(request),
            sentence=self._sentence(answer),
            table=first.table if first else "",
            address=first.address if first else request.about,
            count=sum(one.count for one in request.items),
            values=_texts(values),
            before=_texts(self.before) if any(self.before) else (),
            outcome=_outcome(answer),
        )

    def _sentence(self, answer: Answered | None) -> str:
        """``write DB10.DBW4 = 350, was 340``; several places with a semicolon between."""
        request = self.request
        values = request.values or (answer.values if answer else ())
        if request.items and values:
            before = self.before or ((),) * len(values)
            each = zip(request.items, values, before, strict=True)
            said = f"{request.function.name} {'; '.join(_item(*one) for one in each)}"
        else:
            said = str(request)
        outcome = _outcome(answer)
        return said if outcome == DONE else f"{said}: {outcome}"


def _item(one: Item, values: tuple[Number, ...], before: tuple[Number, ...]) -> str:
    said = f"{one} = {listed(_texts((values,)))}" if values else str(one)
    return f"{said}, was {listed(_texts((before,)))}" if before else said


def _texts(values: tuple[tuple[Number, ...], ...]) -> tuple[str, ...]:
    return tuple(f"{one:.7g}" if isinstance(one, float) else str(one) for each in values for one in each)


def _outcome(answer: Answered | None) -> str:
    return NO_ANSWER if answer is None else answer.no or DONE


@dataclass(slots=True)
class S7Reader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not S7comm; nothing is read from there on."""
    _asset: Framing = field(default_factory=Framing)
    _vendor: Framing = field(default_factory=Framing)
    _open: deque[tuple[Message, Asked]] = field(default_factory=deque)
    _known: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the CPU. Answers with what it will never answer, now that too much is open."""
        for one in self._asset.feed(data):
            if isinstance(one, Link) or not one.message:
                continue
            message = read_message(one.message)
            if isinstance(message, NoMessage):
                self.broken = True
                return
            if message.kind not in {JOB, USERDATA}:
                continue  # the tool hands the CPU a piece of a block
            said = read_job(message) if message.kind == JOB else read_userdata(message)
            if not isinstance(said, Request):
                self.broken = True
                return
            if said.function is JOBS[SETUP]:
                continue  # nothing is done to the CPU by it, and every connection begins so
            before = tuple(self._seen(item) for item in said.items) if said.writes else ()
            self._open.append((message, Asked(at_us, said, before)))
            if len(self._open) > MOST_OPEN:
                yield self._open.popleft()[1].told(None)
        self.broken = self.broken or bool(self._asset.fault)

    def answered(self, data: bytes, at_us: int) -> Iterator[Transaction]:  # noqa: ARG002 - the time is that of the asking
        """These bytes came from the CPU, or from the gate in its place."""
        for one in self._vendor.feed(data):
            message = None if isinstance(one, Link) or not one.message else read_message(one.message)
            if not isinstance(message, Message):
                continue
            for place, (asked, waiting) in enumerate(self._open):
                answer = judge(asked, waiting.request, message)
                if answer is not None:
                    del self._open[place]
                    self._learn(waiting.request, answer)
                    yield waiting.told(answer)
                    break
        self.broken = self.broken or bool(self._vendor.fault)

    def finish(self) -> Iterator[Transaction]:
        """What was never answered."""
        while self._open:
            yield self._open.popleft()[1].told(None)

    def _learn(self, request: Request, answer: Answered) -> None:
        if not request.items:
            return
        for one, values in zip(request.items, answer.values or ((),) * len(request.items), strict=True):
            if values and len(self._known) < MOST_KNOWN:
                self._keep(one, one.data(values))
            elif request.writes:  # refused in part: what stands there now is not known
                for place in one.places:
                    self._known.pop((one.area, one.block, place), None)

    def _keep(self, one: Item, data: bytes) -> None:
        if one.area in {COUNTERS, TIMERS}:
            for place, at in zip(one.places, range(0, len(data), 2), strict=True):
                self._known[one.area, 0, place] = int.from_bytes(data[at : at + 2])
        elif one.kind != BIT:
            self._known.update(zip(((one.area, one.block, place) for place in one.places), data, strict=True))
        elif (where := (one.area, one.block, one.byte)) in self._known:
            self._known[where] = self._known[where] & ~(1 << one.bit) | data[0] << one.bit

    def _seen(self, one: Item) -> tuple[Number, ...]:
        held = [self._known.get((one.area, one.block, place)) for place in one.places]
        known = [byte for byte in held if byte is not None]
        if len(known) < len(held):
            return ()
        if one.area in {COUNTERS, TIMERS}:
            return tuple(known)
        return one.values(bytes((known[0] >> one.bit & 1,)) if one.kind == BIT else bytes(known))
