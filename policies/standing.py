"""A permit as the gate found it just now, with the approvals that verified just now."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import PersonId
from domain.permit import Permit, PermitState
from domain.proof import ProofKind
from domain.rights import DecisionRight


@dataclass(frozen=True, slots=True)
class VerifiedApproval:
    """One person's yes, whose proof verified against the plant's trust file just now."""

    right: DecisionRight
    approver: PersonId
    kind: ProofKind
    at: datetime
    settles: bool = False
    """Whether an arbiter said it, and so settled a dispute under that right."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A permit, where it stands, and only those of its approvals that verified."""

    permit: Permit
    state: PermitState
    approvals: tuple[VerifiedApproval, ...]
    disputed: DecisionRight | None = None
    """The right under which it is in dispute now, if it is."""
