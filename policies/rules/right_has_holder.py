"""A right without a holder is a void: it is reported, and it refuses."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from domain.voices import unfilled
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Require, Verdict

HELD = Accept("Every right that this needs is held by somebody who may decide.")


@dataclass(frozen=True, slots=True)
class RightHasHolder:
    """While asking it requires the rights; at the door it only refuses where one has fallen void."""

    id: ClassVar[RuleId] = RuleId("right-has-holder/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.asset is None or matter.conduit is None:
            return Abstain()
        for right, able in matter.deciders.items():
            if not able:
                return Refuse(
                    "no_holder",
                    say(
                        "Nobody holds the right '{right}' over {conduit} now who could decide this.",
                        right=right,
                        conduit=matter.conduit.id,
                    ),
                    say("The plant must name a holder or a deputy in its charter."),
                )
        everybody = [(seat.right, one.person) for seat in matter.seats for one in seat.voices]
        if short := unfilled(matter.seats, everybody):
            return Refuse(
                "too_few_holders",
                say(
                    "Too few different persons hold the right '{short}' and the others that this needs.",
                    short=short[0],
                ),
                say("The plant must name more people in its charter; nobody counts twice for one permit."),
            )
        if request.window is None:
            return HELD
        return Require(frozenset(matter.deciders), say("The plant must approve this."))
