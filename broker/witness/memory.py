"""What a witness has on its disk: which logs it knows, its keys, and the last head of each log that it vouched for.

::

    logs.policy             `log KEY` lines (C2SP tlog-policy) and `quorum none`; edited by whoever runs the witness
    keys/ed25519.pem        both private halves, 0600
    keys/ml-dsa-44.pem
    name                    the witness's name, as its keys bear it
    seen/<hex>/checkpoint   the last head, cosigned; the folder's name is SHA-256 of the log's origin
    lock                    held while the witness runs

What is in ``seen/`` is the whole of a witness's honesty: lose it, and a log may show it another past. It must
not be restored from a backup; a witness that lost it begins anew under another name and other keys.
"""

import fcntl
import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from domain.errors import ConfigError, EvidenceError
from recorder.cosigning import Cosigner, Ed25519Cosigner, MlDsaCosigner
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.folder import make_folders, replace
from recorder.ledger.note import Note, VerifierKey, is_key_name
from recorder.ledger.policy import Policy
from recorder.ledger.witness import Seen

EMPTY_POLICY = "# One `log KEY` line for each ledger that this witness vouches for.\nquorum none\n"


def hashed(origin: str) -> str:
    """Under what name a log's head is kept and served (tlog-witness, "Monitor Retrieval Mechanism")."""
    return hashlib.sha256(origin.encode()).hexdigest()


class WitnessFolder:
    """One witness's files. ``lock`` makes this process the only one that vouches from them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def policy_file(self) -> Path:
        """Where the logs are named."""
        return self._folder / "logs.policy"

    def found(self, name: str) -> None:
        """Draw both keys under ``name``; ConfigError where there is a witness already, or the name can't be one."""
        if not is_key_name(name) or len(name.encode()) > 255:
            raise ConfigError(
                f"{name!r} can't name a witness.", remedy="Use a name such as corporate.example/witness/1."
            )
        if (self._folder / "name").exists():
            raise ConfigError(
                "There is a witness here already.",
                file=str(self._folder),
                remedy="Take an empty folder; a witness is founded once in its life.",
            )
        keys = self._folder / "keys"
        make_folders(keys)
        for file, key in (
            ("ed25519.pem", Ed25519PrivateKey.generate()),
            ("ml-dsa-44.pem", MLDSA44PrivateKey.generate()),
        ):
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            descriptor = os.open(keys / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(pem)
                opened.flush()
                os.fsync(opened.fileno())
        replace(self.policy_file, EMPTY_POLICY.encode(), durable=True)
        replace(self._folder / "name", f"{name}\n".encode(), durable=True)  # last: now it is founded

    def cosigners(self) -> tuple[Cosigner, ...]:
        """Both keys; ConfigError when one is missing, or others may read it."""
        name = self._read("name").decode("utf-8", "replace").strip()
        ed25519, ml_dsa = (self._private(f"keys/{file}") for file in ("ed25519.pem", "ml-dsa-44.pem"))
        if not isinstance(ed25519, Ed25519PrivateKey) or not isinstance(ml_dsa, MLDSA44PrivateKey):
            raise ConfigError(
                "A key of this witness is of another type.",
                file=str(self._folder / "keys"),
                remedy=FOUND_ANEW,
            )
        return Ed25519Cosigner(name, ed25519), MlDsaCosigner(name, ml_dsa)

    def logs(self) -> dict[str, tuple[VerifierKey, ...]]:
        """The keys of each log that the witness knows, by origin; ConfigError names the line that is wrong."""
        text = self._read("logs.policy").decode("utf-8", "replace")
        found: dict[str, tuple[VerifierKey, ...]] = {}
        for key in Policy.of(text, str(self.policy_file)).logs:
            found[key.name] = (*found.get(key.name, ()), key)
        return found

    def kept(self, origin: str) -> bytes | None:
        """The last head of a log that was vouched for, with the lines of both; None where there is none yet."""
        try:
            return self._head(origin).read_bytes()
        except FileNotFoundError:
            return None

    def seen(self, origin: str) -> Seen:
        """How much of a log was vouched for; EvidenceError when what is kept can't be read: then nothing is signed."""
        data = self.kept(origin)
        if data is None:
            return Seen()
        head = Checkpoint.of(Note.of(data).body)
        if head.origin != origin:
            raise EvidenceError(f"What is kept of {origin} is a head of {head.origin}.", remedy=FOUND_ANEW)
        return Seen(head.size, head.root)

    def keep(self, origin: str, note: Note) -> None:
        """Keep a head over loss of power before anybody hears that it was vouched for; OSError when it can't be."""
        file = self._head(origin)
        make_folders(file.parent)
        replace(file, note.text().encode(), durable=True)

    def lock(self) -> int:
        """A lock that ends with this process; ConfigError while another one vouches from this folder."""
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise ConfigError(
                "Another process vouches from this folder.", file=str(self._folder), remedy="End it first."
            ) from error
        return descriptor

    def _head(self, origin: str) -> Path:
        return self._folder / "seen" / hashed(origin) / "checkpoint"

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise ConfigError(
                f"This folder holds no witness: {error.strerror}.",
                file=str(error.filename),
                remedy="Found one: penstock witness init FOLDER --name NAME.",
            ) from error

    def _private(self, name: str) -> object:
        pem = self._read(name)
        if (self._folder / name).stat().st_mode & 0o077:
            raise ConfigError(
                "Others may read the key.", file=str(self._folder / name), remedy="chmod 600 it."
            )
        try:
            return load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise ConfigError(
                f"The key can't be read: {error}.", file=str(self._folder / name), remedy=FOUND_ANEW
            ) from error


FOUND_ANEW = "Found a new witness under another name, and have the logs' policies name it."
