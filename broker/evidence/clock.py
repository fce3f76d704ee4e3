"""The line of the clock in the list of how the evidence stands. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.evidence.standing import Standing, State
from domain.said import Form, figure, say, say_n

CLOCK, CLOCK_TITLE = "clock", say("Clock")

OFF_BY = timedelta(seconds=2)
"""From here on a clock that is kept is wrong all the same."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """The wall clock was moved by so many seconds against the machine's own, at ``at`` as it shows now."""

    at: datetime
    seconds: int


def of_clock(offset: timedelta, *, synchronised: bool, stepped: Stepped | None = None) -> Standing:
    """How this machine's clock is kept, by the kernel's own word: whether by anybody, and by how much it is being put right.

    ``stepped`` is what the gate saw happen to it, while it does not rely on it.
    """
    if stepped is not None:
        return Standing(
            CLOCK,
            CLOCK_TITLE,
            State.ALARMED,
            say_n(
                "The clock was moved by {count} second: no new session opens.",
                "The clock was moved by {count} seconds: no new session opens.",
                stepped.seconds,
            ),
            stepped.at,
            say(
                "Compare it with the plant's time server. It is relied on again after a quiet minute; one that was set back "
                "has to be put right, or the gate started anew."
            ),
        )
    if not synchronised:
        return Standing(
            CLOCK,
            CLOCK_TITLE,
            State.ALARMED,
            say("No time service keeps this node's clock."),
            remedy=say("Run chrony or systemd-timesyncd against the plant's own time server."),
        )
    off = abs(offset)
    seconds = off.total_seconds()
    if off >= OFF_BY:
        return Standing(
            CLOCK,
            CLOCK_TITLE,
            State.ALARMED,
            say("The clock is off by {seconds} s, as its time service sees it.", seconds=_one_place(seconds)),
            remedy=say(
                "Compare the time service's sources with each other: one of them, or this clock, is wrong."
            ),
        )
    return Standing(CLOCK, CLOCK_TITLE, State.OK, say("A time service keeps the clock, in UTC."))


def _one_place(seconds: float) -> str:
    return figure(f"{seconds:.1f}", seconds, Form.ONE_PLACE)
