import asyncssh
import pytest
from asyncssh.encryption import get_encryption_algs
from asyncssh.kex import get_kex_algs
from asyncssh.mac import get_mac_algs
from asyncssh.public_key import get_public_key_algs

from broker.conduits.algorithms import ENCRYPTION, KEY_EXCHANGE, MACS, SIGNATURES, VENDOR_ENCRYPTION

EVERYTHING = (*KEY_EXCHANGE, *ENCRYPTION, *MACS, *SIGNATURES)


def test_asyncssh_knows_every_algorithm_that_is_listed() -> None:
    known = {*get_kex_algs(), *get_encryption_algs(), *get_mac_algs(), *get_public_key_algs()}
    assert {name.encode() for name in EVERYTHING} <= known


@pytest.mark.parametrize(
    "weak", ["sha1", "diffie-hellman", "cbc", "arcfour", "md5", "chacha20", "dss", "3des"]
)
def test_nothing_weak_is_listed(weak: str) -> None:
    assert not [name for name in EVERYTHING if weak in name]


def test_the_post_quantum_exchange_is_preferred() -> None:
    assert KEY_EXCHANGE[0] == "mlkem768x25519-sha256"


def test_vendors_get_ciphers_that_authenticate_themselves() -> None:
    assert all("gcm" in name for name in VENDOR_ENCRYPTION)
    assert asyncssh.__version__
