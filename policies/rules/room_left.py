"""There is room for one more session, and nobody else writes to the controller."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from policies.facts import Facts
from policies.occupancy import WRITING, full, writers_of
from policies.rule import Abstain, Accept, Refuse, Verdict

ROOM = Accept("There is room for this session, and nobody else writes there.")

LATER = Accept(
    "How many people write to it at once is looked at when a session opens; its charter says how many may."
)


@dataclass(frozen=True, slots=True)
class RoomLeft:
    """Does nobody else write to this controller now, and has the person, company, asset and way a session left?

    While a permit is asked for, who else will be there then is not known. Sessions under the same permit are not counted here, for another channel of one
    of them is none; whoever opens a session counts them.
    """

    id: ClassVar[RuleId] = RuleId("room-left/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        standing = matter.standing
        if request.window is not None:
            writes = bool(matter.actions & WRITING)
            return LATER if matter.asset is not None and writes and writers_of(matter.asset) else Abstain()
        if standing is None:
            return Abstain()
        permit = standing.permit
        others = [one for one in facts.sessions if one.permit.id != permit.id]
        found = full(facts.charter, permit, others)
        return ROOM if found is None else Refuse(found.code, found.sentence, found.remedy)
