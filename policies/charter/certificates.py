"""X.509 certificates as a charter may pin them: their outermost form is looked at, and nothing is trusted for it."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence

from policies.charter.wording import UnusableError

MOST_BYTES = 8192
SEQUENCE = 0x30  # X.690, 8.9
_AS = "Paste what `openssl x509 -in server.crt -outform DER | base64 -w0` prints, in quotes."


def certificate(lines: Sequence[str]) -> str:
    """The certificate whose base64 ``lines`` hold, on one line; UnusableError when they hold none."""
    text = "".join(line.strip() for line in lines if not line.strip().startswith("-----"))
    if any("PRIVATE KEY" in line for line in lines):
        raise UnusableError(
            "this is a private key, and now others have read it.", "Draw a new pair, and pin its certificate."
        )
    try:
        data = b64decode(text, validate=True)
    except binascii.Error as error:
        raise UnusableError("this is no certificate in base64.", _AS) from error
    if len(data) > MOST_BYTES or not _whole(data):
        raise UnusableError("this is not one whole certificate.", _AS)
    return b64encode(data).decode("ascii")


def _whole(data: bytes) -> bool:
    """Whether ``data`` is one sequence, with its length in two bytes, and nothing more (X.690, 8.1.3)."""
    return (
        len(data) > 4 and data[:2] == bytes((SEQUENCE, 0x82)) and int.from_bytes(data[2:4]) == len(data) - 4
    )
