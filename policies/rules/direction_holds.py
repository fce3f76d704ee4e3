"""Over an outbound conduit nothing is asked for that would have to send something in."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest, Action, PassageKind
from domain.ids import RuleId
from domain.plant import Direction
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

EITHER = Accept("The conduit lets bytes go both ways.")
OUTWARD = Accept("Only what the asset sends by itself is asked for.")


@dataclass(frozen=True, slots=True)
class DirectionHolds:
    """A shell, a command and a file transfer send something in, so only a forward to look at passes.

    That not one byte goes in is not left to this rule: the gate drops each, see broker.conduits.tcp.outbound.
    """

    id: ClassVar[RuleId] = RuleId("direction-holds/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.conduit is None:
            return Abstain()
        if matter.conduit.direction is Direction.BOTH:
            return EITHER
        inward = [one for one in request.passage if one.kind is not PassageKind.FORWARD]
        if inward or matter.actions - {Action.VIEW}:
            return Refuse(
                "outbound_only",
                say(
                    "The conduit {conduit} only lets bytes out; nothing can be sent to {asset}.",
                    conduit=matter.conduit.id,
                    asset=request.asset,
                ),
                say("Ask to view what the asset sends by itself, with a forward to its port."),
            )
        if matter.standing is not None and matter.standing.permit.direction is not Direction.OUTBOUND:
            return Refuse(
                "direction_changed",
                say("The conduit has become outbound since this permit was asked for."),
                say("Ask for a new permit."),
            )
        return OUTWARD
