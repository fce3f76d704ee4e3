"""The answer to a VNC server's challenge (RFC 6143 section 7.2.2). Pure.

DES, its key the password: eight bytes at most, the rest is ignored, each with its bits in reverse. It is as weak as it sounds: whoever
sees a challenge with its answer finds the password by trying. So the answer is recorded nowhere.
"""

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

CHALLENGE_BYTES = 16
KEY_BYTES = 8


def answer(challenge: bytes, password: str) -> bytes:
    """What a server that knows ``password`` expects to its 16 bytes of ``challenge``."""
    key = bytes(_reversed(byte) for byte in _encoded(password)[:KEY_BYTES].ljust(KEY_BYTES, b"\0"))
    # DES in its three rounds with one key is DES; the mode and the cipher are the protocol's, not our choice.
    cipher = Cipher(TripleDES(key * 3), modes.ECB())  # noqa: S305
    return cipher.encryptor().update(challenge)


def _encoded(password: str) -> bytes:
    """In Latin-1, as servers keep it; what that can't write, in UTF-8."""
    try:
        return password.encode("latin-1")
    except UnicodeEncodeError:
        return password.encode("utf-8")


def _reversed(byte: int) -> int:
    return int(f"{byte:08b}"[::-1], 2)
