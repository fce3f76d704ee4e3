"""A contract says what it must before anybody comes in under it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.tenure import contracts_in_force

COMPLETE = Accept("A running contract over the asset holds every term that it must.")


@dataclass(frozen=True, slots=True)
class ContractComplete:
    """Security terms, duty of notice, right to audit, rule for sub-contractors, duties at the end."""

    id: ClassVar[RuleId] = RuleId("contract-complete/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.vendor is None or matter.asset is None:
            return Abstain()
        running = contracts_in_force(matter.vendor, matter.asset.id, facts.now)
        if not running:
            return Abstain()
        if any(not one.missing for one in running):
            return COMPLETE
        first = running[0]
        return Refuse(
            "contract_term_missing",
            say(
                "The contract {reference} does not say: {missing}.",
                reference=first.reference,
                missing=", ".join(first.missing),
            ),
            say("Agree on it, and write into vendors.toml where the contract says it."),
        )
