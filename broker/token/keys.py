"""The ledger's key comes into a token: made there, adopted, or moved there out of its file. For ``penstock evidence keys token``."""

import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from broker.layout import Layout
from broker.token.fault import fault
from broker.token.place import Place
from broker.token.session import ED25519, TokenSession, open_session, said_plainly
from broker.token.signer import TokenSigner, signature
from domain.errors import ConfigError, EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.folder import replace
from recorder.ledger.merkle import EMPTY_ROOT
from recorder.ledger.note import VerifierKey

BEGUN = "To begin with a key of the token, found a new node: docs/token.md. To take this log's own key into the token: --move."


def make(layout: Layout, place: Place, origin: str) -> VerifierKey:
    """A new key, drawn in the token; it becomes the key of a log that has not begun. EvidenceError, ConfigError when it can't."""
    _not_begun(layout)
    session = open_session(place, writing=True)
    try:
        _free(session, place)
        _generate(session, place)
        return _pinned(layout, session, origin)
    finally:
        session.close()


def adopt(layout: Layout, place: Place, origin: str) -> VerifierKey:
    """The key that is in the token already becomes that of a log that has not begun."""
    _not_begun(layout)
    session = open_session(place)
    try:
        return _pinned(layout, session, origin)
    finally:
        session.close()


def move(layout: Layout, place: Place, origin: str) -> VerifierKey:
    """The key of this log, out of its file into the token; the file is destroyed once the token has signed with it.

    May be cut off anywhere and given again. Whoever copied the file before still has the key.
    """
    pinned = VerifierKey.of(layout.ledger_vkey.read_text("utf-8"))
    session = open_session(place, writing=True)
    try:
        if not session.keys():
            _import(session, place, _file_key(layout.ledger_key))
        trial = Checkpoint(origin, 0, EMPTY_ROOT).body()
        if pinned.name != origin or not pinned.verifies(signature(session, trial.encode()), trial):
            raise fault(
                "token_key_wrong", f"The key {place.key!r} in the token {session.said} is not this log's key."
            )
    finally:
        session.close()
    _destroy(layout.ledger_key)
    return pinned


def seen(layout: Layout, place: Place, origin: str) -> VerifierKey:
    """This log's key, seen to sign and to be guarded in the token; EvidenceError when it is not."""
    signer = TokenSigner(place, VerifierKey.of(layout.ledger_vkey.read_text("utf-8")))
    found = signer.look(Checkpoint(origin, 0, EMPTY_ROOT).body())
    signer.close()
    if found.code:
        raise EvidenceError(found.fact, code=found.code, remedy=found.remedy)
    return signer.key


def _not_begun(layout: Layout) -> None:
    if layout.ledger_memory.exists() or (layout.ledger.is_dir() and any(layout.ledger.iterdir())):
        raise ConfigError(
            "This log has begun, and is bound to its key.", file=str(layout.ledger), remedy=BEGUN
        )


def _free(session: TokenSession, place: Place) -> None:
    if session.keys():
        raise ConfigError(
            f"The token {session.said} holds a key {place.key!r} already.",
            remedy="Use it with --adopt, or name another in token.key.",
        )


def _private() -> dict[Any, Any]:
    from pkcs11 import Attribute  # noqa: PLC0415

    return {
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.SIGN: True,
        Attribute.DECRYPT: False,
        Attribute.UNWRAP: False,
        Attribute.DERIVE: False,
    }


def _generate(session: TokenSession, place: Place) -> None:
    from pkcs11 import Attribute, KeyType, Mechanism  # noqa: PLC0415

    with said_plainly():
        curve = session.raw.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: ED25519}, local=True
        )
        curve.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            store=True,
            label=place.key,
            id=place.key.encode(),
            private_template=_private(),
            public_template={Attribute.VERIFY: True, Attribute.ENCRYPT: False, Attribute.WRAP: False},
        )


def _import(session: TokenSession, place: Place, key: Ed25519PrivateKey) -> None:
    from pkcs11 import Attribute, KeyType, ObjectClass  # noqa: PLC0415

    with said_plainly():
        session.raw.create_object(
            _private()
            | {
                Attribute.CLASS: ObjectClass.PRIVATE_KEY,
                Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
                Attribute.TOKEN: True,
                Attribute.LABEL: place.key,
                Attribute.ID: place.key.encode(),
                Attribute.EC_PARAMS: ED25519,
                Attribute.VALUE: key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()),
            }
        )


def _pinned(layout: Layout, session: TokenSession, origin: str) -> VerifierKey:
    """The key that the token says it holds, once it has signed the empty log with it; from now on this log's."""
    key = VerifierKey(origin, _public(session))
    trial = Checkpoint(origin, 0, EMPTY_ROOT).body()
    if not key.verifies(signature(session, trial.encode()), trial):
        raise fault("token_key_wrong", f"The token {session.said} signs with another key than it names.")
    replace(layout.ledger_vkey, f"{key.text()}\n".encode(), durable=True)
    layout.ledger_vkey.chmod(0o644)
    _destroy(layout.ledger_key)
    return key


def _public(session: TokenSession) -> bytes:
    from pkcs11 import Attribute, KeyType, ObjectClass, PKCS11Error  # noqa: PLC0415

    private = session.key()
    with said_plainly():
        wanted: dict[Attribute, Any] = {
            Attribute.CLASS: ObjectClass.PUBLIC_KEY,
            Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
            Attribute.ID: private.id,
        }
        found = list(session.raw.get_objects(wanted))
        try:
            point = bytes((found[0] if len(found) == 1 else private)[Attribute.EC_POINT])
        except (PKCS11Error, KeyError):
            point = b""
    # PKCS#11 3.0: the point as a DER octet string; some modules give its 32 bytes bare.
    point = point[2:] if point[:2] == b"\x04\x20" else point
    if len(point) != 32:
        raise fault("token_failed", f"The token {session.said} does not tell its key's public half.")
    return point


def _file_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"The ledger's key can't be read: {error}.", file=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError("The ledger's key is not an Ed25519 key.", file=str(path))
    return key


def _destroy(path: Path) -> None:
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
