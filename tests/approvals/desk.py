"""What the approval tests share: a plant with two holders, their keys, a ledger on a list."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pyotp

from approvals.proofs import purpose
from approvals.proofs.totp import step_at
from approvals.proofs.webauthn import approval_options, proof_of, register, registration_options
from approvals.quorum import Terms
from approvals.trust import Trust
from domain.delegation import Stake
from domain.errors import EvidenceError
from domain.events import Event
from domain.ids import PermitId, PersonId
from domain.permit import Permit
from domain.proof import Approval, ProofKind, SshProof, TotpProof
from domain.rights import DecisionRight, Holding, Side
from domain.signed_decision import SignedDecision, Verdict
from domain.window import TimeWindow
from tests.approvals.authenticator import Authenticator
from tests.approvals.ssh import SoftKey
from tests.domain import samples

ANA, BEA, DAN, SAM, EVE = map(PersonId, ("ana", "bea", "dan", "sam", "eve"))
"""Ana asks; Bea holds connect, Dan is her deputy; Sam holds incident_lead; Eve holds nothing."""

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ORIGIN = "https://localhost:8443"
CONNECT, LEAD = DecisionRight.CONNECT, DecisionRight.INCIDENT_LEAD
BOTH_KINDS = frozenset(ProofKind)
STAKE = Stake(samples.permit().actions, samples.permit().states)
SIDES = {BEA: Side.OT, DAN: Side.OT, SAM: Side.IT, EVE: Side.OT}
"""The plant's people; Ana is a vendor's."""

_numbers: Iterator[int] = count(1)


def token(number: int) -> PermitId:
    return PermitId(f"{number:026d}")


def permit(**changed: Any) -> Permit:
    """A permit of its own: fresh id and nonce, window open now."""
    fresh = {"id": token(next(_numbers)), "nonce": secrets.token_bytes(16)}
    return samples.permit(**(fresh | changed))


def holding(right: DecisionRight = CONNECT, **changed: Any) -> Holding:
    fields: dict[str, Any] = {
        "right": right,
        "boundary": "vendor-to-cell",
        "holder": BEA if right is CONNECT else SAM,
        "deputy": DAN if right is CONNECT else None,
        "basis": "Plant rules 4",
        "window": TimeWindow(NOW - timedelta(days=30), NOW + timedelta(days=30)),
    }
    return Holding(**(fields | changed))


def terms(*rights: DecisionRight, **changed: Any) -> Terms:
    required = frozenset(rights or (CONNECT,))
    fields: dict[str, Any] = {
        "required": required,
        "holdings": {right: holding(right) for right in required},
        "proofs": BOTH_KINDS,
        "requester": ANA,
        "outsiders": frozenset({ANA}),
        "stake": STAKE,
        "sides": SIDES,
    }
    return Terms(**(fields | changed))


@dataclass
class Desk:
    """The approvers' side: devices, the trust file, the gate's register of spent steps."""

    trust: Trust = field(default_factory=lambda: Trust("localhost", (ORIGIN,)))
    devices: dict[PersonId, Authenticator] = field(default_factory=dict)
    register: dict[tuple[PersonId, int], str] = field(default_factory=dict)
    ssh: dict[PersonId, SoftKey] = field(default_factory=dict)
    synced: bool = False
    """Whether the passkeys may be copied by their provider."""

    def enrol(self, *people: PersonId) -> "Desk":
        for person in people:
            device = Authenticator(ORIGIN, backup_eligible=self.synced)
            challenge = secrets.token_bytes(32)
            answer = device.create(registration_options(self.trust, person, person.title(), challenge))
            passkey = register(answer, challenge, self.trust, label="test key", at=NOW, by=EVE)
            self.trust = self.trust.with_passkey(person, passkey).with_code(person, pyotp.random_base32(32))
            self.devices[person] = device
        return self

    def with_ssh(self, *people: PersonId) -> "Desk":
        for person in people:
            self.ssh[person] = SoftKey()
            self.trust = self.trust.with_signing_key(person, self.ssh[person].enrolled())
        return self

    def spent(self, person: PersonId, step: int, purpose: str) -> bool:
        return self.register.get((person, step)) == purpose

    def by_passkey(
        self, wish: Permit, person: PersonId = BEA, right: DecisionRight = CONNECT, **changed: Any
    ) -> Approval:
        nonce = secrets.token_bytes(32)
        answer = self.devices[person].get(approval_options(self.trust, person, wish, nonce))
        return self._approval(wish, person, right, proof_of(answer, nonce), **changed)

    def by_ssh(
        self, wish: Permit, person: PersonId = BEA, right: DecisionRight = CONNECT, **changed: Any
    ) -> Approval:
        message = decision(wish, person=person, right=right).message()
        proof = SshProof(message, self.ssh[person].sign(message))
        return self._approval(wish, person, right, proof, **changed)

    def by_code(
        self, wish: Permit, person: PersonId = BEA, right: DecisionRight = CONNECT, **changed: Any
    ) -> Approval:
        at = changed.get("at", NOW)
        step = step_at(at)
        self.register.setdefault((person, step), purpose(wish))
        code = pyotp.TOTP(self.trust.codes[person]).generate_otp(step)
        return self._approval(wish, person, right, TotpProof(step, code), **changed)

    @staticmethod
    def _approval(
        wish: Permit, person: PersonId, right: DecisionRight, proof: Any, **changed: Any
    ) -> Approval:
        fields: dict[str, Any] = {
            "permit_digest": wish.digest(),
            "right": right,
            "approver": person,
            "at": NOW,
            "shown_digest": bytes(32),
            "proof": proof,
        }
        return Approval(**(fields | changed))


def decision(wish: Permit, **changed: Any) -> SignedDecision:
    """Bea's approval of ``wish``, as she would sign it."""
    fields: dict[str, Any] = {
        "verdict": Verdict.APPROVE,
        "permit": wish,
        "right": CONNECT,
        "person": BEA,
        "shown": bytes(32),
        "nonce": secrets.token_bytes(32),
        "node": "demo-works.example/penstock/1",
        "charter": wish.charter_digest,
        "until": wish.window.end,
    }
    return SignedDecision(**(fields | changed))


@dataclass
class ListLedger:
    """A ledger on a list. ``failing`` makes every append fail, as a lost signer does."""

    events: list[Event] = field(default_factory=list)
    failing: bool = False

    async def append(self, event: Event) -> int:
        if self.failing:
            raise EvidenceError("The signer does not answer.")
        self.events.append(event)
        return len(self.events) - 1

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]
