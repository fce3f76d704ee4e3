"""Where a conduit has hours, it is used inside them: approval and schedule, both at once."""

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.permit import USABLE
from domain.plant import Conduit
from domain.said import say
from domain.window import TimeWindow
from policies.facts import Facts
from policies.recurrence import covers, next_open, open_at
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import when

ANY = Accept("The conduit has no hours: any time is one.")
INSIDE = Accept("It lies inside the hours of the conduit.")


@dataclass(frozen=True, slots=True)
class WithinHours:
    """While asking: does all of the window lie inside one time. At the door: is it such a time now."""

    id: ClassVar[RuleId] = RuleId("within-hours/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        conduit = matter.conduit
        if conduit is None:
            return Abstain()
        if not conduit.hours:
            return ANY
        zone = ZoneInfo(facts.charter.place_of(request.asset).time_zone)
        if request.window is None:
            if matter.standing is None or matter.standing.state not in USABLE:
                return Abstain()  # who waits may wait
            inside = open_at(conduit.hours, zone, facts.now) is not None
        elif facts.now >= request.window.end:
            return Abstain()  # window-open says so
        else:
            # What is left of it: a permit that waited for its holder may have begun.
            left = TimeWindow(max(request.window.start, facts.now), request.window.end)
            inside = covers(conduit.hours, zone, left)
        return INSIDE if inside else _outside(conduit, request, facts, zone)


def _outside(conduit: Conduit, request: AccessRequest, facts: Facts, zone: ZoneInfo) -> Refuse:
    place = facts.charter.place_of(request.asset)
    now, coming = open_at(conduit.hours, zone, facts.now), next_open(conduit.hours, zone, facts.now)
    said = [f"It is open now until {when(now.end, place)}."] if now else []
    if coming:
        said.append(f"It opens next {when(coming.start, place)} until {when(coming.end, place)}.")
    sentence = f"The conduit {conduit.id} has hours, and this lies outside them. {' '.join(said)}".strip()
    return Refuse("outside_hours", sentence, say("Ask for a time that lies inside one of them."))
