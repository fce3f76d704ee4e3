"""A window is half-open: its first instant is inside, its end is not."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.permit import WAITING
from domain.said import say
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import when

OPEN = Accept("The permit's window is open.")
FITS = Accept("The window asked for is to come, and no longer than the conduit allows.")


@dataclass(frozen=True, slots=True)
class WindowOpen:
    """At the door: is the permit's window open now. While asking: could this window be granted at all."""

    id: ClassVar[RuleId] = RuleId("window-open/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        if request.window is not None:
            return _asked(request, facts, request.window)
        standing = facts.matter(request).standing
        if standing is None:
            return Abstain()
        window, place = standing.permit.window, facts.charter.place_of(request.asset)
        if facts.now >= window.end:
            return Refuse(
                "window_over",
                say("The permit's window closed at {end}.", end=when(window.end, place)),
                say("Ask for a new permit."),
            )
        if standing.state in WAITING:
            return Abstain()  # it is not open before it is approved, whatever the clock says
        if facts.now < window.start:
            return Refuse(
                "window_not_open",
                say("The permit's window opens at {start}.", start=when(window.start, place)),
                say("Come back then."),
            )
        return OPEN


def _asked(request: AccessRequest, facts: Facts, window: TimeWindow) -> Verdict:
    # Only its end counts: a permit that waited for its holder may have begun, and what is left of it is
    # shorter than what was asked for, never longer.
    if facts.now >= window.end:
        return Refuse(
            "window_in_past",
            say(
                "The window asked for ends at {end}, which is past.",
                end=when(window.end, facts.charter.place_of(request.asset)),
            ),
            say("Ask for a window that ends later."),
        )
    conduit = facts.matter(request).conduit
    if conduit is None:
        return Abstain()
    if window.length > conduit.longest_window:
        hours = conduit.longest_window.total_seconds() / 3600
        return Refuse(
            "window_too_long",
            say(
                "The conduit {conduit} grants {hours} hours at most.", conduit=conduit.id, hours=f"{hours:g}"
            ),
            say("Ask for a shorter window, and for another one when it ends."),
        )
    return FITS
