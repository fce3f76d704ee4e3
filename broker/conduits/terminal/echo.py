"""Which typed bytes may be kept: those that the asset echoed. Pure.

A password is typed while the asset does not echo. The gate sees only bytes, not the terminal's
modes at the asset, so it infers: a typed byte counts as echoed when the very next output is that
byte. Before effect only a count is recorded (that so many bytes passed, hidden); once the echo has shown
them, the bytes themselves are recorded after the fact, for they are on the screen anyway. While
the echo is confirmed and nothing is outstanding, bytes are recorded openly before they pass.

What this can tell: ordinary typing at a prompt, and passwords asked for by sudo, passwd, ssh, login and
anything else that switches the echo off after a line's end, or whose prompt names a secret.

What it can't tell: a program that switches the echo off in the middle of a line without a word about
it shows at most one typed byte; a secret typed where the asset does echo is on the screen, and
so in the evidence; programs that draw the screen themselves (editors) echo in their own way, and what is
typed there stays hidden although it was no secret. When unsure, it hides.
"""

import re
from dataclasses import dataclass, field

from broker.secret_prompt import asks_for_a_secret

CONTROL = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|\x1b[()][A-Za-z0-9]|\x1b[=>78]"
)
NOT_PRINTED = re.compile(rb"[\x00-\x1f\x7f]")
LONGEST_TAIL = 512
LONGEST_LOOK = 8192
MOST_OUTSTANDING = 4096


@dataclass(slots=True)
class Echo:
    """One terminal channel. ``typed`` before the bytes pass to the asset, ``shown`` before output passes back."""

    _outstanding: bytearray = field(default_factory=bytearray)
    """Typed, and not seen on the screen yet."""

    _recorded: int = 0
    """How many of the outstanding bytes, from the first, were recorded openly."""

    _confirmed: bool = False
    _secret: bool = False
    _tail: bytes = b""

    def typed(self, data: bytes) -> bool:
        """Whether ``data`` may be recorded openly before it passes; False: record only how many bytes it is."""
        plain = (
            self._confirmed
            and not self._secret
            and not self._outstanding
            and NOT_PRINTED.search(data) is None
        )
        if len(self._outstanding) + len(data) > MOST_OUTSTANDING:
            self._forget()
            return False
        self._outstanding += data
        if plain:
            self._recorded = len(data)
        return plain

    def shown(self, data: bytes) -> bytes:
        """What was typed earlier, was hidden, and is now seen to be on the screen; often nothing."""
        # An echo is at the beginning and a prompt at the end: a bulk of output costs no more than that.
        text = CONTROL.sub(b"", data[:LONGEST_LOOK])
        if self._secret:
            self._forget()
        revealed = self._match(text)
        self._tail = (self._tail + data[-LONGEST_TAIL:])[-LONGEST_TAIL:]
        self._secret = asks_for_a_secret(CONTROL.sub(b"", self._tail))
        if self._secret:
            self._forget()
        return revealed

    def _match(self, text: bytes) -> bytes:
        length = 0
        while length < min(len(self._outstanding), len(text)):
            byte = self._outstanding[length]
            if byte != text[length] or not 0x20 <= byte != 0x7F:
                break
            length += 1
        at_line_end = (
            bytes(self._outstanding[length : length + 1]) in (b"\r", b"\n")
            and text[length : length + 1] == b"\r"
        )
        revealed = bytes(self._outstanding[self._recorded : length + at_line_end])
        del self._outstanding[: length + at_line_end]
        self._recorded = max(self._recorded - length - at_line_end, 0)
        if text[length:]:
            # Output that is not the echo of what was typed: the rest stays hidden for good, and after
            # a line's end or anything else that the asset says, the echo is unknown again.
            self._forget()
        elif length:
            self._confirmed = True
        return revealed

    def _forget(self) -> None:
        self._outstanding.clear()
        self._recorded = 0
        self._confirmed = False
