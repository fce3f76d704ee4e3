"""How long somebody must wait after wrong attempts. Known and unknown names wait alike.

Only the console waits: the kill switch is also a local command that asks for no sign-in.
"""

FREE_FAILURES = 3
FIRST_WAIT_S = 2
LONGEST_WAIT_S = 900
SOURCE_FACTOR = 5
"""An address may stand for a whole site's people, so it gets this many times a person's tries."""

FORGOTTEN_AFTER_S = 86_400


def wait_s(failures: int) -> int:
    """Seconds after the last failure in which nothing is tried: 0, then 2, 8, 32 … up to 900."""
    over = failures - FREE_FAILURES
    if over < 0:
        return 0
    return min(FIRST_WAIT_S << 2 * min(over, 10), LONGEST_WAIT_S)


def open_at(failures: int, last_at: int, *, source: bool) -> int:
    """The first second at which the next attempt is looked at."""
    counted = failures // SOURCE_FACTOR if source else failures
    return last_at + wait_s(counted)
