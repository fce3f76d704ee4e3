"""What the kill switch has isolated stays shut until somebody restores it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId, ToolId
from domain.said import say
from policies.facts import Facts
from policies.rule import Accept, Refuse, Verdict
from policies.tools import tool_of
from policies.wording import plain

NOT_ISOLATED = Accept("Nothing on the way is isolated.")

KINDS = frozenset({"site", "zone", "conduit", "vendor", "product", "tool", "asset", "person"})
ELSEWHERE = frozenset({"session", "permit"})
"""Scopes that end one session or permit; they say nothing about a new wish."""


@dataclass(frozen=True, slots=True)
class NotIsolated:
    """A scope that this version does not understand isolates everything: somebody meant something by it."""

    id: ClassVar[RuleId] = RuleId("not-isolated/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        if not facts.isolated:
            return NOT_ISOLATED
        matter = facts.matter(request)
        touched = {
            "all",
            f"person:{request.person}",
            f"asset:{request.asset}",
        }
        if matter.vendor is not None:
            touched.add(f"vendor:{matter.vendor.id}")
        if matter.asset is not None:
            zone = facts.charter.zones[matter.asset.zone]
            touched |= {f"zone:{zone.id}", f"site:{zone.site}"}
        if matter.conduit is not None:
            touched |= {f"conduit:{matter.conduit.id}", f"zone:{matter.conduit.source}"}
        if matter.vendor is not None and matter.asset is not None:
            touched |= {f"product:{one.id}" for one in matter.vendor.products_of(matter.asset.id)}
        touched |= {f"tool:{one}" for one in _tools(request, facts)}
        for scope in sorted(facts.isolated):
            if scope in touched or not _understood(scope):
                return Refuse(
                    "isolated",
                    say("The plant has isolated '{scope}'.", scope=plain(scope)),
                    say("Wait until the plant restores it; call your contact there."),
                )
        return NOT_ISOLATED


def _tools(request: AccessRequest, facts: Facts) -> frozenset[ToolId]:
    """What it would be done with: the client at the door, and all that the request or the permit names."""
    standing = facts.matter(request).standing
    found = tool_of(facts.charter, request.client)
    used = frozenset(() if found is None else (found,))
    return used | request.tools | (standing.permit.tools if standing is not None else frozenset())


def _understood(scope: str) -> bool:
    kind, colon, name = scope.partition(":")
    return bool(colon) and bool(name) and kind in KINDS | ELSEWHERE
