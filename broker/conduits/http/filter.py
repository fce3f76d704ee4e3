"""HTTP/1.1, request by request: what a permit does not cover never reaches the device. Pure; h11 reads, and h11 writes.

Nothing goes through as it came. What the vendor sent is read, judged, and written out anew, and so is what the device
answers: what two readers could take differently has no way to the second. One request at a time is on its way to the
device, and none follows a body on the same connection: a server that leaves a body unread would take it for a request.
"""

from collections.abc import Iterator

import h11

from broker.conduits.actions import permitted
from broker.conduits.far_end import FarEnd
from broker.conduits.http.fields import by_name, reason_of, to_asset, to_vendor, tokens
from broker.conduits.http.pages import page
from broker.conduits.http.requests import Asked, Malformed, Refusal, Unknown, read
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Limit

MOST_HEAD_BYTES = 16 * 1024
"""Of a request or an answer, up to its empty line."""

NO_HTTP = "What the vendor's tool sent is no HTTP of one meaning."
BODILESS = frozenset({204, 304})
ENDED = frozenset({h11.MUST_CLOSE, h11.CLOSED})
"""Whoever is there sends no further message on this connection."""


class HttpFilter:
    """One connection. Holds two unfinished heads; bodies go on as they come."""

    def __init__(
        self, actions: frozenset[Action], limits: tuple[Limit, ...] = (), end: FarEnd | None = None
    ) -> None:
        """``actions``: what the permit lets be done; ``limits``: of which paths, when it names any; ``end``: the device."""
        self._actions, self._within, self._far = actions, Within(limits), end or FarEnd()
        self._vendor = h11.Connection(h11.SERVER, MOST_HEAD_BYTES)
        self._asset = h11.Connection(h11.CLIENT, MOST_HEAD_BYTES)
        self._head = bytearray()
        self._method = b""
        self._asked: Asked | None = None
        """What is on its way to the device, or being answered."""
        self._html = self._over = self._asset_over = False

    def from_vendor(self, data: bytes) -> Iterator[Output]:
        """Requests that the permit covers go on to the device; of others it never learns."""
        if not data or self._over or self._vendor.their_state in ENDED:
            return
        if self._vendor.their_state is h11.IDLE:
            self._head += data
        self._vendor.receive_data(data)
        yield from self._read_vendor()

    def from_asset(self, data: bytes) -> Iterator[Output]:
        """The answer to what was asked goes on to the vendor; what nobody asked for ends the connection."""
        if not data or self._over:
            return
        if self._asset_over:
            yield Withhold("http_unasked", len(data))
            return
        if self._asked is None:
            yield from self._unasked(len(data))
            return
        self._asset.receive_data(data)
        yield from self._read_asset()

    def asset_ended(self) -> Iterator[Output]:
        """An answer without a length is whole by that; another is cut off, and looks so to the vendor."""
        if self._over or self._asset_over or self._asked is None:
            return
        self._asset.receive_data(b"")
        if self._asset.their_state is h11.SEND_BODY:
            yield from self._read_asset(ended=True)

    # -- from the vendor ---------------------------------------------------------------------------

    def _read_vendor(self) -> Iterator[Output]:
        body: list[bytes] = []
        while not self._over and self._vendor.their_state not in ENDED:
            try:
                event = self._vendor.next_event()
            except h11.RemoteProtocolError:
                yield from _joined(body)
                yield from self._no_http(NO_HTTP)
                return
            if isinstance(event, h11.Data):
                if self._asked is not None:
                    body.append(self._asset.send(h11.Data(bytes(event.data))))
                continue
            if isinstance(event, h11.EndOfMessage):
                if self._asked is not None:
                    body.append(self._asset.send(h11.EndOfMessage()))  # without what trails it
                yield from _joined(body)
                self._go_on()
            elif isinstance(event, h11.Request):
                yield from self._judge(event)
            else:
                yield from _joined(body)
                if event is h11.PAUSED and self._vendor.trailing_data[0]:
                    yield self._end(
                        Cut(
                            "http_pipelined", "The vendor's tool sent a request before the last was answered."
                        )
                    )
                return
        yield from _joined(body)

    def _judge(self, event: h11.Request) -> Iterator[Output]:
        head = bytes(self._head[: len(self._head) - len(self._vendor.trailing_data[0])])
        self._head.clear()
        self._method = event.method
        self._html = b"text/html" in b",".join(by_name(event).get(b"accept", ()))
        said = (
            read(event, head, self._far)
            if len(head) <= MOST_HEAD_BYTES
            else Malformed("Its head is too long.")
        )
        match said:
            case Malformed(sentence):
                yield from self._no_http(f"{NO_HTTP} {sentence}")
            case Unknown(method):
                yield self._answer(
                    Refusal(
                        "http_method_unknown",
                        f"Nobody here can say what the method {method:.40} of HTTP does to the device.",
                    )
                )
                yield self._end(
                    Cut("http_method_unknown", f"The connection ended at the method {method:.40} of HTTP.")
                )
            case Refusal():
                yield self._answer(said)
            case Asked() if not permitted(said.action, self._actions):
                yield self._answer(
                    Refusal(
                        "http_method_not_permitted",
                        f"The permit is not for this, which is to {said.action}: {said}.",
                    )
                )
            case Asked() if not self._within.asks(said.method, said.path):
                yield self._answer(
                    Refusal("http_path_not_permitted", f"The permit's limits do not cover this: {said}.")
                )
            case Asked():
                yield self._pass(said, event)

    def _pass(self, asked: Asked, event: h11.Request) -> ToAsset:
        sent, shown = to_asset(event, self._far, expects=asked.expects, last=asked.last)
        self._asked = asked
        recorded = None
        if shown is not sent:
            told = h11.Connection(h11.CLIENT)
            recorded = told.send(h11.Request(method=asked.method, target=asked.target, headers=shown))
        wire = self._asset.send(h11.Request(method=asked.method, target=asked.target, headers=sent))
        return ToAsset(wire, recorded=recorded)

    def _no_http(self, sentence: str) -> Iterator[Output]:
        if self._vendor.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            yield self._answer(Refusal("http_malformed", sentence), status=400)
        yield self._end(Cut("http_malformed", sentence))

    def _answer(self, refusal: Refusal, *, status: int = 403) -> Answer:
        """Say no in the device's place. What follows as this request's body is read, and goes nowhere."""
        said = page(refusal.code, refusal.sentence, html=self._html)
        fields = [
            (b"Content-Type", said.content_type.encode()),
            (b"Content-Length", str(len(said.body)).encode()),
            (b"Cache-Control", b"no-store"),
            (b"Content-Security-Policy", b"default-src 'none'"),
            (b"X-Content-Type-Options", b"nosniff"),
        ]
        if status != 403 or self._vendor.they_are_waiting_for_100_continue:
            fields.append((b"Connection", b"close"))
        data = self._vendor.send(h11.Response(status_code=status, reason=reason_of(status), headers=fields))
        if self._method != b"HEAD":
            data += self._vendor.send(h11.Data(said.body))
        return Answer(refusal.code, refusal.sentence, data + self._vendor.send(h11.EndOfMessage()))

    # -- from the asset ----------------------------------------------------------------------------

    def _read_asset(self, *, ended: bool = False) -> Iterator[Output]:
        body: list[bytes] = []
        while self._asked is not None:
            try:
                event = self._asset.next_event()
            except h11.RemoteProtocolError:
                yield from _told(body)
                if not ended:
                    yield from self._no_answer()
                return
            if isinstance(event, h11.Data):
                body.append(self._vendor.send(h11.Data(bytes(event.data))))
            elif isinstance(event, h11.EndOfMessage):
                body.append(self._vendor.send(h11.EndOfMessage()))
                yield from _told(body)
                self._asked = None
                yield from self._after_answer()
            elif isinstance(event, h11.Response):
                if event.http_version not in {b"1.0", b"1.1"}:
                    yield from self._no_answer()
                    return
                body.append(self._vendor.send(self._anew(event)))
            elif isinstance(event, h11.InformationalResponse):
                if event.status_code == 100 and self._vendor.they_are_waiting_for_100_continue:
                    body.append(
                        self._vendor.send(
                            h11.InformationalResponse(status_code=100, reason=reason_of(100), headers=[])
                        )
                    )
            else:
                yield from _told(body)
                return

    def _anew(self, event: h11.Response) -> h11.Response:
        assert self._asked is not None
        told = by_name(event)
        sized = b"content-length" in told or b"transfer-encoding" in told
        endless = not sized and event.status_code not in BODILESS and self._method != b"HEAD"
        last = (
            self._asked.last
            or endless
            or event.http_version == b"1.0"
            or b"close" in tokens(told, b"connection")
        )
        fields = to_vendor(event, self._far, last=last)
        return h11.Response(
            status_code=event.status_code, reason=reason_of(event.status_code), headers=fields
        )

    def _after_answer(self) -> Iterator[Output]:
        """More of the device's than its answer is nobody's."""
        left = len(self._asset.trailing_data[0])
        self._asset_over = self._asset.their_state is not h11.DONE or self._asset.our_state is not h11.DONE
        if left and self._asset_over:
            yield Withhold("http_unasked", left)
        elif left:
            yield from self._unasked(left)
        elif not self._asset_over:
            self._asset.start_next_cycle()
            self._go_on()

    def _no_answer(self) -> Iterator[Output]:
        sentence = "What the device sent is no answer in HTTP of one meaning."
        if self._vendor.our_state is h11.SEND_RESPONSE:
            yield self._answer(Refusal("http_answer_malformed", sentence), status=502)
        yield self._end(Cut("http_answer_malformed", sentence))

    def _unasked(self, count: int) -> Iterator[Output]:
        yield Withhold("http_unasked", count)
        yield self._end(
            Cut(
                "http_unasked",
                "The device sent what nobody asked for: which answer is to what is not certain.",
            )
        )

    # -- both --------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Be ready for the next request, once this one and its answer are whole."""
        if (self._vendor.our_state, self._vendor.their_state) == (h11.DONE, h11.DONE):
            self._head[:], self._method = self._vendor.trailing_data[0], b""
            self._vendor.start_next_cycle()

    def _end(self, cut: Cut) -> Cut:
        self._over = True
        return cut


def _joined(pieces: list[bytes]) -> Iterator[Output]:
    data = b"".join(pieces)
    pieces.clear()
    if data:
        yield ToAsset(data)


def _told(pieces: list[bytes]) -> Iterator[Output]:
    data = b"".join(pieces)
    pieces.clear()
    if data:
        yield ToVendor(data)
