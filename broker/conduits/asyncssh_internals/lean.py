# ruff: noqa: SLF001 - this package exists to use what is private in asyncssh
"""A connection that takes plain data out of its packets, and puts it into packets, without asyncssh's detours.

Half of the payload relay; ``straight`` is the other half. It stands in front of asyncssh's reader: whole packets
that hold plain data for a channel with a sink, or a window, are dealt with here. Every other packet is given to
asyncssh as it came, still encrypted, so that there is one reader of keys, requests, ends and errors.
"""

import asyncio
import struct
from contextlib import suppress

from asyncssh.connection import SSHConnection
from asyncssh.constants import MSG_CHANNEL_DATA, MSG_CHANNEL_WINDOW_ADJUST
from asyncssh.misc import DisconnectError
from asyncssh.packet import String, UInt32

from broker.conduits.asyncssh_internals.bounds import PACKET_BYTES
from broker.conduits.asyncssh_internals.cipher import (
    BLOCK_BYTES,
    LEAST_PADDING,
    LENGTH_BYTES,
    TAG_BYTES,
    Gcm,
    padding,
    reused,
)
from broker.conduits.asyncssh_internals.quiet import Quiet
from broker.conduits.asyncssh_internals.shape import fits
from broker.conduits.asyncssh_internals.straight import Straight
from broker.conduits.company import ALONE_BYTES, LIGHT_BYTES, company

_HEAD = struct.Struct(">BBII")
"""Length of the padding (RFC 4253 section 6), message, channel, and either the length of the data or the
bytes by which the window grows (RFC 4254 section 5.2)."""

_LENGTH = struct.Struct(">I")

_SHORTEST_BYTES = LENGTH_BYTES + BLOCK_BYTES + TAG_BYTES
_LONGEST_BYTES = PACKET_BYTES + 1024
"""A whole packet, sealed. A longer one is none that we asked for: asyncssh may have it."""

_KEEPALIVE_EVERY_S = 1.0

_MOST_AROUND_BYTES = LENGTH_BYTES + _HEAD.size + LEAST_PADDING + BLOCK_BYTES + TAG_BYTES
"""What a packet adds to its data, at most."""

_inbox = memoryview(bytearray(ALONE_BYTES + _LONGEST_BYTES))
"""Where the one loop of this process reads to. Nothing stays in it between two readings."""

_opened = memoryview(bytearray(ALONE_BYTES + 2 * _LONGEST_BYTES))
"""What was in the packets of one reading, the data of neighbouring packets without a gap."""


class _Outbox:
    """Where packets are put together. The transport may keep what it could not send: then there is a new one."""

    def __init__(self) -> None:
        self._room = memoryview(b"")

    def room(self, size: int) -> memoryview:
        if len(self._room) < size:
            self._room = memoryview(bytearray(max(size, ALONE_BYTES + ALONE_BYTES // 8)))
        return self._room

    def leave(self) -> None:
        self._room = memoryview(b"")


_outbox = _Outbox()


def _pad(size: int) -> int:
    """How much padding a packet of ``size`` bytes of data has."""
    return (BLOCK_BYTES - _HEAD.size - size - LEAST_PADDING) % BLOCK_BYTES + LEAST_PADDING


def _sealed(cipher: Gcm, channel: int, data: memoryview, size: int, out: memoryview) -> int:
    """Packets of ``size`` bytes of ``data`` each; how long they are in ``out``."""
    pad = _pad(size)
    return cipher.seal_each(_HEAD.pack(pad, MSG_CHANNEL_DATA, channel, size), data, size, pad, out)


class Lean(Quiet, SSHConnection):
    """A connection whose channels may have sinks."""

    congested = False
    _intake: "Intake | None" = None

    @property
    def ready(self) -> bool:
        """Whether data may be sent at once: the peer reads, and no change of keys is under way."""
        return self._kex_complete and not self.congested

    def straighten(self) -> bool:
        """Read without detours from now on; False where asyncssh is not the one that this was written against."""
        if self._intake is None and self._transport is not None and fits():
            self._intake = Intake(self)
            self._transport.set_protocol(self._intake)
        return self._intake is not None

    def send_newkeys(self, k: bytes, h: bytes) -> None:
        super().send_newkeys(k, h)
        if fits():
            self._send_encryption = reused(self._send_encryption)
            self._next_recv_encryption = reused(self._next_recv_encryption)

    def send_data(self, channel: int, data: memoryview, most: int) -> None:
        """Send ``data`` in packets of at most ``most`` bytes each, all of them in one call."""
        cipher = self._send_encryption
        transport = self._transport
        if (
            not isinstance(cipher, Gcm)
            or self._compressor is not None
            or transport is None
            or self._rekey_due()
        ):
            for start in range(0, len(data), most):
                self.send_packet(MSG_CHANNEL_DATA, UInt32(channel), String(bytes(data[start : start + most])))
            return
        size = len(data)
        if 0 < size <= most:
            packets = 1
            out = _outbox.room(size + _MOST_AROUND_BYTES)
            pad = _pad(size)
            end = cipher.seal(
                b"".join((_HEAD.pack(pad, MSG_CHANNEL_DATA, channel, size), data, padding(pad))), out
            )
        else:
            packets = -(-size // most)
            out = _outbox.room(size + packets * _MOST_AROUND_BYTES)
            whole = size - size % most
            end = _sealed(cipher, channel, data[:whole], most, out)
            if whole < size:
                end += _sealed(cipher, channel, data[whole:], size - whole, out[end:])
        self._send_seq = (self._send_seq + packets) & 0xFFFFFFFF
        self._rekey_bytes_sent += end
        with suppress(ConnectionError):  # the transport tells of its loss by itself
            transport.write(out[:end])
        if transport.get_write_buffer_size():
            _outbox.leave()

    def send_window(self, channel: int, count: int) -> None:
        """Let the peer send ``count`` bytes more."""
        cipher, transport = self._send_encryption, self._transport
        if (
            not isinstance(cipher, Gcm)
            or self._compressor is not None
            or transport is None
            or self._rekey_due()
        ):
            self.send_packet(MSG_CHANNEL_WINDOW_ADJUST, UInt32(channel), UInt32(count))
            return
        pad = BLOCK_BYTES - _HEAD.size
        out = memoryview(bytearray(_MOST_AROUND_BYTES))
        head = _HEAD.pack(pad, MSG_CHANNEL_WINDOW_ADJUST, channel, count)
        end = cipher.seal(head + padding(pad), out)
        self._send_seq = (self._send_seq + 1) & 0xFFFFFFFF
        self._rekey_bytes_sent += end
        with suppress(ConnectionError):
            transport.write(out[:end])

    def settle(self) -> None:
        """Called when a reading was dealt with."""

    def _rekey_due(self) -> bool:
        return (
            not self._kex_complete
            or not self._auth_complete
            or self._rekey_bytes_sent >= self._rekey_bytes
            or bool(self._rekey_seconds and self._loop.time() >= self._rekey_time)
        )


class Intake(asyncio.BufferedProtocol):
    """Between a connection and its transport, once a channel has a sink."""

    def __init__(self, connection: Lean) -> None:
        self._connection = connection
        self._rest = b""
        """The beginning of a packet that is not whole yet."""
        self._between = False
        """Whether asyncssh waits for a new packet: it may still be busy with the last one, or have half of one."""
        self._owner: Straight | None = None
        self._end = _HEAD.size
        """Where the data for ``_owner`` ends in ``_opened``; it begins behind one head."""
        self._party: object = None
        """Whose much data came in last: a letter between does not make the next reading its own."""
        self._alive_again_s = 0.0
        self._now_s = 0.0
        """When the last reading began, by the loop's clock."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.connection_lost(exc)

    def eof_received(self) -> None:
        self._connection.eof_received()

    def pause_writing(self) -> None:
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        self._connection.resume_writing()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        if not self._between:
            self._reclaim()
        rest = self._rest
        now_s = self._now_s = self._connection._loop.time()
        share = company.may_read(self._party, now_s)
        if not rest:
            return _inbox[:share]
        _inbox[: len(rest)] = rest
        return _inbox[len(rest) : len(rest) + share]

    def buffer_updated(self, nbytes: int) -> None:
        end = len(self._rest) + nbytes
        connection = self._connection
        if self._now_s >= self._alive_again_s:
            self._alive_again_s = self._now_s + _KEEPALIVE_EVERY_S
            connection._reset_keepalive_timer()
        try:
            used = self._take(end)
        except DisconnectError as error:
            connection._send_disconnect(error.code, error.reason, error.lang)
            connection._force_close(error)
        except Exception:  # noqa: BLE001 - as asyncssh does with whatever comes out of a packet
            connection.internal_error()
        else:
            self._rest = bytes(_inbox[used:end]) if used < end else b""
            connection.settle()

    def _reclaim(self) -> None:
        """Take back from asyncssh the beginning of a packet, unless it is busy with the one before."""
        connection = self._connection
        if not isinstance(connection._recv_encryption, Gcm):
            return
        if connection._recv_handler == connection._recv_packet:
            # Its first block is there as it came: of AES-GCM nothing is decrypted before all has arrived.
            held = connection._packet + connection._inpbuf
        elif connection._recv_handler == connection._recv_pkthdr:
            held = connection._inpbuf
        else:
            return
        if len(held) <= _LONGEST_BYTES:
            connection._packet = connection._inpbuf = b""
            connection._recv_handler = connection._recv_pkthdr
            self._rest, self._between = held, True

    def _take(self, end: int) -> int:
        """Deal with the whole packets in the first ``end`` bytes; where the first one begins that is not whole."""
        connection = self._connection
        at = 0
        while self._between and connection._transport is not None:
            cipher = connection._recv_encryption
            if end - at < LENGTH_BYTES:
                self._pass_on()
                return at
            stop = at + LENGTH_BYTES + _LENGTH.unpack_from(_inbox, at)[0] + TAG_BYTES
            if not isinstance(cipher, Gcm) or not _SHORTEST_BYTES <= stop - at <= _LONGEST_BYTES:
                break
            if stop > end:
                self._pass_on()
                return at
            if self._plain(cipher, _inbox[at:stop]):
                cipher.step()
                connection._recv_seq = (connection._recv_seq + 1) & 0xFFFFFFFF
            else:
                self._pass_on()
                connection.data_received(bytes(_inbox[at:stop]))
                self._between = connection._recv_handler == connection._recv_pkthdr
            at = stop
        self._pass_on()
        self._between = False
        if at < end and connection._transport is not None:
            connection.data_received(bytes(_inbox[at:end]))
        return end

    def _plain(self, cipher: Gcm, packet: memoryview) -> bool:
        """Whether this was data, or a window, for a channel with a sink, and all in order; if so it is dealt with."""
        # Opened with its head over the end of the data before it, which is put back: so that all data is in one piece.
        start = self._end - _HEAD.size
        covered = bytes(_opened[start : self._end]) if start else b""
        length = len(packet) - LENGTH_BYTES - TAG_BYTES
        sound = cipher.peek(packet, _opened[start : start + length])
        pad, kind, number, count = _HEAD.unpack_from(_opened, start)
        if covered:
            _opened[start : self._end] = covered
        channel = self._connection._channels.get(number)
        if not sound or not isinstance(channel, Straight):
            return False
        if kind == MSG_CHANNEL_WINDOW_ADJUST:
            return _HEAD.size + pad == length and channel.window_grew(count)
        if kind != MSG_CHANNEL_DATA or _HEAD.size + count + pad != length or not channel.takes(count):
            return False
        if channel is not self._owner and self._owner is not None:
            data = bytes(_opened[self._end : self._end + count])
            self._pass_on()
            _opened[self._end : self._end + count] = data
        self._owner = channel
        self._end += count
        return True

    def _pass_on(self) -> None:
        """Give the data of neighbouring packets to their channel in one piece."""
        owner, end = self._owner, self._end
        if owner is not None:
            self._owner, self._end = None, _HEAD.size
            count = end - _HEAD.size
            if count >= LIGHT_BYTES:
                self._party = owner.party
            company.read(owner.party, count, self._now_s)
            owner.arrived(_opened[_HEAD.size : end])
