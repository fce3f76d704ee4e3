"""What the ledger is told of itself, of this node's processes and of its clock. Members of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOpened:
    """The first leaf of a log: who runs it, under which software."""

    number: ClassVar[int] = 1
    at: datetime
    origin: str
    software: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStarted:
    """A process of this node came up, with what it will enforce."""

    number: ClassVar[int] = 2
    at: datetime
    process: str
    software: str
    charter: str
    trust: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStepped:
    """The wall clock moved against the machine's own by more than a second."""

    number: ClassVar[int] = 53
    at: datetime
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStoodStill:
    """The gate answered nothing any more, and the watchdog ended its process; the kernel closed both sides of every session.

    ``sessions`` is how many were live when it last spoke. Each is told of as interrupted once a gate runs again.
    """

    number: ClassVar[int] = 225
    at: datetime
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadUnwitnessed:
    """The ledger has grown, and for a quarter of an hour not enough witnesses outside vouched for it.

    Told once for each silence. ``missing`` are the policy's names of those that did not vouch; ``size`` is how many
    leaves they were asked about. From ``since`` on, only the plant itself could say that the ledger was not set back.
    """

    number: ClassVar[int] = 64
    at: datetime
    size: int
    since: datetime
    missing: tuple[str, ...]
