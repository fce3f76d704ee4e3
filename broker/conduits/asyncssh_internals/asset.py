# ruff: noqa: SLF001, ARG002 - this package exists to use what is private in asyncssh, with its signatures
"""The gate's own connection to an asset, and its channels there."""

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncssh
from asyncssh.channel import SSHClientChannel
from asyncssh.connection import SSHClientConnection
from asyncssh.constants import MSG_CHANNEL_OPEN
from asyncssh.packet import SSHPacket, String, UInt32

from broker.conduits.asyncssh_internals.bounds import LEAST_PACKET_BYTES, PACKET_BYTES, WINDOW_BYTES
from broker.conduits.asyncssh_internals.certificate import is_certificate, read_certificate
from broker.conduits.asyncssh_internals.fair import Fair
from broker.conduits.asyncssh_internals.paced import Paced
from broker.conduits.seams import Terminal


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


class AssetConnection(Fair, SSHClientConnection):
    """The gate's own connection to an asset. Whatever the asset asks for is refused."""

    _owner: Any  # whoever says what a host certificate is worth, as well as asyncssh's SSHClient

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

    def _validate_host_key(self, host: str, addr: str, port: int, key_data: bytes) -> asyncssh.SSHKey:
        # asyncssh takes a certificate that names nobody for everybody's, and this machine's address for a name.
        if not is_certificate(key_data):
            return super()._validate_host_key(host, addr, port, key_data)
        found: asyncssh.SSHKey | None = self._owner.certified(read_certificate(key_data))
        if found is None:
            raise ValueError("Host key is not trusted")
        return found

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
