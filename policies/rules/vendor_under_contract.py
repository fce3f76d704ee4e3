"""A vendor comes near an asset only under a contract that names it, and only while that contract runs."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import when

UNDER_CONTRACT = Accept("A contract of the vendor covers this asset now.")
RENEW = "Ask your contact at the plant to renew the contract in the charter."


@dataclass(frozen=True, slots=True)
class VendorUnderContract:
    """While asking, one contract must also cover the whole window that is asked for."""

    id: ClassVar[RuleId] = RuleId("vendor-under-contract/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:  # noqa: PLR0911 - one return per answer
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.person is None or matter.asset is None:
            return Abstain()
        if matter.vendor is None:
            return Refuse(
                "not_a_vendor_person",
                say(
                    "{person} belongs to no vendor; permits are for vendors' people.",
                    person=matter.person.name,
                ),
                say("Use the plant's own way to the asset."),
            )
        contracts = matter.vendor.covers(matter.asset.id)
        if not contracts:
            return Refuse(
                "no_contract",
                say(
                    "No contract of {vendor} names {asset}.", vendor=matter.vendor.name, asset=matter.asset.id
                ),
                say("Ask your contact at the plant which assets your contract covers."),
            )
        place = facts.charter.place_of(matter.asset.id)
        running = [one for one in contracts if one.window.contains(facts.now)]
        if not running:
            last = max(contracts, key=lambda one: one.window.end)
            if facts.now >= last.window.end:
                return Refuse(
                    "contract_over",
                    say(
                        "The contract {reference} ended at {end}.",
                        reference=last.reference,
                        end=when(last.window.end, place),
                    ),
                    RENEW,
                )
            to_come = (one for one in contracts if one.window.start > facts.now)
            first = min(to_come, key=lambda one: one.window.start)
            return Refuse(
                "contract_not_begun",
                say(
                    "The contract {reference} begins at {start}.",
                    reference=first.reference,
                    start=when(first.window.start, place),
                ),
                say("Come back then."),
            )
        if request.window is not None and not any(one.window.end >= request.window.end for one in running):
            end = max(one.window.end for one in running)
            return Refuse(
                "beyond_contract",
                say("The window asked for ends after {end}, when the contract ends.", end=when(end, place)),
                say("Ask for a window that ends before."),
            )
        return UNDER_CONTRACT
