"""Did an arbiter settle this permit, in a dispute that the ledger tells of, and did they sign that very dispute?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.canonical import Json, instant_of
from domain.errors import EvidenceError, ProofError
from domain.permit import Permit
from domain.proof import Approval
from domain.signed_decision import names_dispute
from domain.voices import Seat, arbiter_voice, with_arbiter
from recorder.snapshots import CharterSnapshot

Event = Mapping[str, Json]


def seats_of(
    charter: CharterSnapshot, permit: Permit, at: datetime, approvals: Sequence[Approval], *, broken: bool
) -> tuple[Seat, ...]:
    """Every yes that ``permit`` needed at ``at``; where one of ``approvals`` settles, its right's arbiter counts too."""
    seats = charter.seats(permit, at, broken=broken)
    for right in {one.right for one in approvals if one.settles is not None}:
        holding = charter.holding(right, permit, at)
        if holding is not None:
            voice = arbiter_voice(holding, at, requester=permit.person, sides=charter.sides)
            seats = with_arbiter(seats, right, voice)
    return seats


def check_settling(approval: Approval, permit: Permit, before: Sequence[Event]) -> None:
    """Return where it settles nothing, or what it settles was in dispute then; else EvidenceError or ProofError."""
    if approval.settles is None:
        return
    digest = approval.settles.hex()
    told = next(
        (one for one in before if one.get("event") == "PermitDisputed" and one.get("dispute") == digest), None
    )
    if told is None or told.get("permit") != permit.id:
        raise EvidenceError(
            f"The ledger tells of no dispute that {approval.approver} could have settled.",
            code="dispute_untold",
        )
    if (told.get("right"), told.get("arbiter")) != (str(approval.right), approval.approver):
        raise EvidenceError(
            f"{approval.approver} was not the arbiter of this dispute.", code="dispute_arbiter"
        )
    if approval.at >= instant_of(str(told.get("until"))):
        raise EvidenceError(f"{approval.approver} settled the dispute after its time.", code="dispute_late")
    if not names_dispute(approval.proof, approval.settles):
        raise ProofError(
            f"What {approval.approver} signed does not name the dispute.", code="dispute_unnamed"
        )
