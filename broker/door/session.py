"""One session channel of a vendor's connection: it gathers what the client says, and hands it on once somebody listens."""

import asyncio
from typing import Any, Protocol

import asyncssh

from broker.conduits.asyncssh_internals.vendor_channel import VendorChannel
from broker.conduits.terminal.passage import Early, Window
from broker.conduits.terminal.program import Environment, Resizes, clamped, detail_of, terminal_name
from domain.access import PassageKind


class Listener(Protocol):
    """Whoever gets what the client sends: a passage to an asset, or the lobby. Nothing here waits."""

    def vendor_sent(self, data: bytes) -> None: ...
    def vendor_ended(self) -> None: ...
    def vendor_resized(self, size: tuple[int, int, int, int]) -> None: ...
    def vendor_signalled(self, name: str) -> None: ...
    def vendor_broke(self, milliseconds: int) -> None: ...
    def vendor_slow(self) -> None: ...
    def vendor_ready(self) -> None: ...
    def vendor_gone(self) -> None: ...

    def awaits_exit(self) -> bool:
        """Whether an exit status is still to come."""
        ...


class Programs(Protocol):
    """The connection, as its channels see it."""

    def start(self, session: "ProgramSession", request: str, what: bytes) -> "asyncio.Task[None]":
        """Go and get the program that the client asked for."""
        ...

    def refused(self, kind: PassageKind, detail: str) -> None:
        """Something was asked for that is always refused."""
        ...

    def boottime_s(self) -> float:
        """Seconds since boot."""
        ...


class ProgramSession(asyncssh.SSHServerSession[bytes]):
    """asyncssh calls this; see ``VendorChannel`` for the requests it adds."""

    channel: VendorChannel

    def __init__(self, programs: Programs) -> None:
        self.early = Early()
        self.listener: Listener | None = None
        self._programs = programs
        self._environment = Environment(self.early.variables)
        self._resizes = Resizes()
        self._resize: asyncio.TimerHandle | None = None
        self._size = (0, 0, 0, 0)
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, chan: Any) -> None:
        self.channel = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:  # noqa: ARG002 - we pass the modes on as they came
        size = clamped(term_size)
        self.early.window = Window(
            terminal_name(term_type.encode("ascii")), size, self.channel.terminal_modes
        )
        return True

    def environment_requested(self, name: bytes, value: bytes) -> bool:
        """Whether a variable may pass on."""
        if self._environment.offer(name, value):
            return True
        self._programs.refused(PassageKind.ENVIRONMENT, detail_of(name))
        return False

    def program_requested(self, request: str, what: bytes) -> bool:
        """Take the one program of this channel; what becomes of it is said on its standard error."""
        self._task = self._programs.start(self, request, what)
        return True

    def refused(self, kind: PassageKind, detail: str) -> None:
        """A request was refused."""
        self._programs.refused(kind, detail)

    def data_received(self, data: bytes, datatype: Any) -> None:  # noqa: ARG002 - only standard input comes this way
        if self.listener is not None:
            self.listener.vendor_sent(data)

    def eof_received(self) -> bool:
        if self.listener is not None:
            self.listener.vendor_ended()
        else:
            self.early.at_end = True
        return True

    def signal_received(self, signal: str) -> None:
        if self.listener is not None:
            self.listener.vendor_signalled(signal)
        else:
            self.early.signalled(signal)

    def break_received(self, msec: int) -> bool:
        if self.listener is not None:
            self.listener.vendor_broke(msec)
        return self.listener is not None

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        # A flood of changes costs one timer; the newest size is the one that arrives.
        self._size = clamped((width, height, pixwidth, pixheight))
        if self._resize is None:
            now_s = self._programs.boottime_s()
            wait_s = self._resizes.at(now_s) - now_s
            if wait_s > 0:
                self._resize = asyncio.get_running_loop().call_later(wait_s, self._apply_size)
            else:
                self._apply_size()

    def _apply_size(self) -> None:
        self._resize = None
        self._resizes.applied(self._programs.boottime_s())
        if self.listener is not None:
            self.listener.vendor_resized(self._size)
        else:
            self.early.resized(self._size)

    def awaits_exit(self) -> bool:
        """Whether an exit status is still to come, for which a closing client is worth waiting for."""
        return self.listener is not None and self.listener.awaits_exit()

    def pause_writing(self) -> None:
        if self.listener is not None:
            self.listener.vendor_slow()

    def resume_writing(self) -> None:
        if self.listener is not None:
            self.listener.vendor_ready()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        if self._resize is not None:
            self._resize.cancel()
        if self._task is not None:
            self._task.cancel()
        if self.listener is not None:
            self.listener.vendor_gone()
