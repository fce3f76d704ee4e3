"""A real shell at a real terminal, recorded as the gate records: for what reading a recording finds."""

import os
import pty
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker.conduits.terminal.echo import Echo
from recorder.format import payloads
from recorder.format.frame import Frame, Kind

PROMPT = b"ana@pump:~$ "
PATIENCE_S = 20


class Typist:
    """Types at a program and keeps the frames that the gate would have kept, one millisecond apart."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._echo = Echo()
        self._us = 0
        self.frames: list[Frame] = []
        self.note(
            Kind.CHANNEL_OPENED, payloads.channel_opened("shell", terminal="xterm", columns=80, rows=24)
        )

    def note(self, kind: Kind, payload: bytes) -> None:
        """One more frame."""
        self._us += 1000
        self.frames.append(Frame(kind, 1, self._us, payload))

    def type(self, keys: bytes) -> None:
        """As ``TerminalPassage.vendor_sent``."""
        if self._echo.typed(keys):
            self.note(Kind.TO_ASSET, keys)
        else:
            self.note(Kind.HIDDEN, payloads.hidden(len(keys)))
        os.write(self._fd, keys)

    def until(self, wanted: bytes, times: int = 1) -> None:
        """Read until the output holds ``wanted``, so often since the last call."""
        seen = b""
        while seen.count(wanted) < times:
            ready, _, _ = select.select([self._fd], [], [], PATIENCE_S)
            assert ready, f"{wanted!r} never came; there was {seen!r}"
            data = os.read(self._fd, 65536)
            seen += data
            self.note(Kind.TO_VENDOR, data)
            if revealed := self._echo.shown(data):
                self.note(Kind.TO_ASSET, revealed)

    def run(self, line: str) -> None:
        """Type a line letter by letter, send it off, and wait for the next prompt."""
        for letter in line:
            self.type(letter.encode())
            self.until(letter.encode())
        self.type(b"\r")
        self.until(PROMPT)


@contextmanager
def shell(home: Path) -> Iterator[Typist]:
    """A bash with line editing in the folder ``home``, ended and waited for."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(home)
        variables = {
            "PATH": os.environ["PATH"],
            "TERM": "xterm",
            "HOME": str(home),
            "PS1": PROMPT.decode(),
            "LC_ALL": "C.UTF-8",
        }
        os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"], variables)
    try:
        typist = Typist(fd)
        typist.until(PROMPT)
        yield typist
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)
