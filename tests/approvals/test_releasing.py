"""D15: a vendor's file passes by the signature of somebody of the plant, of a kind that approves permits there."""

from dataclasses import replace

import pytest

from approvals.releasing import purpose_of_release, verify_release
from approvals.trust import Trust
from domain.errors import ProofError
from domain.file_release import NAMESPACE, SignedRelease
from domain.proof import ProofKind, SshProof
from tests.approvals.ssh import HardKey, SoftKey
from tests.domain.test_file_release import SAID

ANY = frozenset({ProofKind.SSHSIG})


def signed(key: SoftKey | HardKey, namespace: str = NAMESPACE) -> SignedRelease:
    return SignedRelease(SAID, SshProof(SAID.message(), key.sign(SAID.message(), namespace)))


def trusting(key: SoftKey | HardKey) -> Trust:
    return Trust("localhost", ("https://localhost:8443",), signing_keys={SAID.by: (key.enrolled(),)})


def test_it_holds_by_an_enrolled_key_over_these_very_bytes_and_by_nothing_else() -> None:
    key = SoftKey()
    verify_release(signed(key), trusting(key), ANY)
    other = SignedRelease(replace(SAID, sha256="00" * 32), signed(key).proof)
    for wrong, trust in (
        (other, trusting(key)),
        (signed(SoftKey()), trusting(key)),
        (signed(key, "keeping@penstock"), trusting(key)),
        (signed(key), replace(trusting(key), signing_keys={})),
    ):
        with pytest.raises(ProofError):
            verify_release(wrong, trust, ANY)
    assert purpose_of_release(SAID) != purpose_of_release(replace(SAID, nonce=b"n" * 16))


def test_it_is_no_weaker_than_what_approves_permits_there() -> None:
    soft, hard = SoftKey(), HardKey()
    strict = frozenset({ProofKind.SSHSIG_SK})
    verify_release(signed(hard), trusting(hard), strict)
    verify_release(signed(soft), trusting(soft), frozenset({ProofKind.TOTP}))
    for accepted in (strict, frozenset({ProofKind.PASSKEY}), frozenset[ProofKind]()):
        with pytest.raises(ProofError) as caught:
            verify_release(signed(soft), trusting(soft), accepted)
        assert caught.value.code == "kind_not_accepted"
