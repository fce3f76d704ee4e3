"""The token's PIN, read from a file when it is needed and kept nowhere; and the one that a token refused.

Most tokens lock after a few wrong PINs. So a PIN that was refused is remembered, as a slow salted hash beside the
ledger's memory, and not offered to that token again, however often the signer is started.
"""

import hashlib
import json
import os
import secrets
import stat
from pathlib import Path

from broker.token.fault import fault
from recorder.ledger.folder import replace

LONGEST_BYTES = 255
CREDENTIALS = Path("/run/credentials")
"""Where systemd puts a unit's credentials. Their group bits are the mask of an ACL for the unit's user alone."""


def read_pin(path: Path) -> str:
    """The PIN in the file's one line; EvidenceError when there is none, or others may read it."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(file, "rb") as opened:
            about = os.fstat(opened.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise fault("token_pin_unreadable", f"{path} is not a file.")
            if about.st_uid not in {0, os.getuid()}:
                raise fault("token_pin_unreadable", f"{path} belongs to somebody else.")
            if about.st_mode & (0o007 if path.is_relative_to(CREDENTIALS) else 0o077):
                raise fault("token_pin_unreadable", f"Others may read the token's PIN in {path}.")
            data = opened.read(LONGEST_BYTES + 2)
    except OSError as error:
        raise fault("token_pin_unreadable", f"The token's PIN can't be read: {error}.") from error
    line = data.removesuffix(b"\n")
    try:
        pin = line.decode("utf-8")
    except UnicodeDecodeError:
        pin = ""
    if not 1 <= len(line) <= LONGEST_BYTES or not pin.isprintable() or not pin:
        raise fault(
            "token_pin_unreadable", f"{path} does not hold a PIN: one line of 1 to {LONGEST_BYTES} bytes."
        )
    return pin


class RefusedPin:
    """The last PIN that a token refused, by a hash from which a PIN is not easily had. It survives a restart."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def is_it(self, serial: str, pin: str) -> bool:
        """Whether this token refused just this PIN before. What can't be read counts as a yes: better no try than a locked token."""
        try:
            kept = json.loads(self.file.read_bytes())
            salt, found, of = bytes.fromhex(kept["salt"]), str(kept["hash"]), str(kept["token"])
        except FileNotFoundError:
            return False
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return True
        return of == serial and secrets.compare_digest(found, _hash(pin, salt))

    def remember(self, serial: str, pin: str) -> None:
        """Never offer ``pin`` to the token ``serial`` again. Durable."""
        salt = secrets.token_bytes(16)
        kept = {"token": serial, "salt": salt.hex(), "hash": _hash(pin, salt)}
        replace(self.file, json.dumps(kept).encode() + b"\n", durable=True)
        self.file.chmod(0o600)

    def forget(self) -> None:
        """A PIN was accepted."""
        self.file.unlink(missing_ok=True)


def _hash(pin: str, salt: bytes) -> str:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1).hex()
