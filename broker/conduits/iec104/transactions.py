"""What was done over IEC 60870-5-104, told from the recorded bytes of one channel: request and answer matched. Pure.

Only for telling afterwards, by the same reading that the filter judged by; nothing is allowed or refused here. What a
station tells by itself is no transaction; it says what stood at a place before a command.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.conduits.iec104.asdu import (
    FORMS,
    POINTS,
    UNKNOWN_CAUSE,
    UNKNOWN_PLACE,
    UNKNOWN_STATION,
    UNKNOWN_TYPE,
    Asdu,
    read_asdu,
)
from broker.conduits.iec104.frames import Framing, Told
from broker.conduits.iec104.requests import Request, confirmation, read, shown
from broker.conduits.iec104.types import ACTIVATION, BROADCAST, FILE, READ, REQUEST
from broker.conduits.transaction import DONE, NO_ANSWER, Transaction
from domain.access import Action

MOST_OPEN = 64
MOST_KNOWN = 50_000
"""Places whose value is remembered, so that a command can say what was there before."""

NOES = {
    UNKNOWN_TYPE: "type unknown to the station",
    UNKNOWN_CAUSE: "cause unknown to the station",
    UNKNOWN_STATION: "no such station",
    UNKNOWN_PLACE: "no such place",
}
FILES = range(120, 127)
UNANSWERED = frozenset({121, 123, 124, 125})
"""Parts of a file's transfer that nothing confirms one by one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the station. ``at_us``: when it went in."""

    at_us: int
    request: Request
    before: str = ""

    def told(self, outcome: str, value: str = "") -> Transaction:
        """The transaction, with its outcome, and the ``value`` that was read."""
        request = self.request
        value = request.shown or value
        return Transaction(
            self.at_us,
            request.type.name,
            request.action,
            writes=request.action is not Action.VIEW,
            what=str(request),
            sentence=self._sentence(outcome, value),
            unit=str(request.asdu.station),
            table=request.type.name.partition(",")[0],
            address="" if request.place is None else str(request.place),
            count=0 if request.place is None else 1,
            values=(value,) if value else (),
            before=(self.before,) if self.before and request.shown else (),
            outcome=outcome,
        )

    def _sentence(self, outcome: str, value: str) -> str:
        """``station 3: set-point, floating 1001 = 50.5, was 40``."""
        said = f"{self.request} = {value}" if value else str(self.request)
        if self.before and self.request.shown:
            said += f", was {self.before}"
        return said if outcome == DONE else f"{said}: {outcome}"

    def outcome(self, answer: Asdu) -> str:
        """What ``answer`` says to it; nothing when it can't be the answer."""
        asked = self.request.asdu
        if asked.station not in {answer.station, BROADCAST}:
            return ""
        if answer.type != asked.type:
            return DONE if self._is_told_by(answer) else ""
        same = (answer.places, answer.test) == (asked.places, asked.test)
        # Else it is the gate's own no to another value, or the station's answer to one.
        if not same or (self.request.type.form and answer.elements != asked.elements):
            return ""
        if answer.cause == confirmation(asked.cause):
            return "refused by the station" if answer.negative else DONE
        return NOES.get(answer.cause, "")

    def _is_told_by(self, answer: Asdu) -> bool:
        asked = self.request.asdu
        if asked.type == READ:
            return answer.cause == REQUEST and asked.places[0] in answer.places
        return asked.type in {*FILES, 127} and answer.type in FILES and answer.cause in {REQUEST, FILE}


@dataclass(slots=True)
class Iec104Reader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not IEC 104; nothing is read from there on."""
    _asset: Framing = field(default_factory=Framing)
    _vendor: Framing = field(default_factory=Framing)
    _open: deque[Asked] = field(default_factory=deque)
    _known: dict[tuple[int, int], str] = field(default_factory=dict)

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the station. Answers with what it will never answer, now that too much is open."""
        for frame in self._asset.feed(data):
            if not isinstance(frame, Told):
                continue
            said = read(frame.asdu)
            if not isinstance(said, Request):
                self.broken = True
                return
            where = said.asdu.station, said.asdu.places[0]
            asked = Asked(at_us, said, self._known.get(where, ""))
            if said.asdu.type in UNANSWERED:
                yield asked.told(DONE)
                continue
            self._open.append(asked)
            if len(self._open) > MOST_OPEN:
                yield self._open.popleft().told(NO_ANSWER)
        self.broken = self.broken or bool(self._asset.fault)

    def answered(self, data: bytes, at_us: int) -> Iterator[Transaction]:  # noqa: ARG002 - the time is that of the asking
        """These bytes came from the station, or from the gate in its place."""
        for frame in self._vendor.feed(data):
            told = read_asdu(frame.asdu) if isinstance(frame, Told) else ""
            if isinstance(told, str):
                continue
            self._learn(told)
            for place, asked in enumerate(self._open):
                if outcome := asked.outcome(told):
                    del self._open[place]
                    yield self._closed(asked, outcome)
                    break
        self.broken = self.broken or bool(self._vendor.fault)

    def finish(self) -> Iterator[Transaction]:
        """What was never answered."""
        while self._open:
            yield self._open.popleft().told(NO_ANSWER)

    def _closed(self, asked: Asked, outcome: str) -> Transaction:
        where = asked.request.asdu.station, asked.request.asdu.places[0]
        told = asked.request
        executes = told.shown and told.asdu.cause == ACTIVATION and not told.selects and not told.asdu.test
        if outcome == DONE and executes:
            self._keep(where, asked.request.shown)
        return asked.told(outcome, self._known.get(where, "") if asked.request.asdu.type == READ else "")

    def _learn(self, told: Asdu) -> None:
        form = POINTS.get(told.type)
        if form is not None:
            for place, element in zip(told.places, told.elements, strict=True):
                self._keep((told.station, place), shown(form, FORMS[form](element)))

    def _keep(self, where: tuple[int, int], value: str) -> None:
        if len(self._known) < MOST_KNOWN or where in self._known:
            self._known[where] = value
