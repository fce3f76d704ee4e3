"""Tunnels known by how they begin. The beginnings are those of the protocols' own documents, or of their stock programs."""

import hashlib
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.tcp.inner import Inner
from domain.plant import Tunnel
from tests.for_each import for_each

VENDOR, ASSET = True, False
HELLO = bytes.fromhex("16030100c5010000c10303") + bytes(190)
SERVER_HELLO = bytes.fromhex("160303007a020000760303") + bytes(120)
SSH = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
RDP = bytes.fromhex("030000130ee000000000000100080003000000")
RDP_COOKIE = (
    b"\x03\x00\x00\x2a\x25\xe0\x00\x00\x00\x00\x00Cookie: mstshash=ana\r\n\x01\x00\x08\x00\x03\x00\x00\x00"
)
S7 = bytes.fromhex("0300001611e00000000100c0010ac1020100c2020102")
OPENVPN = bytes.fromhex("000e38") + bytes(8) + bytes(5)
OPENVPN_ANSWER = bytes.fromhex("001a40") + bytes(25)
WIREGUARD, WIREGUARD_ANSWER = b"\x01\x00\x00\x00" + bytes(144), b"\x02\x00\x00\x00" + bytes(88)

Talk = list[tuple[bool, bytes]]

TUNNELS: list[tuple[Talk, Tunnel]] = [
    ([(VENDOR, SSH)], Tunnel.SSH),
    ([(ASSET, SSH)], Tunnel.SSH),
    ([(ASSET, b"SSH-1.99-Cisco-1.25\n")], Tunnel.SSH),
    ([(ASSET, b"Welcome.\r\nNo trespassing.\r\n" + SSH)], Tunnel.SSH),
    ([(VENDOR, HELLO)], Tunnel.TLS),
    ([(VENDOR, bytes.fromhex("160301000101") + HELLO)], Tunnel.TLS),  # cut into records of one byte
    ([(VENDOR, b"\x01"), (ASSET, SERVER_HELLO)], Tunnel.TLS),
    ([(ASSET, b"220 ready\r\n"), (VENDOR, b"STARTTLS\r\n"), (ASSET, b"220 go\r\n"), (VENDOR, HELLO)], Tunnel.TLS),
    ([(VENDOR, b"a" * 9000), (ASSET, b"b" * 9000), (VENDOR, SSH)], Tunnel.SSH),
    ([(VENDOR, b"CONNECT plc-2.example:22 HTTP/1.1\r\nHost: x\r\n\r\n")], Tunnel.HTTP_CONNECT),
    ([(VENDOR, b"GET / HTTP/1.1\r\n\r\n"), (ASSET, b"HTTP/1.1 407 No\r\n\r\n"), (VENDOR, b"CONNECT [::1]:22 HTTP/1.0\r\n")], Tunnel.HTTP_CONNECT),
    ([(VENDOR, bytes.fromhex("040100160a000005") + b"ana\x00")], Tunnel.SOCKS),
    ([(VENDOR, bytes.fromhex("0401001600000001") + b"\x00plc-2\x00")], Tunnel.SOCKS),
    ([(VENDOR, b"\x05\x01\x00"), (ASSET, b"\x05\x00")], Tunnel.SOCKS),
    ([(VENDOR, b"\x05\x02\x00\x02"), (ASSET, b"\x05\xff")], Tunnel.SOCKS),
    ([(VENDOR, b"\x05\x01\x00\x05\x01\x00\x01\x0a\x00\x00\x05\x00\x16")], Tunnel.SOCKS),
    ([(VENDOR, OPENVPN), (ASSET, OPENVPN_ANSWER)], Tunnel.OPENVPN),
    ([(VENDOR, WIREGUARD), (ASSET, WIREGUARD_ANSWER)], Tunnel.WIREGUARD),
    ([(VENDOR, b"\x00\x94" + WIREGUARD), (ASSET, b"\x00\x5c" + WIREGUARD_ANSWER)], Tunnel.WIREGUARD),
    ([(VENDOR, RDP)], Tunnel.RDP),
    ([(VENDOR, RDP_COOKIE)], Tunnel.RDP),
    ([(ASSET, b"RFB 003.008\n")], Tunnel.VNC),
]  # fmt: skip

NOTHING: list[Talk] = [
    [(VENDOR, S7), (ASSET, bytes.fromhex("0300001611d00001000500c0010ac1020100c2020102"))],
    [(VENDOR, bytes.fromhex("000100000006010300000002")), (ASSET, bytes.fromhex("0001000000070103040102fffe"))],
    [(VENDOR, b"HELF" + bytes(28)), (ASSET, b"ACKF" + bytes(24))],
    [(VENDOR, b"\x05\x01\x00"), (ASSET, b"\x05\x09")],  # an answer that takes none of what was offered
    [(VENDOR, b"\x05\x64" * 20), (ASSET, b"\x05\x64\x0b\xc4")],  # DNP3
    [(VENDOR, b"\x68\x04\x07\x00\x00\x00"), (ASSET, b"\x68\x04\x0b\x00\x00\x00")],
    [(VENDOR, b"/CONNECT HTTP/1.1\r\nX: SSH-2.0-no\r\n\r\n")],
    [(VENDOR, b"\x16\x03\x05" + bytes(60))],
    [(VENDOR, OPENVPN), (ASSET, b"\x00\x02OK")],
    [(VENDOR, WIREGUARD), (ASSET, b"\x01\x00\x00\x00")],
    [(VENDOR, b"x" * 100 + SSH)],  # in the middle of what one side says
]  # fmt: skip


def first(inner: Inner, talk: Iterable[tuple[bool, bytes]]) -> Tunnel | None:
    return next((found for vendor, data in talk if (found := inner.found(data, vendor=vendor))), None)


def split(talk: Talk, size: int) -> Talk:
    return [(who, data[at : at + size]) for who, data in talk for at in range(0, len(data), size)]


@for_each(("talk", "tunnel"), TUNNELS)
def test_each_is_known_by_its_beginning_wherever_it_is_split_and_passes_where_it_is_named(
    talk: Talk, tunnel: Tunnel
) -> None:
    """C05: nested SSH, TLS or VPN inside a session is seen, from either side, and after an upgrade in mid-stream."""
    assert first(Inner(), talk) is tunnel
    for size in (1, 2, 3, 7):
        assert first(Inner(), split(talk, size)) is tunnel, size
    assert first(Inner(frozenset({tunnel})), talk) is None
    assert first(Inner(frozenset(Tunnel) - {tunnel}), talk) is tunnel


def test_it_is_found_before_the_message_that_begins_it_is_whole() -> None:
    for data in (HELLO, SSH, RDP_COOKIE):
        inner = Inner()
        at = next(end for end in range(len(data)) if inner.found(data[end : end + 1], vendor=VENDOR))
        assert at < 20 < len(data)


def test_what_else_crosses_a_plant_is_none_of_them() -> None:
    for talk in NOTHING:
        for size in (1, 5, 10_000):
            assert first(Inner(), split(talk, size)) is None, talk


def test_noise_is_none_of_them_and_little_of_it_is_kept() -> None:
    inner = Inner()
    for at in range(2000):
        noise = hashlib.sha256(at.to_bytes(4, "big")).digest()
        assert inner.found(noise, vendor=bool(at % 2)) is None
    for _ in range(50):
        inner.found(b"\x00" * 65536, vendor=ASSET)
        inner.found(b"\x00" * 65536, vendor=VENDOR)
    assert sum(len(side.head) for side in inner._sides) <= 4096 + 512


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=40))), st.integers(1, 9))
def test_where_it_is_split_makes_no_difference(talk: Talk, size: int) -> None:
    assert first(Inner(), talk) == first(Inner(), split(talk, size))
