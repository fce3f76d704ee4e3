"""A permit of which one bit differs from what was signed verifies nowhere: every bit of one permit, at every reader."""

from dataclasses import replace

import pytest

from approvals.bundle import BUNDLE, Bundle, read_bundle
from approvals.filed import columns_of, filed_of
from approvals.proofs import verify
from approvals.shown import shown_digest
from approvals.tables import PermitRow
from domain.canonical import Json, canonical, parse
from domain.errors import EvidenceError, PenstockError, ProofError
from domain.permit import Permit
from domain.proof import Approval
from domain.signed_decision import SignedDecision
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.verify_approvals import check_approvals
from tests.approvals.desk import BEA, BOTH_KINDS, Desk, decision
from tests.approvals.test_bundle import NAMES
from tests.recorder import cases

WISH = cases.permit()
SIGNED = WISH.canonical()
BENT = tuple(
    SIGNED[: at // 8] + bytes([SIGNED[at // 8] ^ 1 << at % 8]) + SIGNED[at // 8 + 1 :]
    for at in range(8 * len(SIGNED))
)
"""With one bit turned, for each bit."""

CHARTER = CharterSnapshot.of(parse(canonical(cases.CHARTER)))  # type: ignore[arg-type]
TRUST = TrustSnapshot.of(cases.trust_file(cases.PETRA))


@pytest.fixture(scope="module")
def others() -> tuple[Permit, ...]:
    """Whatever still reads as a permit when one bit is turned."""
    found = []
    for one in BENT:
        try:
            found.append(Permit.of(one))
        except PenstockError:
            continue
    return tuple(found)


def row(wish: Permit, document: bytes) -> PermitRow:
    return PermitRow(
        **columns_of(wish), document=document, state="requested", version=1, filed_us=0, door="console"
    )


def test_what_still_reads_as_a_permit_is_another_one_and_its_row_shows_it(others: tuple[Permit, ...]) -> None:
    assert len(others) > 1000, "else the tests below would show little"
    assert filed_of(row(WISH, SIGNED), (), ()).permit == WISH
    for one in others:
        assert one.digest() != WISH.digest()
        with pytest.raises(EvidenceError):
            filed_of(row(WISH, one.canonical()), (), ())


@pytest.mark.parametrize("way", ["by_passkey", "by_ssh", "by_code"])
def test_a_row_edited_throughout_has_no_approval_at_the_door(way: str, others: tuple[Permit, ...]) -> None:
    """B07: what was signed, or what a code was spent on, is those very bytes."""
    desk = Desk().enrol(BEA).with_ssh(BEA)
    approval: Approval = getattr(desk, way)(WISH)
    verify(approval, WISH, desk.trust, BOTH_KINDS, desk.spent)
    for other in others:
        for claimed in (approval, replace(approval, permit_digest=other.digest())):
            with pytest.raises(ProofError):
                verify(claimed, other, desk.trust, BOTH_KINDS, desk.spent)


def judged(wish: Permit, yes: Approval) -> str:
    """The stand-alone verifier's word where somebody edited everything that the approver did not sign."""
    told: dict[str, Json] = {
        "event": "PermitApproved",
        "permit": wish.id,
        "digest": wish.digest().hex(),
        "right": str(yes.right),
        "approver": yes.approver,
        "approval": cases.digest_of(yes),
    }
    opened: dict[str, Json] = {"approvals": [cases.digest_of(yes)]}
    return check_approvals(wish, [yes], opened, [told], CHARTER, TRUST, lambda _note: None)


def test_the_stand_alone_verifier_takes_none_of_them(others: tuple[Permit, ...]) -> None:
    """B07: change a bit of the request, and verification fails far from the gate."""
    yes = cases.approval(cases.PETRA.assertion(WISH.digest()))
    assert "petra" in judged(WISH, yes)
    for other in others:
        for claimed in (yes, replace(yes, permit_digest=other.digest())):
            with pytest.raises(PenstockError):
                judged(other, claimed)


def test_a_bundle_carries_none_of_them(others: tuple[Permit, ...]) -> None:
    whole = Bundle(decision(WISH, shown=shown_digest(WISH, NAMES)), NAMES)
    assert read_bundle(whole.write()) == whole
    message = whole.decision.message()
    before, after = message.split(SIGNED)
    for other in others:
        with pytest.raises(ProofError):
            SignedDecision.of(before + other.canonical() + after)
        # One that is made anew around it, its challenge too, shows another text than the node has the digest of.
        anew = replace(whole, decision=replace(whole.decision, permit=other))
        with pytest.raises(ProofError) as raised:
            read_bundle(anew.write())
        assert raised.value.code == "wrong_names"
    assert whole.write().startswith(BUNDLE)
