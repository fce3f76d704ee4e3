"""What kind of passage a program is, by an exact parse; the sizes of terminals; which variables pass. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.access import PassageKind

SCP = re.compile(
    rb"scp( -[vrpdq]+)* -[vrpdq]*[tf][vrpdq]*( --)? (?P<path>[^\s;&|<>$`\\\"'(){}*?\[\]!#~\n\r\x00-\x1f]+|~(/[\w./-]*)?)"
)
"""Exactly what a stock scp client sends (``scp -O``): flags, then one path without a shell's special letters."""

LONGEST_DETAIL = 500
MOST_COLUMNS = 1000

VARIABLE = re.compile(rb"LANG|LC_[A-Z]{1,24}|TERM|COLORTERM", re.ASCII)
VALUE = re.compile(rb"[A-Za-z0-9_.,@:=+/-]{0,256}", re.ASCII)
MOST_VARIABLES = 32
TERMINAL = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}", re.ASCII)
PLAINEST = b"dumb"


def kind_of(request: str, what: bytes) -> PassageKind:
    """The passage that a program request asks for. A command that only begins like scp is an exec.

    Never used to switch recording off: it only says which grant is needed.
    """
    match request, what:
        case "shell", _:
            return PassageKind.SHELL
        case "subsystem", b"sftp":
            return PassageKind.SFTP
        case "exec", command if SCP.fullmatch(command):
            return PassageKind.SCP
        case "exec", _:
            return PassageKind.EXEC
        case _:
            return PassageKind.SUBSYSTEM


def detail_of(what: bytes) -> str:
    """What was literally asked for, as one printable line that is safe to show and to keep."""
    text = what.decode("utf-8", "backslashreplace")
    shown = "".join(
        letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text[:LONGEST_DETAIL]
    )
    return shown[:LONGEST_DETAIL]


def terminal_name(name: bytes) -> bytes:
    """``name`` where it can name a terminal (terminfo(5) has such as ``xterm-256color``), else the plainest.

    Programs at the asset look it up as part of a path, and print it.
    """
    return name if TERMINAL.fullmatch(name) else PLAINEST


def clamped(size: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Columns, rows and pixels that no terminal code can trip over.

    Zero stays zero: RFC 4254 section 6.2 has it ignored, and clients without a terminal send it.
    """
    columns, rows, width, height = (max(number, 0) for number in size)
    if columns > MOST_COLUMNS or rows > MOST_COLUMNS:
        width = height = 0
    return min(columns, MOST_COLUMNS), min(rows, MOST_COLUMNS), min(width, 65535), min(height, 65535)


@dataclass(slots=True)
class Environment:
    """The variables of one channel: only a language and a terminal's name may pass."""

    variables: dict[bytes, bytes] = field(default_factory=dict)

    def offer(self, name: bytes, value: bytes) -> bool:
        """Whether the variable was taken."""
        if len(self.variables) >= MOST_VARIABLES and name not in self.variables:
            return False
        if VARIABLE.fullmatch(name) is None or VALUE.fullmatch(value) is None:
            return False
        self.variables[name] = value
        return True

    def shown(self) -> Mapping[str, str]:
        """For the evidence."""
        return {name.decode("ascii"): value.decode("ascii") for name, value in self.variables.items()}


@dataclass(slots=True)
class Resizes:
    """Lets a few changes of size through at once, then a steady trickle; the last one always arrives.

    ``at`` says when to apply a size, in seconds since boot; a newer one replaces one that waits.
    """

    spacing_s: float = 0.05
    _next_s: float = 0.0

    def at(self, now_s: float) -> float:
        """The instant from which the next change may be applied; now, or a little later."""
        return max(now_s, self._next_s)

    def applied(self, now_s: float) -> None:
        """A change was passed on."""
        self._next_s = now_s + self.spacing_s
