"""OPC UA, service by service: what a permit's actions do not cover never reaches the server. Pure.

Where nothing is signed the vendor's tool is answered in the server's place, and the sequence numbers of both ways are put
right for what was kept back and what was put in. Where a message is signed nobody but its sender can do that: what is not
permitted ends the conduit. What is encrypted nobody sees into, and it does not pass.
"""

from collections.abc import Iterator

from broker.conduits.actions import permitted
from broker.conduits.framed import TOOL, Framed
from broker.conduits.opcua.answers import ACCESS_DENIED, UNSUPPORTED, fault
from broker.conduits.opcua.chunks import (
    ABORTED,
    ACKNOWLEDGE,
    CLOSE,
    ERROR,
    FINAL,
    FROM_CLIENT,
    FROM_SERVER,
    HELLO,
    MORE,
    OPEN,
    POLICIES,
    Chunk,
    Framing,
    Secured,
    bounded,
    numbered,
    opening,
    secured,
)
from broker.conduits.opcua.encoding import EncodingError, Reader
from broker.conduits.opcua.limits import Refusal, beyond
from broker.conduits.opcua.requests import Malformed, Request, Unknown, header, read
from broker.conduits.opcua.services import OPEN_CHANNEL
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Limit

MOST_OPEN = 1024
"""Requests that wait for their answer; a client keeps several publish requests open for as long as it runs."""

WRAP = 2**32
MODE_NONE = 1


class _Numbers:
    """The sequence numbers of one way: one more each time, as its sender counts and as the receiver must see them."""

    def __init__(self) -> None:
        self.sent: int | None = None
        self.seen: int | None = None

    def follows(self, number: int) -> bool:
        """Whether ``number`` is the one that the sender must come with; it may begin anew (OPC 10000-6, 6.7.2.4)."""
        before, self.sent = self.sent, number
        return before is None or number == before + 1 or (before > WRAP - 1025 and number < 1024)

    def next(self) -> int:
        """The one that the receiver waits for."""
        self.seen = (self.sent or 0) if self.seen is None else (self.seen + 1) % WRAP
        return self.seen


class OpcUaFilter(Framed[Chunk]):
    """One connection. Holds at most two unfinished chunks and the numbers of what waits for an answer."""

    ASSET = "server"

    def __init__(self, actions: frozenset[Action], limits: tuple[Limit, ...] = ()) -> None:
        """``actions``: what the permit lets be done; ``limits``: where, when it names any for OPC UA."""
        super().__init__(Framing(FROM_CLIENT), Framing(FROM_SERVER))
        self._actions = actions
        self._within = Within(limits)
        self._in, self._out = _Numbers(), _Numbers()
        self._greeted = self._acknowledged = False
        self._signature: int | None = None
        """Bytes of a signature behind each message; None before a channel was asked for."""
        self._open: dict[int, None] = {}
        self._secure = False
        """The server has opened the channel."""
        self._sending: tuple[int, Request | None] | None = None
        """The request whose chunks are coming, and with it what is refused; None of one that goes on."""

    def _sent(self, chunk: Chunk) -> Iterator[Output]:
        if chunk.kind == HELLO:
            hello = bounded(chunk.data)
            if self._greeted or hello is None:
                yield self._malformed("A greeting in the middle of the work, or none.")
                return
            self._greeted = True
            yield ToAsset(hello)
        elif not self._acknowledged or (chunk.kind != OPEN and not self._secure):
            yield self._malformed("A message before the greeting and the secure channel.")
        elif chunk.kind == OPEN:
            yield from self._opened(chunk)
        else:
            found = secured(chunk, self._signature or 0)
            if found is None or not self._in.follows(found.number):
                yield self._unreadable("A message too short, or out of its sequence.")
            else:
                yield from self._asked(chunk, found)

    def _opened(self, chunk: Chunk) -> Iterator[Output]:
        """A secure channel is asked for, or asked for anew."""
        found = opening(chunk)
        if found is None or found[0] not in POLICIES:
            yield self._malformed("A secure channel by a policy that nobody here knows.")
            return
        policy, body = found
        signature = POLICIES[policy]
        if self._sending is not None or self._signature not in {None, signature}:
            yield self._malformed("A secure channel that changes in the middle of the work.")
            return
        self._signature = signature
        if signature:
            self._in.sent = None  # it takes a number of this way, which nobody sees
            yield ToAsset(chunk.data)
        elif not _plain(body.body) or not self._in.follows(body.number):
            yield self._malformed("A secure channel without a policy that is none.")
        else:
            self._expect(body.request)
            yield ToAsset(numbered(chunk, self._in.next()))

    def _asked(self, chunk: Chunk, found: Secured) -> Iterator[Output]:
        """A chunk of a request: by the first it is judged, and the rest goes where that went."""
        last = chunk.part != MORE
        if self._sending is not None:
            number, refused = self._sending
            if found.request != number or chunk.kind == CLOSE:
                yield self._malformed("Between the chunks of one request comes another.")
                return
            self._sending = None if last else self._sending
            if refused is None:
                yield ToAsset(self._passed(chunk, self._in))
            elif chunk.part == FINAL:
                yield ToVendor(self._fault(found, refused, ACCESS_DENIED))
        elif chunk.part == ABORTED:
            yield self._malformed("A request ends that has not begun.")
        elif chunk.kind == CLOSE:
            yield ToAsset(self._passed(chunk, self._in))
        else:
            yield from self._judge(chunk, found, last=last)

    def _judge(self, chunk: Chunk, found: Secured, *, last: bool) -> Iterator[Output]:
        match read(found.body, whole=last):
            case Malformed():
                yield self._unreadable("A request can't be read.")
            case Unknown() if self._signature:
                yield self._unreadable("")
            case Unknown() as unknown:
                said = f"Nobody here can say what the OPC UA service {unknown.node} does to the server."
                yield Answer("opc_ua_service_unknown", said, self._fault(found, unknown, UNSUPPORTED))
                yield Cut(
                    "opc_ua_service_unknown", f"The connection ended at the OPC UA service {unknown.node}."
                )
            case Request() as request if (refused := self._refused(request)) is not None:
                if self._signature:
                    yield Cut(
                        refused.code,
                        f"{refused.sentence} It is signed, so nobody can answer it in the server's place.",
                    )
                    return
                self._sending = None if last else (found.request, request)
                told = self._fault(found, request, refused.status) if last else b""
                yield Answer(refused.code, refused.sentence, told)
            case Request():
                self._sending = None if last else (found.request, None)
                self._expect(found.request)
                yield ToAsset(self._passed(chunk, self._in))

    def _refused(self, request: Request) -> Refusal | None:
        lacking = " and ".join(sorted(one for one in request.needs if not permitted(one, self._actions)))
        if lacking:
            return Refusal(
                "opc_ua_service_not_permitted",
                f"The permit is not for this, which is to {lacking}: {request}.",
            )
        return beyond(self._within, request)

    def _fault(self, asked: Secured, request: Request | Unknown, status: int) -> bytes:
        return fault(asked, self._out.next(), request.handle, request.stamp, status)

    def _passed(self, chunk: Chunk, way: _Numbers) -> bytes:
        return chunk.data if self._signature else numbered(chunk, way.next())

    def _expect(self, request: int) -> None:
        self._open[request] = None
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]

    def _came(self, chunk: Chunk) -> Iterator[Output]:
        if chunk.kind in {ACKNOWLEDGE, ERROR}:
            if not self._greeted or (chunk.kind == ACKNOWLEDGE and self._acknowledged):
                yield self._malformed("An answer to a greeting that nobody sent.", self.ASSET)
                return
            self._acknowledged = True
            yield ToVendor(chunk.data)
        elif self._signature is None:
            yield self._malformed("A message before the secure channel.", self.ASSET)
        elif chunk.kind == OPEN and self._signature:
            self._secure = True
            yield ToVendor(chunk.data)
        else:
            yield from self._answer(chunk)

    def _answer(self, chunk: Chunk) -> Iterator[Output]:
        told = opening(chunk) if chunk.kind == OPEN else None
        found = told[1] if told is not None else secured(chunk, self._signature or 0)
        if found is None or (not self._signature and not self._out.follows(found.number)):
            yield self._malformed("A message too short, or out of its sequence.", self.ASSET)
        elif found.request in self._open:
            if chunk.part != MORE:
                del self._open[found.request]
            self._secure = self._secure or chunk.kind == OPEN
            yield ToVendor(self._passed(chunk, self._out))
        elif self._signature:
            yield Cut(
                "opc_ua_unasked",
                "The server answered what nobody asked, and it is signed: none can be left out.",
            )
        else:
            # A late answer: no reason to end the work, and none to show it. The next one takes its number.
            yield Withhold("opc_ua_unasked", len(chunk.data))

    def _unreadable(self, why: str) -> Cut:
        if not self._signature:
            return self._malformed(why)
        return Cut(
            "opc_ua_encrypted",
            "What the vendor's tool sends is encrypted, or nobody here knows it: set the tool to security mode None or Sign.",
        )

    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        return Cut("opc_ua_malformed", f"What the {whose} sent is no OPC UA. {why}")


def _plain(body: bytes) -> bool:
    """Whether ``body`` asks for a secure channel without any security (OPC 10000-4, 5.5.2)."""
    reader = Reader(body)
    try:
        kind = reader.node()
        header(reader)
        reader.take(8)
        mode = reader.whole()
        reader.bytes_()
        reader.whole()
    except EncodingError:
        return False
    return (kind.namespace, kind.name, mode, reader.over) == (0, OPEN_CHANNEL, MODE_NONE, True)
