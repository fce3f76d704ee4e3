"""One program at an asset, passed through as it is: a shell, a command, sftp or scp.

Every chunk goes through the session's gate before it goes on. Neither side is read faster than the other
takes. Nothing in the data path waits: asyncssh calls in, and what it is given is passed on or dropped.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import asyncssh

from broker.conduits.asyncssh_internals.vendor_channel import VendorChannel
from broker.conduits.seams import Live, Program, Question
from broker.conduits.terminal.echo import Echo
from broker.exit_status import REFUSED
from recorder.format.frame import Kind
from recorder.format.payloads import channel_closed, eof, exit_status, hidden, mark, resize, signal

STDERR = asyncssh.EXTENDED_DATA_STDERR
MOST_EARLY_SIGNALS = 16
LINGER_S = 5.0


@dataclass(frozen=True, slots=True)
class Window:
    """A terminal as the vendor's client asked for it: type, size, and the modes byte for byte."""

    kind: bytes
    size: tuple[int, int, int, int]
    modes: bytes


@dataclass(slots=True)
class Early:
    """What the client did before the program ran; it is passed on once it does."""

    window: Window | None = None
    variables: dict[bytes, bytes] = field(default_factory=dict)
    signals: list[str] = field(default_factory=list)
    at_end: bool = False
    """The client has said that it will send no more."""

    def resized(self, size: tuple[int, int, int, int]) -> None:
        """The newest size is the one to open with."""
        if self.window is not None:
            self.window = replace(self.window, size=size)

    def signalled(self, name: str) -> None:
        """Keep a signal for later, if there are not many already."""
        if len(self.signals) < MOST_EARLY_SIGNALS:
            self.signals.append(name)


class TerminalPassage(asyncssh.SSHClientSession[bytes]):
    """Both ends of one channel: called by the vendor's session on one side and by asyncssh on the other."""

    def __init__(
        self,
        live: Live,
        vendor: VendorChannel,
        early: Early,
        *,
        line: bool = False,
        refused: Callable[[str, str], None] | None = None,
        question: Question | None = None,
    ) -> None:
        """``line``: there is a terminal at the asset even where the vendor has none. ``refused`` is told why it was cut.

        ``question`` is what the gate asks on the vendor's terminal while the session is locked.
        """
        self._refused = refused
        self._question = question
        self._asking = False
        self.has_terminal = terminal = early.window is not None
        self.party = object()
        self._early = early
        self.number = 0
        self._live = live
        self._vendor = vendor
        self._asset: Program | None = None
        self._running = False
        self._held = False
        self._ended_while_held = False
        self._echo = Echo() if terminal or line else None
        self._exit: int | None = None
        self._signal: tuple[str, bool, str, str] | None = None
        self._finished = False
        self._vendor_gone = False
        self._asset_gone = False
        self._lost: Exception | None = None
        self._left = False

    async def open(self, channel: Program, request: str, what: bytes) -> bool:
        """Start the program; False when the asset would not. ChannelOpenError when there is no channel."""
        self._asset = channel
        early = self._early
        if early.window is not None:
            self._live.note(Kind.RESIZE, self.number, resize(*early.window.size[:2]))
        asked = early.window
        if not await channel.begin(self, request, what, early.variables, asked):
            return False
        self._running = True
        self._vendor.pass_to(self.vendor_sent, self.party)
        channel.pass_to(self.asset_sent, self.party)
        if early.window is not asked and early.window is not None:
            self.vendor_resized(early.window.size)
        for name in early.signals:
            self.vendor_signalled(name)
        if not self._held or self._asking:
            self._vendor.release()
        if early.at_end:
            self.vendor_ended()
        if self._asset_gone:
            self._end(self._lost)  # it was over before its start was confirmed
        return True

    # -- from the vendor ---------------------------------------------------------------------------

    def vendor_sent(self, data: bytes | memoryview) -> None:
        """Bytes of the client: for the gate itself while it asks, else for the program."""
        if self._asking and self._question is not None:
            self._question.typed(bytes(data))
        else:
            self._take(data)

    def _take(self, data: bytes | memoryview) -> None:
        """Bytes for the program's standard input."""
        asset = self._asset
        if asset is None or asset.is_closing():
            return
        if self._echo is None or self._echo.typed(bytes(data)):
            passes = self._live.cross(Kind.TO_ASSET, self.number, data)
        else:
            passes = self._live.cross(Kind.HIDDEN, self.number, hidden(len(data)))
        if passes:
            asset.write(data)

    def vendor_ended(self) -> None:
        """The client will send no more."""
        if not self._running:
            self._early.at_end = True
            return
        if self._held:
            self._ended_while_held = True
            return
        asset = self._asset
        if asset is not None and not asset.over and self._live.cross(Kind.EOF, self.number, eof("vendor")):
            asset.write_eof()

    def vendor_resized(self, size: tuple[int, int, int, int]) -> None:
        """The client's window changed; already clamped and paced."""
        if not self._running:
            self._early.resized(size)
            return
        asset = self._asset
        if (
            asset is not None
            and not asset.over
            and self._live.cross(Kind.RESIZE, self.number, resize(*size[:2]))
        ):
            asset.change_terminal_size(*size)

    def vendor_signalled(self, name: str) -> None:
        """The client sent a signal."""
        if not self._running:
            self._early.signalled(name)
            return
        asset = self._asset
        if asset is not None and not asset.over and self._live.cross(Kind.SIGNAL, self.number, signal(name)):
            asset.send_exact_signal(name)

    def vendor_broke(self, milliseconds: int) -> None:
        """The client sent a break."""
        asset = self._asset
        if (
            asset is not None
            and not asset.over
            and self._live.cross(Kind.SIGNAL, self.number, signal("BREAK"))
        ):
            asset.send_exact_break(milliseconds)

    def vendor_slow(self) -> None:
        """The client does not read: take no more from the asset."""
        if self._asset is not None:
            self._asset.pause_reading()

    def vendor_ready(self) -> None:
        """The client reads again."""
        if self._asset is not None:
            self._asset.resume_reading()

    def vendor_gone(self) -> None:
        """The client's channel is closed."""
        self._vendor_gone = True
        if self._asset is not None and not self._asset_gone:
            # What the client sent before it closed still goes out, if the asset takes it soon.
            self._asset.close()
            asyncio.get_running_loop().call_later(LINGER_S, self._asset.abort)
        self._settle()

    def awaits_exit(self) -> bool:
        """Whether the program's exit status is still to come."""
        return self._running and not self._asset_gone and not self._finished

    # -- from the asset (asyncssh calls these) ----------------------------------------------------

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self.asset_sent(data, datatype)

    def asset_sent(self, data: bytes | memoryview, datatype: int | None = None) -> None:
        """Bytes that the program wrote; ``datatype`` says to which of its two outputs."""
        kind = Kind.TO_VENDOR_ERR if datatype == STDERR else Kind.TO_VENDOR
        if self._live.cross(kind, self.number, data) and not self._vendor.is_closing():
            self._vendor.write(data, datatype)
        # What the screen tells about what was typed is worked out once the screen has it.
        if self._echo is not None and (revealed := self._echo.shown(bytes(data))):
            self._live.note(Kind.TO_ASSET, self.number, revealed)

    def eof_received(self) -> bool:
        self._live.note(Kind.EOF, self.number, eof("asset"))
        if not self._vendor.is_closing():
            self._vendor.write_eof()
        return True  # the other direction stays open

    def exit_status_received(self, status: int) -> None:
        self._exit = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        self._signal = signal, core_dumped, msg, lang

    def pause_writing(self) -> None:
        self._vendor.pause_reading()

    def resume_writing(self) -> None:
        self._vendor.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._asset_gone = True
        self._lost = exc
        if self._running or self._finished:
            self._end(exc)  # else ``open`` does, or whoever gives it up

    def _end(self, lost: Exception | None) -> None:
        if not self._finished and not self._vendor.over:
            self._tell_exit(lost)
        self._settle()

    def _tell_exit(self, lost: Exception | None) -> None:
        if self._signal is not None:
            self._live.note(Kind.EXIT, self.number, exit_status(None, signal=self._signal[0]))
            self._vendor.exit_with_signal(*self._signal)
        elif self._exit is not None:
            self._live.note(Kind.EXIT, self.number, exit_status(self._exit))
            self._vendor.exit(self._exit)
        elif lost is not None:
            self._live.note(Kind.EXIT, self.number, exit_status(None))
            self.say("penstock: the connection to the asset was lost. What to do: connect again.")
            self._vendor.exit(69)
        else:
            self._live.note(Kind.EXIT, self.number, exit_status(None))
            self._vendor.close()

    # -- from the supervisor -----------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Show ``text`` on the vendor's standard error."""
        self._show(f"\r\n{text}\r\n")

    def hold_input(self) -> None:
        """Leave what the vendor sends where it is: its window bounds how much that can be."""
        self._held = True
        if self._running and not self._asking:
            self._vendor.hold()

    def ask(self) -> None:
        """Read on: what the vendor types from here on answers the gate's question."""
        if self._question is None or not self.has_terminal:
            return
        self._asking = True
        self._question.begin(self._show)
        if self._running:
            self._vendor.release()

    def ask_no_more(self) -> None:
        """It was answered; what else holds the input still does."""
        asking, self._asking = self._asking, False
        if asking and self._held and self._running:
            self._vendor.hold()

    def _show(self, text: str) -> None:
        if not self._vendor.is_closing():
            with suppress(OSError):
                self._vendor.write_stderr(text.encode())

    def let_input_go(self) -> None:
        """Pass on what waited, and its end if that came too."""
        self._held = False
        if self._running:
            self._vendor.release()
            if self._ended_while_held:
                self.vendor_ended()

    def finish(self, cause: str, sentence: str, exit_status: int) -> None:  # noqa: ARG002 - the protocol's
        """Close both sides now. A program without a terminal is sent KILL first, as closing would not stop it."""
        if self._finished:
            return
        self._finished = True
        asset = self._asset
        if asset is not None and not asset.over:
            if not self.has_terminal:
                asset.send_exact_signal("KILL")
            asset.abort()
        if not self._vendor.over:
            self._vendor.drop_unsent()
            self.say(sentence)
            self._vendor.exit(exit_status)
        if not self._vendor.sealed:
            self._vendor.abort()
        self._settle()

    def cut(self, code: str, sentence: str) -> None:
        """The asset breaks its protocol: say so everywhere, and close both sides."""
        self._live.note(Kind.MARK, self.number, mark("cut", code=code, sentence=sentence))
        if self._refused is not None:
            self._refused(code, sentence)
        self.finish(code, f"penstock: refused [{code}]: {sentence} What to do: tell the plant.", REFUSED)

    def abandon(self, cause: str) -> None:
        """The program never ran: close the asset's side and leave; the vendor's is for the caller to tell."""
        self._finished = True
        if self._asset is not None:
            self._asset.abort()
        if not self._left and self.number:
            self._left = True
            self._live.note(Kind.CHANNEL_CLOSED, self.number, channel_closed(cause))
            self._live.leave(self.number)

    def closed(self) -> bool:
        """Whether both sides are seen to be closed."""
        vendor = self._vendor_gone or self._vendor.sealed
        asset = self._asset is None or self._asset_gone or self._asset.sealed
        return vendor and asset

    def _settle(self) -> None:
        if not self._left and self.number and (self._finished or self._asset_gone or self._asset is None):
            self._left = True
            ended = self._exit is not None or self._signal is not None or self._asset is None
            cause = "finished" if ended else "asset gone" if not self._vendor_gone else "client gone"
            self._live.note(Kind.CHANNEL_CLOSED, self.number, channel_closed(cause))
            self._live.leave(self.number, job_ended=ended)

    def connection_made(self, chan: Any) -> None:
        """Nothing to do: the channel is known."""
