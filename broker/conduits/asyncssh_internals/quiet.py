"""No log lines for packets."""

from typing import Any

from asyncssh.packet import SSHPacketLogger


class Quiet(SSHPacketLogger):
    """Words no log line for each packet, as asyncssh does before it looks whether anybody reads it."""

    def log_sent_packet(self, pkttype: int, pktid: int | None, packet: Any, note: str = "") -> None:
        pass

    def log_received_packet(self, pkttype: int, pktid: int | None, packet: Any, note: str = "") -> None:
        pass
