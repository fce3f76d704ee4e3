"""An exception at work: one refusal of one rule counts as accepted, by name, until the exception ends."""

from collections.abc import Mapping
from datetime import datetime

from domain.access import AccessRequest
from domain.exceptions import GrantedException, Liftable, in_force
from domain.ids import RuleId
from policies.facts import Facts
from policies.rule import Accept, Refuse
from policies.wording import when

LIFTED_OF: Mapping[Liftable, str] = {
    Liftable.CONTRACT_TERM: "contract-complete",
    Liftable.TOOL: "tool-accepted",
}
"""Which rule's refusal an exception lifts, without its number. Each of these asks one question only: a rule
that asked two would have its second one lifted with the first. The other liftable codes are findings, and a tunnel, which is
looked for while it runs (``policies.unrecorded``)."""


def lifted(rule: RuleId, refusal: Refuse, request: AccessRequest, facts: Facts) -> Accept | None:
    """What an exception makes of ``refusal``; None when none lifts it, and then it refuses."""
    if refusal.code not in set(Liftable) or LIFTED_OF.get(Liftable(refusal.code)) != rule.partition("/")[0]:
        return None
    matter = facts.matter(request)
    if matter.asset is None or matter.conduit is None or matter.vendor is None:
        return None
    charter = facts.charter
    boundaries = charter.boundaries(matter.asset.id, matter.conduit.id)
    one = in_force(charter.exceptions, refusal.code, boundaries, matter.vendor.id, facts.now)
    if one is None:
        return None
    until = when(one.window.end, charter.place_of(matter.asset.id))
    return Accept(
        f"The exception {one.id} lifts '{refusal.code}' until {until}; {one.owner} answers for it. "
        f"Instead: {one.compensating}",
        "excepted",
        one.id,
    )


def of_finding(
    exceptions: tuple[GrantedException, ...], code: str, boundaries: tuple[str, ...], at: datetime
) -> GrantedException | None:
    """The exception under which a finding is tolerated at ``at``; the finding stays one."""
    return in_force(exceptions, code, boundaries, None, at)
