"""Break-glass: a yes past the holder, by those who lead incidents or are of the shift, loud to everyone passed over.

It is a way to approve and nothing else: the rules are asked as ever, the proof is over the permit's own
bytes, and the gate judges the use again at every door. The leaf names each person who was skipped; it
is kept before the watchdog keeps the use, and that before the permit is approved.
"""

from collections.abc import Iterable

import structlog

from approvals.quorum import Terms, may_approve
from approvals.service import Before, Filed
from broker.console.desk import Desk
from broker.console.guard import Visitor
from broker.console.permits.terms import Judged, glass_terms
from broker.console.refusals import RefusalError
from domain.access import NeedsApproval
from domain.break_glass import Glass
from domain.errors import DecisionError
from domain.events import GlassBroken
from domain.ids import PersonId
from domain.plant import OperatingState
from domain.rights import DecisionRight
from policies.facts import Facts
from policies.glass import NoGlass, boundary_of, refusal, skipped

log = structlog.get_logger()


def may_break(judged: Judged, filed: Filed, visitor: Visitor, facts: Facts) -> bool:
    """Whether this visitor's yes would count towards breaking the glass for a wish that waits."""
    if not isinstance(judged.decision, NeedsApproval):
        return False
    given = {(one.right, one.approver) for one in filed.approvals}
    lead = DecisionRight.INCIDENT_LEAD
    return (
        not isinstance(_judged(filed, facts, (visitor.person.id,)), NoGlass)
        and (lead, visitor.person.id) not in given
        and bool(may_approve(glass_terms(filed.permit, facts, judged), lead, visitor.person.id, facts.now))
    )


def terms_to_break(judged: Judged, filed: Filed, visitor: Visitor, facts: Facts) -> Terms:
    """What it takes to approve this permit past its holder; RefusalError when it may not be now."""
    glass = _judged(filed, facts, (visitor.person.id,))
    if isinstance(glass, NoGlass):
        raise RefusalError(403, glass.code, glass.sentence, glass.remedy)
    return glass_terms(filed.permit, facts, judged)


def breaking(desk: Desk, filed: Filed, facts: Facts, reason: str) -> Before:
    """What happens once enough have said yes: the leaf, the watchdog, the alarm; in this order."""

    async def broken(yes: tuple[tuple[DecisionRight, PersonId], ...]) -> None:
        by = sorted({person for right, person in yes if right is DecisionRight.INCIDENT_LEAD})
        glass = _judged(filed, facts, by)
        if isinstance(glass, NoGlass):
            raise DecisionError(glass.sentence, code=glass.code, remedy=glass.remedy)
        passed_over = skipped(facts.charter, filed.permit, facts.now)
        await desk.parts.ledger.append(
            GlassBroken(
                at=glass.at,
                permit=glass.permit,
                by=glass.by,
                skipped=passed_over,
                boundary=glass.boundary,
                reason=reason,
                until=glass.until,
                emergency=glass.emergency,
            )
        )
        # Told before it takes effect, to whoever watches the logs; the pages say it from then on.
        log.critical("glass_broken", permit=glass.permit, by=glass.by, skipped=passed_over)
        said = await desk.parts.watchdog({"do": "break-glass", "glass": glass.document()})
        if said.get("ok") is not True:
            raise DecisionError(
                str(said.get("error", "The watchdog did not keep this use.")), code="break_glass_not_kept"
            )

    return broken


def _judged(filed: Filed, facts: Facts, by: Iterable[PersonId]) -> Glass | NoGlass:
    """The use that this would be, or why there can be none now."""
    permit, charter = filed.permit, facts.charter
    boundary = boundary_of(charter, permit, facts.now)
    asset = charter.assets.get(permit.asset)
    if boundary is None or asset is None:
        return NoGlass(
            "break_glass_void", "Nobody holds the right that would be skipped.", "Fill the void first."
        )
    glass = Glass(
        permit=permit.id,
        boundary=boundary,
        zone=asset.zone,
        by=tuple(by),
        at=facts.now,
        until=facts.now + charter.glass.longest,
        emergency=facts.states.get(asset.zone) is OperatingState.EMERGENCY,
    )
    return refusal(charter, facts.glasses, glass, permit, facts.now) or glass
