"""When a head of the ledger is to be stamped. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

RENEW_AGAIN = timedelta(days=1)
"""How often another stamp is asked for while the authority still signs with the certificate that runs out."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the plant wants of its time-stamps."""

    every: timedelta
    at_session_end: bool
    alarm_after: timedelta
    renew_before: timedelta


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest stamp: of how many leaves, when its head was asked for, when the authority gave it, and when it runs out."""

    size: int
    asked: datetime
    at: datetime
    until: datetime


def is_due(
    pace: Pace, now: datetime, asked: datetime | None, newest: Newest | None, *, news: bool, ended: bool
) -> bool:
    """Whether the head of ``now`` is to be stamped. ``asked`` is when the last one was, stamped or not.

    ``news``: the ledger holds something that is not about stamps itself; ``ended``: the end of a session is among it.
    """
    if asked is None:
        return True
    if news and ((ended and pace.at_session_end) or now - asked >= pace.every):
        return True
    return newest is not None and runs_out_soon(pace, newest, now) and now - asked >= RENEW_AGAIN


def runs_out_soon(pace: Pace, newest: Newest, now: datetime) -> bool:
    """Whether the newest stamp is to be taken in by another before its certificates run out."""
    return newest.until - now <= pace.renew_before
