"""ClamAV, by its daemon's own protocol (clamd(8), INSTREAM): one file a connection, streamed, and nothing else asked of it.

The protocol is a length and bytes, twice over; the client library for it sends a KiB at a time and bounds no answer.
"""

import re
import socket
from pathlib import Path
from typing import Self

from broker.quarantine.judging import Scan, ScanResult
from recorder.replay import inert

NAME = "clamav"
CHUNK_BYTES = 256 * 1024
LONGEST_ANSWER = 4096
_FOUND = re.compile(r"stream: (?P<what>.+) FOUND")
_TOO_LARGE = "size limit exceeded"


class ClamdStream:
    """One file on its way through clamd. ``feed`` it whole, then ask for ``scan``; neither raises."""

    def __init__(self, path: Path, patience_s: float) -> None:
        self._path, self._patience_s = path, patience_s
        self._fault = ""
        self._socket: socket.socket | None = None
        try:
            self._socket = self._connected()
            self._socket.sendall(b"zINSTREAM\0")
        except OSError as error:
            self._failed(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            self._socket.close()

    def feed(self, data: bytes) -> None:
        """The next bytes of the file. After it said no, they are dropped: ``scan`` tells why."""
        if self._socket is None or self._fault:
            return
        try:
            for at in range(0, len(data), CHUNK_BYTES):
                part = data[at : at + CHUNK_BYTES]
                self._socket.sendall(len(part).to_bytes(4, "big") + part)
        except OSError as error:  # it closes as soon as it has heard too much, and has said so before
            self._failed(error)

    def scan(self) -> Scan:
        """What it found. FAILED for whatever is not a plain answer."""
        answer = self._answer()
        if found := _FOUND.fullmatch(answer):
            return Scan(NAME, self.version(), ScanResult.FOUND, (inert(found["what"], 100),))
        if answer == "stream: OK" and not self._fault:
            return Scan(NAME, self.version(), ScanResult.CLEAN)
        if _TOO_LARGE in answer:
            return Scan(NAME, self.version(), ScanResult.BEYOND)
        return Scan(NAME, "", ScanResult.FAILED, (inert(answer or self._fault or "no answer", 100),))

    def version(self) -> str:
        """Its own and its signatures' version, empty when it does not say."""
        try:
            with self._connected() as asked:
                asked.sendall(b"zVERSION\0")
                return inert(_line(asked).removeprefix("ClamAV "), 60)
        except OSError:
            return ""

    def _answer(self) -> str:
        if self._socket is None:
            return ""
        try:
            if not self._fault:
                self._socket.sendall(bytes(4))
        except OSError as error:
            self._failed(error)
        try:
            return _line(self._socket)
        except OSError as error:
            self._failed(error)
            return ""

    def _connected(self) -> socket.socket:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            opened.settimeout(self._patience_s)
            opened.connect(str(self._path))
        except OSError:
            opened.close()
            raise
        return opened

    def _failed(self, error: OSError) -> None:
        self._fault = self._fault or error.strerror or type(error).__name__


def _line(opened: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
        more = opened.recv(LONGEST_ANSWER)
        if not more:
            break
        answer += more
    return answer.partition(b"\0")[0].decode("utf-8", "backslashreplace").strip()
