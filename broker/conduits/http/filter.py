"""HTTP/1.1, request by request: what a permit does not cover never reaches the device. Pure; llhttp reads beside it.

Nothing goes through as it came. What the vendor sent is read, judged, and written out anew, and so is what the device
answers: what two readings could take differently has no way to the second. One request at a time is on its way to the
device, and none follows a body on the same connection: a server that leaves a body unread would take it for a request.
"""

from collections.abc import Iterator

from broker.conduits.actions import permitted
from broker.conduits.far_end import FarEnd
from broker.conduits.http.bodies import LAST_CHUNK, Body, MalformedError, chunks
from broker.conduits.http.fields import Fields, Head, reason_of, to_asset, to_vendor, tokens
from broker.conduits.http.heads import (
    BODILESS,
    Malformed,
    Unknown,
    answer_of,
    end_of_answer,
    end_of_request,
    request_of,
)
from broker.conduits.http.pages import page
from broker.conduits.http.requests import Asked, Refusal, closes, read
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Limit

NO_HTTP = "What the vendor's tool sent is no HTTP of one meaning."
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class HttpFilter:
    """One connection. Holds two unfinished heads; bodies go on as they come."""

    def __init__(
        self, actions: frozenset[Action], limits: tuple[Limit, ...] = (), end: FarEnd | None = None
    ) -> None:
        """``actions``: what the permit lets be done; ``limits``: of which paths, when it names any; ``end``: the device."""
        self._actions, self._within, self._far = actions, Within(limits), end or FarEnd()
        self._came = self._told = b""
        """Of the vendor's tool and of the device: what is not read yet."""
        self._head: Head | None = None
        """Of the vendor's request, from where it is read until it is answered."""
        self._body: Body | None = None
        """What follows that head; None before it, and once all of it came."""
        self._asked: Asked | None = None
        """What is on its way to the device, or being answered."""
        self._chunked = False
        """Whether its body goes on in chunks."""
        self._answer_body: Body | None = None
        """Of the device's answer, once its head came."""
        self._answer_chunked = False
        self._answered = self._waits = self._last = False
        """Whether an answer has begun; whether the tool waits for a word before its body; whether nothing may follow."""
        self._over = self._asset_over = False

    def from_vendor(self, data: bytes) -> Iterator[Output]:
        """Requests that the permit covers go on to the device; of others it never learns."""
        if not data or self._over or self._ended:
            return
        self._came += data
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
        self._told += data
        yield from self._read_asset(self._asked)

    def asset_ended(self) -> Iterator[Output]:
        """An answer without a length is whole by that; another is cut off, and looks so to the vendor."""
        if self._over or self._asset_over or self._answer_body is None or not self._answer_body.endless:
            return
        if self._answer_chunked:
            yield ToVendor(LAST_CHUNK)
        yield from self._after_answer()

    @property
    def _ended(self) -> bool:
        """Whether the vendor's tool has said all that may be said on this connection."""
        return self._head is not None and self._body is None and self._last

    # -- from the vendor ---------------------------------------------------------------------------

    def _read_vendor(self) -> Iterator[Output]:
        body: list[bytes] = []
        try:
            while self._came and not self._over and not self._ended:
                if self._body is not None:
                    self._read_body(self._body, body)
                elif self._head is not None:
                    yield from _joined(body)
                    yield self._end(
                        Cut(
                            "http_pipelined", "The vendor's tool sent a request before the last was answered."
                        )
                    )
                elif end := end_of_request(self._came):
                    raw, self._came = self._came[:end], self._came[end:]
                    yield from self._judge(request_of(raw))
                else:
                    return
        except MalformedError as error:
            yield from _joined(body)
            yield from self._no_http(f"{NO_HTTP} {error.sentence}")
            return
        yield from _joined(body)

    def _read_body(self, body: Body, sent: list[bytes]) -> None:
        pieces, used = body.take(self._came)
        self._came = self._came[used:]
        self._waits = False
        if self._asked is not None:
            sent += chunks(pieces) if self._chunked else pieces
        if body.whole:
            self._request_over(sent)

    def _request_over(self, sent: list[bytes]) -> None:
        """All of the request came. What trails its chunks is left out."""
        self._body = None
        if self._asked is not None and self._chunked:
            sent.append(LAST_CHUNK)
        self._go_on()

    def _judge(self, came: tuple[Head, Body] | Malformed | Unknown) -> Iterator[Output]:
        if isinstance(came, Malformed):
            yield from self._no_http(f"{NO_HTTP} {came.sentence}")
            return
        if isinstance(came, Unknown):
            yield self._answer(
                Refusal(
                    "http_method_unknown",
                    f"Nobody here can say what the method {came.method:.40} of HTTP does to the device.",
                )
            )
            yield self._end(
                Cut("http_method_unknown", f"The connection ended at the method {came.method:.40} of HTTP.")
            )
            return
        self._head, self._body = head, body = came
        self._last = closes(head)
        self._waits = head.version == "1.1" and b"100-continue" in tokens(head.said, b"expect")
        match read(head, self._far):
            case Malformed(sentence):
                yield from self._no_http(f"{NO_HTTP} {sentence}")
                return
            case Refusal() as refusal:
                yield self._answer(refusal)
            case Asked() as asked if not permitted(asked.action, self._actions):
                yield self._answer(
                    Refusal(
                        "http_method_not_permitted",
                        f"The permit is not for this, which is to {asked.action}: {asked}.",
                    )
                )
            case Asked() as asked if not self._within.asks(asked.method, asked.path):
                yield self._answer(
                    Refusal("http_path_not_permitted", f"The permit's limits do not cover this: {asked}.")
                )
            case Asked() as asked:
                yield self._pass(asked, head)
        if body.whole:
            self._request_over([])

    def _pass(self, asked: Asked, head: Head) -> ToAsset:
        sent, shown = to_asset(head, self._far, expects=asked.expects, last=asked.last)
        self._asked = asked
        self._chunked = b"transfer-encoding" in head.said
        line = f"{asked.method} ".encode() + asked.target + b" HTTP/1.1"
        return ToAsset(_written(line, sent), recorded=None if shown is sent else _written(line, shown))

    def _no_http(self, sentence: str) -> Iterator[Output]:
        if not self._answered:
            yield self._answer(Refusal("http_malformed", sentence), status=400)
        yield self._end(Cut("http_malformed", sentence))

    def _answer(self, refusal: Refusal, *, status: int = 403) -> Answer:
        """Say no in the device's place. What follows as this request's body is read, and goes nowhere."""
        said = self._head.said if self._head is not None else {}
        told = page(refusal.code, refusal.sentence, html=b"text/html" in b",".join(said.get(b"accept", ())))
        fields = [
            (b"Content-Type", told.content_type.encode()),
            (b"Content-Length", b"%d" % len(told.body)),
            (b"Cache-Control", b"no-store"),
            (b"Content-Security-Policy", b"default-src 'none'"),
            (b"X-Content-Type-Options", b"nosniff"),
        ]
        self._last = self._last or status != 403 or self._waits or self._head is None
        if self._last:
            fields.append((b"Connection", b"close"))
        self._answered = True
        data = _written(_status_line(status), fields)
        if self._head is None or self._head.method != b"HEAD":
            data += told.body
        return Answer(refusal.code, refusal.sentence, data)

    # -- from the asset ----------------------------------------------------------------------------

    def _read_asset(self, asked: Asked) -> Iterator[Output]:
        told: list[bytes] = []
        try:
            while self._answer_body is None and (end := end_of_answer(self._told)):
                raw, self._told = self._told[:end], self._told[end:]
                head, body = answer_of(raw, asked.method.encode())
                if head.status >= 200:
                    self._answer_body = body
                    told.append(self._anew(asked, head, body))
                elif head.status == 100 and self._waits:
                    self._waits = False
                    told.append(CONTINUE)
            if (answer := self._answer_body) is not None:
                pieces, used = answer.take(self._told)
                self._told = self._told[used:]
                told += chunks(pieces) if self._answer_chunked else pieces
                if answer.whole and self._answer_chunked:
                    told.append(LAST_CHUNK)
        except MalformedError:
            yield from _told(told)
            yield from self._no_answer()
            return
        yield from _told(told)
        if self._answer_body is not None and self._answer_body.whole:
            yield from self._after_answer()

    def _anew(self, asked: Asked, head: Head, body: Body) -> bytes:
        """The head of the answer for the vendor."""
        self._last = self._last or asked.last or body.endless or closes(head)
        self._answered, self._waits = True, False
        fields = to_vendor(head, self._far, last=self._last)
        bodiless = asked.method == "HEAD" or head.status in BODILESS
        unsized = body.endless or b"transfer-encoding" in head.said
        self._answer_chunked = unsized and not bodiless
        if unsized:
            fields = [one for one in fields if one[0].lower() != b"transfer-encoding"]
            if self._head is not None and self._head.version == "1.0":
                self._answer_chunked = (
                    False  # it knows no chunks: its answer is whole when the connection ends
                )
            elif head.status not in BODILESS:
                fields.append((b"Transfer-Encoding", b"chunked"))
        return _written(_status_line(head.status), fields)

    def _after_answer(self) -> Iterator[Output]:
        """More of the device's than its answer is nobody's."""
        self._asked = self._answer_body = None
        left, self._told = len(self._told), b""
        self._asset_over = self._last
        if left and self._asset_over:
            yield Withhold("http_unasked", left)
        elif left:
            yield from self._unasked(left)
        else:
            self._go_on()

    def _no_answer(self) -> Iterator[Output]:
        sentence = "What the device sent is no answer in HTTP of one meaning."
        if not self._answered:
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
        if self._body is None and self._asked is None and self._answered and not self._last:
            self._head, self._answered = None, False

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


def _written(line: bytes, fields: Fields) -> bytes:
    """A head: its first line, its fields, and the empty line."""
    return b"".join((line, b"\r\n", *(b"%b: %b\r\n" % one for one in fields), b"\r\n"))


def _status_line(status: int) -> bytes:
    return b"HTTP/1.1 %d %b" % (status, reason_of(status))
