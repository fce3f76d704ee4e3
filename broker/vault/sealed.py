"""A target's credential, sealed: its own key over the secret, the vault's key over that key.

AES-256-GCM twice (NIST SP 800-38D). Both layers are bound to the asset and the account's name, so
that a sealed credential moved to another asset's file, or given another name, does not open.
Changing the vault's key re-wraps the small key and leaves the secret's own ciphertext as it is.
Pure: the caller draws the randomness.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.canonical import Json, canonical
from domain.errors import ConfigError, EvidenceError
from domain.ids import AssetId

SCHEMA = "penstock-credential/1"
KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D section 5.2.1.1
ENTROPY_BYTES = KEY_BYTES + 2 * NONCE_BYTES
"""What ``seal`` needs: the credential's own key and two nonces."""

PASSWORD = "password"  # noqa: S105 - the kind's name
PRIVATE_KEY = "private-key"


@dataclass(frozen=True, slots=True)
class Credential:
    """How the gate signs in at an asset. Exactly one of ``password`` and ``private_key_pem`` is set."""

    username: str
    password: str | None = None
    private_key_pem: str | None = None

    def __post_init__(self) -> None:
        if (self.password is None) == (self.private_key_pem is None):
            raise ValueError("a credential is a password or a private key, not both and not neither")
        if not self.username or not self.username.isprintable():
            raise ValueError("a credential names the account at the asset")

    @property
    def kind(self) -> str:
        """``password`` or ``private-key``."""
        return PASSWORD if self.password is not None else PRIVATE_KEY

    def __repr__(self) -> str:
        return f"Credential(username={self.username!r}, {self.kind}=…)"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed credential, as its file holds it. Only the account's name and the kind can be read."""

    asset: AssetId
    username: str
    kind: str
    vault_key: str
    """Which vault key wraps it: the first 16 hex digits of a hash of that key."""
    wrapped: bytes
    """Nonce, then the credential's key under the vault's."""
    secret: bytes
    """Nonce, then the secret under the credential's key."""

    def document(self) -> dict[str, Json]:
        """The sealed credential as JSON."""
        return {
            "schema": SCHEMA,
            "asset": self.asset,
            "username": self.username,
            "kind": self.kind,
            "vault_key": self.vault_key,
            "wrapped": b64encode(self.wrapped).decode("ascii"),
            "secret": b64encode(self.secret).decode("ascii"),
        }

    @staticmethod
    def of(document: Json) -> "Sealed":
        """The sealed credential that ``document`` wrote; EvidenceError for anything else."""
        if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
            raise EvidenceError("This is not a sealed credential.")
        try:
            texts = {key: value for key, value in document.items() if isinstance(value, str)}
            sealed = Sealed(
                asset=AssetId(texts["asset"]),
                username=texts["username"],
                kind=texts["kind"],
                vault_key=texts["vault_key"],
                wrapped=b64decode(texts["wrapped"], validate=True),
                secret=b64decode(texts["secret"], validate=True),
            )
        except (KeyError, ValueError) as error:
            raise EvidenceError(f"This is not a sealed credential: {error!r}.") from error
        if sealed.document() != document:
            raise EvidenceError("This is not a sealed credential: it holds more, or another form.")
        return sealed


def seal(credential: Credential, asset: AssetId, vault_key: bytes, entropy: bytes) -> Sealed:
    """``credential`` sealed for ``asset``. ``entropy`` is ENTROPY_BYTES random bytes, used for nothing else."""
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"sealing takes {ENTROPY_BYTES} random bytes")
    key, nonces = entropy[:KEY_BYTES], entropy[KEY_BYTES:]
    secret = credential.password if credential.password is not None else credential.private_key_pem
    assert secret is not None
    bound = _bound(asset, credential.username, credential.kind)
    return Sealed(
        asset=asset,
        username=credential.username,
        kind=credential.kind,
        vault_key=key_name(vault_key),
        wrapped=_encrypt(vault_key, nonces[:NONCE_BYTES], key, bound),
        secret=_encrypt(key, nonces[NONCE_BYTES:], secret.encode("utf-8"), bound),
    )


def unseal(sealed: Sealed, vault_key: bytes) -> Credential:
    """The credential; ConfigError for the wrong vault key, EvidenceError for a sealed one that was changed."""
    secret = _decrypt(_unwrapped(sealed, vault_key), sealed.secret, _bound_of(sealed)).decode("utf-8")
    if sealed.kind == PASSWORD:
        return Credential(sealed.username, password=secret)
    return Credential(sealed.username, private_key_pem=secret)


def rewrap(sealed: Sealed, vault_key: bytes, next_key: bytes, nonce: bytes) -> Sealed:
    """The same sealed credential under another vault key; errors as ``unseal``."""
    key = _unwrapped(sealed, vault_key)
    return Sealed(
        asset=sealed.asset,
        username=sealed.username,
        kind=sealed.kind,
        vault_key=key_name(next_key),
        wrapped=_encrypt(next_key, nonce, key, _bound_of(sealed)),
        secret=sealed.secret,
    )


def key_name(vault_key: bytes) -> str:
    """How a vault key is told from others, without showing it; ConfigError when it is no key."""
    if len(vault_key) != KEY_BYTES:
        raise ConfigError(
            f"The vault's key must be {KEY_BYTES} bytes, not {len(vault_key)}.",
            remedy="Restore keys/vault.key from its backup.",
        )
    return hashlib.sha256(b"penstock vault key name\0" + vault_key).hexdigest()[:16]


def _unwrapped(sealed: Sealed, vault_key: bytes) -> bytes:
    if sealed.vault_key != key_name(vault_key):
        raise ConfigError(
            f"The credential of {sealed.asset} is sealed under another vault key.",
            remedy="Restore the keys/vault.key that belongs to this vault, or set the credential again.",
        )
    return _decrypt(vault_key, sealed.wrapped, _bound_of(sealed))


def _encrypt(key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    return nonce + AESGCM(key).encrypt(nonce, data, bound)


def _decrypt(key: bytes, data: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise EvidenceError(
            "A sealed credential was changed after it was sealed.",
            remedy="Find out who could write to the vault's folder, then set the credential again.",
        ) from error


def _bound_of(sealed: Sealed) -> bytes:
    return _bound(sealed.asset, sealed.username, sealed.kind)


def _bound(asset: str, username: str, kind: str) -> bytes:
    return canonical({"schema": SCHEMA, "asset": asset, "username": username, "kind": kind})
