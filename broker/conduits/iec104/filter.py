"""IEC 60870-5-104, type by type: what a permit's actions do not cover never reaches the station. Pure.

The vendor's tool is answered in the station's place, with a negative confirmation; from then on the numbers of both
sides are rewritten. What nobody can judge ends the conduit.
"""

from collections.abc import Iterator

from broker.conduits.actions import permitted
from broker.conduits.framed import TOOL, Framed
from broker.conduits.iec104.asdu import UNKNOWN_TYPE, read_asdu, refusal
from broker.conduits.iec104.frames import (
    ACTIVATIONS,
    CONFIRMATIONS,
    STARTDT_CON,
    STOPDT_CON,
    TESTS,
    Acknowledged,
    Control,
    Frame,
    Framing,
    Told,
)
from broker.conduits.iec104.limits import beyond
from broker.conduits.iec104.numbering import MOST_OPEN, Side
from broker.conduits.iec104.requests import Illegal, Malformed, Request, Unknown, confirmation, read
from broker.conduits.iec104.types import SIZES
from broker.conduits.step_up import STEP_UP
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor
from domain.plant import Limit


class Iec104Filter(Framed[Frame]):
    """One connection. Holds at most two unfinished frames, and a number for each frame that waits to be acknowledged."""

    ASSET = "station"

    def __init__(self, actions: frozenset[Action], limits: tuple[Limit, ...] = ()) -> None:
        """``actions``: what the permit lets be done; ``limits``: where, when it names any for IEC 104."""
        super().__init__(Framing(), Framing())
        self._actions = actions
        self._within = Within(limits)
        self._vendor, self._asset = Side(), Side()
        self._told_asset = self._told_vendor = 0
        """What was acknowledged last to each, of what it sent."""
        self._started = False

    # -- from the vendor ---------------------------------------------------------------------------

    def _sent(self, frame: Frame) -> Iterator[Output]:
        match frame:
            case Control(function) if function in ACTIVATIONS | TESTS:
                yield ToAsset(frame.wire())
            case Control():
                yield self._malformed("It confirms what only a station confirms.")
            case Told() if not self._started:
                yield self._malformed("It tells something before the transfer was started.")
            case Told(sent) if not self._vendor.hear(sent):
                yield self._malformed(f"A frame has the number {sent}, and is not the next.")
            case Told(_, received) | Acknowledged(received) if not self._vendor.acknowledge(received):
                yield self._malformed(f"It acknowledges up to {received}, which it was not sent.")
            case Told(asdu=asdu):
                yield from self._judge(asdu)
                yield from self._settle()
            case Acknowledged():
                yield from self._settle()

    def _judge(self, asdu: bytes) -> Iterator[Output]:
        match read(asdu):
            case Malformed(sentence):
                yield self._malformed(sentence)
            case Unknown(number):
                yield Answer(
                    "iec_104_function_unknown",
                    f"Nobody here can say what the IEC 104 type {number} does to the station.",
                    self._back(asdu, UNKNOWN_TYPE),
                )
                yield Cut("iec_104_function_unknown", f"The connection ended at the IEC 104 type {number}.")
            case Illegal(cause, sentence):
                yield Answer(
                    "iec_104_out_of_range",
                    f"An IEC 104 request went beyond what the protocol allows: {sentence}.",
                    self._back(asdu, cause),
                )
            case Request() as request if not permitted(request.action, self._actions):
                yield Answer(
                    "iec_104_function_not_permitted",
                    f"The permit is not for this, which is to {request.action}: {request}.",
                    self._back(asdu, confirmation(request.asdu.cause)),
                )
            case Request() as request if (refused := beyond(self._within, request)) is not None:
                yield Answer(refused.code, refused.sentence, self._back(asdu, refused.cause))
            case Request() if self._asset.full:
                yield self._malformed(f"It acknowledged none of {MOST_OPEN} frames.", self.ASSET)
            case Request() as request if why := self._held(asdu, request):
                yield Answer(STEP_UP, why, self._back(asdu, confirmation(request.asdu.cause)))
            case Request():
                self._told_asset = self._vendor.owes(self._asset)
                yield ToAsset(
                    Told(self._asset.send(self._vendor, passed=True), self._told_asset, asdu).wire()
                )
        if self._vendor.full:
            yield self._malformed(f"It acknowledged none of {MOST_OPEN} frames.")

    def _held(self, asdu: bytes, request: Request) -> str:
        """Why it waits for a proof of its own; nothing where it needs none, or has it. What only selects moves nothing."""
        if request.selects:
            return ""
        if not self.step_up.asks((request.action,), beyond(self.step_up.listed, request)):
            return ""
        return self.step_up.held(str(request), (asdu,))

    def _back(self, asdu: bytes, cause: int) -> bytes:
        self._told_vendor = self._asset.owes(self._vendor)
        return Told(
            self._vendor.send(self._asset, passed=False), self._told_vendor, refusal(asdu, cause)
        ).wire()

    def _settle(self) -> Iterator[Output]:
        """Hand on to the station what the vendor's tool acknowledged of it, where no frame went that says it."""
        owed = self._vendor.owes(self._asset)
        if owed != self._told_asset:
            self._told_asset = owed
            yield ToAsset(Acknowledged(owed).wire())

    # -- from the asset ----------------------------------------------------------------------------

    def _came(self, frame: Frame) -> Iterator[Output]:
        match frame:
            case Control(function) if function in CONFIRMATIONS | TESTS:
                self._started = function == STARTDT_CON or (self._started and function != STOPDT_CON)
                yield ToVendor(frame.wire())
            case Control():
                yield self._malformed("It asks for what only a controlling station asks for.", self.ASSET)
            case Told(sent) if not self._asset.hear(sent):
                yield self._malformed(f"A frame has the number {sent}, and is not the next.", self.ASSET)
            case Told(_, received) | Acknowledged(received) if not self._asset.acknowledge(received):
                yield self._malformed(f"It acknowledges up to {received}, which it was not sent.", self.ASSET)
            case Told(asdu=asdu):
                yield from self._tell(asdu)
            case Acknowledged():
                owed = self._asset.owes(self._vendor)
                if owed != self._told_vendor:
                    self._told_vendor = owed
                    yield ToVendor(Acknowledged(owed).wire())

    def _tell(self, asdu: bytes) -> Iterator[Output]:
        told = read_asdu(asdu)
        if isinstance(told, str):
            yield self._malformed(told, self.ASSET)
        elif told.type not in SIZES:
            yield self._malformed(f"Nobody here can read its type {told.type}.", self.ASSET)
        elif self._vendor.full:
            yield self._malformed(f"It acknowledged none of {MOST_OPEN} frames.")
        else:
            self._told_vendor = self._asset.owes(self._vendor)
            yield ToVendor(Told(self._vendor.send(self._asset, passed=True), self._told_vendor, asdu).wire())

    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        return Cut("iec_104_malformed", f"What the {whose} sent is no IEC 104. {why}")
