# ruff: noqa: SLF001, ARG002 - this package exists to use what is private in asyncssh, with its signatures
"""A vendor's connection: partial success, strict key exchange, and whatever they ask for told of."""

import hashlib
from typing import Any

import asyncssh
from asyncssh.connection import SSHConnection, SSHServerConnection
from asyncssh.constants import MSG_CHANNEL_OPEN, MSG_GLOBAL_REQUEST, MSG_KEXINIT
from asyncssh.misc import ProtocolError
from asyncssh.packet import SSHPacket, String
from asyncssh.public_key import decode_ssh_public_key

from broker.conduits.asyncssh_internals.asked import GLOBALS, OPENS, listener
from broker.conduits.asyncssh_internals.bounds import (
    BEFORE_SIGN_IN_BYTES,
    LEAST_PACKET_BYTES,
    MOST_CHANNELS,
    PACKET_BYTES,
    WINDOW_BYTES,
)
from broker.conduits.asyncssh_internals.certificate import is_certificate, read_certificate
from broker.conduits.asyncssh_internals.fair import Fair
from broker.conduits.asyncssh_internals.paced import ForwardChannel
from broker.conduits.asyncssh_internals.vendor_channel import VendorChannel
from domain.access import PassageKind


class VendorConnection(Fair, SSHServerConnection):
    """A vendor's connection to the gate."""

    _owner: Any  # an Owner, as well as asyncssh's SSHServer
    _received_bytes = 0
    _proved: tuple[str, asyncssh.SSHKey, Any] | None = None
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
        if is_certificate(key_data):
            return await self._validate_certificate(username, key_data, msg, signature)
        valid = await super().validate_public_key(username, key_data, msg, signature)
        if valid and msg:
            self._proved = username, decode_ssh_public_key(key_data), None
        return valid

    async def _validate_certificate(
        self, username: str, key_data: bytes, msg: bytes, signature: bytes
    ) -> bool:
        # Nothing of asyncssh's own judgement of certificates is used, and none of their options is left behind.
        shown = read_certificate(key_data)
        certified = await self._owner.certificate_offered(username, shown)
        if certified is None or shown is None:
            return False
        if msg:
            shown.key.set_touch_required(True)
            if not shown.key.verify(String(self._session_id) + msg, signature):
                return False
            self._proved = username, shown.key, certified
        return True

    async def send_userauth_success(self) -> None:
        auth = self._auth
        if auth is None or self._auth_complete:
            self.send_userauth_failure(False)
            return
        method, name = auth._method, auth._username  # type: ignore[attr-defined]  # a ServerAuth
        proved, self._proved = self._proved, None
        if method == b"publickey" and proved is not None and proved[0] == name:
            if proved[2] is not None:
                self._owner.certificate_proved(name, proved[2])
            else:
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
        refused = OPENS.get(name, PassageKind.OTHER)
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
        refused = GLOBALS.get(name, PassageKind.OTHER)
        if name == "no-more-sessions@openssh.com":
            self._no_more_sessions = True
        if refused is not None:
            self._owner.refused(refused, f"global {name} {listener(name, peek)}".rstrip())
        if wants_reply:
            self.send_packet(asyncssh.constants.MSG_REQUEST_FAILURE)

    def named(self) -> str:
        """SHA-256, in hex, of the session identifier (RFC 4253 section 7.2), which both ends know and no other has."""
        return hashlib.sha256(self._session_id).hexdigest()

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
