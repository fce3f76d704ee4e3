"""The signer: the one process that holds the ledger's key, behind a local socket.

It takes events one JSON line each, ``{"id": …, "event": {…}}``, and answers each with the leaf's
index, ``{"id": …, "index": n}``, once the leaf survives loss of power; or ``{"id": …, "error": …}``.
Lines may be sent without waiting for answers. What arrives while the disk is busy shares the next
write. The ``id`` names the wish: sent again, on any connection, it gives the old index.

A line ``{"id": …, "head": …}`` brings a checkpoint that somebody else kept: the signer goes on only if the log
still holds it. A line ``{"id": …, "ask": "key"}`` asks how the key is.

While the key can't sign, what has arrived waits a moment, is then answered with why, and stays in line: it is
signed for when the key is back. What arrives later is refused unwritten.
"""

import asyncio
import contextlib
import json
import os
import pwd
import secrets
import signal
import socket as sockets
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import structlog

from domain.canonical import Json
from domain.clock import Clock
from domain.errors import ConfigError, EvidenceError
from domain.events import LedgerKeyAway, LedgerKeyPlaced, LedgerOpened, LedgerPruned, document
from recorder.ledger.folder import replace
from recorder.ledger.leaf import REQUEST, Submission, read_line, submission
from recorder.ledger.log import Log
from recorder.ledger.tiles import WIDTH
from recorder.signing import KeyState, Signer

log = structlog.get_logger()

MAX_LINE_BYTES = 128 * 1024
"""An event of 60,000 bytes, even when its sender escapes more than it must."""

BATCH = 4096
"""How many leaves may share one write; keeps a flood from delaying its own answers without end."""

SOFTWARE = f"penstock {version('penstock')}"  # asked for while this process may still read its own code

FAREWELL_S = 1.0
"""How long a client may take to read its last answers when the signer ends."""


KEY_PATIENCE_S = 1.5
"""How long an event may wait for a key that can't sign now; below ``broker.ledger.PATIENCE_S``, so that its sender hears why."""

KEY_RETRY_S = 0.5

SWEPT = 32
"""How many pruned bundles are removed before others have their turn."""


@dataclass(slots=True)
class _Waiting:
    connection: "_Connection"
    submitted: Submission


@dataclass(slots=True)
class _KeyAway:
    """The key can't sign since ``began_s`` of the loop's clock; ``held`` are those who still wait for it."""

    error: EvidenceError
    began_s: float
    since: datetime
    held: list[_Waiting] = field(default_factory=list)


class SignerService:
    """Serves one open log on one socket. All of it runs in the event loop, writes included: it has no other work."""

    def __init__(
        self, ledger: Log, clock: Clock, *, place: Path, peers: frozenset[int], stopped: asyncio.Event
    ) -> None:
        self._ledger = ledger
        self._place = place
        self._clock = clock
        self._peers = peers
        self._stopped = stopped
        self._waiting: list[_Waiting] = []
        self._away: _KeyAway | None = None
        self._promised: dict[str, bytes] = {}
        self._connections: set[_Connection] = set()
        self._alone = asyncio.Event()
        self._alone.set()
        self.failure = ""
        """Why the ledger can't be written any more; empty while it can."""

    def connection(self) -> asyncio.Protocol:
        """A protocol for one client; give this to ``create_unix_server``."""
        return _Connection(self)

    def admits(self, transport: asyncio.BaseTransport) -> bool:
        """Whether the process at the other end runs as somebody who may append (SO_PEERCRED)."""
        peer: sockets.socket = transport.get_extra_info("socket")
        credentials = peer.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, struct.calcsize("3i"))
        _, user, _ = struct.unpack("3i", credentials)
        return user in self._peers

    def joined(self, connection: "_Connection") -> None:
        """A client is there."""
        self._connections.add(connection)
        self._alone.clear()

    def left(self, connection: "_Connection") -> None:
        """A client is gone. What it asked for is still kept: it may come back and ask what became of it."""
        self._connections.discard(connection)
        if not self._connections:
            self._alone.set()

    def take(self, connection: "_Connection", line: bytes) -> None:
        """One line from a client: refused at once, or put to the next write."""
        wish = ""
        try:
            wish, asked = _wish(line)
            if "event" not in asked:
                self._other(connection, wish, asked)
                return
            submitted = _appendable(wish, asked["event"])
            known = self._ledger.index_of(submitted)
            if self._promised.get(wish, submitted.event) != submitted.event:
                connection.answer(wish, {"error": "This id is under way already, for another event."})
                return
        except EvidenceError as error:
            connection.answer(wish, {"error": error.fact})
            return
        if known is not None:
            connection.answer(wish, {"index": known})
        elif self.failure:
            connection.answer(wish, {"error": self.failure})
        elif self._away is not None and self._waited_s(self._away) > KEY_PATIENCE_S:
            connection.answer(wish, {"error": str(self._away.error)})
        else:
            if not self._waiting:
                asyncio.get_running_loop().call_soon(self.write)
            self._waiting.append(_Waiting(connection, submitted))
            self._promised[wish] = submitted.event

    def _other(self, connection: "_Connection", wish: str, asked: Mapping[str, Json]) -> None:
        """A line that appends no event."""
        if "head" in asked:
            self._compare(connection, wish, asked["head"])
        elif "ask" in asked:
            connection.answer(wish, {"key": _told(self._ledger.key())})
        else:
            self._prune(connection, wish, asked)

    def _compare(self, connection: "_Connection", wish: str, head: Json) -> None:
        if not isinstance(head, str):
            raise EvidenceError("A head is a checkpoint's text.")
        if self.failure:
            connection.answer(wish, {"error": self.failure})
        elif self._ledger.holds(head.encode()):
            connection.answer(wish, {"index": self._ledger.size})
        else:
            self._fail(self._ledger.dead)
            connection.answer(wish, {"error": self.failure})

    def _prune(self, connection: "_Connection", wish: str, asked: Mapping[str, Json]) -> None:
        """Prune, where the ledger itself says that a second person agreed to just this; the files go in turns after the answer."""
        submitted = submission(wish, asked["prune"])
        if self.failure or self._away is not None:
            connection.answer(wish, {"error": self.failure or "The key can't sign now."})
            return
        event, leaf = json.loads(submitted.event), asked["agreed"]
        agreed = self._ledger.event(leaf) if type(leaf) is int and 0 <= leaf < self._ledger.size else {}
        said = tuple(
            agreed.get(name) for name in ("event", "deed", "subject", "ask", "asked_by", "by", "term")
        )
        wanted = tuple(event.get(name) for name in ("ask", "first", "second", "term"))
        if said != ("KeepingAgreed", "prune", f"ledger:{event.get('below')}", *wanted):
            raise EvidenceError("No two persons agreed to this.", code="no_such_ask")
        index = self._ledger.prune(submitted)
        connection.answer(wish, {"index": index})
        self._sweep(0, int(event["below"]) // WIDTH)

    def _sweep(self, begin: int, end: int) -> None:
        try:
            self._ledger.sweep(range(begin, min(begin + SWEPT, end)))
        except OSError as error:
            log.critical("ledger_not_pruned", fact=f"What was pruned can't be removed: {error}.")
            return  # the next start goes on
        if begin + SWEPT < end:
            asyncio.get_running_loop().call_soon(self._sweep, begin + SWEPT, end)

    def write(self) -> None:
        """Append what waits, and answer. After a failure everything is answered with it, and the service ends."""
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        if not batch:
            return
        if self._waiting:
            asyncio.get_running_loop().call_soon(self.write)
        if self._away is not None:
            self._away.held += batch  # the next look at the key takes them along
            return
        try:
            self._answer(batch, [] if self.failure else self._append(batch))
        except EvidenceError as error:
            if self._ledger.dead:
                self._fail(error.fact)
                self._answer(batch, [])
            else:
                loop = asyncio.get_running_loop()
                log.critical("ledger_key_away", code=error.code, fact=str(error))
                self._away = _KeyAway(error, loop.time(), self._clock.now(), batch)
                loop.call_later(KEY_RETRY_S, self.try_key)

    def try_key(self) -> None:
        """Ask a key that could not sign once more; who waited too long for it hears why, and stays in line."""
        away = self._away
        if away is None:
            return
        try:
            indexes = self._append(away.held)
        except EvidenceError as error:
            away.error = error
            if self._ledger.dead:
                self._away = None
                self._fail(error.fact)
                self._answer(away.held, [])
                return
            if self._waited_s(away) > KEY_PATIENCE_S:
                held, away.held = away.held, []
                self._answer(held, [], str(error))
            asyncio.get_running_loop().call_later(KEY_RETRY_S, self.try_key)
            return
        self._away = None
        log.warning("ledger_key_back", code=away.error.code, seconds=round(self._waited_s(away), 1))
        self._answer(away.held, indexes)
        self._tell(away)

    def _append(self, batch: Sequence[_Waiting]) -> list[int]:
        return self._ledger.append([one.submitted for one in batch])

    def _waited_s(self, away: _KeyAway) -> float:
        return asyncio.get_running_loop().time() - away.began_s

    def _tell(self, away: _KeyAway) -> None:
        """Have the ledger tell of what it could not: that nothing could be signed for, since when and why."""
        back = LedgerKeyAway(at=self._clock.now(), since=away.since, code=away.error.code)
        wish = f"key-away-{secrets.token_hex(8)}"
        try:
            self._ledger.append([submission(wish, document(back))])
            tell_place(self._ledger, self._place, self._clock)
        except EvidenceError as error:
            log.critical("ledger_key_away", code=error.code, fact=str(error))
            if self._ledger.dead:
                self._fail(error.fact)

    def _answer(self, batch: Sequence[_Waiting], indexes: Sequence[int], error: str = "") -> None:
        """Each with its leaf's index, or all with the same error."""
        for place, one in enumerate(batch):
            wish = one.submitted.request
            self._promised.pop(wish, None)
            why = error or self.failure
            one.connection.answer(wish, {"error": why} if why else {"index": indexes[place]})

    async def drain(self) -> None:
        """Append and answer all that has arrived, then close every connection."""
        while self._waiting:
            self.write()
        if self._away is not None:
            self._away.began_s -= KEY_PATIENCE_S  # there is no time left to wait for the key
            self.try_key()
        for connection in tuple(self._connections):
            connection.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._alone.wait()

    def _fail(self, fact: str) -> None:
        log.critical("ledger_failed", fact=fact)
        self.failure = fact
        self._stopped.set()


class _Connection(asyncio.Protocol):
    """One client's lines in, and answers out."""

    def __init__(self, service: SignerService) -> None:
        self._service = service
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if not self._service.admits(transport):
            log.warning("signer_peer_refused")
            transport.abort()
            return
        self._transport = transport
        self._service.joined(self)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._received += data
        *lines, rest = self._received.split(b"\n")
        for line in lines:
            if len(line) <= MAX_LINE_BYTES:
                self._service.take(self, bytes(line))
            else:
                rest = line
                break
        self._received = rest
        if len(rest) > MAX_LINE_BYTES:
            self.answer("", {"error": f"A line is longer than {MAX_LINE_BYTES} bytes."})
            self.close()
            self._received = bytearray()

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()  # who does not read answers may not ask on

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio.Protocol's signature
        self._transport = None
        self._service.left(self)

    def answer(self, wish: str, what: Mapping[str, Json]) -> None:
        """Say what became of a wish; nothing is said to a client that is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(json.dumps({"id": wish, **what}).encode() + b"\n")

    def close(self) -> None:
        """Send what is to be sent, then close."""
        if self._transport is not None:
            self._transport.close()


FORMS = ({"id", "event"}, {"id", "head"}, {"id", "ask"}, {"id", "prune", "agreed"})


def _wish(line: bytes) -> tuple[str, Mapping[str, Json]]:
    """The id of one line, and the line; EvidenceError when it has no such form."""
    asked = read_line(line)
    if not isinstance(asked, Mapping) or asked.keys() not in FORMS:
        raise EvidenceError("A line must be an object with id, and event, head, ask, or prune and agreed.")
    wish = asked["id"]
    if not isinstance(wish, str) or REQUEST.fullmatch(wish) is None:
        raise EvidenceError("An id is 1 to 64 letters, digits, dashes or underscores.")
    return wish, asked


def _appendable(wish: str, document: Json) -> Submission:
    submitted = submission(wish, document)
    if submitted.name == LedgerPruned.__name__:
        raise EvidenceError("Pruning is asked for by a line of its own.")
    return submitted


def _told(key: KeyState) -> Json:
    return {"place": key.place, "code": key.code, "fact": key.fact, "remedy": key.remedy, "born": key.born}


def open_log(folder: Path, signer: Signer, memory: Path, clock: Clock) -> Log:
    """The log in ``folder``, begun when there is no trace of one; EvidenceError when it does not verify."""
    if memory.exists() or (folder.is_dir() and any(folder.iterdir())):
        ledger = Log.open(folder, signer, memory=memory)
    else:
        ledger = Log.create(folder, signer, memory=memory)
    for fact in ledger.facts:
        log.warning("ledger_mended", fact=fact)
    if ledger.size == 0:
        opened = LedgerOpened(at=clock.now(), origin=signer.key.name, software=SOFTWARE)
        ledger.append([submission("ledger-opened", document(opened))])
    return ledger


def tell_place(ledger: Log, file: Path, clock: Clock) -> None:
    """Have the ledger say where its key is, once the key can sign and is not where ``file`` says that it was told of last."""
    found = ledger.key()
    told = file.read_text("utf-8", "replace").strip() if file.exists() else "file"
    if found.code or found.place == told:
        return
    placed = LedgerKeyPlaced(at=clock.now(), place=found.place, born=found.born)
    ledger.append([submission(f"key-placed-{secrets.token_hex(8)}", document(placed))])
    replace(file, f"{found.place}\n".encode(), durable=True)


async def serve(
    ledger: Log, socket: Path, clock: Clock, *, place: Path, mode: int, peers: frozenset[int]
) -> int:
    """Serve until SIGTERM or SIGINT, or until the ledger can't be gone on with; returns the exit status."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    service = SignerService(ledger, clock, place=place, peers=peers, stopped=stopped)
    listening = _listen(socket, mode)
    try:
        server = await loop.create_unix_server(service.connection, sock=listening)
        log.info("signer_ready", size=ledger.size)
        await stopped.wait()
        server.close()
        await asyncio.sleep(0)  # one more turn: what the kernel has handed over already is read
        await service.drain()
    finally:
        listening.close()
    return 1 if service.failure else 0


def main(
    folder: Path,
    socket: Path,
    signer: Signer,
    *,
    clock: Clock,
    memory: Path,
    user: str = "",
    peers: Sequence[int] = (),
    mode: int = 0o600,
) -> int:
    """Run the signer process; returns its exit status: 0 ended as asked, 1 the disk failed or the log is no longer itself.

    ``memory`` is where the last signed checkpoint is kept: not in the ledger's folder, so that restoring that alone
    shows. Started as root with a ``user``, it becomes that user, and the folders must be that user's. ``peers`` are
    further user ids that may append. EvidenceError or ConfigError when it can't start.
    """
    if user:
        _become(user)
    os.umask(0o027)
    ledger = open_log(folder, signer, memory, clock)
    try:
        place = memory.with_name("key-place")
        tell_place(ledger, place, clock)
        allowed = frozenset({os.getuid(), *peers})
        return asyncio.run(serve(ledger, socket, clock, place=place, mode=mode, peers=allowed))
    finally:
        ledger.close()
        socket.unlink(missing_ok=True)


def _listen(path: Path, mode: int) -> sockets.socket:
    """A listening socket that nobody but the wanted can open, not even for an instant."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listening = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    before = os.umask(0o777 & ~mode)
    try:
        listening.bind(str(path))
    except OSError as error:
        listening.close()
        raise ConfigError(f"The signer can't listen: {error}.", file=str(path)) from error
    finally:
        os.umask(before)
    listening.setblocking(False)
    return listening


def _become(user: str) -> None:
    """Give up root for good."""
    try:
        account = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    except (KeyError, PermissionError) as error:
        raise ConfigError(
            f"The signer can't become {user}: {error}.", remedy="Create the user, or start as root."
        ) from error
