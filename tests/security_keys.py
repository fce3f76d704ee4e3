"""A security key in software, behind a socket that stock OpenSSH takes for its agent (draft-ietf-sshm-ssh-agent)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.approvals.ssh import HardKey, string

ASKED_FOR_KEYS, KEYS, ASKED_TO_SIGN, SIGNED, FAILED = 11, 12, 13, 14, 5


def line_of(key: HardKey) -> str:
    """Its public half in OpenSSH's one-line form."""
    return key.enrolled().key


def _answer(key: HardKey, asked: bytes) -> bytes:
    if asked[0] == ASKED_FOR_KEYS:
        return bytes([KEYS]) + (1).to_bytes(4) + string(key.blob) + string(b"a security key")
    if asked[0] == ASKED_TO_SIGN:
        length = int.from_bytes(asked[1:5])
        data = asked[9 + length : 9 + length + int.from_bytes(asked[5 + length : 9 + length])]
        return bytes([SIGNED]) + string(key.signature(data))
    return bytes([FAILED])


@asynccontextmanager
async def plugged_in(key: HardKey, socket: Path) -> AsyncIterator[None]:
    """It answers at ``socket`` while entered, and is touched whenever it is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
                writer.write(string(_answer(key, asked)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_unix_server(serve, socket)
    async with server:
        yield
