from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from approvals.proofs import ssh_decision
from approvals.trust import Trust
from domain.errors import ProofError
from domain.ids import PersonId
from domain.proof import Approval, SshProof
from domain.signed_decision import NAMESPACE, SignedDecision, Verdict
from recorder.ssh_signature import check_ssh, enrolled_signer
from tests.approvals.desk import decision
from tests.approvals.ssh import HardKey, StockKey, stock_key
from tests.clock import STARTS
from tests.recorder.cases import ORIGIN, RP_ID, approval, permit
from tests.stride import places

PETRA = PersonId("petra")
Key = StockKey | HardKey


def said(**changed: Any) -> SignedDecision:
    return decision(permit(), **({"person": PETRA, "until": STARTS} | changed))


def given(key: Key, one: SignedDecision, namespace: str = NAMESPACE) -> Approval:
    return approval(SshProof(one.message(), key.sign(one.message(), namespace)))


def judged(one: Approval, key: Key, owner: str = "petra") -> tuple[object, object]:
    """What the gate says of it, and what the verifier says: whether the key stays in its device, or no."""
    line = key.enrolled()
    trust = Trust(RP_ID, (ORIGIN,)).with_signing_key(PersonId(owner), line)
    proof = one.proof
    assert isinstance(proof, SshProof)

    def or_no(check: Callable[[], bool]) -> object:
        try:
            return check()
        except ProofError:
            return "no"

    return (
        or_no(lambda: ssh_decision.check(proof, one, permit(), trust)),
        or_no(lambda: check_ssh(proof, one, permit(), (enrolled_signer(owner, line.key),))),
    )


@pytest.mark.parametrize(
    ("kind", "bits"),
    [("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "3072")],
)
def test_the_stock_tool_s_signature_holds_for_gate_and_verifier(tmp_path: Path, kind: str, bits: str) -> None:
    key = stock_key(tmp_path, kind, bits)
    assert judged(given(key, said()), key) == (False, False)


@pytest.mark.parametrize("kind", [b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"])
def test_a_security_key_s_holds_too_and_is_told_apart(kind: bytes) -> None:
    key = HardKey(kind)
    assert judged(given(key, said()), key) == (True, True)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda key: (given(key, said(right="identity")), "petra"), id="another right"),
        pytest.param(lambda key: (given(key, said(person=PersonId("deniz"))), "petra"), id="another person"),
        pytest.param(lambda key: (given(key, said(shown=b"\1" * 32)), "petra"), id="another text"),
        pytest.param(lambda key: (given(key, said()), "deniz"), id="another's key"),
        pytest.param(lambda key: (given(key, said(), "git"), "petra"), id="another namespace"),
        pytest.param(
            lambda key: (given(key, said(verdict=Verdict.REFUSE, reason="Not today")), "petra"), id="a no"
        ),
        pytest.param(
            lambda key: (given(key, said(until=STARTS - timedelta(hours=1))), "petra"), id="after its end"
        ),
        pytest.param(
            lambda key: (given(key, said(permit=replace(permit(), nonce=b"\1" * 16))), "petra"),
            id="another permit",
        ),
    ],
)
@pytest.mark.parametrize("make", [HardKey, None])
def test_neither_accepts_what_the_other_refuses(
    spoil: Callable[[Key], tuple[Approval, str]], make: Callable[[], Key] | None, tmp_path: Path
) -> None:
    key = make() if make else stock_key(tmp_path)
    assert judged(*(spoilt := spoil(key))[:1], key, spoilt[1]) == ("no", "no")


@pytest.mark.parametrize("flags", [0x00, 0x01, 0x04])
def test_both_want_a_touch_and_a_check_by_whom(flags: int) -> None:
    key = HardKey(flags=flags)
    assert judged(given(key, said()), key) == ("no", "no")


def test_both_refuse_a_short_rsa_key(tmp_path: Path) -> None:
    key = stock_key(tmp_path, "rsa", "2048")
    assert judged(given(key, said()), key) == ("no", "no")


@pytest.mark.parametrize("hard", [True, False])
def test_a_flipped_bit_breaks_it_for_both(hard: bool, tmp_path: Path) -> None:
    key = HardKey() if hard else stock_key(tmp_path)
    whole = given(key, said())
    assert isinstance(whole.proof, SshProof)
    for part in ("message", "signature"):
        data = getattr(whole.proof, part)
        for at in places(len(data), 3):
            bent = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            one = replace(whole, proof=replace(whole.proof, **{part: bent}))
            assert judged(one, key) == ("no", "no"), (part, at)


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-rsa AAAAC3NzaC1lZDI1NTE5", "ssh-ed25519 %%"])
def test_a_line_that_is_no_key_is_none(line: str) -> None:
    with pytest.raises((ValueError, ProofError)):
        enrolled_signer("petra", line)
