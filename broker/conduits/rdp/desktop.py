"""A passage over RDP as the gate sees it: it looks at the certificate, connects, and has an engine do the rest.

The engine is a process of its own for each passage (``engine.py``). It is given the gate's connection and no way to make
another; the gate keeps a hand on that connection, and cuts it without asking anybody. Both are over within a second of the end.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

import structlog

from broker.conduits.far_end import FarEnd
from broker.conduits.rdp.negotiation import HEAD_BYTES, REQUEST, NoRdpError, agreed, length_of
from broker.conduits.rdp.order import LONGEST_SECRET, MOST_BYTES, Order, OrderError, Step, Told
from broker.conduits.rdp.outcome import ASK, MISMATCH
from broker.conduits.rdp.programs import NO_NAME
from broker.conduits.target import UnreachableError, reach
from broker.conduits.tcp.tls import CertificateError, secured
from domain.errors import DecisionError
from domain.plant import Endpoint

log = structlog.get_logger()

NEGOTIATE_S = 10.0
START_S = 45.0
GONE_S = 1.0
"""How long an engine may take to be gone; then it is killed, and what it started with it."""

SCREEN = (1280, 800)
AT_ONCE = 8
"""Engines at a time: each takes about 150 MB and a dozen threads, of what deploy/systemd/penstock-gate.service gives the gate."""

Process = subprocess.Popen[bytes]


class Desktops:
    """Starts engines, and knows which are there."""

    def __init__(
        self,
        most: int = AT_ONCE,
        screen: tuple[int, int] = SCREEN,
        command: tuple[str, ...] = (sys.executable, "-P", "-m", "broker.conduits.rdp.engine"),
    ) -> None:
        """``most``: how many may be there at once. ``screen``: width and height in pixels. ``command``: what starts an engine."""
        self._most = most
        self.screen = screen
        self.command = command
        self._there: set[Desktop] = set()

    def __call__(self, endpoint: Endpoint, end: FarEnd) -> "Desktop":
        """One for ``endpoint``, signed in to with what ``end`` has. Nothing is started yet. Raises DecisionError."""
        if endpoint.web is None or not endpoint.web.secure:
            raise DecisionError(
                "The charter does not say by what certificate the asset is known.",
                code="rdp_not_pinned",
                remedy="Ask the plant to write it down: [asset.endpoint.tls].",
            )
        if end.password is None or not end.username:
            raise DecisionError(
                "The plant keeps no name and password in its vault that the gate could sign in with over RDP.",
                code="rdp_no_password",
                remedy="Ask the plant to keep one: penstock vault set ASSET --for rdp --login NAME.",
            )
        if NO_NAME.search(end.username + end.password) or len(end.password.encode()) > LONGEST_SECRET:
            raise DecisionError(
                "The name or the password that the plant keeps for RDP has a control character, or is too long.",
                code="rdp_no_password",
                remedy="Ask the plant to keep another one.",
            )
        return Desktop(endpoint, end, self)

    def take_place(self, one: "Desktop") -> None:
        """One more; DecisionError where there are as many as may be."""
        if len(self._there) >= self._most:
            raise DecisionError(
                f"The gate has {self._most} sessions over RDP, which is as many as it carries.",
                code="rdp_too_many",
                remedy="Wait until one ends.",
            )
        self._there.add(one)

    def leave(self, one: "Desktop") -> None:
        """One less, if it was there."""
        self._there.discard(one)

    def pids(self) -> tuple[int, ...]:
        """The engines that run."""
        return tuple(one.pid for one in self._there if one.pid)


class Desktop:
    """One engine. Belongs to one passage, and is started once."""

    def __init__(self, endpoint: Endpoint, end: FarEnd, among: Desktops) -> None:
        self._endpoint, self._end, self._among = endpoint, end, among
        self._asset: socket.socket | None = None
        self._control: socket.socket | None = None
        self._process: Process | None = None
        self._watch = -1
        self._over = self._gone = False
        self._told: Told | None = None
        self._change = asyncio.Event()
        self._tell: Callable[[str], None] = _nobody

    @property
    def pid(self) -> int:
        """The engine's process; 0 while there is none."""
        return 0 if self._process is None or self._gone else self._process.pid

    def hear(self, ended: Callable[[str], None]) -> None:
        """``ended`` is told, once, when the engine is gone: with a sentence where it went by itself."""
        self._tell = ended

    async def start(self) -> socket.socket:
        """The screen, as a socket that speaks RFB without a password, once the engine has signed in.

        UnreachableError, CertificateError (nothing was sent that an impostor could use), DecisionError with the engine's own
        reason; with each of them nothing is left behind.
        """
        self._among.take_place(self)
        try:
            certificate = await self._seen()
            self._asset = await self._reached()
            screen = self._began(certificate)
            try:
                await self._signed_in()
            except BaseException:
                screen.close()
                raise
        except BaseException:
            self.end()
            await self._wholly_gone()
            raise
        return screen

    def end(self) -> None:
        """End it now: the asset's connection at once, the engine within a second."""
        if self._over or self._gone:
            return
        self._over = True
        self._change.set()
        self._cut()
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        if self._process is None:
            self._forgotten()
        elif not self._gone:
            asyncio.get_running_loop().call_later(GONE_S, self._kill)

    def gone(self) -> bool:
        """Whether nothing of it is there any more: no connection, no process."""
        return self._gone

    # -- before the engine -------------------------------------------------------------------------

    async def _seen(self) -> str:
        """The SHA-256 of the certificate that the asset shows, once it is the one that the charter names."""
        sock = self._asset = await self._reached()
        try:
            async with asyncio.timeout(NEGOTIATE_S):
                await _negotiate(sock)
            found = await secured(sock, self._endpoint)
            return sha256(found.tls.getpeercert(binary_form=True) or b"").hexdigest()
        except (NoRdpError, OSError, EOFError, TimeoutError) as error:
            why = getattr(error, "fact", "") or "The asset hung up, or did not answer, before TLS began."
            raise UnreachableError(why, remedy="Ask the plant what its asset speaks there.") from error
        finally:
            sock.close()
            self._asset = None

    async def _reached(self) -> socket.socket:
        self._check()
        sock = await reach(self._endpoint)
        if self._over:
            sock.close()
            self._check()
        return sock

    def _check(self) -> None:
        if self._over:
            raise DecisionError("The session ended meanwhile.", code="session_over", remedy="Connect again.")

    def _began(self, certificate: str) -> socket.socket:
        """Start the engine with what it needs; our end of its screen."""
        assert self._asset is not None, "it was reached"
        order = Order(self._end.username, self._end.password or "", certificate, *self._among.screen)
        ours, theirs = socket.socketpair()
        control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        control.setblocking(False)
        with theirs, its:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                self._among.command,
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=None,
                cwd="/",
                start_new_session=True,
            )
            socket.send_fds(control, [order.wire()], [theirs.fileno(), self._asset.fileno()])
        loop = asyncio.get_running_loop()
        self._control = control
        loop.add_reader(control.fileno(), self._hear)
        self._watch = os.pidfd_open(self._process.pid)
        loop.add_reader(self._watch, self._ended)
        return ours

    async def _signed_in(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                while self._told is None and not self._over and not self._gone:
                    self._change.clear()
                    await self._change.wait()
        self._check()  # where it was ended, whatever it says
        told = self._told or Told(
            Step.REFUSED, "rdp_engine_failed", "The RDP engine ended before it said why.", ASK
        )
        if told.step is Step.UP:
            return
        if told.code == MISMATCH:
            raise CertificateError(told.sentence, remedy=told.remedy, shown="another one at the second look")
        raise DecisionError(told.sentence, code=told.code, remedy=told.remedy)

    # -- while it runs -----------------------------------------------------------------------------

    def _hear(self) -> None:
        assert self._control is not None, "nobody reads what is closed"
        try:
            wire = self._control.recv(MOST_BYTES)
            if wire:
                self._told = Told.of(wire)
        except BlockingIOError:
            return
        except (OSError, OrderError):
            wire = b""
        if not wire:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._change.set()

    def _ended(self) -> None:
        """The process is gone; it sees to it that its programs are before."""
        asyncio.get_running_loop().remove_reader(self._watch)
        os.close(self._watch)
        assert self._process is not None, "it is what was watched"
        status = self._process.wait()
        if self._control is not None:
            self._hear_the_last()
        if status and not self._over:
            log.warning("rdp_engine_failed", status=status)
        self._cut()
        self._forgotten()
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        told = self._told
        sentence = told.sentence if told is not None else ""
        self._tell("" if self._over else sentence or "The RDP engine ended.")

    def _hear_the_last(self) -> None:
        """What it said before it went, and nobody has read yet."""
        assert self._control is not None, "it is open"
        with suppress(OSError, OrderError):
            while wire := self._control.recv(MOST_BYTES):
                self._told = Told.of(wire)

    def _forgotten(self) -> None:
        self._gone = True
        self._change.set()
        self._among.leave(self)

    def _cut(self) -> None:
        if self._asset is not None:
            with suppress(OSError):
                self._asset.shutdown(socket.SHUT_RDWR)  # whoever else holds it, the engine too, is at its end
            if self._process is not None:
                self._asset.close()
                self._asset = None

    def _kill(self) -> None:
        if self._process is not None and not self._gone:
            log.warning("rdp_engine_killed", waited_s=GONE_S)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _wholly_gone(self) -> None:
        while not self._gone:
            self._change.clear()
            await self._change.wait()


async def _negotiate(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, REQUEST)
    head = await _exactly(sock, HEAD_BYTES)
    agreed(head + await _exactly(sock, length_of(head) - HEAD_BYTES))


async def _exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(sock, count - len(data))
        if not more:
            raise EOFError("it hung up")
        data += more
    return data


def _nobody(_sentence: str) -> None:
    """Until somebody hears."""
