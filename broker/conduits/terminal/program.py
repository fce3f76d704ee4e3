"""Which grant a program takes, by an exact parse; the sizes of terminals; which variables pass. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.access import Flow, Grant, PassageKind

_PLAIN = rb"[^\s;&|<>$`\\\"'(){}*?\[\]!#~\x00-\x1f]"
"""No letter that means anything to a shell."""

SCP = re.compile(
    rb"scp( -[vrpdq]+)* -[vrpdq]*(?P<way>[tf])[vrpdq]*( --)? (?P<path>(?!-)" + _PLAIN + rb"+|~(/[\w./-]*)?)"
)
"""Exactly what a stock scp client sends (``scp -O``): flags, then one path without a shell's special letters."""

_OPTION = re.compile(
    rb"-[vqbunlLkKdWHogDtOJpEAXUNrcSRmCxzIyih8]+(?:e[0-9.A-Za-z]*)?|-e[0-9.A-Za-z]*|-B[0-9]+"
    rb"|--(?:numeric-ids|ignore-errors|safe-links|copy-unsafe-links|munge-links|size-only|inplace|partial|append|append-verify"
    rb"|new-compress|old-compress|open-noatime|ignore-missing-args|no-implied-dirs|from0|stats|no-r|one-file-system"
    rb"|(?:timeout|max-size|min-size|bwlimit|checksum-seed|compress-level|modify-window)=[0-9.kKmMgG-]+"
    rb"|(?:checksum-choice|compress-choice|log-format|iconv)=[%A-Za-z0-9.,-]+)"
)
_CHANGES = re.compile(
    rb"--(?:delete(?:-(?:before|during|delay|after|excluded|missing-args))?|force|max-delete=[0-9]+|existing|ignore-existing"
    rb"|delay-updates|preallocate|mkpath)"
)
_PATHS = re.compile(rb"(?:(?:\A| )(?!-|\\-)(?:~(?=/| |\Z))?(?:" + _PLAIN + rb"|\\[^\r\n\x00])*)+")
RSYNC, SENDS = b"rsync --server", b"--sender"
"""How a stock rsync client's command begins, and the word by which the asset is the side that sends."""

LONGEST_DETAIL = 500
MOST_COLUMNS = 1000

VARIABLE = re.compile(rb"LANG|LC_[A-Z]{1,24}|TERM|COLORTERM", re.ASCII)
VALUE = re.compile(rb"[A-Za-z0-9_.,@:=+/-]{0,256}", re.ASCII)
MOST_VARIABLES = 32
TERMINAL = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}", re.ASCII)
PLAINEST = b"dumb"


def grant_of(request: str, what: bytes) -> Grant:
    """The grant that a program request takes. A command that only begins like scp or rsync is an exec.

    Which way sftp moves files is not known yet. Never used to switch recording off.
    """
    match request:
        case "shell":
            return Grant(PassageKind.SHELL)
        case "subsystem":
            return Grant(PassageKind.SFTP if what == b"sftp" else PassageKind.SUBSYSTEM)
        case _:
            return _command(what)


def _command(command: bytes) -> Grant:
    if scp := SCP.fullmatch(command):
        return Grant(PassageKind.SCP, flow=Flow.GET if scp["way"] == b"f" else Flow.PUT)
    if flow := _rsync(command):
        return Grant(PassageKind.RSYNC, flow=flow)
    return Grant(PassageKind.EXEC)


def _rsync(command: bytes) -> Flow | None:
    """Which way a stock rsync client moves files by this command; None when it is not exactly such a one.

    Its own options, a dot, and paths in which a backslash takes a letter's meaning away. Not ``-s``, whose options come only over
    the channel; no option that names a file, a folder or a program; none that takes anything away where it is only read.
    """
    head, dot, paths = command.partition(b" . ")
    if not (head.startswith(RSYNC) and dot and paths and _PATHS.fullmatch(paths)):
        return None
    sends, *options = head.removeprefix(RSYNC).split(b" ")[1:] or [b""]
    flow = Flow.GET if sends == SENDS else Flow.PUT
    for one in options if flow is Flow.GET else [sends, *options]:
        if one and not _OPTION.fullmatch(one) and not (flow is Flow.PUT and _CHANGES.fullmatch(one)):
            return None
    return flow if head[len(RSYNC) : len(RSYNC) + 1] in {b"", b" "} else None


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
