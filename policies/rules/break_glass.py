"""What was approved past the holder is judged again at every door, and is over soon."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from policies.facts import Facts
from policies.glass import ends, refusal
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import when

WHOLE = Accept("The permit was approved by those who hold the right.")


@dataclass(frozen=True, slots=True)
class BreakGlassCounts:
    """Is a use of break-glass young, over this boundary, reviewed where the last one had to be, and no write to safety?"""

    id: ClassVar[RuleId] = RuleId("break-glass/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.standing is None or matter.asset is None:
            return Abstain()
        if matter.glass is None:
            return WHOLE
        permit = matter.standing.permit
        no = refusal(facts.charter, facts.glasses, matter.glass, permit, facts.now)
        if no is not None:
            return Refuse(no.code, no.sentence, no.remedy)
        until = when(ends(facts.charter, matter.glass), facts.charter.place_of(matter.asset.id))
        return Accept(
            f"The glass was broken by {' and '.join(matter.glass.by)}, until {until}; somebody else reviews it.",
            "break_glass",
        )
