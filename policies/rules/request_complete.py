"""A request says what the conduit wants to know before anybody is asked to decide on it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest, RequestField
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

ASKED = Accept("This was asked when the permit was.")
COMPLETE = Accept("The request says everything that the conduit wants to know.")

IN_WORDS = {
    RequestField.PURPOSE: "what will be done (purpose)",
    RequestField.WORK_ORDER: "on which work order or change (work order)",
    RequestField.BACK_OUT: "how it is undone (back-out)",
    RequestField.FAILURE: "how it would show that it has gone wrong (failure)",
}


@dataclass(frozen=True, slots=True)
class RequestComplete:
    """Only while asking. Target, conduit, passage, action and window are other rules' to miss."""

    id: ClassVar[RuleId] = RuleId("request-complete/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        conduit = facts.matter(request).conduit
        if conduit is None:
            return Abstain()
        if request.window is None:
            return ASKED
        missing = [IN_WORDS[one] for one in request.stated.blank(conduit.requires | {RequestField.PURPOSE})]
        if request.method is None:
            missing.append("how it will be connected (method)")
        if not missing:
            return COMPLETE
        return Refuse(
            "request_incomplete",
            say("The request does not say {missing}.", missing=", nor ".join(missing)),
            say("Say it, and ask again."),
        )
