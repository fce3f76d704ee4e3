"""DNP3 over TCP, function by function: what a permit's actions do not cover never reaches the outstation. Pure.

The vendor's master is answered in the outstation's place, with the status or the indication that the outstation
itself would send. A fragment is judged once it is whole, and what nobody can judge ends the conduit.
"""

from collections.abc import Iterator

from broker.conduits.actions import permitted
from broker.conduits.dnp3.answers import Answered, judge, not_permitted, refusal
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
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Limit

MOST_OUTSTATIONS = 64
"""Behind one endpoint; of more, the first asked is forgotten."""

BROADCAST_BIT = 0x01
MALFORMED = "dnp3_malformed"


class Dnp3Filter:
    """One connection. Holds at most an unfinished frame and an unfinished fragment each way."""

    def __init__(self, actions: frozenset[Action], limits: tuple[Limit, ...] = ()) -> None:
        """``actions``: what the permit lets be done; ``limits``: where, when it names any for DNP3."""
        self._actions = actions
        self._within = Within(limits)
        self._vendor, self._asset = Framing(from_master=True), Framing(from_master=False)
        self._asked, self._answered = Reassembly(), Reassembly()
        self._master: int | None = None
        self._open: dict[int, int] = {}
        """By outstation: the number of the answer that is due."""
        self._indications: dict[int, int] = {}
        self._over = False

    def from_vendor(self, data: bytes) -> Iterator[Output]:
        """Requests that the permit covers go on to the outstation; of others it never learns."""
        for frame in self._vendor.feed(b"" if self._over else data):
            yield from self._sent(frame)
            if self._over:
                return
        if self._vendor.fault and not self._over:
            yield self._cut(self._vendor.fault, "vendor's tool")

    def from_asset(self, data: bytes) -> Iterator[Output]:
        """Answers to what was asked, and what an outstation tells unasked, go on to the vendor."""
        for frame in self._asset.feed(b"" if self._over else data):
            yield from self._came(frame)
            if self._over:
                return
        if self._asset.fault and not self._over:
            yield self._cut(self._asset.fault, "device")

    def _sent(self, frame: Frame) -> Iterator[Output]:
        self._master = frame.source if self._master is None else self._master
        if frame.source != self._master:
            yield self._cut(
                f"It was master {self._master} and is now master {frame.source}.", "vendor's tool"
            )
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
            yield self._cut(self._asked.fault, "vendor's tool")

    def _judge(self, fragment: Fragment) -> Iterator[Output]:
        known = self._indications.get(fragment.destination, 0)
        match read(fragment):
            case Malformed(sentence):
                yield self._cut(sentence, "vendor's tool")
            case Unknown(code):
                yield Answer(
                    "dnp3_function_unknown",
                    f"Nobody here can say what the DNP3 function {code} does to the outstation.",
                    b"" if fragment.broadcast else refusal(fragment, NO_FUNCTION, known),
                )
                self._over = True
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
            case Request() as request:
                if request.answered:
                    self._expect(request)
                yield ToAsset(fragment.wire())

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
                yield self._cut(self._answered.fault, "device")
            elif frame.function == CONFIRMED:
                # Its next frame comes once this one is confirmed, and this one can't be judged before the next.
                yield self._cut("It asks the link to confirm each frame of a longer fragment.", "device")
            return
        answer = judge(fragment)
        if answer is None:
            yield self._cut("A fragment is no answer.", "device")
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

    def _cut(self, why: str, whose: str) -> Cut:
        self._over = True
        return Cut(MALFORMED, f"What the {whose} sent is no DNP3. {why}")
