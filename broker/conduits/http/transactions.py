"""What was asked of a device over HTTP, told from the recorded bytes of one channel: request and answer, in words. Pure.

Only for telling afterwards; nothing is allowed or refused here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

import h11

from broker.conduits.http.methods import METHODS
from broker.conduits.transaction import DONE, NO_ANSWER, Transaction, listed
from domain.access import Action

MOST_HEAD_BYTES = 64 * 1024
MOST_READ_BYTES = 4096
"""Of a body, to tell a form's fields. A longer one is told by its size."""
MOST_FIELDS = 16
LONGEST_VALUE = 60
SECRET = re.compile(r"pass|pwd|pin\b|secret|token|key|csrf|kennwort", re.IGNORECASE)
"""Fields of a form whose value is told by nobody."""

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(slots=True)
class _Said:
    """One message: its head, and what came of its body so far."""

    kind: str = ""
    size: int = 0
    begin: bytearray = field(default_factory=bytearray)

    def take(self, data: bytes) -> None:
        self.size += len(data)
        if len(self.begin) <= MOST_READ_BYTES:
            self.begin += data[: MOST_READ_BYTES + 1]

    def told(self) -> str:
        """``12 bytes of text/html``."""
        return f"{self.size} bytes of {self.kind}" if self.size and self.kind else f"{self.size} bytes"

    def fields(self) -> tuple[str, ...]:
        """What a form says, without what is secret by its name."""
        if self.size > MOST_READ_BYTES:
            return ()
        try:
            if self.kind == _FORM:
                pairs = parse_qsl(self.begin.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
            elif self.kind == _JSON:
                pairs = _flat(json.loads(self.begin))
            else:
                return ()
        except (ValueError, RecursionError):
            return ()
        return tuple(f"{name}={_shown(name, value)}" for name, value in pairs)


@dataclass(slots=True)
class _Asked:
    at_us: int
    method: str
    path: str
    query: str
    sent: _Said = field(default_factory=_Said)
    status: int = 0
    came: _Said = field(default_factory=_Said)
    whole: bool = False

    def transaction(self) -> Transaction:
        action = METHODS.get(self.method, Action.OVERRIDE)
        values = self.sent.fields()
        what = f"{self.method} {self.path}"
        said = f"{what}?{self.query}" if self.query else what
        if self.sent.size:
            said += f", {self.sent.told()}"
        if values:
            said += f": {listed(values)}"
        return Transaction(
            self.at_us,
            self.method,
            action,
            writes=action is not Action.VIEW,
            what=what,
            sentence=f"{said}: {self._answer()}",
            table="page",
            address=f"{self.path}?{self.query}" if self.query else self.path,
            values=values or ((self.sent.told(),) if self.sent.size else ()),
            outcome=self._outcome(),
        )

    def _answer(self) -> str:
        if not self.status:
            return NO_ANSWER
        return f"{_named(self.status)}, {self.came.told()}" + ("" if self.whole else ", cut off")

    def _outcome(self) -> str:
        if not self.status:
            return NO_ANSWER
        if not self.whole:
            return "cut off"
        return DONE if self.status < HTTPStatus.BAD_REQUEST else _named(self.status)


@dataclass(slots=True)
class HttpReader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not HTTP; nothing is read from there on."""
    _vendor: h11.Connection = field(default_factory=lambda: h11.Connection(h11.SERVER, MOST_HEAD_BYTES))
    """Reads what reached the device."""
    _asset: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT, MOST_HEAD_BYTES))
    """Reads what the vendor was answered; of requests it is told, for an answer depends on them."""
    _open: _Asked | None = None

    def sent(self, data: bytes, at_us: int) -> Iterator[Transaction]:
        """These bytes reached the device."""
        yield from ()
        if self.broken or not data:
            return
        if self._open is not None and self._open.whole:
            self._begin_anew()
        self._vendor.receive_data(data)
        try:
            while not isinstance(event := self._vendor.next_event(), type):
                self._take(event, at_us)
        except h11.ProtocolError:
            self.broken = True

    def answered(self, data: bytes, at_us: int) -> Iterator[Transaction]:  # noqa: ARG002 - the time is that of the asking
        """These bytes came from the device, or from the gate in its place."""
        if not data or self.broken or self._open is None or self._open.whole:
            return  # nothing is open: the gate's own answer to what never reached the device
        self._asset.receive_data(data)
        yield from self._read(self._open)

    def _read(self, asked: _Asked) -> Iterator[Transaction]:
        try:
            while not isinstance(event := self._asset.next_event(), type):
                if isinstance(event, h11.Response):
                    asked.status = event.status_code
                    asked.came.kind = _kind(event)
                elif isinstance(event, h11.Data):
                    asked.came.take(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    asked.whole = True
                    yield asked.transaction()
                    return
        except h11.ProtocolError:
            self.broken = True

    def finish(self) -> Iterator[Transaction]:
        """What was never answered, or not to its end."""
        if self._open is None or self._open.whole:
            return
        if not self.broken:  # an answer without a length is whole when its connection ends
            self._asset.receive_data(b"")
            yield from self._read(self._open)
            self.broken = False  # an answer that is cut off is told so
        if not self._open.whole:
            yield self._open.transaction()
        self._open = None

    def _begin_anew(self) -> None:
        """Be ready for another request: each is read by itself, whatever came of the one before."""
        self._open = None
        self._vendor = h11.Connection(h11.SERVER, MOST_HEAD_BYTES)
        self._asset = h11.Connection(h11.CLIENT, MOST_HEAD_BYTES)

    def _take(self, event: h11.Event, at_us: int) -> None:
        if isinstance(event, h11.Request):
            path, _, query = event.target.decode("ascii", "replace").partition("?")
            self._open = _Asked(at_us, event.method.decode("ascii"), path, query)
            self._open.sent.kind = _kind(event)
            self._asset.send(event)
        elif isinstance(event, h11.Data) and self._open is not None:
            self._open.sent.take(bytes(event.data))


def _kind(event: h11.Request | h11.Response) -> str:
    said = next((value for name, value in event.headers if name == b"content-type"), b"")
    return said.partition(b";")[0].strip().lower().decode("ascii", "replace")[:LONGEST_VALUE]


def _named(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else str(status)


def _flat(said: object) -> list[tuple[str, str]]:
    if not isinstance(said, dict) or len(said) > MOST_FIELDS:
        return []
    return [
        (name, one if isinstance(one, str) else json.dumps(one))
        for name, one in said.items()
        if not isinstance(one, dict | list)
    ]


def _shown(name: str, value: str) -> str:
    if SECRET.search(name):
        return "(not shown)"
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
