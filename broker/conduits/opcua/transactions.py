"""What was done over OPC UA, told from the recorded bytes of one channel: request and answer matched, in words. Pure.

Only for telling afterwards, by the same reading that the filter judged by; nothing is allowed or refused here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.conduits.opcua.answers import Answered, answered
from broker.conduits.opcua.chunks import (
    ABORTED,
    FINAL,
    FROM_CLIENT,
    FROM_SERVER,
    MESSAGE,
    MORE,
    OPEN,
    POLICIES,
    Framing,
    opening,
    secured,
)
from broker.conduits.opcua.requests import Request, read
from broker.conduits.opcua.services import READ, WRITE
from broker.conduits.transaction import DONE, NO_ANSWER, Transaction, listed
from domain.access import Action

MOST_OPEN = 1024
MOST_KNOWN = 10_000
"""Values that are remembered from what was read or written, so that a write can say what was there before."""

MOST_ANSWER = 256 * 1024
"""Bytes of an answer in several chunks; of a longer one only the head is told."""


@dataclass(slots=True)
class OpcUaReader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not OPC UA, or that is encrypted; nothing is read from there on."""
    _inward: Framing = field(default_factory=lambda: Framing(FROM_CLIENT))
    _outward: Framing = field(default_factory=lambda: Framing(FROM_SERVER))
    _signature: int = 0
    _sending: int | None = None
    _open: dict[int, tuple[int, Request]] = field(default_factory=dict)
    _parts: dict[int, bytes] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the server. Answers with what it will never answer, now that too much is open."""
        for chunk in self._inward.feed(data):
            if chunk.kind == OPEN:
                found = opening(chunk)
                self._signature = POLICIES.get(found[0], 0) if found is not None else 0
            body = secured(chunk, self._signature) if chunk.kind == MESSAGE else None
            if chunk.kind != MESSAGE or (body is not None and body.request == self._sending):
                self._sending = None if chunk.part != MORE else self._sending
                continue
            said = read(body.body, whole=chunk.part == FINAL) if body is not None else None
            if body is None or not isinstance(said, Request):
                self.broken = True
                return
            self._sending = body.request if chunk.part == MORE else None
            self._open[body.request] = at_us, said
            if len(self._open) > MOST_OPEN:
                first = next(iter(self._open))
                self._parts.pop(first, None)
                yield self._told(*self._open.pop(first), None)
        self.broken = self.broken or bool(self._inward.fault)

    def answered(self, data: bytes, at_us: int) -> Iterator[Transaction]:  # noqa: ARG002 - the time is that of the asking
        """These bytes came from the server, or from the gate in its place."""
        for chunk in self._outward.feed(data):
            body = secured(chunk, self._signature) if chunk.kind == MESSAGE else None
            if body is None or body.request not in self._open:
                continue
            before = self._parts.pop(body.request, b"")
            whole = before if len(before) > MOST_ANSWER else before + body.body
            if chunk.part == MORE:
                if sum(map(len, self._parts.values())) < MOST_ANSWER:
                    self._parts[body.request] = whole
            else:
                answer = answered(whole) if chunk.part != ABORTED else None
                yield self._told(*self._open.pop(body.request), answer or Answered(0, 0))
        self.broken = self.broken or bool(self._outward.fault)

    def finish(self) -> Iterator[Transaction]:
        """What was never answered."""
        while self._open:
            yield self._told(*self._open.pop(next(iter(self._open))), None)

    def _told(self, at_us: int, request: Request, answer: Answered | None) -> Transaction:
        outcome = NO_ANSWER if answer is None else answer.outcome() or DONE
        writes = request.code == WRITE
        before = tuple(self._known.get(node, "?") for node in request.nodes) if writes else ()
        values = request.values if writes else answer.values if answer is not None else ()
        if outcome == DONE and request.code in {READ, WRITE} and len(values) == len(request.nodes):
            self._known.update(zip(request.nodes, values, strict=True))
            for _ in range(len(self._known) - MOST_KNOWN):
                del self._known[next(iter(self._known))]
        said = str(request)
        if writes and values:
            said += f" = {listed(values)}"
            said += f", was {listed(before)}" if set(before) != {"?"} else ""
        elif values:
            said += f": {listed(values)}"
        action = max(request.needs, key=list(Action).index)
        return Transaction(
            at_us,
            request.service.name,
            action,
            writes=action is not Action.VIEW,
            what=str(request),
            sentence=said if outcome == DONE else f"{said}: {outcome}",
            table="node" if request.nodes else "",
            address=request.nodes[0] if request.nodes else "",
            count=len(request.nodes),
            values=values,
            before=before,
            outcome=outcome,
        )
