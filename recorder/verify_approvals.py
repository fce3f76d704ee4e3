"""Was this permit approved by those who had the right, and can their proofs be checked again?"""

import hashlib
from collections.abc import Callable, Mapping, Sequence

from domain.canonical import Json, canonical
from domain.errors import EvidenceError, ProofError
from domain.permit import Permit, PermitState
from domain.proof import BOUND, Approval, PasskeyProof, ProofKind, SshProof, counts
from domain.voices import Seat, in_turn, unfilled
from domain.window import TimeWindow
from recorder.hours import window_inside
from recorder.passkey import check_assertion
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.ssh_signature import check_ssh
from recorder.verify_disputes import check_settling, seats_of
from recorder.verify_template import NOTHING, Beforehand, check_template, confirming

Event = Mapping[str, Json]

USABLE = frozenset({PermitState.APPROVED.value, PermitState.ACTIVE.value})
"""What the ledger may have said last of a permit when a session is opened on it."""


def check_approvals(
    permit: Permit,
    approvals: Sequence[Approval],
    opened: Event,
    before: Sequence[Event],
    charter: CharterSnapshot,
    trust: TrustSnapshot,
    note: Callable[[str], None],
    beforehand: Beforehand = NOTHING,
) -> str:
    """A sentence once every approval that the session was opened on holds; EvidenceError or ProofError if not.

    ``before`` are the events ahead of ``opened``. Needed are the rights that the charter asks for on
    this way, each by as many different persons as its quorum says. A one-time code signs nothing: where the conduit accepts it, only the gate's word in the ledger stands for it, and ``note``
    is told so.
    """
    named = opened.get("approvals")
    by_digest = {hashlib.sha256(canonical(one.document())).hexdigest(): one for one in approvals}
    if not isinstance(named, list) or not named or set(map(str, named)) != by_digest.keys():
        raise EvidenceError(
            "The approvals are not those that the session was opened on.", code="approvals_other"
        )
    _check_not_ended(permit, before)
    broken = any(one.get("event") == "GlassBroken" and one.get("permit") == permit.id for one in before)
    told = {event.get("approval"): event for event in before if event.get("event") == "PermitApproved"}
    for digest, approval in by_digest.items():
        _check_event(told.get(digest), approval, permit)
        check_settling(approval, permit, before)
        _check_right(approval, permit, charter, beforehand, broken=broken)
        _check_proof(approval, permit, charter, trust)
        if approval.kind is ProofKind.TOTP:
            note(
                f"{approval.approver} approved with a one-time code, which signs nothing: that it was spent on"
                " this permit is the gate's word, in the ledger."
            )
    last = max(one.at for one in approvals)
    needed = seats_of(charter, permit, last, approvals, broken=broken)
    given = [(one.right, one.approver) for one in approvals]
    if short := unfilled(needed, given):
        if not permit.template or broken:
            raise EvidenceError(
                f"Too few approved under the right: {', '.join(dict.fromkeys(short))}.",
                code="approvals_too_few",
            )
        note(check_template(permit, needed, given, last, before, charter, beforehand))
    _check_hours(permit, charter)
    _check_order(permit, needed, by_digest, before, charter, beforehand)
    if broken:
        note("The glass was broken for this permit: it was approved past those who hold the right connect.")
    who = ", ".join(f"{one.approver} ({one.right}, {one.kind})" for one in approvals)
    return f"Approved by {who}: each held the right, and each proof is over this permit."


def _check_not_ended(permit: Permit, before: Sequence[Event]) -> None:
    # The last word counts: a change that the database did not take is taken back in the ledger too.
    changes = [
        one for one in before if one.get("event") == "PermitChanged" and one.get("permit") == permit.id
    ]
    if changes and changes[-1].get("after") not in USABLE:
        raise EvidenceError(
            f"The ledger says that the permit was {changes[-1].get('after')} at {changes[-1].get('at')}, before"
            " the session was opened.",
            code="permit_ended",
        )


def _check_event(event: Event | None, approval: Approval, permit: Permit) -> None:
    if event is None:
        raise EvidenceError(
            f"The ledger tells of no approval by {approval.approver} before the session.",
            code="approval_untold",
        )
    said = (event.get("permit"), event.get("digest"), event.get("right"), event.get("approver"))
    if said != (permit.id, permit.digest().hex(), str(approval.right), approval.approver):
        raise EvidenceError(
            f"The ledger tells of another approval by {approval.approver}.", code="approval_told_otherwise"
        )


def _check_order(
    permit: Permit,
    needed: Sequence[Seat],
    approvals: Mapping[str, Approval],
    before: Sequence[Event],
    charter: CharterSnapshot,
    beforehand: Beforehand,
) -> None:
    """Where rights decide one after another, nobody signed before their turn, in the order in which the ledger tells."""
    told = [str(one.get("approval")) for one in before if one.get("event") == "PermitApproved"]
    said = [(approvals[one].right, approvals[one].approver) for one in told if one in approvals]
    order = charter.in_order.get(permit.conduit, ())
    early = set(said) - set(in_turn(needed, order, said, beforehand.signed(permit)))
    if early:
        who = ", ".join(f"{person} ({right})" for right, person in sorted(early))
        raise EvidenceError(f"Out of turn, before a right that decides first: {who}.", code="out_of_turn")


def _check_hours(permit: Permit, charter: CharterSnapshot) -> None:
    """Where the way has hours, all of the window that was left when it was asked for lies inside one time."""
    hours, zone = charter.hours.get(permit.conduit, ()), charter.clocks.get(permit.asset)
    if not hours:
        return
    left = TimeWindow(max(permit.window.start, permit.requested_at), permit.window.end)
    if zone is None or not window_inside(hours, zone, left):
        raise EvidenceError(
            f"The permit's window lies outside the hours of the conduit {permit.conduit}.",
            code="outside_hours",
        )


def _check_right(
    approval: Approval, permit: Permit, charter: CharterSnapshot, beforehand: Beforehand, *, broken: bool
) -> None:
    if approval.permit_digest != permit.digest():
        raise ProofError(f"{approval.approver} approved another permit.", code="approval_permit")
    if not permit.requested_at <= approval.at < permit.window.end:
        raise ProofError(
            f"{approval.approver}'s approval is dated before the request or after the window.",
            code="approval_time",
        )
    if approval.approver not in charter.sides:
        raise ProofError(f"{approval.approver} is not one of the plant's people.", code="approver_stranger")
    seats = seats_of(charter, permit, approval.at, [approval], broken=broken)
    template = None if broken else beforehand.named_by(permit)
    if template is not None:
        seats = (*seats, confirming(charter, template, permit, approval.at))
    able = {(seat.right, one.person) for seat in seats for one in seat.voices}
    if (approval.right, approval.approver) not in able:
        raise ProofError(
            f"{approval.approver} did not hold the right {approval.right} over this way at that time.",
            code="approver_right",
        )


def _check_proof(approval: Approval, permit: Permit, charter: CharterSnapshot, trust: TrustSnapshot) -> None:
    kind, bound = approval.kind, False
    if isinstance(approval.proof, PasskeyProof):
        key = trust.key(approval.approver, approval.proof.credential_id)
        if key is None:
            raise ProofError(
                f"The passkey is not one that the plant trusted as {approval.approver}'s.",
                code="passkey_unknown",
            )
        check_assertion(approval.proof, permit.digest(), key, trust.rp_id, trust.origins)
        bound = not key.backup_eligible
    elif isinstance(approval.proof, SshProof):
        bound = check_ssh(approval.proof, approval, permit, trust.signers)
    if not counts(BOUND.get(kind, kind) if bound else kind, charter.proofs.get(permit.conduit, frozenset())):
        copied = "" if bound or kind not in BOUND else " with a key that can be copied"
        raise ProofError(
            f"The conduit {permit.conduit} does not accept approval by {kind}{copied}.",
            code="proof_not_accepted",
        )
