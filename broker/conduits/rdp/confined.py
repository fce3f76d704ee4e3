"""What an engine's programs can do to the machine: next to nothing, and nothing to the node.

They take in whatever a hostile asset sends, with parsers written in C. So before they start, their process gives up for itself
and for all that it starts: every file but the system's own and a folder of its own, any connection of its own over TCP, signals
to others (Landlock, as far as the kernel has it), and more than a little memory. Landlock needs neither root nor a namespace.
"""

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

from domain.errors import ConfigError

MIB = 1024 * 1024
LIMITS: Mapping[int, int] = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 16 * MIB,
    resource.RLIMIT_NOFILE: 256,
    resource.RLIMIT_DATA: 1024 * MIB,
}
"""Of each program: what it may write to one file, how much memory of its own it may have."""

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture since Linux 5.13
_VERSION = 1
_BENEATH = 1
_NO_NEW_PRIVILEGES, _DEATH_SIGNAL = 38, 1

EXECUTE, WRITE, READ, LIST = 1, 2, 4, 8
_MAKE = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 4
"""Remove files and folders; make folders, files and sockets."""
_TRUNCATE = 1 << 14
_KNOWN = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_NEWEST = (1 << 16) - 1
_TCP = 0b11
_SCOPES = 0b11

USED = EXECUTE | READ | LIST
KEPT = READ | WRITE | LIST | _MAKE | _TRUNCATE
SYSTEM: Mapping[str, int] = {
    "/usr": USED,
    "/lib": USED,
    "/lib64": USED,
    "/bin": USED,
    "/etc": READ | LIST,
    "/dev/null": READ | WRITE,
    "/dev/urandom": READ,
    # Where X servers have their sockets, locks and compiled keyboards: in the unit a folder of this process alone.
    "/tmp": KEPT,  # noqa: S108
    "/var/lib/xkb": KEPT,
}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def landlock() -> int:
    """The version of Landlock that this kernel has; 0 where it has none, or does not let us use it."""
    return max(int(_libc.syscall(_CREATE, None, 0, _VERSION)), 0)


def confine(folders: Iterable[Path]) -> None:
    """Give up, for good, all but the system's files and ``folders``. Raises ConfigError where the kernel can't."""
    version = landlock()
    if not version:
        raise ConfigError(
            "This machine's kernel can't confine the RDP engine (Landlock, Linux 5.13 or later).",
            remedy="Run the gate on a kernel with Landlock among its security modules.",
        )
    files = _KNOWN.get(version, _NEWEST)
    rules = struct.pack("=QQQ", files, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _done(_libc.syscall(_CREATE, rules[:size], size, 0), "landlock_create_ruleset")
    try:
        for place, may in {**SYSTEM, **dict.fromkeys(map(str, folders), KEPT)}.items():
            _allow(ruleset, place, may & files)
        _done(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")
        _done(_libc.syscall(_RESTRICT, ruleset, 0), "landlock_restrict_self")
    finally:
        os.close(ruleset)
    for what, most in LIMITS.items():
        _soft, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard),) * 2)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it is gone. For a child, before it becomes a program."""
    _libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def _allow(ruleset: int, place: str, may: int) -> None:
    try:
        there = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(place):  # noqa: PTH112 - no file's right may be about what lies in a folder
            may &= EXECUTE | WRITE | READ | _TRUNCATE
        _done(_libc.syscall(_ADD, ruleset, _BENEATH, struct.pack("=Qi", may, there), 0), "landlock_add_rule")
    finally:
        os.close(there)


def _done(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise ConfigError(
            f"The RDP engine can't be confined: {what}: {os.strerror(number)}.",
            remedy="See what the gate's unit lets it call (SystemCallFilter).",
        )
    return result
