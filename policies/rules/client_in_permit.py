"""A permit is used with the tool, the key and from the network that it was asked for."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest, ConnectionMethod
from domain.ids import RuleId
from domain.permit import Permit
from domain.said import say
from policies.facts import Facts
from policies.networks import network_of
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.tools import tool_of

AS_ASKED = Accept("The client is the one that the permit was asked for.")
ASK = say("Use what the permit names, or ask for a new permit from this client.")


@dataclass(frozen=True, slots=True)
class ClientInPermit:
    """Has nothing to say while a permit is asked for, or where there is none."""

    id: ClassVar[RuleId] = RuleId("client-in-permit/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        standing = facts.matter(request).standing
        if request.window is not None or standing is None:
            return Abstain()
        permit = standing.permit
        tool = tool_of(facts.charter, request.client)
        if tool is None or tool not in permit.tools:
            named = ", ".join(sorted(permit.tools))
            return Refuse(
                "tool_not_in_permit", say("The permit is for another tool: {named}.", named=named), ASK
            )
        if request.method is not permit.method:
            return Refuse(
                "method_not_in_permit",
                say("The permit is for a connection by {method}.", method=permit.method),
                ASK,
            )
        if not _known(request, permit):
            return Refuse("key_not_in_permit", say("The permit is for another SSH key."), ASK)
        if network_of(request.source, sorted(permit.networks)) is None:
            return Refuse("source_not_in_permit", say("The permit is for another network."), ASK)
        return AS_ASKED


def _known(request: AccessRequest, permit: Permit) -> bool:
    """Whether it is a key of the permit. In a browser it is one that the gate has certified for the permit that is named."""
    if permit.method is ConnectionMethod.BROWSER:
        return request.permit == permit.id
    return request.key in permit.keys
