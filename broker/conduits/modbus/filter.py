"""Modbus/TCP, function by function: what a permit's actions do not cover never reaches the device. Pure.

The vendor's tool is answered in the device's place, with the exception that the device itself would send: it shows
an error instead of a time-out and a storm of new tries. What nobody can judge ends the conduit.
"""

from collections import deque
from collections.abc import Iterator

from broker.conduits.actions import permitted
from broker.conduits.framed import TOOL, Framed
from broker.conduits.modbus.answers import judge
from broker.conduits.modbus.frames import Frame, Framing
from broker.conduits.modbus.limits import beyond
from broker.conduits.modbus.requests import (
    BUSY,
    ILLEGAL_FUNCTION,
    Illegal,
    Malformed,
    Request,
    Unknown,
    read,
)
from broker.conduits.step_up import STEP_UP
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Limit

MOST_OPEN = 64
"""Requests that wait for their answer, four times what the implementation guide (4.1.1.2) has a client keep open."""


class ModbusFilter(Framed[Frame]):
    """One connection. Holds at most two unfinished frames and 64 requests."""

    def __init__(self, actions: frozenset[Action], limits: tuple[Limit, ...] = ()) -> None:
        """``actions``: what the permit lets be done; ``limits``: where, when it names any for Modbus."""
        super().__init__(Framing(), Framing())
        self._actions = actions
        self._within = Within(limits)
        self._open: deque[tuple[Frame, Request]] = deque()

    def _sent(self, frame: Frame) -> Iterator[Output]:
        match read(frame):
            case Malformed(sentence):
                yield self._malformed(sentence)
            case Unknown(name):
                yield Answer(
                    "modbus_function_unknown",
                    f"Nobody here can say what this Modbus {name} does to the device.",
                    frame.exception(ILLEGAL_FUNCTION),
                )
                yield Cut("modbus_function_unknown", f"The connection ended at a Modbus {name}.")
            case Illegal(exception, sentence):
                yield Answer(
                    "modbus_out_of_range",
                    f"A Modbus request went beyond what the protocol allows: {sentence}",
                    frame.exception(exception),
                )
            case Request() as request if not permitted(request.function.action, self._actions):
                yield Answer(
                    "modbus_function_not_permitted",
                    f"The permit is not for this, which is to {request.function.action}: {request}.",
                    frame.exception(ILLEGAL_FUNCTION),
                )
            case Request() as request if (refusal := beyond(self._within, request)) is not None:
                yield Answer(refusal.code, refusal.sentence, frame.exception(refusal.exception))
            case Request() if len(self._open) >= MOST_OPEN:
                yield Answer(
                    "modbus_too_many_open",
                    f"{MOST_OPEN} Modbus requests wait for an answer already.",
                    frame.exception(BUSY),
                )
                self._open.popleft()  # a device that never answers must not close the way for good
            case Request() as request if why := self._held(frame, request):
                yield Answer(STEP_UP, why, frame.exception(BUSY))
            case Request() as request:
                self._open.append((frame, request))
                yield ToAsset(frame.wire())

    def _held(self, frame: Frame, request: Request) -> str:
        """Why it waits for a proof of its own; nothing where it needs none, or has it."""
        if not self.step_up.asks((request.function.action,), beyond(self.step_up.listed, request)):
            return ""
        return self.step_up.held(str(request), (bytes((frame.unit,)), frame.pdu))

    def _came(self, frame: Frame) -> Iterator[Output]:
        if self._answers(frame):
            yield ToVendor(frame.wire())
        else:
            # A late answer, or one to somebody else: no reason to end the work, and none to show it.
            yield Withhold("modbus_unasked", len(frame.wire()))

    def _answers(self, frame: Frame) -> bool:
        """Whether ``frame`` answers a request that is open; it is closed by that."""
        for place, (asked, request) in enumerate(self._open):
            if asked.transaction == frame.transaction and judge(asked, request, frame) is not None:
                del self._open[place]
                return True
        return False

    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        return Cut("modbus_malformed", f"What the {whose} sent is no Modbus. {why}")
