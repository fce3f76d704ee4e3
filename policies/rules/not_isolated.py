"""What the kill switch has isolated stays shut until somebody restores it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from policies.facts import Facts
from policies.rule import Accept, Refuse, Verdict
from policies.wording import plain

NOT_ISOLATED = Accept("Nothing on the way is isolated.")

KINDS = frozenset({"site", "zone", "conduit", "vendor", "asset", "person"})
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
        for scope in sorted(facts.isolated):
            if scope in touched or not _understood(scope):
                return Refuse(
                    "isolated",
                    f"The plant has isolated '{plain(scope)}'.",
                    "Wait until the plant restores it; call your contact there.",
                )
        return NOT_ISOLATED


def _understood(scope: str) -> bool:
    kind, colon, name = scope.partition(":")
    return bool(colon) and bool(name) and kind in KINDS | ELSEWHERE
