# ruff: noqa: SLF001, ARG002 - this package exists to use what is private in asyncssh, with its signatures
"""A vendor's session channel: exact bytes, one program, and every request told of."""

from typing import Any

from asyncssh.channel import SSHChannel, SSHServerChannel
from asyncssh.constants import MSG_CHANNEL_CLOSE
from asyncssh.packet import SSHPacket

from broker.conduits.asyncssh_internals.asked import REQUESTS
from broker.conduits.asyncssh_internals.bounds import LONGEST_MODES
from broker.conduits.asyncssh_internals.paced import Paced
from domain.access import PassageKind


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
        if request not in REQUESTS and request not in ("x11-req", "auth-agent-req@openssh.com"):
            self._session.refused(PassageKind.OTHER, f"request {request}")
        super()._service_next_request()

    _packet_handlers = SSHServerChannel._packet_handlers | {  # type: ignore[mutable-override]
        MSG_CHANNEL_CLOSE: _close_later
    }
