"""What its maker no longer supports is not touched from outside until somebody decides how to go on."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import when

OPEN_ENDED = Accept("No end of support is written of what is asked for.")
SUPPORTED = Accept("The vendor supports its product now.")
DECIDE = say("The plant must decide how to go on, and write a new date into vendors.toml.")


@dataclass(frozen=True, slots=True)
class ProductSupported:
    """Of several products that an asset is part of, the first end counts."""

    id: ClassVar[RuleId] = RuleId("product-supported/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.vendor is None or matter.asset is None or not matter.vendor.covers(matter.asset.id):
            return Abstain()
        ends = [
            (one.supported_until, one.name)
            for one in matter.vendor.products_of(matter.asset.id)
            if one.supported_until is not None
        ]
        if not ends:
            return OPEN_ENDED
        end, name = min(ends)
        said = when(end, facts.charter.organisation)
        if facts.now >= end:
            return Refuse(
                "support_over", say("The support of {name} ended at {said}.", name=name, said=said), DECIDE
            )
        if request.window is not None and request.window.end > end:
            return Refuse(
                "beyond_support",
                say(
                    "The window asked for ends after {said}, when the support of {name} ends.",
                    said=said,
                    name=name,
                ),
                say("Ask for a window that ends before."),
            )
        return SUPPORTED
