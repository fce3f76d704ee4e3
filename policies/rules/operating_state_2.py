"""What may be touched from outside depends on what the zone is doing."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest, Action
from domain.ids import RuleId
from domain.plant import OperatingState
from domain.said import say
from policies.facts import Facts
from policies.matter import Matter
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.stakes import criticality_of
from policies.state_table import Outcome

HOLDS = Accept("The zone is in an operating state in which this may happen.")
WATCHED = Accept(
    "The zone is in an operating state in which this may happen while somebody of the plant watches."
)
LATER = Accept("The zone's operating state is known; the permit will hold in the states that it names.")


@dataclass(frozen=True, slots=True)
class OperatingStateHolds:
    """At the door the zone's state must be on permit and conduit, and in the charter's table. Unknown refuses.

    While asking, the window may lie in a state to come; so only an unknown state refuses, and a wish
    that the table refuses in every state of the conduit.
    """

    id: ClassVar[RuleId] = RuleId("operating-state/2")

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
                say("The operating state of {zone} is not known.", zone=zone.name),
                say("The plant's shift sets it: penstock state set."),
            )
        criticality = criticality_of(facts.charter, matter.asset.id)
        table = facts.charter.state_rules.table
        # A permit counts with all that it names: one session does whatever its permit allows.
        actions = _actions(matter)
        allowed = table.allowing(_states(request, matter), actions, criticality)
        if request.window is not None:
            return LATER if allowed else _never(actions, zone.name)
        if state in allowed:
            attended = (
                matter.conduit.supervised
                or table.outcome(state, actions, criticality).outcome is Outcome.ATTENDED
            )
            return WATCHED if attended else HOLDS
        named = f"It may in: {', '.join(sorted(allowed))}." if allowed else "Ask for a new permit."
        if state not in _states(request, matter):
            return Refuse(
                "operating_state",
                say(
                    "{zone} is in the state '{state}', in which this may not happen.",
                    zone=zone.name,
                    state=state,
                ),
                named,
            )
        return Refuse(
            "state_refuses",
            say(
                "While {zone} is in the state '{state}', the plant lets nobody {actions} there.",
                zone=zone.name,
                state=state,
                actions=_listed(actions),
            ),
            named,
        )


def _states(request: AccessRequest, matter: Matter) -> frozenset[OperatingState]:
    states = matter.conduit.states if matter.conduit is not None else frozenset()
    asking = request.window is not None or matter.standing is None
    return states if asking or matter.standing is None else states & matter.standing.permit.states


def _actions(matter: Matter) -> frozenset[Action]:
    return matter.actions if matter.standing is None else matter.actions | matter.standing.permit.actions


def _never(actions: frozenset[Action], zone: str) -> Refuse:
    return Refuse(
        "state_never_allows",
        say(
            "There is no operating state of {zone} in which the conduit is open and the plant lets somebody {actions}.",
            zone=zone,
            actions=_listed(actions),
        ),
        say("Ask for an action of less consequence."),
    )


def _listed(actions: frozenset[Action]) -> str:
    return " or ".join(one for one in Action if one in actions) or "do anything"
