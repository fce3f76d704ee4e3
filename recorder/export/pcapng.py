"""One native protocol's channel of a recording as pcapng, for Wireshark and its like. Pure.

What crossed is from the recording, byte for byte and at its time. The recording has no packets, so these are made
around it: one TCP connection (RFC 9293) over IPv4 (RFC 791) between two addresses that are nobody's (RFC 5737), in
pieces that each packet can hold, each acknowledged. What the gate did stands as a comment on the packet it belongs to.
The blocks are those of draft-ietf-opsawg-pcapng, little-endian; ours, because the verifier's package stands alone.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

from recorder.format import payloads
from recorder.format.frame import BYTES, Frame, Kind
from recorder.replay import inert

FORWARD = re.compile(r"forward:([1-9][0-9]{0,4})", re.ASCII)
"""A channel's passage, with the asset's port."""
LAST_PORT = 0xFFFF
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

VENDOR, ASSET = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
"""TEST-NET-1: whoever reads such an address knows that nobody has it."""

FIRST_VENDOR_PORT = 0xC000
"""Of the dynamic ports; the channel's number is added."""

MOST_SHOWN_BYTES = 64 * 1024 * 1024
PIECE_BYTES = 32 * 1024
"""Below the 65,535 bytes of an IP packet and of the window that each packet announces."""

RAW_IP = 101
"""LINKTYPE_RAW: a packet begins with its IP header."""

SYN, FIN, RST, PSH, ACK = 0x02, 0x01, 0x04, 0x08, 0x10
LONGEST_COMMENT = 400
CUT_OFF = "This export shows no more; the recording does."


MOST_TOGETHER_BYTES = 64 * 1024 * 1024
"""In a case file: of what crossed in all channels, each frame counted with ``FRAME_BYTES`` more for its packets."""
FRAME_BYTES = 256
MOST_CHANNELS = 200
"""In a case file. A tool that connects anew for each question opens thousands."""


class Captures:
    """The captures of a case file, made while somebody else reads the frames.

    Those of the first ``MOST_CHANNELS`` channels, each whole: one that is not over when ``MOST_TOGETHER_BYTES`` are
    full is left out. The recording has them all, and ``capture`` makes any one.
    """

    def __init__(self, started_at: datetime, session: str) -> None:
        self._start_us = _start_us(started_at)
        self._session = session
        self._open: dict[int, tuple[_Connection, bytearray]] = {}
        self._seen: set[int] = set()
        self._sum = 0

    def watching(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The frames, each taken note of on its way."""
        for frame in frames:
            self._take(frame)
            yield frame

    def _take(self, frame: Frame) -> None:
        channel = frame.channel
        at = self._start_us + frame.elapsed_us
        if channel not in self._seen:
            port = _port(frame)
            if not port or len(self._seen) == MOST_CHANNELS:
                return
            self._seen.add(channel)
            connection = _Connection(FIRST_VENDOR_PORT + channel % 0x3000, port)
            beginning = _beginning(connection, at, channel, self._session)
            self._open[channel] = (connection, bytearray(b"".join(beginning)))
        elif channel in self._open:
            connection, made = self._open[channel]
            for block in _blocks(at, connection.take(frame)):
                made += block
        self._sum += len(frame.payload) + FRAME_BYTES
        if self._sum > MOST_TOGETHER_BYTES:
            self._open.pop(channel, None)

    def made(self) -> Mapping[int, bytes]:
        """The files by their channels, once every frame has passed."""
        return {channel: bytes(made) for channel, (_, made) in self._open.items()}


def captured(frames: Iterable[Frame]) -> Mapping[int, int]:
    """The channels that can be exported: number, and the asset's port."""
    return {frame.channel: port for frame in frames if (port := _port(frame))}


def capture(frames: Iterable[Frame], channel: int, started_at: datetime, session: str) -> Iterator[bytes]:
    """The file, piece by piece. KeyError when ``channel`` carried no native protocol.

    At most ``MOST_SHOWN_BYTES`` of what crossed; a comment says so where more did. Times are exact to the
    microsecond. Errors of the recording's own, as ``Playback.frames`` raises them.
    """
    connection: _Connection | None = None
    start_us = _start_us(started_at)
    for frame in frames:
        if frame.channel != channel:
            continue
        at = start_us + frame.elapsed_us
        if connection is None:
            port = _port(frame)
            if not port:
                continue
            connection = _Connection(FIRST_VENDOR_PORT + channel % 0x3000, port)
            yield from _beginning(connection, at, channel, session)
        else:
            yield from _blocks(at, connection.take(frame))
    if connection is None:
        raise KeyError(channel)


NOTE = "What crossed is from the recording; packets, addresses and the vendor's port are made up around it."


def _start_us(started_at: datetime) -> int:
    return (started_at - EPOCH) // timedelta(microseconds=1)


def _beginning(connection: "_Connection", at_us: int, channel: int, session: str) -> Iterator[bytes]:
    yield _section(f"Made from channel {channel} of the recording of session {session}. {NOTE}")
    yield from _blocks(at_us, connection.opened())


def _port(frame: Frame) -> int:
    """The asset's port; 0 for any other frame than the one that opens such a channel."""
    if frame.kind is not Kind.CHANNEL_OPENED:
        return 0
    found = FORWARD.fullmatch(str(payloads.read(frame.payload).get("passage", "")))
    port = int(found[1]) if found else 0
    return port if port <= LAST_PORT else 0


@dataclass(frozen=True, slots=True)
class _Packet:
    """An IP packet, and what is to be said about it."""

    data: bytes
    comment: str = ""


@dataclass(slots=True)
class _End:
    """One end of the connection: ``sequence`` is that of the next byte that it sends."""

    address: IPv4Address
    port: int
    sequence: int = 1000
    finished: bool = False


@dataclass(slots=True)
class _Connection:
    """What is to be sent next. An end that has finished sends no more bytes."""

    vendor_port: int
    asset_port: int
    vendor: _End = field(init=False)
    asset: _End = field(init=False)
    shown: int = 0
    comments: list[str] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.vendor, self.asset = _End(VENDOR, self.vendor_port), _End(ASSET, self.asset_port)

    def opened(self) -> Iterator[_Packet]:
        """The three-way handshake."""
        yield self._packet(self.vendor, SYN)
        self.vendor.sequence += 1
        yield self._packet(self.asset, SYN | ACK)
        self.asset.sequence += 1
        yield self._packet(self.vendor, ACK)

    def take(self, frame: Frame) -> Iterator[_Packet]:
        """The packets that tell of ``frame``."""
        match frame.kind:
            case kind if kind in BYTES:
                yield from self._sent(self.vendor if kind is Kind.TO_ASSET else self.asset, frame.payload)
            case Kind.MARK:
                self.comments.append(_said(payloads.read(frame.payload)))
            case Kind.EOF:
                sender = str(payloads.read(frame.payload).get("from", ""))
                yield from self._finished(self.vendor if sender == "vendor" else self.asset)
            case Kind.CHANNEL_CLOSED:
                yield from self._closed()
            case _:
                pass

    def _sent(self, end: _End, data: bytes) -> Iterator[_Packet]:
        room = MOST_SHOWN_BYTES - self.shown
        if not data or end.finished or room < 0:
            return
        self.shown += len(data)
        if len(data) > room:
            self.comments.append(CUT_OFF)
        shown = data[:room]
        for at in range(0, len(shown), PIECE_BYTES):
            piece = shown[at : at + PIECE_BYTES]
            yield self._packet(end, PSH | ACK, piece)
            end.sequence += len(piece)
            yield self._packet(self._other(end), ACK)

    def _finished(self, end: _End) -> Iterator[_Packet]:
        if end.finished:
            return
        end.finished = True
        yield self._packet(end, FIN | ACK)
        end.sequence += 1
        yield self._packet(self._other(end), ACK)

    def _closed(self) -> Iterator[_Packet]:
        if not (self.vendor.finished and self.asset.finished):
            # Cut, not ended: whoever has not finished hears a reset, as both sides of the gate did.
            self.vendor.finished = self.asset.finished = True
            yield self._packet(self.asset, RST | ACK)
        elif self.comments:
            yield self._packet(self.asset, ACK)

    def _other(self, end: _End) -> _End:
        return self.asset if end is self.vendor else self.vendor

    def _packet(self, end: _End, flags: int, data: bytes = b"") -> _Packet:
        to = self._other(end)
        acknowledged = to.sequence if flags & ACK else 0
        comment, self.comments = "\n".join(self.comments), []
        self.number += 1
        return _Packet(_ip(end, to, flags, acknowledged, data, self.number), comment)


def _said(told: payloads.Told) -> str:
    words = [str(told[key]) for key in ("mark", "code", "sentence") if told.get(key)]
    return inert("The gate: " + ", ".join(words), LONGEST_COMMENT)


def _ip(end: _End, to: _End, flags: int, acknowledged: int, data: bytes, number: int) -> bytes:
    mask = 0xFFFFFFFF
    tcp = struct.pack(
        ">HHIIBBHHH", end.port, to.port, end.sequence & mask, acknowledged & mask, 5 << 4, flags, 0xFFFF, 0, 0
    )
    pseudo = end.address.packed + to.address.packed + struct.pack(">HH", 6, len(tcp) + len(data))
    summed = _checksum(pseudo + tcp + data)
    tcp = tcp[:16] + summed.to_bytes(2) + tcp[18:]
    total = 20 + len(tcp) + len(data)
    head = struct.pack(">BBHHHBBH", 0x45, 0, total, number & 0xFFFF, 0x4000, 64, 6, 0)
    head += end.address.packed + to.address.packed
    return head[:10] + _checksum(head).to_bytes(2) + head[12:] + tcp + data


def _checksum(data: bytes) -> int:
    """RFC 1071: a number is congruent to the sum of its 16-bit digits, modulo 65,535."""
    rest = int.from_bytes(data + b"\0" * (len(data) % 2)) % 0xFFFF
    return 0xFFFF - rest if rest else 0


def _blocks(at_us: int, packets: Iterable[_Packet]) -> Iterator[bytes]:
    for packet in packets:
        size = len(packet.data)
        body = struct.pack("<IIIII", 0, at_us >> 32, at_us & 0xFFFFFFFF, size, size)
        yield _block(6, body + _padded(packet.data) + _comment(packet.comment))


def _section(comment: str) -> bytes:
    head = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    interface = struct.pack("<HHI", RAW_IP, 0, 0)
    return _block(0x0A0D0D0A, head + _comment(comment)) + _block(1, interface)


def _block(kind: int, body: bytes) -> bytes:
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _comment(text: str) -> bytes:
    if not text:
        return b""
    data = text.encode()
    return struct.pack("<HH", 1, len(data)) + _padded(data) + struct.pack("<HH", 0, 0)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
