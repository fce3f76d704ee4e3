"""The plant's trust file, as it lies on disk now. Enrolling writes it; nothing in a database can."""

import os
import re
from pathlib import Path

from approvals.trust import Passkey, SigningKey, Trust, read_trust, write_approvers, write_codes
from broker.layout import Layout
from domain.errors import ConfigError
from domain.ids import PersonId


class TrustFiles:
    """Reads the trust file, again whenever it changed. Only the gate asks for the secret half."""

    def __init__(self, layout: Layout, *, with_codes: bool) -> None:
        self._layout = layout
        self._with_codes = with_codes
        self._seen: tuple[object, ...] = ()
        self._trust: Trust | None = None

    def __call__(self) -> Trust:
        """The trust now; ConfigError when a file is missing or damaged: then nobody is trusted."""
        seen = tuple(_look(path) for path in self._files())
        if self._trust is None or seen != self._seen:
            approvers, *codes = (_read(path) for path in self._files())
            self._trust = read_trust(approvers, codes[0] if codes else None)
            self._seen = seen
        return self._trust

    def _files(self) -> tuple[Path, ...]:
        return (self._layout.approvers, *((self._layout.codes,) if self._with_codes else ()))


def enrol_passkey(layout: Layout, person: PersonId, passkey: Passkey) -> Trust:
    """Add an approver's key to the trust file; the trust as it now stands."""
    return _change(layout, TrustFiles(layout, with_codes=False)().with_passkey(person, passkey))


def remove_passkey(layout: Layout, person: PersonId, credential_id: bytes) -> Trust:
    """Take an approver's key out of the trust file; the trust as it now stands."""
    return _change(layout, TrustFiles(layout, with_codes=False)().without_passkey(person, credential_id))


def enrol_signing_key(layout: Layout, person: PersonId, key: SigningKey) -> Trust:
    """Add an SSH key with which the person signs charters; the trust as it now stands."""
    return _change(layout, TrustFiles(layout, with_codes=False)().with_signing_key(person, key))


def remove_signing_key(layout: Layout, person: PersonId, fingerprint: str) -> Trust:
    """Take an SSH signing key out of the trust file; the trust as it now stands."""
    return _change(layout, TrustFiles(layout, with_codes=False)().without_signing_key(person, fingerprint))


def keep_past(layout: Layout, trust: Trust) -> None:
    """Keep this version under its digest, where it is not kept yet."""
    layout.past_trust.mkdir(mode=0o700, exist_ok=True)
    path = layout.past_trust / f"{trust.digest().hex()}.toml"
    if not path.exists():
        _replace(path, write_approvers(trust), mode=0o644)


def past_versions(layout: Layout) -> tuple[bytes, ...]:
    """The trust file as it is, then every version that is kept, the newest first."""
    kept = sorted(layout.past_trust.glob("*.toml"), key=lambda one: one.stat().st_mtime_ns, reverse=True)
    return (_read(layout.approvers), *(_read(one) for one in kept))


def past_trust(layout: Layout, digest: str) -> Trust | None:
    """The version of this digest (hex), where it is kept; None when it is not, or is not what it is called."""
    if re.fullmatch("[0-9a-f]{64}", digest) is None:
        return None
    try:
        trust = read_trust((layout.past_trust / f"{digest}.toml").read_bytes(), None)
    except (OSError, ConfigError):
        return None
    return trust if trust.digest().hex() == digest else None


def _change(layout: Layout, trust: Trust) -> Trust:
    keep_past(layout, TrustFiles(layout, with_codes=False)())
    keep_past(layout, trust)
    _replace(layout.approvers, write_approvers(trust), mode=0o644)
    return trust


def enrol_code(layout: Layout, person: PersonId, secret: str) -> None:
    """Have the person's one-time codes made from ``secret`` (base 32)."""
    trust = TrustFiles(layout, with_codes=True)().with_code(person, secret)
    _replace(layout.codes, write_codes(trust), mode=0o600)


def _look(path: Path) -> tuple[int, int, int]:
    try:
        seen = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"The plant's trust file can't be read: {error.strerror}.",
        file=str(path),
        remedy="Restore it from the plant's backup; nobody can be let in without it.",
    )


def _replace(path: Path, data: bytes, *, mode: int) -> None:
    """Write a new file beside, have it on disk, and put it in place in one step."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(file, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
