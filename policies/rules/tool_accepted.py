"""Vendors come in with the tools that the plant has accepted and has instructions for, and with no other."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId, ToolId
from domain.parties import Vendor
from domain.said import say
from policies.charter.charter import Charter
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.tools import selectable, tool_of
from policies.wording import plain

ACCEPTED = Accept("The tool is one that the plant has accepted for this vendor.")


@dataclass(frozen=True, slots=True)
class ToolAccepted:
    """At the door the client says what it is; while asking, the request names the tools."""

    id: ClassVar[RuleId] = RuleId("tool-accepted/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        vendor = facts.matter(request).vendor
        if vendor is None:
            return Abstain()
        able = selectable(facts.charter, vendor)
        if request.window is None or (request.client and not request.tools):
            found = tool_of(facts.charter, request.client)
            if found is None or found not in able:
                said = plain(request.client) or "that does not say what it is"
                return Refuse(
                    "tool_unknown",
                    say("The plant has not accepted the client {said}.", said=said),
                    _remedy(facts.charter, vendor, able),
                )
            return ACCEPTED
        if not request.tools:
            return Refuse(
                "tool_not_stated", say("The request names no tool."), _remedy(facts.charter, vendor, able)
            )
        beyond = sorted(request.tools - able)
        if beyond:
            return Refuse(
                "tool_unknown",
                say("The plant has not accepted the tool '{beyond}' here.", beyond=plain(beyond[0])),
                _remedy(facts.charter, vendor, able),
            )
        return ACCEPTED


def _remedy(charter: Charter, vendor: Vendor, able: frozenset[ToolId]) -> str:
    names = ", ".join(sorted(charter.tools[one].name for one in able)) or "none yet"
    return f"Use one that the plant has accepted for {vendor.name}: {names}."
