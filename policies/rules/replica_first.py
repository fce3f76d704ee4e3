"""Whoever only wants to look is shown the one-way replica before a live path (requirements C09, S-26)."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest, Action
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

LIVE = Accept("No replica would do for what is asked.")


@dataclass(frozen=True, slots=True)
class ReplicaFirst:
    """Speaks while a permit is asked for an asset whose replica this vendor could be led to."""

    id: ClassVar[RuleId] = RuleId("replica-first/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.asset is None or matter.vendor is None:
            return Abstain()
        replica = matter.asset.replica
        if replica is None or request.window is None or matter.actions != {Action.VIEW}:
            return LIVE
        if not matter.vendor.covers(replica) or not facts.charter.conduits_for(matter.vendor.id, replica):
            return LIVE
        return Refuse(
            "replica_first",
            say(
                "To look at {asset} there is its one-way replica {replica}.",
                asset=matter.asset.id,
                replica=replica,
            ),
            say(
                "Ask for {replica}; if looking is not enough, say what you will do beyond 'view'.",
                replica=replica,
            ),
        )
