"""What was done over DNP3, told from the recorded bytes of one channel: request and answer matched, in words. Pure.

Only for telling afterwards, by the same reading that the filter judged by; nothing is allowed or refused here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from broker.conduits.dnp3.answers import Answered, judge
from broker.conduits.dnp3.functions import CONFIRM
from broker.conduits.dnp3.headers import Header
from broker.conduits.dnp3.link import Framing
from broker.conduits.dnp3.objects import GROUPS, told
from broker.conduits.dnp3.requests import NUMBER, Request, read
from broker.conduits.dnp3.transport import Fragment, Reassembly
from broker.conduits.transaction import DONE, NO_ANSWER, Transaction, listed
from domain.access import Action

MOST_OPEN = 64
MOST_VALUES = 4096
NOT_DUE = "no answer is due"


@dataclass(slots=True)
class _Direction:
    """One way of a channel: bytes into fragments."""

    framing: Framing
    reassembly: Reassembly = field(default_factory=Reassembly)

    def feed(self, data: bytes) -> Iterator[Fragment]:
        for frame in self.framing.feed(data):
            fragment = self.reassembly.take(frame) if frame.data else None
            if fragment is not None:
                yield fragment

    @property
    def broken(self) -> bool:
        return bool(self.framing.fault or self.reassembly.fault)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that waits for its answer, or for the rest of it."""

    at_us: int
    request: Request
    due: int
    """The number that the next fragment of the answer has."""
    values: tuple[str, ...] = ()

    def told(self, outcome: str) -> Transaction:
        request = self.request
        action = max(request.needs, key=list(Action).index, default=request.function.action)
        touched = next((one for one in request.headers if one.points is not None), None)
        written = request.values()
        values = written or self.values
        said = str(request)
        if written:
            said += f" = {listed(written)}"
        elif self.values:
            said += f": {listed(self.values)}"
        return Transaction(
            self.at_us,
            request.function.name,
            action,
            writes=action is not Action.VIEW,
            what=str(request),
            sentence=said if outcome == DONE else f"{said}: {outcome}",
            unit=str(request.outstation),
            table=GROUPS.get(touched.group, f"group {touched.group}") if touched else "",
            address=str(touched.points[0]) if touched and touched.points else "",
            count=len(touched.points) if touched and touched.points else 0,
            values=values,
            outcome=outcome,
        )


@dataclass(slots=True)
class Dnp3Reader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not DNP3; nothing is read from there on."""
    _inward: _Direction = field(default_factory=lambda: _Direction(Framing(from_master=True)))
    _outward: _Direction = field(default_factory=lambda: _Direction(Framing(from_master=False)))
    _open: dict[int, _Asked] = field(default_factory=dict)

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the outstation. Answers with what it will never answer, now that more was asked."""
        for fragment in self._inward.feed(data):
            said = read(fragment)
            if not isinstance(said, Request):
                self.broken = True
                return
            if said.code == CONFIRM:
                continue
            asked = _Asked(at_us, said, said.number)
            if not said.answered:
                yield asked.told(NOT_DUE)
                continue
            before = self._open.pop(said.outstation, None)
            if before is None and len(self._open) >= MOST_OPEN:
                before = self._open.pop(next(iter(self._open)))
            if before is not None:
                yield before.told(NO_ANSWER)
            self._open[said.outstation] = asked
        self.broken = self.broken or self._inward.broken

    def answered(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes came from the outstation, or from the gate in its place."""
        for fragment in self._outward.feed(data):
            answer = judge(fragment)
            if answer is not None and answer.unsolicited:
                yield from _unasked(fragment, answer, at_us)
                continue
            asked = self._open.get(fragment.source)
            if answer is None or asked is None or asked.due != answer.number:
                continue
            values = (*asked.values, *_values(answer.headers()))[:MOST_VALUES]
            asked = replace(asked, due=(answer.number + 1) & NUMBER, values=values)
            if answer.final:
                del self._open[fragment.source]
                yield asked.told(answer.outcome() or DONE)
            else:
                self._open[fragment.source] = asked
        self.broken = self.broken or self._outward.broken

    def finish(self) -> Iterator[Transaction]:
        """What was never answered."""
        while self._open:
            yield self._open.pop(next(iter(self._open))).told(NO_ANSWER)


def _unasked(fragment: Fragment, answer: Answered, at_us: int) -> Iterator[Transaction]:
    """What an outstation tells by itself, where it tells of points."""
    found = answer.headers()
    if found:
        what = f"outstation {fragment.source}: told unasked, {', '.join(map(str, found))}"
        values = tuple(_values(found))
        said = f"{what}: {listed(values)}" if values else what
        yield Transaction(
            at_us, "told unasked", Action.VIEW, writes=False, what=what, sentence=said,
            unit=str(fragment.source), values=values,
        )  # fmt: skip


def _values(found: tuple[Header, ...]) -> Iterator[str]:
    for one in found:
        for value in one.values:
            yield told(one.group, one.variation, value)
