"""An approval signed by ``ssh-keygen -Y sign`` counts, and no other signature of the same key does."""

import subprocess
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from approvals.armour import BEGIN, END
from approvals.proofs import verify
from approvals.proofs.ssh_decision import check
from approvals.trust import Trust
from domain.errors import ProofError
from domain.permit import Permit
from domain.proof import Approval, ProofKind, SshProof
from domain.signed_decision import NAMESPACE, SignedDecision, Verdict
from tests.approvals.desk import BEA, CONNECT, DAN, LEAD, NOW, ORIGIN, decision
from tests.approvals.ssh import HardKey, StockKey, stock_key
from tests.domain.samples import permit
from tests.programs import program

WISH = permit()
EMPTY = Trust("localhost", (ORIGIN,))
KINDS = [("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "3072")]
HARD = [b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"]


def approval(proof: SshProof, **changed: Any) -> Approval:
    fields: dict[str, Any] = {
        "permit_digest": WISH.digest(),
        "right": CONNECT,
        "approver": BEA,
        "at": NOW,
        "shown_digest": bytes(32),
        "proof": proof,
    }
    return Approval(**(fields | changed))


def signed(
    key: StockKey | HardKey, said: SignedDecision | None = None, namespace: str = NAMESPACE
) -> SshProof:
    message = (said or decision(WISH)).message()
    return SshProof(message, key.sign(message, namespace))


def refused(key: StockKey | HardKey, given: Approval, wish: Permit = WISH) -> str:
    with pytest.raises(ProofError) as raised:
        proof = given.proof
        assert isinstance(proof, SshProof)
        check(proof, given, wish, EMPTY.with_signing_key(BEA, key.enrolled()))
    return raised.value.code


@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_the_stock_tool_s_signature_approves(tmp_path: Path, kind: str, bits: str) -> None:
    key = stock_key(tmp_path, kind, bits)
    trust = EMPTY.with_signing_key(BEA, key.enrolled())
    given = approval(signed(key))
    shown = verify(given, WISH, trust, frozenset({ProofKind.SSHSIG}), lambda *_: False)
    assert (shown.approver, shown.kind) == (BEA, ProofKind.SSHSIG)
    assert Approval.of(given.document()) == given


def test_anybody_can_check_it_with_the_stock_tool_alone(tmp_path: Path) -> None:
    """B08: what was signed lies beside the signature, in words that need no program of ours."""
    key = stock_key(tmp_path)
    proof = signed(key)
    (tmp_path / "signers").write_text(f"bea {key.line}\n")
    (tmp_path / "sig").write_text(f"{BEGIN}\n{b64encode(proof.signature).decode()}\n{END}\n")
    command = [
        program("ssh-keygen"),
        "-Y",
        "verify",
        "-n",
        NAMESPACE,
        "-I",
        "bea",
        "-f",
        str(tmp_path / "signers"),
    ]
    subprocess.run(
        [*command, "-s", str(tmp_path / "sig")], input=proof.message, capture_output=True, check=True
    )


@pytest.mark.parametrize("kind", HARD)
def test_a_security_key_must_be_touched_and_must_check_by_whom(kind: bytes) -> None:
    key = HardKey(kind)
    trust = EMPTY.with_signing_key(BEA, key.enrolled())
    shown = verify(approval(signed(key)), WISH, trust, frozenset({ProofKind.SSHSIG_SK}), lambda *_: False)
    assert shown.kind is ProofKind.SSHSIG_SK
    key.flags = 0x01
    assert refused(key, approval(signed(key))) == "user_not_verified"
    key.flags = 0x04
    assert refused(key, approval(signed(key))) == "user_not_present"
    key.flags = 0x00
    assert refused(key, approval(signed(key))) == "user_not_present"


def test_a_short_rsa_key_approves_nothing(tmp_path: Path) -> None:
    key = stock_key(tmp_path, "rsa", "2048")
    assert refused(key, approval(signed(key))) == "weak_signature"


def test_abuse_07_a_signature_for_something_else_approves_nothing(tmp_path: Path) -> None:
    """B07: another permit, right, person, text or purpose, or the wrong word: each its own answer."""
    key = stock_key(tmp_path)
    other = permit(nonce=b"\1" * 16)
    assert refused(key, approval(signed(key, decision(other)))) == "wrong_challenge"
    assert refused(key, approval(signed(key, decision(WISH, right=LEAD)))) == "wrong_decision"
    assert refused(key, approval(signed(key, decision(WISH, person=DAN)))) == "wrong_decision"
    assert refused(key, approval(signed(key, decision(WISH, shown=b"\1" * 32)))) == "wrong_decision"
    assert refused(key, approval(signed(key), right=LEAD)) == "wrong_decision"
    assert refused(key, approval(signed(key), approver=DAN)) == "wrong_decision"
    no = decision(WISH, verdict=Verdict.REFUSE, reason="Start-up today")
    assert refused(key, approval(signed(key, no))) == "wrong_verdict"
    assert refused(key, approval(signed(key, namespace="penstock-charter@penstock"))) == "wrong_namespace"
    assert refused(key, approval(signed(key, namespace="git"))) == "wrong_namespace"
    assert refused(stock_key(tmp_path, "ecdsa"), approval(signed(key))) == "unknown_signing_key"
    message = decision(WISH).message()
    assert refused(key, approval(SshProof(message, key.sign(message + b" ")))) == "wrong_signature"
    assert refused(key, approval(SshProof(message + b" ", key.sign(message)))) == "malformed_decision"
    assert refused(key, approval(SshProof(message, b"SSHSIG"))) == "malformed_signature"


def test_it_counts_until_the_end_that_was_signed_and_not_at_it(tmp_path: Path) -> None:
    key = stock_key(tmp_path)
    said = decision(WISH, until=NOW + timedelta(minutes=5))
    last = approval(signed(key, said), at=said.until - timedelta(microseconds=1))
    trust = EMPTY.with_signing_key(BEA, key.enrolled())
    assert isinstance(last.proof, SshProof)
    assert check(last.proof, last, WISH, trust) is False
    assert refused(key, replace(last, at=said.until)) == "decision_expired"


def test_any_bit_that_flips_is_noticed(tmp_path: Path) -> None:
    key = HardKey()
    whole = signed(key)
    for part in ("message", "signature"):
        data = getattr(whole, part)
        for at in range(len(data)):
            bent = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            assert refused(key, approval(replace(whole, **{part: bent})))
