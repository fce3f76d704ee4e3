"""The two lines that ``ssh-keygen -Y sign`` puts around a signature (OpenSSH PROTOCOL.sshsig)."""

from base64 import b64decode
from binascii import Error as Base64Error

from domain.errors import ProofError

BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
LONGEST_CHARS = 16_384


def bare(armoured: str) -> bytes:
    """What stands between the two lines, decoded; ProofError when it is no such signature. Verifies nothing."""
    text = armoured.strip()
    if len(text) > LONGEST_CHARS or not text.startswith(BEGIN) or not text.endswith(END):
        raise malformed("it does not begin and end as one")
    try:
        return b64decode("".join(text[len(BEGIN) : -len(END)].split()), validate=True)
    except (Base64Error, ValueError) as error:
        raise malformed("it is not base 64") from error


def malformed(why: str) -> ProofError:
    """What to say of a signature that can't be read."""
    return ProofError(
        f"This is not an SSH signature: {why}.",
        code="malformed_signature",
        remedy="Give the file that ssh-keygen -Y sign wrote, ending in .sig.",
    )
