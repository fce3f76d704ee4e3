"""Clients of the signer: how the rest of the node writes into the ledger.

Both name each wish by a fresh id and send the same id again after a broken connection, so that an
event is kept once however often it had to be asked for.
"""

import asyncio
import json
import secrets
import socket as sockets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from domain.errors import EvidenceError
from domain.events import Event, LedgerPruned, document

PATIENCE_S = 2.0
"""How long an event may wait for its answer before what it tells of is refused."""

RETRY_S = 0.05
REMEDY = "Look at the signer's log (`penstock doctor`), and start it again."


class LedgerClient:
    """``domain.ledger.Ledger`` over the signer's socket: one connection, many events under way, no task of its own.

    It connects at the first event and again after a break. ``async with`` closes it at the end. For
    one event loop only.
    """

    def __init__(self, socket: Path, *, patience_s: float = PATIENCE_S) -> None:
        self._socket = socket
        self._patience_s = patience_s
        self._line: _Line | None = None
        self._closed = False
        self._trouble = ""
        self._connecting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection go, for good; events still under way raise EvidenceError."""
        self._closed = True
        if self._line is not None:
            self._line.close()
            self._line = None

    async def compare(self, head: str) -> int:
        """How many leaves the log has, when it still holds the signed ``head`` that somebody else kept.

        EvidenceError when the log's key did not sign it, when nothing answers, and when the log does not hold it:
        then the signer has ended, and does not start again on this log.
        """
        wish = secrets.token_hex(16)
        return await self._asked(wish, json.dumps({"id": wish, "head": head}).encode() + b"\n")

    async def prune(self, event: LedgerPruned, agreed: int) -> int:
        """The index of the leaf by which the ledger's beginning goes, on the word of leaf ``agreed``; the files go after it.

        EvidenceError when the signer refuses it, or says nothing.
        """
        wish = secrets.token_hex(16)
        asked = {"id": wish, "prune": document(event), "agreed": agreed}
        return await self._asked(wish, json.dumps(asked, ensure_ascii=False).encode() + b"\n")

    async def append(self, event: Event) -> int:
        """The index of the event's leaf, once the leaf survives loss of power.

        EvidenceError when the signer refuses it, or has not answered after ``patience_s`` seconds.
        After the latter the event may or may not have been kept: what it tells of must not happen,
        and telling it again may put it into the ledger twice.
        """
        wish = secrets.token_hex(16)
        return await self._asked(wish, _wish_line(wish, event))

    async def _asked(self, wish: str, line: bytes) -> int:
        self._trouble = ""
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._insist(wish, line)
        except TimeoutError as error:
            raise _silence(self._socket, self._patience_s, self._trouble) from error

    async def _insist(self, wish: str, line: bytes) -> int:
        while not self._closed:
            try:
                return await (await self._connected()).ask(wish, line)
            except OSError as error:
                self._trouble = str(error)
                await asyncio.sleep(RETRY_S)
        raise EvidenceError("The connection to the ledger was closed on this side.")

    async def _connected(self) -> "_Line":
        async with self._connecting:
            if self._line is None or self._line.over:
                loop = asyncio.get_running_loop()
                _, self._line = await loop.create_unix_connection(_Line, str(self._socket))
            return self._line


class _Line(asyncio.Protocol):
    """One connection: wishes out, answers in, matched by id."""

    def __init__(self) -> None:
        self.over = False
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._waiting: dict[str, asyncio.Future[int]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            answer = _answer(line)
            waiting = self._waiting.get(str(answer.get("id")))
            if waiting is None or waiting.done():
                continue
            match answer:
                case {"index": int(index)}:
                    waiting.set_result(index)
                case _:
                    waiting.set_exception(_refusal(answer))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio.Protocol's signature
        self.over = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("the signer closed the connection"))

    async def ask(self, wish: str, line: bytes) -> int:
        """The answer to one wish; ConnectionResetError when the connection ends first."""
        if self._transport is None or self.over:
            raise ConnectionResetError("the connection to the signer is closed")
        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[wish] = waiting
        try:
            self._transport.write(line)
            return await waiting
        finally:
            del self._waiting[wish]

    def close(self) -> None:
        """End it; whoever waits hears so."""
        if self._transport is not None:
            self._transport.abort()


def append_now(socket: Path, event: Event, *, timeout_s: float = PATIENCE_S) -> int:
    """``LedgerClient.append`` for callers without an event loop; blocks for ``timeout_s`` at most."""
    wish = secrets.token_hex(16)
    line = _wish_line(wish, event)
    end_s = time.clock_gettime(time.CLOCK_BOOTTIME) + timeout_s
    trouble = ""
    while (left_s := end_s - time.clock_gettime(time.CLOCK_BOOTTIME)) > 0:
        try:
            return _ask_once(socket, wish, line, left_s)
        except OSError as error:
            trouble = str(error)
            time.sleep(min(RETRY_S, left_s))
    raise _silence(socket, timeout_s, trouble)


def _ask_once(socket: Path, wish: str, line: bytes, left_s: float) -> int:
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as connection:
        connection.settimeout(left_s)
        connection.connect(str(socket))
        connection.sendall(line)
        with connection.makefile("rb") as answers:
            received = answers.readline()
    if not received.endswith(b"\n"):
        raise ConnectionResetError("the signer closed the connection")
    answer = _answer(received)
    match answer:
        case {"id": str(named), "index": int(index)} if named == wish:
            return index
        case _:
            raise _refusal(answer)


def _wish_line(wish: str, event: Event) -> bytes:
    try:
        text = json.dumps({"id": wish, "event": document(event)}, ensure_ascii=False)
        return text.encode() + b"\n"
    except ValueError as error:
        raise EvidenceError(f"This {type(event).__name__} can't be written down: {error}.") from error


def _answer(line: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"error": "The signer's answer makes no sense."}


def _refusal(answer: Mapping[str, object]) -> EvidenceError:
    return EvidenceError(f"The ledger did not take it: {answer.get('error')}", remedy=REMEDY)


def _silence(socket: Path, patience_s: float, trouble: str) -> EvidenceError:
    why = f": {trouble}" if trouble else ""
    return EvidenceError(
        f"The signer at {socket} has not answered within {patience_s:g} s{why}.", remedy=REMEDY
    )
