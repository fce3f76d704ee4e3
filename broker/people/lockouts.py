"""When a wait after wrong attempts is an alarm, and the leaf that says so. Pure.

A lock only ever holds sign-ins back. Who is signed in stays so, and the local kill switch asks nobody who
they are: no number of failures keeps the plant from ending a session.
"""

from datetime import datetime, timedelta

from domain.events import SignInLocked

ALARM_FROM_S = 30.0
"""A shorter wait is somebody who mistypes; this one and longer ones are told of."""

PERSON, SOURCE = "person:", "source:"
API = "api/"
"""Before an address whose bad tokens are counted: they don't hold its sign-ins back."""


def alarm(
    at: datetime, subject: str, door: str, failures: int, wait_s: float, source: str = ""
) -> SignInLocked | None:
    """The leaf of a wait of ``wait_s`` seconds that begins at ``at``; None where it is too short to be told."""
    if wait_s < ALARM_FROM_S:
        return None
    until = at + timedelta(seconds=wait_s)
    return SignInLocked(at=at, subject=subject, door=door, failures=failures, until=until, source=source)


def minutes(wait_s: float) -> str:
    """A wait as people say it: seconds up to two minutes, then whole minutes, never less than it is."""
    if wait_s < 120:
        return f"{max(1, -int(-wait_s // 1))} s"
    return f"{-int(-wait_s // 60)} min"
