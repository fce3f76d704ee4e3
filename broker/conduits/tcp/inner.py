"""Tunnels inside a conduit that nobody reads, known by how they begin. Pure.

Every protocol below says what it is in its first bytes. They are looked for where a side begins to speak: at the start of
the stream, and again whenever the other side has spoken in between, so that an upgrade in mid-stream is seen too. How the
bytes were split on their way makes no difference. What is in the middle of what one side says is not looked for, and what
hides itself is not found: this keeps stock programs from going where the evidence could not follow, not an enemy at both ends.

What begins in a way that other protocols share (SOCKS 5, OpenVPN, WireGuard) is one once the other side has answered so.
"""

import re
from dataclasses import dataclass, field

from domain.plant import Tunnel

HEAD_BYTES = 512
"""How much of what one side says in a row is looked at."""

BANNER_BYTES = 4096
"""How much of a side's very first words may stand before SSH's own line (RFC 4253 section 4.2)."""

_SSH = re.compile(rb"SSH-[12]\.[0-9]{1,2}-")
_SSH_AFTER_LINES = re.compile(rb"(?:\A|\n)SSH-[12]\.[0-9]{1,2}-")
_TLS = re.compile(rb"\x16\x03[\x00-\x04][\x00-\x41].[\x01\x02]", re.DOTALL)
"""A record of a hand-shake, with either hello (RFC 8446 section 5.1). However small it was cut: its type is the sixth byte."""
_CONNECT = re.compile(rb"CONNECT [^\r\n ]{1,255} HTTP/1\.[01]\r?\n")
_SOCKS_4 = re.compile(
    rb"\x04[\x01\x02](?!\x00\x00)..(?!\x00\x00\x00\x00)....[\x21-\x7e]{0,255}\x00", re.DOTALL
)
_SOCKS_5_GREETING = re.compile(rb"\x05([\x01-\x10])", re.DOTALL)
_SOCKS_5_REQUEST = re.compile(rb"\x05[\x01-\x03]\x00[\x01\x03\x04]", re.DOTALL)
_RFB = re.compile(rb"RFB [0-9]{3}\.[0-9]{3}\n")  # RFC 6143 section 7.1.1
_RDP = re.compile(rb"\x03\x00..[\x06-\xfe]\xe0....\x00(?:Cookie: |\x01.\x08\x00)", re.DOTALL)
"""TPKT, X.224 connection request, then what only RDP puts there ([MS-RDPBCGR] 2.2.1.1); S7 has its own parameters there."""
_RDP_BARE = re.compile(rb"\x03\x00\x00\x0b\x06\xe0....\x00\Z", re.DOTALL)

_OPENVPN_OPENS, _OPENVPN_ANSWERS = frozenset(b"\x38\x50"), frozenset(b"\x40")
"""P_CONTROL_HARD_RESET_CLIENT_V2, _V3 and _SERVER_V2, each with key 0, behind two bytes of length."""
_WIREGUARD = {148: b"\x01\x00\x00\x00", 92: b"\x02\x00\x00\x00"}
"""The two messages of its hand-shake: their lengths, and how they begin."""

_FIRST = frozenset(b"\x00\x01\x02\x03\x04\x05\x16\x5c\x94CRS")
"""With what all of them begin, WireGuard also with two bytes of length before it. Anything else is none of them."""


@dataclass(slots=True)
class _Said:
    """What one side has said since the other last spoke."""

    head: bytearray = field(default_factory=bytearray)
    size: int = 0
    turns: int = 0
    over: bool = False
    """Nothing more is to be looked for until the other side has spoken."""


class Inner:
    """Looks at one conduit. ``allowed`` is what the charter lets pass though nobody can read it."""

    def __init__(self, allowed: frozenset[Tunnel] = frozenset()) -> None:
        self._allowed = allowed
        self._sides = (_Said(), _Said())
        self._speaks: bool | None = None

    def found(self, data: bytes | memoryview, *, vendor: bool) -> Tunnel | None:
        """What begins in what was said so far, ``data`` included, that is not allowed; None while there is none."""
        if not data:
            return None
        mine = self._sides[vendor]
        if self._speaks is not vendor:
            self._speaks = vendor
            mine.head.clear()
            mine.size, mine.over = 0, False
            mine.turns += 1
        mine.size += len(data)
        if mine.over:
            return None
        most = BANNER_BYTES if mine.turns == 1 else HEAD_BYTES
        mine.head += data[: most - len(mine.head)]
        tunnel = _begins(mine, self._sides[not vendor])
        if tunnel is None and (len(mine.head) >= most or not _may_begin(mine)):
            mine.over = True
        return None if tunnel in self._allowed else tunnel


def _may_begin(mine: _Said) -> bool:
    """Whether more bytes could still make one of it."""
    return mine.turns == 1 or mine.head[0] in _FIRST


def _begins(mine: _Said, other: _Said) -> Tunnel | None:  # noqa: PLR0911 - one return per tunnel
    head = bytes(mine.head)
    if _SSH.match(head) or (mine.turns == 1 and _SSH_AFTER_LINES.search(head)):
        return Tunnel.SSH
    if _TLS.match(head):
        return Tunnel.TLS
    if _CONNECT.match(head):
        return Tunnel.HTTP_CONNECT
    if _RFB.match(head):
        return Tunnel.VNC
    if _RDP.match(head) or _RDP_BARE.match(head):
        return Tunnel.RDP
    if (mine.turns == 1 and _SOCKS_4.match(head)) or _socks_5(head, other):
        return Tunnel.SOCKS
    if _openvpn(head, other):
        return Tunnel.OPENVPN
    return Tunnel.WIREGUARD if _wireguard(head, other) else None


def _socks_5(head: bytes, other: _Said) -> bool:
    """RFC 1928 section 3: a greeting and the request behind it at once, or a greeting and its answer."""
    greeting = _SOCKS_5_GREETING.match(head)
    if greeting is not None and _SOCKS_5_REQUEST.match(head, 2 + greeting[1][0]):
        return True
    asked = _SOCKS_5_GREETING.match(other.head)
    if asked is None or other.size != 2 + asked[1][0] or len(head) < 2 or head[0] != 5:
        return False
    return head[1] == 0xFF or head[1] in other.head[2 : other.size]


def _openvpn(head: bytes, other: _Said) -> bool:
    asked = other.head
    if len(asked) < 3 or len(head) < 3 or other.size != 2 + int.from_bytes(asked[:2], "big"):
        return False
    return asked[2] in _OPENVPN_OPENS and head[2] in _OPENVPN_ANSWERS and other.size >= 16


def _wireguard(head: bytes, other: _Said) -> bool:
    """Bare, or behind two bytes of length, in either order."""
    for prefix in (0, 2):
        if other.size == 148 + prefix and other.head.startswith(_WIREGUARD[148], prefix):
            return head.startswith(_WIREGUARD[92], prefix)
    return False
