"""Vendors at the gate whose client is asyncssh: for what no stock client would send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh

from tests.openssh import Client
from tests.peers.gate import PeerGate


class Guest(asyncssh.SSHClient):
    """A client that answers prompts with what it was given, and remembers them."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.prompts: list[tuple[str, bool]] = []

    def kbdint_auth_requested(self) -> str:
        return ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: list[tuple[str, bool]]
    ) -> list[str]:
        self.prompts += prompts
        return [self.code for _ in prompts]


def reading(client: Client) -> asyncssh.SSHKey:
    return asyncssh.read_private_key(client.key)


async def enter(
    gate: PeerGate, user: str, keys: list[asyncssh.SSHKey], code: str, **more: object
) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        gate.host,
        gate.port,
        config=None,
        known_hosts=str(gate.known_hosts),
        username=user,
        client_keys=keys,
        agent_path=None,
        client_factory=lambda: Guest(code),
        **more,
    )


@asynccontextmanager
async def inside(gate: PeerGate, **more: object) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """The connection of ana, who has a permit for eng-ws-1 and is signed in."""
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    async with await enter(gate, "ana+eng-ws-1", [reading(client)], gate.code("ana"), **more) as connection:
        yield connection
