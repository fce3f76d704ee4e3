from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.vault.sealed import (
    ENTROPY_BYTES,
    KEY_BYTES,
    NONCE_BYTES,
    Credential,
    Sealed,
    key_name,
    rewrap,
    seal,
    unseal,
)
from domain.canonical import canonical
from domain.errors import ConfigError, EvidenceError
from domain.ids import AssetId

KEY, NEXT = bytes(range(KEY_BYTES)), bytes(range(1, KEY_BYTES + 1))
ENTROPY = bytes(range(ENTROPY_BYTES))
PLC = AssetId("plc-07")
CANARY = "canary-Zr7!q"


def sealed(credential: Credential | None = None) -> Sealed:
    return seal(credential or Credential("service", password=CANARY), PLC, KEY, ENTROPY)


@given(st.text(max_size=200), st.booleans(), st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES))
def test_a_credential_opens_as_it_was(secret: str, is_key: bool, entropy: bytes) -> None:
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    given_one = Credential("x", private_key_pem=secret) if is_key else Credential("x", password=secret)
    one = seal(given_one, PLC, KEY, entropy)
    assert unseal(Sealed.of(one.document()), KEY) == given_one


def test_neither_the_sealed_form_nor_what_is_printed_shows_the_secret() -> None:
    credential = Credential("service", password=CANARY)
    for shown in (repr(credential), str(credential), f"{[credential]}", repr(sealed())):
        assert CANARY not in shown
    assert CANARY.encode() not in canonical(sealed().document())
    assert "private-key=…" in repr(Credential("service", private_key_pem=CANARY))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"asset": AssetId("plc-08")}, id="moved to another asset"),
        pytest.param({"username": "root"}, id="given another account"),
        pytest.param({"kind": "private-key"}, id="given another kind"),
    ],
)
def test_a_sealed_credential_is_bound_to_what_it_says(changed: dict[str, str]) -> None:
    with pytest.raises(EvidenceError, match="changed after it was sealed"):
        unseal(replace(sealed(), **changed), KEY)


@given(st.sampled_from(["wrapped", "secret"]), st.integers(0, 200), st.integers(1, 255))
def test_no_changed_byte_opens(field: str, at: int, flip: int) -> None:
    data = bytearray(getattr(sealed(), field))
    data[at % len(data)] ^= flip
    with pytest.raises(EvidenceError):
        unseal(replace(sealed(), **{field: bytes(data)}), KEY)


@pytest.mark.parametrize("field", ["wrapped", "secret"])
def test_what_is_cut_short_does_not_open(field: str) -> None:
    with pytest.raises(EvidenceError):
        unseal(replace(sealed(), **{field: b"short"}), KEY)


def test_the_wrong_vault_key_is_told_apart_from_tampering() -> None:
    with pytest.raises(ConfigError, match="another vault key"):
        unseal(sealed(), NEXT)


def test_a_key_of_another_length_is_no_key() -> None:
    with pytest.raises(ConfigError, match="must be 32 bytes, not 31"):
        key_name(KEY[:-1])
    with pytest.raises(ValueError, match="random bytes"):
        seal(Credential("x", password=""), PLC, KEY, b"")


def test_a_change_of_key_leaves_the_secrets_own_ciphertext_as_it_is() -> None:
    after = rewrap(sealed(), KEY, NEXT, bytes(NONCE_BYTES))
    assert after.secret == sealed().secret
    assert unseal(after, NEXT) == Credential("service", password=CANARY)
    with pytest.raises(ConfigError):
        unseal(after, KEY)
    with pytest.raises(ConfigError):
        rewrap(sealed(), NEXT, KEY, bytes(NONCE_BYTES))


@pytest.mark.parametrize(
    ("username", "password", "key"),
    [("x", None, None), ("x", "p", "k"), ("", "p", None), ("a\nb", "p", None)],
)
def test_a_credential_is_a_name_and_one_secret(username: str, password: str | None, key: str | None) -> None:
    with pytest.raises(ValueError, match="credential"):
        Credential(username, password, key)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"schema": "penstock-credential/1"},
        sealed().document() | {"schema": "other/1"},
        sealed().document() | {"more": "x"},
        sealed().document() | {"secret": "***"},
        sealed().document() | {"wrapped": 7},
    ],
)
def test_what_is_no_sealed_credential_is_refused(document: object) -> None:
    with pytest.raises(EvidenceError, match="not a sealed credential"):
        Sealed.of(document)
