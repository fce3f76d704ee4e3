"""Ports for the demonstration to listen on where none was named."""

import secrets
import socket
from contextlib import suppress

LOWEST, HIGHEST = 10_000, 30_000


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has and nobody is given: below what the kernel deals out meanwhile."""
    while True:
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", LOWEST + secrets.randbelow(HIGHEST - LOWEST)))
            return int(probe.getsockname()[1])
