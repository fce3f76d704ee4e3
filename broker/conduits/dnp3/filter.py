"""DNP3 over TCP, function by function: what a permit's actions do not cover never reaches the outstation. Pure.

The vendor's master is answered in the outstation's place, with the status or the indication that the outstation
itself would send. A fragment is judged once it is whole, and what nobody can judge ends the conduit.
"""

from collections.abc import Iterator

from broker.conduits.actions import permitted
from broker.conduits.dnp3.answers import Answered, judge, not_permitted, refusal
from broker.conduits.dnp3.functions import SELECT
from broker.conduits.dnp3.limits import beyond
from broker.conduits.dnp3.link import CONFIRMED, Frame, Framing
from broker.conduits.dnp3.requests import (
    NO_FUNCTION,
    NUMBER,
    Illegal,
    Malformed,
    Request,
    Unknown,
    read,
)
from broker.conduits.dnp3.transport import Fragment, Reassembly
from broker.conduits.framed import TOOL, Framed
from broker.conduits.step_up import STEP_UP
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Limit

MOST_OUTSTATIONS = 64
"""Behind one endpoint; of more, the first asked is forgotten."""

BROADCAST_BIT = 0x01


class Dnp3Filter(Framed[Frame]):
    """One connection. Holds at most an unfinished frame and an unfinished fragment each way."""

    def __init__(self, actions: frozenset[Action], limits: tuple[Limit, ...] = ()) -> None:
        """``actions``: what the permit lets be done; ``limits``: where, when it names any for DNP3."""
        super().__init__(Framing(from_master=True), Framing(from_master=False))
        self._actions = actions
        self._within = Within(limits)
        self._asked, self._answered = Reassembly(), Reassembly()
        self._master: int | None = None
        self._open: dict[int, int] = {}
        """By outstation: the number of the answer that is due."""
        self._indications: dict[int, int] = {}

    def _sent(self, frame: Frame) -> Iterator[Output]:
        self._master = frame.source if self._master is None else self._master
        if frame.source != self._master:
            yield self._malformed(f"It was master {self._master} and is now master {frame.source}.")
        elif not frame.data:
            yield ToAsset(frame.wire())
        elif frame.function == CONFIRMED:
            # A refused frame would have to be acknowledged here, and both ends would count differently from then on.
            yield Answer(
                "dnp3_link_confirmed",
                "The master asks the link to confirm each frame, which over TCP nobody does: set it to unconfirmed.",
                b"" if frame.broadcast else frame.not_supported(),
            )
        elif (fragment := self._asked.take(frame)) is not None:
            yield from self._judge(fragment)
        elif self._asked.fault:
            yield self._malformed(self._asked.fault)

    def _judge(self, fragment: Fragment) -> Iterator[Output]:
        known = self._indications.get(fragment.destination, 0)
        match read(fragment):
            case Malformed(sentence):
                yield self._malformed(sentence)
            case Unknown(code):
                yield Answer(
                    "dnp3_function_unknown",
                    f"Nobody here can say what the DNP3 function {code} does to the outstation.",
                    b"" if fragment.broadcast else refusal(fragment, NO_FUNCTION, known),
                )
                yield Cut("dnp3_function_unknown", f"The connection ended at the DNP3 function {code}.")
            case Illegal(indication, sentence):
                yield Answer(
                    "dnp3_out_of_range",
                    f"A DNP3 request went beyond what can be asked: {sentence}",
                    b"" if fragment.broadcast else refusal(fragment, indication, known),
                )
            case Request() as request if lacking := self._lacking(request):
                yield Answer(
                    "dnp3_function_not_permitted",
                    f"The permit is not for this, which is to {lacking}: {request}.",
                    not_permitted(fragment, request, known),
                )
            case Request() as request if (outside := beyond(self._within, request)) is not None:
                told = not_permitted(
                    fragment, request, known, status=outside.status, indication=outside.indication
                )
                yield Answer(outside.code, outside.sentence, told)
            case Request() as request if why := self._held(fragment, request):
                yield Answer(STEP_UP, why, not_permitted(fragment, request, known))
            case Request() as request:
                if request.answered:
                    self._expect(request)
                yield ToAsset(fragment.wire())

    def _held(self, fragment: Fragment, request: Request) -> str:
        """Why it waits for a proof of its own; nothing where it needs none, or has it. What only selects moves nothing."""
        if request.code == SELECT:
            return ""
        if not self.step_up.asks(request.needs, beyond(self.step_up.listed, request)):
            return ""
        # Behind the first byte, which counts the requests.
        return self.step_up.held(str(request), (fragment.destination.to_bytes(2), fragment.data[1:]))

    def _lacking(self, request: Request) -> str:
        return " and ".join(sorted(one for one in request.needs if not permitted(one, self._actions)))

    def _expect(self, request: Request) -> None:
        self._open.pop(request.outstation, None)
        if len(self._open) >= MOST_OUTSTATIONS:
            del self._open[next(iter(self._open))]
        self._open[request.outstation] = request.number

    def _came(self, frame: Frame) -> Iterator[Output]:
        if not frame.data:
            yield ToVendor(frame.wire())
            return
        fragment = self._answered.take(frame)
        if fragment is None:
            if self._answered.fault:
                yield self._malformed(self._answered.fault, self.ASSET)
            elif frame.function == CONFIRMED:
                # Its next frame comes once this one is confirmed, and this one can't be judged before the next.
                yield self._malformed(
                    "It asks the link to confirm each frame of a longer fragment.", self.ASSET
                )
            return
        answer = judge(fragment)
        if answer is None:
            yield self._malformed("A fragment is no answer.", self.ASSET)
        elif self._due(fragment, answer):
            if fragment.source in self._indications or len(self._indications) < MOST_OUTSTATIONS:
                self._indications[fragment.source] = answer.indications[0] & ~BROADCAST_BIT
            yield ToVendor(fragment.wire())
        else:
            # A late answer, or one to another master: no reason to end the work, and none to show it.
            yield Withhold("dnp3_unasked", len(fragment.wire()))

    def _due(self, fragment: Fragment, answer: Answered) -> bool:
        """Whether ``answer`` is one to what was asked, or one that nobody has to ask for."""
        if self._master is not None and fragment.destination != self._master:
            return False
        if answer.unsolicited:
            return True
        if self._open.get(fragment.source) != answer.number:
            return False
        if answer.final:
            del self._open[fragment.source]
        else:
            self._open[fragment.source] = (answer.number + 1) & NUMBER
        return True

    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        return Cut("dnp3_malformed", f"What the {whose} sent is no DNP3. {why}")
