"""There is room for one more session, and nobody else writes to the controller."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from policies.facts import Facts
from policies.occupancy import full
from policies.rule import Abstain, Accept, Refuse, Verdict

ROOM = Accept("There is room for this session, and nobody else writes there.")


@dataclass(frozen=True, slots=True)
class RoomLeft:
    """Does nobody else write to this controller now, and has the person, company, asset and way a session left?

    Not asked while a permit is asked for. Sessions under the same permit are not counted here, for another channel of one
    of them is none; whoever opens a session counts them.
    """

    id: ClassVar[RuleId] = RuleId("room-left/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        standing = facts.matter(request).standing
        if request.window is not None or standing is None:
            return Abstain()
        permit = standing.permit
        others = [one for one in facts.sessions if one.permit.id != permit.id]
        found = full(facts.charter, permit, others)
        return ROOM if found is None else Refuse(found.code, found.sentence, found.remedy)
