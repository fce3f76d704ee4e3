# ruff: noqa: SLF001, ARG002 - this file exists to use what is private in asyncssh, with its signatures
"""The one place that reaches into asyncssh: two connection classes and two channel classes.

What the public interface can't do, and a gate needs:

* partial success, so that a key alone is never enough, and a factor is credited only after
  its proof verified (asyncssh calls the validate hook for unsigned offers too);
* back-pressure: asyncssh ignores a full transport, so that a client which announces a huge window and
  stops reading grows the process by 200 MB/s;
* knowing of every request it would refuse or answer by itself, because each is evidence;
* exact bytes: commands that are not UTF-8, terminal modes as the client sent them.

Written against one version and checked at start: with another, nothing opens.
"""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import asyncssh
from asyncssh.channel import SSHChannel, SSHClientChannel, SSHServerChannel, SSHTCPChannel
from asyncssh.connection import SSHClientConnection, SSHConnection, SSHServerConnection
from asyncssh.constants import (
    MSG_CHANNEL_CLOSE,
    MSG_CHANNEL_OPEN,
    MSG_GLOBAL_REQUEST,
    MSG_IGNORE,
    MSG_KEXINIT,
)
from asyncssh.misc import ProtocolError
from asyncssh.packet import SSHPacket, SSHPacketLogger, String, UInt32
from asyncssh.public_key import decode_ssh_public_key

from broker.conduits.seams import Terminal
from domain.access import PassageKind
from domain.errors import ConfigError

VERSION = "2.24.1"

WINDOW_BYTES = 512 * 1024
"""What either side may send us before it was passed on; bounds the memory of one channel and direction."""

PACKET_BYTES = 32 * 1024
READ_BYTES = 64 * 1024
"""How much one connection is read before others have their turn; a bulk transfer must not own the loop."""

REPLIES_BYTES = 1024 * 1024
"""Unread answers to a client's requests at which we stop listening to it."""

BEFORE_SIGN_IN_BYTES = 1024 * 1024
LONGEST_MODES = 4096
MOST_CHANNELS = 64
LEAST_PACKET_BYTES = 1024
"""A peer that takes less at a time makes us cut what it is sent into so many packets that the loop stands still."""

_OPENS = {
    "session": None,
    "direct-tcpip": None,  # each of these has its own way to the door
    "direct-streamlocal@openssh.com": None,
    "tun@openssh.com": None,
    "x11": PassageKind.X11,
    "auth-agent@openssh.com": PassageKind.AGENT,
    "forwarded-tcpip": PassageKind.REVERSE_FORWARD,
    "forwarded-streamlocal@openssh.com": PassageKind.STREAMLOCAL,
}
_GLOBALS = {
    "keepalive@openssh.com": None,
    "no-more-sessions@openssh.com": None,
    "tcpip-forward": PassageKind.REVERSE_FORWARD,
    "cancel-tcpip-forward": PassageKind.REVERSE_FORWARD,
    "streamlocal-forward@openssh.com": PassageKind.STREAMLOCAL,
    "cancel-streamlocal-forward@openssh.com": PassageKind.STREAMLOCAL,
}
_REQUESTS = frozenset(
    {"pty-req", "env", "shell", "exec", "subsystem", "window-change", "signal", "break", "eow@openssh.com"}
    | {"keepalive@openssh.com"}
)


def check_version() -> None:
    """ConfigError unless asyncssh is exactly the version that this file was written against."""
    if asyncssh.__version__ != VERSION:
        raise ConfigError(
            f"asyncssh is {asyncssh.__version__}, but the SSH door was written against {VERSION}.",
            remedy=f"Install asyncssh {VERSION}, or read asyncssh_internals.py against the new version.",
        )


class _Quiet(SSHPacketLogger):
    """Words no log line for each packet, as asyncssh does before it looks whether anybody reads it."""

    def log_sent_packet(self, pkttype: int, pktid: int | None, packet: Any, note: str = "") -> None:
        pass

    def log_received_packet(self, pkttype: int, pktid: int | None, packet: Any, note: str = "") -> None:
        pass


class _Fair(_Quiet, SSHConnection):
    """A connection that stops taking from its channels while its peer does not read."""

    congested = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if hasattr(transport, "max_size"):
            transport.max_size = READ_BYTES
        super().connection_made(transport)
        self.hurry()

    def hurry(self) -> None:
        """Acknowledge at once during hand-shakes; a delayed ACK meets Nagle for 40 ms each way."""
        sock = self._transport.get_extra_info("socket") if self._transport else None
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def data_received(self, data: bytes, datatype: int | None = None) -> None:
        super().data_received(data, datatype)
        if not self._auth_complete:
            self.hurry()
        transport = self._transport
        if transport is not None and transport.get_write_buffer_size() > REPLIES_BYTES:
            transport.pause_reading()

    def pause_writing(self) -> None:
        self.congested = True

    def resume_writing(self) -> None:
        self.congested = False
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()
        for channel in tuple(self._channels.values()):
            if isinstance(channel, Paced):
                channel.relieve()

    def send_packet(self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None) -> None:
        # asyncssh sends an empty packet before each, against an attack on CBC (RFC 4251 section 9.3.1).
        # We speak no CBC, and it doubles the system calls of every keystroke.
        if pkttype != MSG_IGNORE:
            super().send_packet(pkttype, *args, handler=handler)

    def unsent_bytes(self) -> int:
        """What waits in the transport for the peer to read."""
        return self._transport.get_write_buffer_size() if self._transport else 0


class Paced(_Quiet, SSHChannel[bytes]):
    """A channel that sends nothing while its connection is congested, and can hold back its input."""

    held = False

    def _flush_send_buf(self) -> None:
        if self._send_buf and getattr(self._conn, "congested", False):
            self._pause_resume_writing()
        else:
            super()._flush_send_buf()

    def relieve(self) -> None:
        """Send what waited for the transport."""
        if self._send_state != "closed" and self._session is not None:
            self._flush_send_buf()

    def hold(self) -> None:
        """Deliver nothing until ``release``; the window bounds what the peer can send meanwhile."""
        self.held = True
        self._recv_paused = True

    def release(self) -> None:
        """Deliver what was held back, and all that follows."""
        self.held = False
        self.resume_reading()

    def resume_reading(self) -> None:
        if self.held:
            self._recv_paused = True
        else:
            super().resume_reading()

    def drop_unsent(self) -> None:
        """Forget what waits for the peer's window, so that a last word is not behind it."""
        self._send_buf = []
        self._send_buf_len = 0

    @property
    def over(self) -> bool:
        """Whether this side has closed the channel; after an end-of-file alone it has not."""
        return self._send_state in {"close_pending", "closed"}

    @property
    def sealed(self) -> bool:
        """Whether nothing more can be sent on this channel, and nothing waits to be."""
        return self._send_state == "closed"


class ForwardChannel(Paced, SSHTCPChannel[bytes]):
    """A vendor's ``-L``."""


class VendorChannel(Paced, SSHServerChannel[bytes]):
    """A vendor's session channel. Its session is asked with exact bytes, and about every request."""

    terminal_modes = b""
    _session: Any
    _close_received = False

    def _close_later(self, pkttype: int, pktid: int, packet: SSHPacket) -> Any:
        # A client that has ended its side closes as soon as it sees our end-of-file, but the exit status is
        # still to come. asyncssh would answer at once and lose it; sshd does not, and neither do we.
        ended = self._send_state in {"eof_pending", "eof"} and self._session is not None
        if ended and self._session.awaits_exit():
            packet.check_end()
            self._close_received = True
            return None
        return SSHChannel._process_close(self, pkttype, pktid, packet)

    def _close_send(self) -> None:
        super()._close_send()
        if self._close_received and self._recv_state != "closed":
            self._recv_state = "close_pending"
            self._discard_recv()

    def _process_pty_req_request(self, packet: SSHPacket) -> bool:
        peek = SSHPacket(packet.get_remaining_payload())
        peek.get_string()
        for _ in range(4):
            peek.get_uint32()
        modes = peek.get_string()
        if len(modes) > LONGEST_MODES or self._session_started:
            return False
        self.terminal_modes = modes
        return super()._process_pty_req_request(packet)

    def _process_env_request(self, packet: SSHPacket) -> bool:
        name, value = packet.get_string(), packet.get_string()
        packet.check_end()
        return bool(self._session.environment_requested(name, value))

    def _process_shell_request(self, packet: SSHPacket) -> bool:
        packet.check_end()
        return self._begin("shell", b"")

    def _process_exec_request(self, packet: SSHPacket) -> bool:
        command = packet.get_string()
        packet.check_end()
        return self._begin("exec", command)

    def _process_subsystem_request(self, packet: SSHPacket) -> bool:
        name = packet.get_string()
        packet.check_end()
        return self._begin("subsystem", name)

    def _begin(self, request: str, what: bytes) -> bool:
        # One program per channel: asyncssh 2.24.0 took a second exec after the first was approved.
        if self._session_started:
            self._session.refused(PassageKind.OTHER, f"second {request}")
            return False
        self._session_started = True
        self.hold()
        return bool(self._session.program_requested(request, what))

    def _process_x11_req_request(self, packet: SSHPacket) -> bool:
        self._session.refused(PassageKind.X11, "x11-req")
        return False

    def _process_auth_agent_req_at_openssh_dot_com_request(self, packet: SSHPacket) -> bool:  # type: ignore[override]  # asyncssh answers later, we at once
        self._session.refused(PassageKind.AGENT, "auth-agent-req@openssh.com")
        return False

    def _service_next_request(self) -> None:
        request = self._request_queue[0][0]
        if request not in _REQUESTS and request not in ("x11-req", "auth-agent-req@openssh.com"):
            self._session.refused(PassageKind.OTHER, f"request {request}")
        super()._service_next_request()

    _packet_handlers = SSHServerChannel._packet_handlers | {  # type: ignore[mutable-override]
        MSG_CHANNEL_CLOSE: _close_later
    }


class VendorConnection(_Fair, SSHServerConnection):
    """A vendor's connection to the gate."""

    _owner: Any  # an Owner, as well as asyncssh's SSHServer
    _received_bytes = 0
    _proved: tuple[str, asyncssh.SSHKey] | None = None
    _turned_away = False
    _no_more_sessions = False

    def _send_version(self) -> None:
        # The first thing that is sent, and the last moment to send nothing.
        if self._owner.arrived(self._peer_addr or "local"):
            super()._send_version()
        else:
            self._turned_away = True
            self.abort()

    def data_received(self, data: bytes, datatype: int | None = None) -> None:
        if self._turned_away:
            return
        if not self._auth_complete:
            self._received_bytes += len(data)
            if self._received_bytes > BEFORE_SIGN_IN_BYTES:
                self.abort()
                return
        super().data_received(data, datatype)

    async def _check_strict(self, pkttype: int, pktid: int, packet: SSHPacket) -> None:
        await SSHConnection._process_kexinit(self, pkttype, pktid, packet)
        if not self._strict_kex:
            # CVE-2023-48795: without it a man in the middle can drop messages unseen.
            raise asyncssh.KeyExchangeFailed("Strict key exchange is required")

    async def validate_public_key(self, username: str, key_data: bytes, msg: bytes, signature: bytes) -> bool:
        self._proved = None
        valid = await super().validate_public_key(username, key_data, msg, signature)
        if valid and msg:
            self._proved = username, decode_ssh_public_key(key_data)
        return valid

    async def send_userauth_success(self) -> None:
        auth = self._auth
        if auth is None or self._auth_complete:
            self.send_userauth_failure(False)
            return
        method, name = auth._method, auth._username  # type: ignore[attr-defined]  # a ServerAuth
        proved, self._proved = self._proved, None
        if method == b"publickey" and proved is not None and proved[0] == name:
            self._owner.key_proved(name, proved[1])
        elif method == b"keyboard-interactive":
            self._owner.code_proved(name)
        if not self._owner.complete():
            self.send_userauth_failure(True)
            return
        kept = await self._owner.enter()
        if self._auth is not auth or self._username != name:
            return  # another request came in between: it starts again from what was proved
        if kept:
            await super().send_userauth_success()
        else:
            self.abort()

    def send_userauth_failure(self, partial_success: bool) -> None:
        auth = self._auth
        method = getattr(auth, "_method", b"none").decode("ascii", "replace")
        super().send_userauth_failure(partial_success)
        if not partial_success and not self._owner.refused_attempt(method):
            self.disconnect(asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "Too many failed attempts")

    async def _finish_userauth(self, begin_auth: bool, method: bytes, packet: SSHPacket) -> None:
        if not self._owner or not self._owner.asked_to_sign_in():
            raise ProtocolError("Too many authentication requests")
        await super()._finish_userauth(begin_auth, method, packet)

    def _check_open(self, pkttype: int, pktid: int, packet: SSHPacket) -> Any:
        peek = SSHPacket(packet.get_remaining_payload())
        name = peek.get_string().decode("ascii", "replace")
        number = peek.get_uint32()
        peek.get_uint32()
        refused = _OPENS.get(name, PassageKind.OTHER)
        if peek.get_uint32() < LEAST_PACKET_BYTES:
            refused = PassageKind.OTHER
        full = len(self._channels) >= MOST_CHANNELS or (name == "session" and self._no_more_sessions)
        if refused is None and not full:
            return SSHConnection._process_channel_open(self, pkttype, pktid, packet)
        self._owner.refused(refused or PassageKind.OTHER, f"channel {name}")
        reason = "Too many channels" if refused is None else "Not permitted"
        self.send_channel_open_failure(number, asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, reason, "en")
        return None

    def _check_global(self, pkttype: int, pktid: int, packet: SSHPacket) -> Any:
        peek = SSHPacket(packet.get_remaining_payload())
        name = peek.get_string().decode("ascii", "replace")
        wants_reply = peek.get_boolean()
        refused = _GLOBALS.get(name, PassageKind.OTHER)
        if name == "no-more-sessions@openssh.com":
            self._no_more_sessions = True
        if refused is not None:
            self._owner.refused(refused, f"global {name} {_listener(name, peek)}".rstrip())
        if wants_reply:
            self.send_packet(asyncssh.constants.MSG_REQUEST_FAILURE)

    def give_time(self, seconds: float) -> None:
        """Let signing in take this long from now; for somebody whose key is proved already."""
        self._cancel_login_timer()
        if self._transport is not None:
            self._login_timer = self._loop.call_later(seconds, self._login_timer_callback)

    def create_vendor_channel(self) -> VendorChannel:
        """A session channel for a request that has just come in."""
        self._update_recv_pktlen(PACKET_BYTES)
        return VendorChannel(
            self, self._loop, True, False, False, 0, 0, None, "strict", WINDOW_BYTES, PACKET_BYTES
        )

    def create_forward_channel(self) -> ForwardChannel:
        """A ``direct-tcpip`` channel for a request that has just come in."""
        self._update_recv_pktlen(PACKET_BYTES)
        return ForwardChannel(self, self._loop, None, "strict", WINDOW_BYTES, PACKET_BYTES)

    _packet_handlers = {  # type: ignore[mutable-override]  # noqa: RUF012 - asyncssh's own table
        **SSHServerConnection._packet_handlers,
        MSG_KEXINIT: _check_strict,
        MSG_CHANNEL_OPEN: _check_open,
        MSG_GLOBAL_REQUEST: _check_global,
    }


class AssetChannel(Paced, SSHClientChannel[bytes]):
    """The gate's own session channel at an asset."""

    async def begin(
        self,
        session: asyncssh.SSHClientSession[bytes],
        request: str,
        what: bytes,
        environment: Mapping[bytes, bytes],
        terminal: Terminal | None,
    ) -> bool:
        """Open, and ask for the program; False when the asset would not start it.

        Everything is asked at once, so that it takes two round trips. ChannelOpenError when it won't open.
        """
        packet = await self._open(b"session")
        packet.check_end()
        if self._send_pktsize < LEAST_PACKET_BYTES:
            self.close()
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "its packets are too small")
        self._session = session
        session.connection_made(self)
        for name, value in environment.items():
            self._send_request(b"env", String(name), String(value))
        asked = []
        if terminal is not None:
            size = b"".join(UInt32(number) for number in terminal.size)
            asked.append(self._make_request(b"pty-req", String(terminal.kind), size, String(terminal.modes)))
        arguments = () if request == "shell" else (String(what),)
        asked.append(self._make_request(request.encode("ascii"), *arguments))
        answers = await asyncio.gather(*asked)
        if not answers[-1]:
            self.close()
            return False
        session.session_started()
        await self._start_reading()
        return True

    def send_exact_signal(self, name: str) -> None:
        """Pass on a signal by the name the vendor's client gave it."""
        self._send_request(b"signal", String(name))

    def send_exact_break(self, milliseconds: int) -> None:
        """Pass on a break."""
        self._send_request(b"break", UInt32(milliseconds))


class AssetConnection(_Fair, SSHClientConnection):
    """The gate's own connection to an asset. Whatever the asset asks for is refused."""

    def create_asset_channel(self) -> AssetChannel:
        """A session channel, not opened yet."""
        self._update_recv_pktlen(PACKET_BYTES)
        return AssetChannel(self, self._loop, "strict", None, "strict", WINDOW_BYTES, PACKET_BYTES)

    def _check_open(self, pkttype: int, pktid: int, packet: SSHPacket) -> Any:
        peek = SSHPacket(packet.get_remaining_payload())
        peek.get_string()
        self.send_channel_open_failure(
            peek.get_uint32(), asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "Not permitted", "en"
        )

    async def established(self) -> None:
        """Wait until the hand-shake and sign-in at the asset are done; raises what went wrong."""
        waiter = self._options.waiter
        assert waiter is not None
        await waiter

    @property
    def agreed(self) -> bool:
        """Whether both sides have agreed on keys; a server that knows too little just hangs up before."""
        return bool(self._session_id)

    _packet_handlers = {  # type: ignore[mutable-override]  # noqa: RUF012 - asyncssh's own table
        **SSHClientConnection._packet_handlers,
        MSG_CHANNEL_OPEN: _check_open,
    }


def _listener(name: str, packet: SSHPacket) -> str:
    """What a reverse forward wants to listen on, for the evidence."""
    try:
        if name in ("tcpip-forward", "cancel-tcpip-forward"):
            return f"{packet.get_string().decode('utf-8', 'replace')}:{packet.get_uint32()}"
        if "streamlocal" in name:
            return packet.get_string().decode("utf-8", "replace")
    except asyncssh.packet.PacketDecodeError:
        return "(malformed)"
    return ""
