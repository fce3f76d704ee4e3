"""A terminal between a browser and an asset: bytes, sizes, and the end with the gate's last words.

The page tells how much it has drawn and the console how much it has passed on, so that neither is ever far ahead
of the other: an asset that floods, or a page that hangs, costs what stands in ``talk`` and a window, and no more.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any, Protocol

import asyncssh

from broker.console.browsing.bridge import GONE, LOST, PIECE_BYTES, WINDOW_BYTES, first, refused
from broker.console.browsing.talk import (
    Ahead,
    Drawn,
    Ended,
    Heard,
    LastWords,
    Resized,
    Start,
    TalkError,
    Typed,
)
from domain.said import say

KIND = "xterm-256color"
STDERR = asyncssh.EXTENDED_DATA_STDERR
MOST_WAITING_BYTES = 128 * 1024
"""Of output that waits for the browser; and as much again in the channel's window."""

MOST_TYPED_BYTES = 256 * 1024
"""Of input that the asset has not taken. A page of ours sends no more than a quarter of it at once."""

LAST_S = 2.0
"""How long the last of the output may take to reach a browser, once the program has ended."""

NOT_UNDERSTOOD = Ended("not_understood", say("The page sent what no page of this console sends."))
TOO_MUCH = Ended(
    "too_much_at_once",
    say("More was sent than the asset takes."),
    say("Open it anew, and send large things as files."),
)


class Page(Protocol):
    """A browser's WebSocket with a terminal's page behind it."""

    async def heard(self) -> Heard | None:
        """The next message; None once the browser is gone. TalkError for one that means nothing."""
        ...

    async def send(self, data: bytes) -> None:
        """Bytes to draw."""
        ...

    async def taken(self, size: int) -> None:
        """So many typed bytes were passed on."""
        ...


class Program(asyncssh.SSHClientSession[bytes]):
    """The program at the asset, as the gate passes it on."""

    channel: asyncssh.SSHClientChannel[bytes]

    def __init__(self) -> None:
        self.words = LastWords()
        self.status: int | None = None
        self.signal = ""
        self.over = False
        self.takes = asyncio.Event()
        self.takes.set()
        self._output: deque[bytes] = deque()
        self._waiting = 0
        self._came = asyncio.Event()

    def connection_made(self, chan: Any) -> None:
        self.channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if datatype == STDERR:
            self.words.heard(data)
        self._output.append(data)
        self._waiting += len(data)
        self._came.set()
        if self._waiting >= MOST_WAITING_BYTES and not self._ended:
            self.channel.pause_reading()

    def eof_received(self) -> bool:
        return True  # what ends it is the channel's close: the exit status comes in between

    def exit_status_received(self, status: int) -> None:
        self.status = status
        self.channel.resume_reading()  # the gate's last words stand behind what nobody has read yet

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: ARG002 - asyncssh's signature
        self.signal = signal
        self.channel.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        self.over = True
        self._came.set()
        self.takes.set()

    def pause_writing(self) -> None:
        self.takes.clear()

    def resume_writing(self) -> None:
        self.takes.set()

    @property
    def _ended(self) -> bool:
        return self.status is not None or bool(self.signal)

    async def output(self) -> bytes:
        """More of what it wrote; nothing once it is over."""
        while not self._output and not self.over:
            self._came.clear()
            await self._came.wait()
        data = b"".join(self._output)
        self._output.clear()
        if self._waiting >= MOST_WAITING_BYTES and not self.over:
            self.channel.resume_reading()
        self._waiting = 0
        return data

    async def until_over(self) -> None:
        """Return once its channel is closed."""
        while not self.over:
            self._came.clear()
            await self._came.wait()

    def ended(self) -> Ended:
        """How it ended."""
        words = self.words.said()
        if not self._ended:
            return Ended(LOST.code, LOST.sentence, LOST.remedy, words=words)
        code = words.partition("[")[2].partition("]")[0] if "refused [" in words else ""
        return Ended(code or "exited", status=self.status, signal=self.signal, words=words)


class Terminal:
    """One program, one page."""

    def __init__(self, page: Page, program: Program) -> None:
        self._page = page
        self._program = program
        self._ahead = Ahead()
        self._room = asyncio.Event()
        self._room.set()
        self._typed: deque[bytes] = deque()
        self._to_pass = 0
        self._typing = asyncio.Event()

    async def carry(self) -> Ended:
        """Until either side ends; how."""
        return await first(self._outwards(), self._listen(), self._inwards())

    async def _outwards(self) -> Ended:
        async with asyncio.TaskGroup() as group:
            drawing = group.create_task(self._draw())
            await self._program.until_over()
            self._ahead.most = self._ahead.undrawn + 2 * WINDOW_BYTES + MOST_WAITING_BYTES
            self._room.set()
            await asyncio.wait({drawing}, timeout=LAST_S)
            drawing.cancel()
        return self._program.ended()

    async def _draw(self) -> None:
        while data := await self._program.output():
            for start in range(0, len(data), PIECE_BYTES):
                piece = data[start : start + PIECE_BYTES]
                await self._room.wait()
                self._ahead.sent(len(piece))
                if not self._ahead.room:
                    self._room.clear()
                await self._page.send(piece)

    async def _listen(self) -> Ended:
        """Take every message at once: what was drawn must count even while the asset takes nothing."""
        while True:
            try:
                said = await self._page.heard()
            except TalkError:
                return NOT_UNDERSTOOD
            match said:
                case None:
                    return GONE
                case Start():
                    return NOT_UNDERSTOOD
                case Resized(columns, rows):
                    with suppress(OSError):  # it may have ended just now, which is told elsewhere
                        self._program.channel.change_terminal_size(columns, rows)
                case Drawn(size):
                    self._ahead.drawn(size)
                    if self._ahead.room:
                        self._room.set()
                case Typed(data):
                    self._typed.append(data)
                    self._to_pass += len(data)
                    self._typing.set()
                    if self._to_pass > MOST_TYPED_BYTES:
                        return TOO_MUCH

    async def _inwards(self) -> Ended:
        while True:
            await self._typing.wait()
            while self._typed:
                data = self._typed.popleft()
                with suppress(OSError):
                    self._program.channel.write(data)
                await self._program.takes.wait()
                self._to_pass -= len(data)
                await self._page.taken(len(data))
            self._typing.clear()


async def carry_terminal(
    page: Page, ssh: asyncssh.SSHClientConnection, command: str | None, columns: int, rows: int
) -> Ended:
    """A shell, or ``command``, with a terminal of that size; how it ended."""
    program = Program()
    try:
        channel, _ = await ssh.create_session(
            lambda: program,
            command,
            term_type=KIND,
            term_size=(columns, rows),
            encoding=None,
            window=WINDOW_BYTES,
            max_pktsize=PIECE_BYTES,
        )
    except asyncssh.ChannelOpenError as error:
        return refused(error.reason)
    except asyncssh.Error:
        return LOST
    try:
        return await Terminal(page, program).carry()
    finally:
        channel.close()
