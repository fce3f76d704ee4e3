"""The vault: a folder of sealed credentials, one file an asset, opened only for the connect."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

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
from domain.ids import AssetId, is_word
from domain.plant import Protocol

FOR = "+"


def entry_of(asset: AssetId, protocol: Protocol) -> AssetId:
    """Under which name the vault keeps what is for one protocol of ``asset``: ``hmi-1+vnc``; for SSH, ``hmi-1``.

    One is never taken for another: what a VNC server is answered with would give an SSH password away.
    """
    return asset if protocol is Protocol.SSH else AssetId(f"{asset}{FOR}{protocol}")


@dataclass(frozen=True, slots=True)
class Held:
    """What may be shown of a credential."""

    asset: AssetId
    username: str
    kind: str


class Vault:
    """Target credentials of one node. Whoever sets or removes one also has CredentialChanged kept.

    ``key_file`` holds the vault's key; beside it ``….next`` while a change of key is under way, and
    either opens what it wraps.
    """

    def __init__(self, folder: Path, key_file: Path) -> None:
        self._folder = folder
        self._key_file = key_file

    def credential(self, asset: AssetId) -> Credential:
        """The credential of ``asset``; ConfigError when there is none or the vault's key is another.

        EvidenceError when it was changed after it was sealed.
        """
        sealed = self._read(asset)
        return unseal(sealed, self._key_of(sealed))

    def held(self, asset: AssetId, protocol: Protocol) -> Credential | None:
        """What the gate signs in with at ``asset`` over ``protocol``; None when nothing is kept for that. Else as ``credential``."""
        entry = entry_of(asset, protocol)
        return self.credential(entry) if self._file(entry).exists() else None

    def set(self, asset: AssetId, credential: Credential) -> bool:
        """Keep ``credential`` for ``asset``; whether it replaced another. Survives loss of power."""
        replaced = self._file(asset).exists()
        entropy = secrets.token_bytes(ENTROPY_BYTES)
        self._write(seal(credential, asset, self._keys()[-1], entropy))
        return replaced

    def remove(self, asset: AssetId) -> bool:
        """Forget the credential of ``asset``; whether there was one."""
        try:
            self._file(asset).unlink()
        except FileNotFoundError:
            return False
        _sync_folder(self._folder)
        return True

    def list(self) -> tuple[Held, ...]:
        """Which assets have a credential, by id. Reads no secret and needs no key."""
        sealed = (self._read(AssetId(one.stem)) for one in sorted(self._folder.glob("*.json")))
        return tuple(Held(one.asset, one.username, one.kind) for one in sealed)

    def change_key(self) -> int:
        """Draw a new vault key and wrap every credential's key under it; how many there were.

        May be interrupted at any point and repeated: both keys are kept until nothing needs the old.
        """
        following = self._following()
        if not following.exists():
            _write_new(following, secrets.token_bytes(KEY_BYTES))
            _sync_folder(following.parent)
        fresh = _read_key(following)
        count = 0
        for file in sorted(self._folder.glob("*.json")):
            sealed = self._read(AssetId(file.stem))
            if sealed.vault_key != key_name(fresh):
                self._write(rewrap(sealed, self._key_of(sealed), fresh, secrets.token_bytes(NONCE_BYTES)))
            count += 1
        following.replace(self._key_file)
        _sync_folder(self._key_file.parent)
        return count

    def _keys(self) -> tuple[bytes, ...]:
        following = self._following()
        keys = (_read_key(self._key_file),)
        return (*keys, _read_key(following)) if following.exists() else keys

    def _key_of(self, sealed: Sealed) -> bytes:
        keys = self._keys()
        # None fits: let `unseal` say so in its own words.
        return next((key for key in keys if key_name(key) == sealed.vault_key), keys[0])

    def _following(self) -> Path:
        return self._key_file.with_name(self._key_file.name + ".next")

    def _file(self, asset: AssetId) -> Path:
        if not all(map(is_word, asset.split(FOR, 1))):
            raise ConfigError(f"{asset!r} does not name an asset.")
        return self._folder / f"{asset}.json"

    def _read(self, asset: AssetId) -> Sealed:
        try:
            sealed = Sealed.of(json.loads(self._file(asset).read_bytes()))
        except FileNotFoundError as error:
            raise ConfigError(
                f"The vault has no credential for {asset}.", remedy=f"Run `penstock vault set {asset}`."
            ) from error
        except (ValueError, RecursionError) as error:
            raise EvidenceError(f"The vault's file for {asset} can't be read: {error}.") from error
        if sealed.asset != asset:
            raise EvidenceError(f"The vault's file for {asset} holds the credential of {sealed.asset}.")
        return sealed

    def _write(self, sealed: Sealed) -> None:
        fresh = self._file(sealed.asset).with_suffix(f".{secrets.token_hex(4)}.new")
        _write_new(fresh, canonical(sealed.document()) + b"\n")
        fresh.replace(self._file(sealed.asset))
        _sync_folder(self._folder)


def _read_key(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The vault's key can't be read: {error.strerror}.",
            file=str(path),
            remedy="Restore it from its backup; without it no stored credential opens.",
        ) from error
    key_name(key)  # says so when it is no key
    return key


def _write_new(path: Path, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
