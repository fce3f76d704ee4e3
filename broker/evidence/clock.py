"""The line of the clock in the list of how the evidence stands. Pure."""

from datetime import timedelta

from broker.evidence.standing import Standing, State
from domain.said import Form, figure, say

CLOCK, CLOCK_TITLE = "clock", say("Clock")

OFF_BY = timedelta(seconds=2)
"""From here on a clock that is kept is wrong all the same."""


def of_clock(offset: timedelta, *, synchronised: bool) -> Standing:
    """How this machine's clock is kept, by the kernel's own word: whether by anybody, and by how much it is being put right."""
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
