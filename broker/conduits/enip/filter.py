"""EtherNet/IP, service by service: what a permit's actions do not cover never reaches the device. Pure.

The vendor's tool is answered in the device's place, with the general status that the device itself would send. What
a message only carries is unpacked and judged one by one, and what nobody can judge ends the conduit.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from broker.conduits.actions import permitted
from broker.conduits.enip.answers import answered, fits, no_sense, refusal
from broker.conduits.enip.connections import Connection, opened
from broker.conduits.enip.frames import INCORRECT_DATA, UNANSWERED, Frame, Framing, packet
from broker.conduits.enip.limits import beyond
from broker.conduits.enip.requests import (
    PRIVILEGE,
    UNSUPPORTED,
    Elsewhere,
    Malformed,
    Plain,
    Request,
    Unknown,
    Use,
    read,
    slot,
)
from broker.conduits.framed import TOOL, Framed
from broker.conduits.step_up import STEP_UP
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Limit

MOST_OPEN = 64
"""Frames that wait for their answer, and connections that are open; of more, the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A frame that waits for its answer; ``request`` is None of one without a message."""

    frame: Frame
    request: Request | None
    back: int | None = None


class EthernetIpFilter(Framed[Frame]):
    """One connection. Holds at most two unfinished frames and 64 that wait."""

    def __init__(self, actions: frozenset[Action], limits: tuple[Limit, ...] = ()) -> None:
        """``actions``: what the permit lets be done; ``limits``: where, when it names any for EtherNet/IP."""
        super().__init__(Framing(), Framing())
        self._actions = actions
        self._within = Within(limits)
        self._open: deque[_Waiting] = deque(maxlen=MOST_OPEN)
        self._connections: dict[int, Connection] = {}

    def _sent(self, frame: Frame) -> Iterator[Output]:
        match read(frame, {number: one.slot for number, one in self._connections.items()}):
            case Malformed(sentence):
                yield self._malformed(sentence)
            case Unknown(code, where, answered_as):
                yield Answer(
                    "ethernet_ip_service_unknown",
                    f"Nobody here can say what the CIP service {code:#04x} of {where} does to the device.",
                    refusal(frame, answered_as, UNSUPPORTED, self._back(frame)),
                )
                yield Cut(
                    "ethernet_ip_service_unknown", f"The connection ended at the CIP service {code:#04x}."
                )
            case Elsewhere(sentence, answered_as, status):
                yield Answer(
                    "ethernet_ip_elsewhere", sentence, refusal(frame, answered_as, status, self._back(frame))
                )
            case Plain():
                if frame.command not in UNANSWERED:
                    self._open.append(_Waiting(frame, None))
                yield ToAsset(frame.wire())
            case Request() as request:
                yield from self._asked(frame, request)

    def _asked(self, frame: Frame, request: Request) -> Iterator[Output]:
        if request.connection is not None and request.connection not in self._connections:
            yield Answer(
                "ethernet_ip_no_connection",
                f"A message by the connection {request.connection:#010x}, which is not open.",
                no_sense(frame, INCORRECT_DATA),
            )
            return
        for use in request.uses:
            if not permitted(use.action, self._actions):
                yield Answer(
                    "ethernet_ip_service_not_permitted",
                    f"The permit is not for this, which is to {use.action}: {use}.",
                    refusal(frame, request.answered_as, PRIVILEGE, self._back(frame)),
                )
                return
        if (outside := beyond(self._within, request)) is not None:
            told = refusal(frame, request.answered_as, outside.status, self._back(frame))
            yield Answer(outside.code, outside.sentence, told)
            return
        does = (use.action for use in request.uses)
        if self.step_up.asks(does, beyond(self.step_up.listed, request)):
            why = self.step_up.held("; ".join(map(str, request.uses)), map(_exact, request.uses))
            if why:
                told = refusal(frame, request.answered_as, PRIVILEGE, self._back(frame))
                yield Answer(STEP_UP, why, told)
                return
        self._open.append(_Waiting(frame, request, self._back(frame)))
        yield ToAsset(frame.wire())

    def _back(self, frame: Frame) -> int | None:
        """By which connection the device would answer ``frame``."""
        asked = packet(frame.data)
        if asked is None or asked.connection is None:
            return None
        found = self._connections.get(asked.connection)
        return found.answers_by if found is not None else asked.connection

    def _came(self, frame: Frame) -> Iterator[Output]:
        if self._answers(frame):
            yield ToVendor(frame.wire())
        else:
            # A late answer, or one to somebody else: no reason to end the work, and none to show it.
            yield Withhold("ethernet_ip_unasked", len(frame.wire()))

    def _answers(self, frame: Frame) -> bool:
        """Whether ``frame`` answers one that waits; that is done by it."""
        for place, one in enumerate(self._open):
            if self._is_answer(frame, one):
                del self._open[place]
                return True
        return False

    def _is_answer(self, frame: Frame, one: _Waiting) -> bool:
        if frame.command != one.frame.command:
            return False
        if one.back is None and frame.context != one.frame.context:
            return False
        if one.request is None or frame.status:
            return frame.context == one.frame.context
        carried = packet(frame.data)
        answer = answered(carried.message) if carried is not None else None
        if carried is None or answer is None or not fits(answer, one.request.answered_as):
            return False
        # By the number that the tool chose; some devices answer by their own, and no tool minds.
        if (
            carried.connection not in {one.back, one.request.connection}
            or carried.number != one.request.number
        ):
            return False
        if answer.status == 0:
            self._learn(one.request, answer.data)
        return True

    def _learn(self, request: Request, data: bytes) -> None:
        """Connections that the device has opened or closed."""
        if request.closes is not None:
            self._connections = {
                number: one for number, one in self._connections.items() if one.key != request.closes
            }
        found = opened(data) if request.opens is not None else None
        if request.opens is None or found is None:
            return
        out, back, key = found
        if (back, key) == (request.opens.answers_by, request.opens.key):
            self._connections[out] = Connection(key, back, slot(request.opens, request.uses[0]))
            if len(self._connections) > MOST_OPEN:
                del self._connections[next(iter(self._connections))]

    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        return Cut("ethernet_ip_malformed", f"What the {whose} sent is no EtherNet/IP. {why}")


def _exact(use: Use) -> bytes:
    """What it does, and to what; not by which connection, nor as which message of it."""
    return repr((use.code, use.path, use.slot)).encode() + use.data
