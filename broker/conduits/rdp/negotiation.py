"""How an RDP connection begins, up to TLS ([MS-RDPBCGR] 2.2.1.1 and 2.2.1.2, in TPKT and X.224). Pure.

The gate says only this much of RDP itself: to see the certificate, before anybody signs in.
"""

from domain.errors import PeerError

REQUEST = bytes.fromhex("0300 0013 0e e0 0000 0000 00 01 00 0800 03000000")
"""A connection request that offers TLS and, inside it, NLA (CredSSP); nothing older."""

HEAD_BYTES = 4
MOST_BYTES = 512
_CONFIRM, _AGREED, _FAILED = 0xD0, 2, 3
_TLS, _NLA, _EARLY = 1, 2, 8
_WHY = {
    1: "it wants TLS in a way that the gate does not offer",
    2: "it does not speak TLS at all",
    3: "it has no certificate",
    4: "it disagrees with itself",
    5: "it wants NLA alone",
    6: "it wants a certificate of whoever signs in",
}


class NoRdpError(PeerError):
    """What answers is no RDP server, or none that begins with TLS."""


def length_of(head: bytes) -> int:
    """How long a message is that begins with these four bytes, itself included; NoRdpError where it is no TPKT."""
    length = int.from_bytes(head[2:4])
    if head[:1] != b"\3" or not HEAD_BYTES < length <= MOST_BYTES:
        raise NoRdpError("What answers there is no RDP server.")
    return length


def agreed(answer: bytes) -> None:
    """Return where the server goes on with TLS; NoRdpError with its reason else."""
    if len(answer) < 11 or answer[5] & 0xF0 != _CONFIRM:
        raise NoRdpError("What answers there is no RDP server.")
    said = answer[11:19]
    if len(said) < 8:
        raise NoRdpError("The asset speaks the old security of RDP alone, which nobody can rely on.")
    kind, value = said[0], int.from_bytes(said[4:8], "little")
    if kind == _FAILED:
        raise NoRdpError(f"The asset does not begin with TLS: {_WHY.get(value, f'reason {value}')}.")
    if kind != _AGREED or value not in {_TLS, _NLA, _EARLY}:
        raise NoRdpError("The asset speaks the old security of RDP alone, which nobody can rely on.")
