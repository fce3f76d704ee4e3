"""One terminal as it stood: its lines, and which of them a vendor sent off as a command. Pure, and slow.

A command is the line that the vendor left by its end, after the prompt at which they began to type, as the
asset drew it: edited, completed, recalled or pasted. The bytes that were typed are never looked at, only that there were
some and how many: what was not echoed, a password above all, can't come out of here. Where the prompt asks for
a secret, what follows it is left out even if the asset does echo it.

Known limits, for this only helps to find a place: without a prompt there is no command; output that imitates a prompt
while more was typed than shown can pass for one; a program that draws over the whole screen has lines and no commands.
"""

import re
import unicodedata
from collections import defaultdict, deque
from dataclasses import dataclass, replace
from typing import Any

import pyte
from pyte.screens import StaticDefaultDict
from wcwidth import wcwidth

from broker.secret_prompt import asks_for_a_secret
from recorder.replay import Sanitiser

ALTERNATE = frozenset({47, 1047, 1049})  # xterm's private modes for its other screen
BULK_CHARACTERS = 8 * 1024
"""Output that comes in larger pieces is read line by line in its middle: an emulator takes a second for a megabyte."""

TAIL_CHARACTERS = 4 * 1024
SEEN_BEFORE = 400  # lines: some screens full
BELL = "\N{SYMBOL FOR BELL}"  # as the sanitiser shows it; it takes no room
INTERRUPTS = frozenset({"^C", "^Z", "^D", "^\\"})
# pyte takes no more numbers than a sequence has by its standard, and is not asked for colours.
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
_NUMBERS = re.compile(
    r"\x1b\[([0-9]*)[;:][0-9;:]*([A-GI-Z@`a-egi-qs-z])|\x1b\[([0-9]*[;:][0-9]*)[0-9;:]*([Hfr])"
)
_PROMPT = re.compile(
    r"([^\s$#%>\u276f][^$#%>\u276f]{0,80}[$#%\u276f] |[^\s$#%>\u276f]{1,40}> |[$#%>\u276f] )\S"
)
_SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that stood on the screen. ``command`` is what was sent off in it, empty if nothing was."""

    at_us: int
    text: str
    command: str = ""


class Terminal:
    """One channel: output and keys in their order, and the lines that they made."""

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = _Screen(columns, rows, self)
        self._stream = pyte.Stream(self._screen)
        self._sanitiser = Sanitiser(strings=False)
        self._lines: list[Line] = []
        self._recent: deque[str] = deque(maxlen=SEEN_BEFORE)
        self._at_us = 0
        self._prompt = ""
        self._begun = False
        """Somebody typed at ``_prompt``, and the line was not left yet."""
        self._typed = 0
        """Bytes typed that no line has accounted for: a paste holds several lines."""
        self._secret = False
        self._doubtful: Line | None = None
        """A command that may be none: a shell that lists completions leaves the line too, and draws it again."""

    def resize(self, columns: int, rows: int) -> None:
        """The vendor's window has a new size."""
        self._screen.resize(rows, columns)
        self._screen.wrapped.clear()

    def typed(self, count: int, at_us: int) -> None:
        """So many bytes were typed now. Which ones is not asked."""
        self._at_us = at_us
        if self._screen.alternate is not None:
            self._snapshot()
            return
        if not self._begun:
            before = self._screen.before_cursor()
            if (
                self._doubtful is None
                or before.rstrip() != f"{self._prompt}{self._doubtful.command}".rstrip()
            ):
                self._doubtful = None
                self._prompt = before
                self._secret = asks_for_a_secret(before.encode())
            self._begun = True
            self._typed = 0
        self._typed += count

    def sent_off(self) -> None:
        """The last line was ended by the vendor, and not by the asset: its echo was seen."""
        self._doubtful = None

    def shown(self, data: bytes, at_us: int) -> None:
        """The asset wrote this."""
        self._at_us = at_us
        self._show(self._sanitiser.feed(data))

    def finish(self) -> None:
        """Nothing more will come: what still stands on the screen is a line too."""
        self._show(self._sanitiser.finish())
        self._snapshot()
        self._doubtful = None

    def drain(self) -> list[Line]:
        """The lines since the last call, oldest first; one of which it is not known yet what it was waits."""
        certain = len(self._lines) if self._doubtful is None else self._lines.index(self._doubtful)
        lines, self._lines = self._lines[:certain], self._lines[certain:]
        return lines

    def _show(self, text: str) -> None:
        text = _NUMBERS.sub(_fewer, _COLOURS.sub("", text.replace(BELL, "")))
        if len(text) <= BULK_CHARACTERS or self._screen.alternate is not None or "\x1b[?" in text:
            self._stream.feed(text)
            return
        first = text.find("\n") + 1
        last = text.rfind("\n", first, len(text) - TAIL_CHARACTERS) + 1
        if not first or last <= first:
            self._stream.feed(text)
            return
        self._stream.feed(text[:first])
        for line in text[first : last - 1].split("\n"):
            self._keep(Line(self._at_us, _SEQUENCE.sub("", line).strip("\r").rpartition("\r")[2].rstrip()))
        self._stream.feed(text[last:])

    # -- from the screen ---------------------------------------------------------------------------

    def left(self, text: str) -> bool:
        """The cursor left this line by its end; whether it has to be forgotten, for it holds a secret."""
        command, forget = "", False
        if self._begun or self._typed > 0:
            if not self._prompt.strip() and (prompt := _PROMPT.match(text)):
                self._prompt, self._secret = prompt[1], False  # it came only after somebody had typed
            sent = text.startswith(self._prompt) and bool(self._prompt.strip())
            forget = sent and self._secret
            if forget:
                text = self._prompt
            elif sent:
                command = text.removeprefix(self._prompt).strip()
                self._typed -= len(command.encode()) + 1
            if sent or not self._prompt.strip() or not text.strip():
                self._begun = False
        if command in INTERRUPTS:
            command = ""
        line = Line(self._at_us, text.rstrip(), command)
        if command:
            doubtful, self._doubtful = self._doubtful, line
            if doubtful is not None and command.startswith(doubtful.command):
                self._lines[self._lines.index(doubtful)] = replace(doubtful, command="")
        self._keep(line)
        return forget

    def wiped(self) -> None:
        """The screen is about to be erased, or changed for the other one."""
        self._snapshot()

    def _snapshot(self) -> None:
        if self._begun and self._secret and self._screen.alternate is None:
            self._screen.forget_line()
        for text in self._screen.rows():
            if text not in self._recent:
                self._keep(Line(self._at_us, text))

    def _keep(self, line: Line) -> None:
        if line.text.strip():
            self._recent.append(line.text)
            self._lines.append(line)


def _fewer(sequence: re.Match[str]) -> str:
    one, final, two, place = sequence.groups()
    return f"\x1b[{one}{final}" if final else f"\x1b[{two.replace(':', ';')}{place}"


class _Screen(pyte.Screen):
    """pyte's screen, which tells when a line is left; lines that wrapped are one."""

    def __init__(self, columns: int, rows: int, tell: Terminal) -> None:
        self.tell = tell
        self.wrapped: set[int] = set()
        """Rows that go on from the row above."""
        self.alternate: Any = None
        """What stands on the first screen while the other is shown."""
        self._wrapping = False
        super().__init__(columns, rows)

    def before_cursor(self) -> str:
        """The line in which the cursor stands, up to it."""
        y = self.cursor.y
        text = self._row(y, self.cursor.x)
        while y in self.wrapped:
            y -= 1
            text = self._row(y, self.columns) + text
        return text

    def forget_line(self) -> None:
        """Empty the line in which the cursor stands."""
        y = self.cursor.y
        self.buffer.pop(y, None)
        while y in self.wrapped:
            y -= 1
            self.buffer.pop(y, None)

    def rows(self) -> list[str]:
        """Every row with something in it, top to bottom."""
        return [text for y in range(self.lines) if (text := self._row(y, self.columns).rstrip())]

    def draw(self, data: str) -> None:
        # pyte drops the rest of a text in which a character takes no room and does not combine.
        if not data.isascii():
            data = "".join(one for one in data if wcwidth(one) > 0 or unicodedata.combining(one))
        self._wrapping = True
        try:
            super().draw(data)
        finally:
            self._wrapping = False

    def index(self) -> None:
        bottom = self.margins.bottom if self.margins else self.lines - 1
        if not self._wrapping and self.alternate is None:
            text = self.before_cursor() + self._row(self.cursor.y, self.columns, self.cursor.x)
            if self.tell.left(text):
                self.forget_line()
        if self.cursor.y == bottom:
            self.wrapped = {y - 1 for y in self.wrapped if y > 0}
        super().index()
        if self._wrapping:
            self.wrapped.add(self.cursor.y)
        else:
            self.wrapped.discard(self.cursor.y)

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        if how in {2, 3}:
            self.tell.wiped()
            self.wrapped.clear()
        if how in {0, 1, 2, 3}:
            super().erase_in_display(how, *args, **kwargs)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        if how in {0, 1, 2}:
            super().erase_in_line(how, private)

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        super().set_mode(*modes, **kwargs)
        if kwargs.get("private") and ALTERNATE & set(modes) and self.alternate is None:
            self.alternate = (self.buffer, self.wrapped, self.cursor.x, self.cursor.y)
            self.buffer = defaultdict(lambda: StaticDefaultDict(self.default_char))
            self.wrapped = set()

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        super().reset_mode(*modes, **kwargs)
        if kwargs.get("private") and ALTERNATE & set(modes) and self.alternate is not None:
            self.tell.wiped()
            self.buffer, self.wrapped, self.cursor.x, self.cursor.y = self.alternate
            self.alternate = None

    def _row(self, y: int, end: int, start: int = 0) -> str:
        if y not in self.buffer:
            return ""
        row = self.buffer[y]
        last = min(end, max(row, default=-1) + 1)
        return "".join(row[x].data if x in row else " " for x in range(start, last))
