"""OpenSSH public keys as a charter may name them: parsed, never used. RFC 4253 section 6.6, RFC 8709, RFC 5656."""

import binascii
import re
from base64 import b64decode, b64encode
from hashlib import sha256

from policies.charter.wording import UnusableError

LEAST_RSA_BITS = 3072  # NIST SP 800-57 part 1: 128 bits of security, as Ed25519 and P-256 have

_POINT_BYTES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}  # 0x04, then two coordinates (SEC 1, 2.3.3)
_USE = "Use an Ed25519 key: ssh-keygen -t ed25519."


def public_key(line: str) -> str:
    """``line`` as type and base64, without its comment; UnusableError when it may not be used."""
    kind, _, rest = line.strip().partition(" ")
    text = rest.strip().partition(" ")[0]
    if kind in {"ssh-dss", "ssh-dsa"}:
        raise UnusableError("a DSA key is too weak.", _USE)
    if "-cert-" in kind:
        raise UnusableError("this is a certificate, not a key.", "Name the key that the person holds.")
    try:
        blob = b64decode(text, validate=True)
        parts = _strings(blob)
        named = parts[0].decode("ascii")
    except (ValueError, IndexError, binascii.Error) as error:
        raise UnusableError("this is not a public key in OpenSSH's one-line form.", _instead(line)) from error
    if named != kind:
        raise UnusableError(f"it says it is {kind!r:.40} but holds another kind of key.", _USE)
    _check(kind, parts[1:])
    return f"{kind} {text}"


def same_key(line: str) -> str:
    """What to look a key up by: type and base64, whatever comment follows; empty for no key."""
    return " ".join(line.split()[:2])


def fingerprint(openssh_line: str) -> str:
    """How a key is called everywhere: ``SHA256:`` and its digest, as ``ssh-keygen -l`` prints it."""
    blob = b64decode(openssh_line.split()[1])
    return "SHA256:" + b64encode(sha256(blob).digest()).rstrip(b"=").decode("ascii")


def _instead(line: str) -> str:
    """What to paste in place of ``line``, by what it looks like."""
    if "PRIVATE KEY" in line:
        return (
            "This is the private half, and now others have read it: draw a new pair, and paste its .pub file."
        )
    if begin := re.search(r" (?:sk-)?(?:ssh|ecdsa)-\S+ AAAA", line):
        return f"Leave out what stands before{begin[0].rsplit(' ', 1)[0]}: host names and options do not belong here."
    if line.startswith("AAAA"):
        return "Put the kind of the key before it, as the .pub file does: ssh-ed25519 AAAA…"
    return (
        "Paste the whole line of the .pub file; for a host key, what `ssh-keyscan` prints behind the address."
    )


def _check(kind: str, parts: list[bytes]) -> None:
    match kind, parts:
        case "ssh-ed25519", [key]:
            sound = len(key) == 32
        case "sk-ssh-ed25519@openssh.com", [key, _]:
            sound = len(key) == 32
        case "ssh-rsa", [exponent, modulus]:
            bits = int.from_bytes(modulus).bit_length()
            if bits < LEAST_RSA_BITS:
                raise UnusableError(f"an RSA key of {bits} bits is too weak.", _USE)
            sound = int.from_bytes(exponent) >= 65537 and exponent[-1] & 1 == 1
        case (("ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521"), [curve, point]):
            sound = kind.endswith(curve.decode("ascii", "replace")) and _on_wire(curve, point)
        case "sk-ecdsa-sha2-nistp256@openssh.com", [curve, point, _]:
            sound = curve == b"nistp256" and _on_wire(curve, point)
        case _:
            raise UnusableError(f"keys of the kind {kind!r:.40} are not accepted.", _USE)
    if not sound:
        raise UnusableError("the key is damaged.", "Paste the line of the .pub file again.")


def _on_wire(curve: bytes, point: bytes) -> bool:
    return len(point) == _POINT_BYTES.get(curve.decode("ascii", "replace")) and point[0] == 4


def _strings(blob: bytes) -> list[bytes]:
    """The length-prefixed strings that ``blob`` is made of (RFC 4251 section 5); ValueError if it is not."""
    parts = []
    at = 0
    while at < len(blob):
        size = int.from_bytes(blob[at : at + 4])
        part = blob[at + 4 : at + 4 + size]
        if at + 4 > len(blob) or len(part) != size:
            raise ValueError("cut short")
        parts.append(part)
        at += 4 + size
    return parts
