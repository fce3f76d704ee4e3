"""What the watchdog's line carries, and a gate at the other end of one."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Mapping

from broker.gate_process import GateProcess
from domain.canonical import Json
from domain.errors import PeerError

LONGEST_LINE = 4 * 1024 * 1024
"""A gate's list of 1,000 sessions is half a MiB; commands are far shorter."""

LONGEST_COMMAND = 16 * 1024


class AttachedGate:
    """A gate as the watchdog knows it: its process, its sessions, and how far it obeyed."""

    def __init__(self, process: GateProcess, writer: asyncio.StreamWriter) -> None:
        self.process = process
        self.sessions: list[Json] = []
        self.acknowledged = -1
        """The last sequence it acknowledged; -1 before the first."""
        self.unanswered = 0
        """Beats since it last said anything."""
        self._writer = writer
        self._moved = asyncio.Event()

    def send(self, document: Mapping[str, Json]) -> None:
        """Tell it; does nothing when it has gone."""
        if not self._writer.is_closing():
            self._writer.write(json.dumps(document).encode() + b"\n")

    def acknowledge(self, sequence: int) -> None:
        """It says that everything up to ``sequence`` is in force."""
        self.acknowledged = max(self.acknowledged, sequence)
        self._moved.set()

    async def obeys(self, sequence: int, within_s: float) -> bool:
        """Whether it acknowledges ``sequence`` in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.acknowledged < sequence:
                    self._moved.clear()
                    await self._moved.wait()
        return self.acknowledged >= sequence


def object_in(line: bytes, longest: int) -> dict[str, Json]:
    """The JSON object in a line of at most ``longest`` bytes; PeerError for anything else."""
    if len(line) > longest:
        raise PeerError(f"A line is {longest} bytes at most.")
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PeerError("A line is one JSON object.") from error
    if not isinstance(document, dict):
        raise PeerError("A line is one JSON object.")
    return document


def peer_of(writer: asyncio.StreamWriter) -> tuple[int, int]:
    """Process id and user id at the other end, as the kernel says (SO_PEERCRED, unix(7))."""
    peer: socket.socket = writer.get_extra_info("socket")
    pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(pid), int(uid)
