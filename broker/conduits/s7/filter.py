"""S7comm, function by function: what a permit's actions do not cover never reaches the CPU. Pure.

The vendor's tool is answered in the CPU's place, as a CPU that does not offer the function would. What nobody can
judge ends the conduit; so does S7comm-plus.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from broker.conduits.actions import permitted
from broker.conduits.framed import TOOL, Framed
from broker.conduits.s7.answers import judge
from broker.conduits.s7.frames import (
    CONFIRM,
    CONNECT,
    DISCONNECT,
    DISCONNECTED,
    LONGEST_MESSAGE,
    Framing,
    Link,
    Unit,
    disconnect,
    packet,
)
from broker.conduits.s7.functions import (
    DOWNLOAD_BLOCK,
    DOWNLOAD_ENDED,
    PUSHES,
    READ_VAR,
    REQUEST_DOWNLOAD,
    SETUP,
    WRITE_VAR,
)
from broker.conduits.s7.items import NOT_ALLOWED
from broker.conduits.s7.limits import beyond
from broker.conduits.s7.messages import (
    ACK_DATA,
    BUSY,
    JOB,
    NOT_AVAILABLE,
    USERDATA,
    Message,
    NoMessage,
    read_message,
)
from broker.conduits.s7.requests import Illegal, Malformed, Request, Unknown, read_job, read_userdata
from broker.conduits.step_up import STEP_UP
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Limit

MOST_OPEN = 64
"""Requests that wait for their answer. CPUs agree to 1 to 8."""

SIZE, CALLING, CALLED = 0xC0, 0xC1, 0xC2
"""Parameters of a connection: a packet's length, and the two ends' names. Others lead on to another station."""


class S7Filter(Framed[Link | Unit]):
    """One connection. Holds at most two unfinished messages and 64 requests."""

    def __init__(self, actions: frozenset[Action], limits: tuple[Limit, ...] = ()) -> None:
        """``actions``: what the permit lets be done; ``limits``: where, when it names any for S7."""
        super().__init__(Framing(), Framing())
        self._actions = actions
        self._within = Within(limits)
        self._open: deque[tuple[Message, Request]] = deque()
        self._asked = self._connected = self._left = self._set_up = False
        self._longest = LONGEST_MESSAGE
        self._subscribed: set[int] = set()
        self._loads: str | None = None
        """The block that the CPU fetches from the tool."""
        self._fetching: deque[Message] = deque()
        """The CPU's own jobs, which the tool has to answer."""

    def _sent(self, frame: Link | Unit) -> Iterable[Output]:
        return self._link(frame) if isinstance(frame, Link) else self._unit(frame)

    def _came(self, frame: Link | Unit) -> Iterator[Output]:
        if isinstance(frame, Link):
            yield from self._confirmed(frame)
        elif not frame.message or self._may_be_told(frame.message):
            yield ToVendor(frame.raw)
        else:
            yield Withhold("s7_unasked", len(frame.raw))

    # -- the connection ----------------------------------------------------------------------------

    def _link(self, one: Link) -> Iterator[Output]:
        if one.code == DISCONNECT or (one.code == DISCONNECTED and self._left):
            self._connected, self._left = False, True
            yield ToAsset(one.raw)
        elif one.code != CONNECT or self._asked:
            yield self._malformed("A packet of its connection came where none belongs.")
        elif (wrong := _connects(one.body)) and wrong != ROUTED:
            yield self._malformed(wrong)
        elif wrong:
            yield Answer(
                "s7_routed",
                f"A connection was asked for that leads on from this CPU: {wrong}",
                disconnect(one),
            )
            yield Cut(
                "s7_routed", "The connection ended: it would have led on from this CPU to another station."
            )
        else:
            self._asked = True
            yield ToAsset(one.raw)

    def _confirmed(self, one: Link) -> Iterator[Output]:
        if one.code == CONFIRM and self._asked and not self._connected:
            self._connected = True
        elif one.code == DISCONNECT or (one.code == DISCONNECTED and self._left):
            self._left = True
        else:
            yield self._malformed("A packet of its connection came where none belongs.", self.ASSET)
            return
        yield ToVendor(one.raw)

    # -- from the vendor ---------------------------------------------------------------------------

    def _unit(self, unit: Unit) -> Iterator[Output]:
        if not self._connected:
            yield self._malformed("It sends messages over a connection that does not stand.")
        elif not unit.message:
            yield ToAsset(unit.raw)
        elif len(unit.message) > self._longest:
            yield self._malformed(f"A message is longer than the {self._longest} bytes that were agreed.")
        else:
            yield from self._message(unit)

    def _message(self, unit: Unit) -> Iterator[Output]:
        message = read_message(unit.message)
        if isinstance(message, NoMessage):
            yield self._no_message(message)
        elif message.kind == ACK_DATA:
            yield from self._fetched(message, unit)
        elif message.kind == USERDATA:
            yield from self._judge(message, read_userdata(message), unit)
        elif message.kind == JOB:
            yield from self._judge(message, read_job(message), unit)
        else:
            yield self._malformed("It answers what no CPU asks.")

    def _judge(
        self, message: Message, said: Request | Unknown | Illegal | Malformed, unit: Unit
    ) -> Iterator[Output]:
        match said:
            case Malformed(sentence):
                yield self._malformed(sentence)
            case Unknown(name):
                yield Answer(
                    "s7_function_unknown",
                    f"Nobody here can say what this S7comm {name} does to the CPU.",
                    packet(message.refusal(NOT_AVAILABLE)),
                )
                yield Cut("s7_function_unknown", f"The connection ended at an S7comm {name}.")
            case Illegal(code, items, sentence):
                yield Answer(
                    "s7_out_of_range",
                    f"An S7comm job went beyond what a CPU allows: {sentence}.",
                    packet(_each(message, items, code)),
                )
            case Request() as request if not permitted(request.function.action, self._actions):
                yield Answer(
                    "s7_function_not_permitted",
                    f"The permit is not for this, which is to {request.function.action}: {request}.",
                    packet(_no(message, request)),
                )
            case Request() as request if (refused := beyond(self._within, request)) is not None:
                yield Answer(refused.code, refused.sentence, packet(_no(message, request)))
            case Request() if not self._set_up and message.function != SETUP:
                yield self._malformed("It asks before communication is set up.")
            case Request() if len(self._open) >= MOST_OPEN:
                yield Answer(
                    "s7_too_many_open",
                    f"{MOST_OPEN} S7comm requests wait for an answer already.",
                    packet(message.refusal(BUSY)),
                )
                self._open.popleft()  # a CPU that never answers must not close the way for good
            case Request() as request if why := self._held(message, request):
                yield Answer(STEP_UP, why, packet(_no(message, request)))
            case Request() as request:
                self._remember(message, request)
                yield ToAsset(unit.raw)

    def _held(self, message: Message, request: Request) -> str:
        """Why it waits for a proof of its own; nothing where it needs none, or has it."""
        if not self.step_up.asks((request.function.action,), beyond(self.step_up.listed, request)):
            return ""
        return self.step_up.held(str(request), (bytes((message.kind,)), message.parameters, message.data))

    def _remember(self, message: Message, request: Request) -> None:
        self._open.append(
            (replace(message, data=b""), replace(request, values=()))
        )  # what is written is not needed
        self._set_up = True
        if message.kind == USERDATA:
            self._subscribed |= PUSHES.get(message.parameters[5] & 0x0F, frozenset())

    def _fetched(self, message: Message, unit: Unit) -> Iterator[Output]:
        """The tool answers the CPU, which fetches a block from it."""
        for place, asked in enumerate(self._fetching):
            if asked.reference == message.reference and asked.function == message.function:
                del self._fetching[place]
                yield ToAsset(unit.raw)
                return
        yield self._malformed("It answers what the CPU has not asked.")

    # -- from the asset ----------------------------------------------------------------------------

    def _may_be_told(self, data: bytes) -> bool:
        """Whether the vendor may see this: an answer to an open request, a subscribed push, or the fetching of a block."""
        message = read_message(data)
        if isinstance(message, NoMessage):
            return False
        for place, (asked, request) in enumerate(self._open):
            answer = judge(asked, request, message)
            if answer is not None:
                del self._open[place]
                if answer.agreed:
                    self._longest = answer.agreed
                if asked.function == REQUEST_DOWNLOAD and asked.kind == JOB:
                    self._loads = None if answer.no else request.about
                return True
        if message.kind == USERDATA:
            told = message.parameters
            return len(told) >= 8 and told[5] >> 4 == 0 and told[5] & 0x0F in self._subscribed
        return message.kind == JOB and self._fetches(message)

    def _fetches(self, message: Message) -> bool:
        if self._loads is None or message.function not in {DOWNLOAD_BLOCK, DOWNLOAD_ENDED} or message.data:
            return False
        if len(self._fetching) >= MOST_OPEN:
            return False
        if message.function == DOWNLOAD_ENDED:
            self._loads = None
        self._fetching.append(message)
        return True

    def _no_message(self, found: NoMessage) -> Cut:
        if found.plus:
            return Cut("s7_plus", f"What the vendor's tool sent is no S7comm. {found.sentence}")
        return self._malformed(found.sentence)

    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        return Cut("s7_malformed", f"What the {whose} sent is no S7comm. {why}")


ROUTED = "it names a network beyond it."


def _connects(body: bytes) -> str:
    """What is wrong with the request of a connection; nothing when it is one of class 0 to this CPU."""
    if len(body) < 5 or body[:2] != b"\0\0" or body[4]:
        return "The connection that it asks for is not of class 0."
    at = 5
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            return "The parameters of its connection contradict their length."
        if body[at] not in {SIZE, CALLING, CALLED}:
            return ROUTED
        at += 2 + body[at + 1]
    return ""


def _no(message: Message, request: Request) -> bytes:
    """How a CPU says that this is not allowed: to items one by one, to everything else by the error word."""
    if message.kind == JOB and request.items:
        return _each(message, len(request.items), NOT_ALLOWED)
    return message.refusal(NOT_AVAILABLE)


def _each(message: Message, items: int, code: int) -> bytes:
    """One return code for every item. A job is refused whole: a part of it was never what somebody asked for."""
    told = {READ_VAR: bytes((code, 0, 0, 0)), WRITE_VAR: bytes((code,))}[message.function]
    return Message(ACK_DATA, message.reference, bytes((message.function, items & 0xFF)), told * items).wire()
