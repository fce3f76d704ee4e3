"""Only an asset that the charter names can be reached; nothing is looked up for a client."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Accept, Refuse, Verdict
from policies.wording import plain

REGISTERED = Accept("The asset is one that the charter names.")


@dataclass(frozen=True, slots=True)
class AssetRegistered:
    """To a vendor this refusal reads like ``no_contract``: see ``policies.explain.outward``."""

    id: ClassVar[RuleId] = RuleId("asset-registered/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        if facts.matter(request).asset is not None:
            return REGISTERED
        return Refuse(
            "unknown_asset",
            say("The charter names no asset '{asset}'.", asset=plain(request.asset)),
            say("Check the name; the lobby lists the assets that you may ask for."),
        )
