"""What was done over EtherNet/IP, told from the recorded bytes of one channel: request and answer matched, in words. Pure.

Only for telling afterwards, by the same reading that the filter judged by; nothing is allowed or refused here.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.conduits.enip.answers import Answered, answered, fits, parts
from broker.conduits.enip.connections import opened
from broker.conduits.enip.frames import COMMANDS, UNANSWERED, Frame, Framing, packet
from broker.conduits.enip.requests import Plain, Request, Use, place, read, slot
from broker.conduits.enip.services import (
    CLASSES,
    GET_SINGLE,
    MULTIPLE,
    READ_FRAGMENT,
    READ_TAG,
    SET_SINGLE,
    WRITE_FRAGMENT,
    WRITE_TAG,
)
from broker.conduits.enip.values import texts
from broker.conduits.transaction import DONE, NO_ANSWER, Transaction, listed
from domain.access import Action

MOST_OPEN = 64
MOST_KNOWN = 10_000
"""Values that are remembered from what was read or written, so that a write can say what was there before."""

READS = frozenset({READ_TAG, READ_FRAGMENT, GET_SINGLE})
BYTES = 0
"""No type of CIP's: what an attribute is, only the device's maker knows."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    at_us: int
    frame: Frame
    request: Request | None


@dataclass(slots=True)
class EthernetIpReader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not EtherNet/IP; nothing is read from there on."""
    _inward: Framing = field(default_factory=Framing)
    _outward: Framing = field(default_factory=Framing)
    _open: deque[_Waiting] = field(default_factory=deque)
    _slots: dict[int, str] = field(default_factory=dict)
    _known: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the device. Answers with what it will never answer, now that too much is open."""
        for frame in self._inward.feed(data):
            said = read(frame, self._slots)
            if isinstance(said, Plain):
                if frame.command not in UNANSWERED:
                    self._open.append(_Waiting(at_us, frame, None))
            elif isinstance(said, Request):
                self._open.append(_Waiting(at_us, frame, said))
            else:
                self.broken = True
                return
            if len(self._open) > MOST_OPEN:
                yield from self._told(self._open.popleft(), None)
        self.broken = self.broken or bool(self._inward.fault)

    def answered(self, data: bytes, at_us: int) -> Iterator[Transaction]:  # noqa: ARG002 - the time is that of the asking
        """These bytes came from the device, or from the gate in its place."""
        for frame in self._outward.feed(data):
            carried = packet(frame.data)
            answer = answered(carried.message) if carried is not None else None
            number = carried.number if carried is not None else 0
            for at, one in enumerate(self._open):
                if _belongs(frame, one, answer, number):
                    del self._open[at]
                    yield from self._told(one, answer if one.request else Answered(0, 0, b""))
                    break
        self.broken = self.broken or bool(self._outward.fault)

    def finish(self) -> Iterator[Transaction]:
        """What was never answered."""
        while self._open:
            yield from self._told(self._open.popleft(), None)

    def _told(self, one: _Waiting, answer: Answered | None) -> Iterator[Transaction]:
        if one.request is None:
            name = COMMANDS[one.frame.command]
            outcome = DONE if answer else NO_ANSWER
            said = name if answer else f"{name}: {NO_ANSWER}"
            yield Transaction(
                one.at_us, name, Action.VIEW, writes=False, what=name, sentence=said, outcome=outcome
            )
            return
        if answer is not None and not answer.status:
            self._connected(one.request, answer.data)
        uses = one.request.uses
        each: tuple[Answered | None, ...] = (answer,) * len(uses)
        if answer is not None and answer.code == MULTIPLE:
            found = parts(answer)
            each = found if len(found) == len(uses) else each
        for use, own in zip(uses, each, strict=True):
            yield self._use(one.at_us, use, own)

    def _use(self, at_us: int, use: Use, answer: Answered | None) -> Transaction:
        outcome = NO_ANSWER if answer is None else answer.outcome() or DONE
        where, written = (use.slot, place(use.path)), _written(use)
        before = self._known.get(where, ()) if written else ()
        values = written or (_read(use, answer) if answer is not None and outcome == DONE else ())
        if values and outcome == DONE and (where in self._known or len(self._known) < MOST_KNOWN):
            self._known[where] = values
        said = str(use)
        if written:
            said += f" = {listed(written)}"
            said += f", was {listed(before)}" if before else ""
        elif values:
            said += f": {listed(values)}"
        klass = use.path.klass
        return Transaction(
            at_us,
            use.service.name,
            use.action,
            writes=use.action is not Action.VIEW,
            what=str(use),
            sentence=said if outcome == DONE else f"{said}: {outcome}",
            unit=use.slot,
            table="tag"
            if use.path.tag
            else CLASSES.get(klass, f"class {klass:#04x}")
            if klass is not None
            else "",
            address=use.path.tag or ("" if use.path.instance is None else str(use.path.instance)),
            count=len(values),
            values=values,
            before=before,
            outcome=outcome,
        )

    def _connected(self, request: Request, data: bytes) -> None:
        found = opened(data) if request.opens is not None else None
        if request.opens is not None and found is not None:
            self._slots[found[0]] = slot(request.opens, request.uses[0])
            if len(self._slots) > MOST_OPEN:
                del self._slots[next(iter(self._slots))]


def _belongs(frame: Frame, one: _Waiting, answer: Answered | None, number: int) -> bool:
    if frame.command != one.frame.command:
        return False
    if one.request is None or one.request.connection is None:
        same = frame.context == one.frame.context
        return same and (one.request is None or answer is None or fits(answer, one.request.answered_as))
    return answer is not None and number == one.request.number and fits(answer, one.request.answered_as)


def _written(use: Use) -> tuple[str, ...]:
    """What a use writes: of a tag a type, a count (in parts an offset) and the values."""
    if use.code in {WRITE_TAG, WRITE_FRAGMENT} and use.action is not Action.VIEW and len(use.data) > 4:
        begin = 8 if use.code == WRITE_FRAGMENT else 4
        return texts(int.from_bytes(use.data[:2], "little"), use.data[begin:])
    return texts(BYTES, use.data) if use.code == SET_SINGLE else ()


def _read(use: Use, answer: Answered) -> tuple[str, ...]:
    if use.code not in READS or use.action is not Action.VIEW:
        return ()
    if use.code == GET_SINGLE:
        return texts(BYTES, answer.data)
    return texts(int.from_bytes(answer.data[:2], "little"), answer.data[2:])
