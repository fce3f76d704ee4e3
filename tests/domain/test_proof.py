import copy
from typing import Any

import pytest

from domain.errors import ProofError
from domain.proof import Approval, ProofKind, SshProof, counts
from tests.domain.samples import TOTP, approval
from tests.for_each import for_each

SSH = SshProof(b"message", b"signature")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(approval(), id="a passkey"),
        pytest.param(approval(proof=SSH), id="an SSH signature"),
        pytest.param(approval(proof=TOTP), id="a one-time code"),
    ],
)
def test_an_approval_is_read_back_as_written(given: Approval) -> None:
    assert Approval.of(given.document()) == given


def test_an_approval_knows_the_kind_of_its_proof() -> None:
    assert approval().kind is ProofKind.PASSKEY
    assert approval(proof=TOTP).kind is ProofKind.TOTP
    assert approval(proof=SSH).kind is ProofKind.SSHSIG


def changed(document: Any, path: str, value: Any) -> Any:
    copied = copy.deepcopy(document)
    *way, last = path.split(".")
    inner = copied
    for step in way:
        inner = inner[step]
    inner[last] = value
    return copied


@pytest.mark.parametrize(
    ("kind", "accepted", "counted"),
    [
        (ProofKind.PASSKEY, {"passkey"}, True),
        (ProofKind.PASSKEY, {"passkey-bound"}, False),
        (ProofKind.PASSKEY_BOUND, {"passkey"}, True),
        (ProofKind.PASSKEY_BOUND, {"passkey-bound"}, True),
        (ProofKind.SSHSIG, {"sshsig"}, True),
        (ProofKind.SSHSIG, {"sshsig-sk"}, False),
        (ProofKind.SSHSIG_SK, {"sshsig"}, True),
        (ProofKind.SSHSIG_SK, {"passkey", "totp"}, False),
        (ProofKind.TOTP, {"passkey", "sshsig"}, False),
    ],
)
def test_a_proof_by_a_key_that_stays_in_its_device_counts_as_one_by_any(
    kind: ProofKind,
    accepted: set[str],
    counted: bool,
) -> None:
    assert counts(kind, accepted) is counted


PASSKEY_CRIMES = [
    ("kind", "passkey-bound"),
    ("kind", "sshsig"),
    ("schema", "penstock-approval/2"),
    ("kind", "password"),
    ("kind", "totp"),
    ("right", "root"),
    ("at", "2026-03-02T08:00:00+00:00"),
    ("permit", "not hex"),
    ("permit", "AB" * 32),
    ("approver", None),
    ("more", "than an approval holds"),
    ("proof", []),
    ("proof.signature", "not base64!"),
    ("proof.signature", "c2ln bmF0dXJl"),
    ("proof.signature", 7),
    ("proof.more", "than a proof holds"),
]


@for_each(("path", "value"), PASSKEY_CRIMES)
def test_a_document_that_is_no_approval_is_refused(path: str, value: object) -> None:
    with pytest.raises(ProofError, match="not an approval"):
        Approval.of(changed(approval().document(), path, value))


@pytest.mark.parametrize("step", ["58", True, None, 1.5])
def test_a_time_step_is_an_integer(step: object) -> None:
    with pytest.raises(ProofError, match="not an approval"):
        Approval.of(changed(approval(proof=TOTP).document(), "proof.step", step))


@pytest.mark.parametrize("document", [None, [], "approval", 7, {}])
def test_something_else_altogether_is_refused(document: Any) -> None:
    with pytest.raises(ProofError, match="not an approval"):
        Approval.of(document)


@pytest.mark.parametrize("field", sorted(approval().document()))  # type: ignore[call-overload]  # a mapping here
def test_a_missing_field_is_refused(field: str) -> None:
    document = dict(approval().document())  # type: ignore[arg-type]  # a mapping here
    del document[field]
    with pytest.raises(ProofError, match="not an approval"):
        Approval.of(document)
