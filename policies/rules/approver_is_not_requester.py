"""Nobody approves their own wish, and no vendor's person approves any."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

OTHERS = Accept("Those who approved are people of the plant, and not the one who asked.")


@dataclass(frozen=True, slots=True)
class ApproverIsNotRequester:
    """permit-valid/1 does not count such an approval; this rule closes the door on the attempt."""

    id: ClassVar[RuleId] = RuleId("approver-is-not-requester/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        standing = facts.matter(request).standing
        if standing is None or not standing.approvals:
            return Abstain()
        for approval in standing.approvals:
            person = facts.charter.people.get(approval.approver)
            if approval.approver == standing.permit.person or (
                person is not None and person.vendor is not None
            ):
                return Refuse(
                    "own_approval",
                    say("This permit was approved by the person who asked, or by a vendor's person."),
                    say("Ask for a new permit; the plant's holder must decide."),
                )
        return OTHERS
