"""What may be touched from outside depends on what the zone is doing."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.plant import OperatingState
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

HOLDS = Accept("The zone is in an operating state in which this may happen.")
LATER = Accept("The zone's operating state is known; the permit will hold in the states that it names.")


@dataclass(frozen=True, slots=True)
class OperatingStateHolds:
    """At the door the zone's state must be on the permit and on the conduit. Unknown refuses.

    While asking, only an unknown state refuses: the window asked for may lie in a state to come.
    """

    id: ClassVar[RuleId] = RuleId("operating-state/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.asset is None or matter.conduit is None:
            return Abstain()
        zone = facts.charter.zones[matter.asset.zone]
        state = facts.states.get(zone.id)
        if not isinstance(state, OperatingState):
            return Refuse(
                "state_unknown",
                f"The operating state of {zone.name} is not known.",
                "The plant's shift sets it: penstock state set.",
            )
        if request.window is not None:
            return LATER
        states = matter.conduit.states
        if matter.standing is not None:
            states &= matter.standing.permit.states
        if state in states:
            return HOLDS
        return Refuse(
            "operating_state",
            f"{zone.name} is in the state '{state}', in which this may not happen.",
            f"It may in: {', '.join(sorted(states))}." if states else "Ask for a new permit.",
        )
