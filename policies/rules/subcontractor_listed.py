"""Whoever works for a sub-contractor comes in only while the plant has that company listed under the vendor."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.tenure import subcontract
from policies.wording import when

OWN = Accept("The person works for the vendor itself.")
LISTED = Accept("The person's own company is listed under the vendor now.")
LIST = "The vendor must name the company to the plant, which lists it under [[vendor.subcontractor]]."


@dataclass(frozen=True, slots=True)
class SubcontractorListed:
    """Tied to the vendor, whose contract it is that lets them in."""

    id: ClassVar[RuleId] = RuleId("subcontractor-listed/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        person, vendor = matter.person, matter.vendor
        if person is None or vendor is None:
            return Abstain()
        if person.subcontractor is None:
            return OWN
        window = subcontract(person, vendor)
        if window is None or not window.contains(facts.now):
            return Refuse(
                "subcontractor_not_listed",
                say(
                    "{subcontractor} is not listed now as a sub-contractor of {vendor}.",
                    subcontractor=person.subcontractor,
                    vendor=vendor.name,
                ),
                LIST,
            )
        if request.window is not None and request.window.end > window.end:
            end = when(window.end, facts.charter.organisation)
            return Refuse(
                "beyond_subcontract",
                say(
                    "The window asked for ends after {end}, until when {subcontractor} is listed.",
                    end=end,
                    subcontractor=person.subcontractor,
                ),
                say("Ask for a window that ends before."),
            )
        return LISTED
