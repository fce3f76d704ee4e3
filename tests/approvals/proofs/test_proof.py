from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from approvals.proofs import purpose, verify
from domain.access import Action, Grant, PassageKind
from domain.errors import ProofError
from domain.ids import AssetId, ConduitId, PersonId, SiteId, VendorId
from domain.plant import OperatingState
from domain.proof import BOUND, Approval, ProofKind
from domain.window import TimeWindow
from tests.approvals.desk import ANA, BEA, BOTH_KINDS, CONNECT, DAN, NOW, Desk
from tests.domain.samples import CLOSES, OPENS, permit
from tests.for_each import for_each

DESK = Desk().enrol(BEA, DAN).with_ssh(BEA, DAN)
WISH = permit()
WAYS = ["by_passkey", "by_ssh", "by_code"]


def refused(approval: Approval, wish: Any = WISH, accepted: frozenset[ProofKind] = BOTH_KINDS) -> str:
    with pytest.raises(ProofError) as raised:
        verify(approval, wish, DESK.trust, accepted, DESK.spent)
    return raised.value.code


@pytest.mark.parametrize("way", WAYS)
def test_an_approval_of_exactly_this_permit_verifies(way: str) -> None:
    approval = getattr(DESK, way)(WISH)
    shown = verify(approval, WISH, DESK.trust, BOTH_KINDS, DESK.spent)
    assert (shown.right, shown.approver, shown.at) == (CONNECT, BEA, NOW)
    assert shown.kind in {approval.kind, BOUND.get(approval.kind)}


@for_each(
    "change",
    [
        pytest.param({"id": "b" * 26}, id="id"),
        pytest.param({"site": SiteId("other-works")}, id="site"),
        pytest.param({"person": PersonId("zoe")}, id="person"),
        pytest.param({"vendor": VendorId("acne")}, id="vendor"),
        pytest.param({"asset": AssetId("eng-ws-2")}, id="asset"),
        pytest.param({"conduit": ConduitId("vendor-to-all")}, id="conduit"),
        pytest.param({"grants": frozenset({Grant(PassageKind.FORWARD)})}, id="grants"),
        pytest.param({"actions": frozenset({Action.OVERRIDE})}, id="actions"),
        pytest.param({"window": TimeWindow(OPENS, CLOSES + timedelta(seconds=1))}, id="window"),
        pytest.param({"time_zone": "UTC"}, id="time zone"),
        pytest.param({"states": frozenset(OperatingState)}, id="states"),
        pytest.param({"purpose": "Replace the drive firmware "}, id="purpose"),
        pytest.param({"work_order": "WO-1018"}, id="work order"),
        pytest.param({"charter_digest": bytes(32)}, id="charter"),
        pytest.param({"requested_at": WISH.requested_at - timedelta(microseconds=1)}, id="request time"),
        pytest.param({"nonce": b"\1" * 16}, id="nonce"),
        pytest.param({"narrows": "b" * 26}, id="narrows"),
    ],
)
@for_each("way", WAYS)
def test_abuse_08_a_permit_edited_in_any_field_is_no_longer_approved(
    way: str, change: dict[str, Any]
) -> None:
    approval = getattr(DESK, way)(WISH)
    edited = replace(WISH, **change)
    assert refused(approval, edited) == "wrong_permit"
    # And who edits the approval's own digest to match gains nothing: the proof is over the bytes.
    forged = replace(approval, permit_digest=edited.digest())
    assert refused(forged, edited) in {"wrong_challenge", "code_not_spent_on_this"}


def test_abuse_09_an_approval_relabelled_as_another_person_s_does_not_verify() -> None:
    for person in (DAN, ANA):
        assert refused(replace(DESK.by_passkey(WISH), approver=person)) == "unknown_passkey"
        assert refused(replace(DESK.by_code(WISH), approver=person)) in {"wrong_code", "no_secret"}
        assert refused(replace(DESK.by_ssh(WISH), approver=person)) == "wrong_decision"


def test_a_kind_of_proof_that_the_conduit_does_not_accept_counts_for_nothing() -> None:
    assert refused(DESK.by_code(WISH), accepted=frozenset({ProofKind.PASSKEY})) == "kind_not_accepted"
    assert refused(DESK.by_passkey(WISH), accepted=frozenset({ProofKind.TOTP})) == "kind_not_accepted"
    assert refused(DESK.by_passkey(WISH), accepted=frozenset()) == "kind_not_accepted"
    assert refused(DESK.by_ssh(WISH), accepted=BOTH_KINDS - {ProofKind.SSHSIG, ProofKind.SSHSIG_SK}) == (
        "kind_not_accepted"
    )


def test_a_conduit_that_wants_keys_that_stay_in_their_device_takes_no_other() -> None:
    """B07: a passkey that its provider may copy, and an SSH key in a file, are refused where the charter says so."""
    strict = frozenset({ProofKind.PASSKEY_BOUND, ProofKind.SSHSIG_SK})
    assert verify(DESK.by_passkey(WISH), WISH, DESK.trust, strict, DESK.spent).kind is ProofKind.PASSKEY_BOUND
    assert refused(DESK.by_ssh(WISH), accepted=strict) == "key_can_be_copied"
    synced = Desk(synced=True).enrol(BEA)
    approval = synced.by_passkey(WISH)
    with pytest.raises(ProofError, match="can't leave its device") as raised:
        verify(approval, WISH, synced.trust, strict, synced.spent)
    assert raised.value.code == "key_can_be_copied"
    loose = frozenset({ProofKind.PASSKEY})
    assert verify(approval, WISH, synced.trust, loose, synced.spent).kind is ProofKind.PASSKEY
    assert verify(DESK.by_passkey(WISH), WISH, DESK.trust, loose, DESK.spent).kind is ProofKind.PASSKEY_BOUND


@pytest.mark.parametrize(
    ("at", "good"),
    [
        pytest.param(WISH.requested_at, True, id="the instant of the request"),
        pytest.param(WISH.requested_at - timedelta(microseconds=1), False, id="before it was asked"),
        pytest.param(CLOSES - timedelta(microseconds=1), True, id="the last instant of the window"),
        pytest.param(CLOSES, False, id="the window's end"),
    ],
)
def test_an_approval_falls_between_request_and_window_end(at: datetime, good: bool) -> None:
    approval = DESK.by_passkey(WISH, at=at)
    if good:
        assert verify(approval, WISH, DESK.trust, BOTH_KINDS, DESK.spent).at == at
    else:
        assert refused(approval) == "wrong_time"


def test_abuse_37_a_code_spent_on_one_permit_approves_no_other() -> None:
    other = permit(nonce=b"\2" * 16)
    at = NOW + timedelta(minutes=5)
    used = DESK.by_code(WISH, at=at)
    assert refused(replace(used, permit_digest=other.digest()), other) == "code_not_spent_on_this"


def test_a_code_that_the_gate_never_spent_approves_nothing() -> None:
    at = NOW + timedelta(minutes=10)
    approval = DESK.by_code(WISH, at=at)
    DESK.register.clear()
    assert refused(approval) == "code_not_spent_on_this"


def test_a_code_dated_to_another_time_is_stale() -> None:
    approval = DESK.by_code(WISH)
    assert refused(replace(approval, at=NOW + timedelta(minutes=2))) == "stale_code"


def test_the_purpose_names_the_permit_s_digest() -> None:
    assert purpose(WISH) == f"approve:{WISH.digest().hex()}"
