from approvals.proofs.sshsig import SECURITY_KEYS as VERIFIED
from domain.ssh_key import SECURITY_KEYS, in_hardware
from tests.policies.plant import ed25519_line


def test_the_kind_in_the_line_says_whether_it_is_in_a_security_key() -> None:
    for kind in SECURITY_KEYS:
        assert in_hardware(f"{kind} AAAA ana@laptop")
    for line in (ed25519_line(1), "sk-ssh-ed25519-cert-v01@openssh.com AAAA", "sk- AAAA"):
        assert not in_hardware(line), line


def test_every_kind_of_these_can_sign_an_approval_that_is_verified() -> None:
    assert {kind.decode() for kind in VERIFIED} == SECURITY_KEYS
