"""Where the charter says so, nobody comes in before somebody of the plant is known to know of it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.permit import PermitState
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.start_notice import Unheard, terms_over

HEARD = Accept("Somebody of the plant has confirmed that they know of this session's start.")
FREE = Accept("The plant is told of the start; its charter does not wait for an answer.")
UNHEARD = Refuse(
    "nobody_told",
    say("Nobody of the plant has confirmed yet that they know of this session's start."),
    say("They have been told; try again in a minute. If that does not help, call your contact at the plant."),
)


@dataclass(frozen=True, slots=True)
class SomebodyTold:
    """Was a notice of the start confirmed by one of those whom the charter names, where it says `block_start`?

    Not asked of break-glass: that is told loudly by itself, and is for when nobody answers.
    """

    id: ClassVar[RuleId] = RuleId("somebody-told/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.standing is None or matter.asset is None or matter.glass is not None:
            return Abstain()
        permit = matter.standing.permit
        terms = terms_over(facts.charter.start_terms, facts.charter.boundaries(permit.asset, permit.conduit))
        if terms.unheard is not Unheard.BLOCK_START:
            return FREE
        if permit.id in facts.heard:
            return HEARD
        # Before it is approved there is no start to be told of: it waits for its approval alone.
        return Abstain() if matter.standing.state is PermitState.REQUESTED else UNHEARD
