"""The SSH door: listens, and gives each connection what it needs."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncssh

from broker.conduits.asyncssh_internals.vendor_connection import VendorConnection
from broker.conduits.asyncssh_internals.version import check_version
from broker.door.browser_sign_ins import BrowserSignIns
from broker.door.connection import Connection
from broker.door.crew import Crew
from broker.door.house import House
from broker.door.jump import Jumps
from broker.door.limits import PERSONS, SOURCES, Attempts, Shedder, Unlocks
from broker.door.options import server_options
from broker.door.seams import Parts
from broker.door.sign_in import SigningIn
from broker.door.wake import Wakes

BACKLOG = 512


class Door:
    """The listening door. ``start`` it once; ``close`` it to turn everybody away and end what is open."""

    def __init__(
        self, parts: Parts, *, persons: Attempts | None = None, sources: Attempts | None = None
    ) -> None:
        check_version()
        self._crew = Crew()
        self._house = House(
            parts=parts,
            shedder=Shedder(),
            persons=persons or Attempts(PERSONS),
            sources=sources or Attempts(SOURCES),
            unlocks=Unlocks(),
            wakes=Wakes(),
            crew=self._crew,
        )
        self._server: asyncio.Server | None = None
        self.port = 0
        """Where it listens; 0 until it does."""

    async def start(
        self, host: str, port: int, *, host_keys: Sequence[asyncssh.SSHKey], authority: asyncssh.SSHKey
    ) -> int:
        """Listen on ``host``:``port`` (0: any free one); the port. OSError when it is taken.

        ``authority`` signs for the names of assets, where the gate stands in for one.
        """
        # Packet logging is costly and would put payload sizes where they don't belong.
        asyncssh.set_log_level("CRITICAL")
        loop = asyncio.get_running_loop()
        self._house.jumps = Jumps(host_keys, authority)
        options = server_options(loop, self._connection, host_keys)
        self._server = await loop.create_server(
            lambda: VendorConnection(loop, options), host, port, backlog=BACKLOG
        )
        address: tuple[Any, ...] = self._server.sockets[0].getsockname()
        self.port = int(address[1])
        return self.port

    def permit_changed(self) -> None:
        """A permit changed somewhere: whoever waits looks again."""
        self._house.wakes.announce()

    @property
    def browser(self) -> BrowserSignIns | None:
        """Where connections wait for a passkey in the browser, if the plant lets them."""
        return self._house.parts.browser

    def lift(self, subject: str) -> None:
        """Look again at attempts of ``person:`` and an id, or ``source:`` and an address."""
        kind, _, name = subject.partition(":")
        (self._house.persons if kind == "person" else self._house.sources).succeeded(name)

    def strangers(self) -> tuple[Connection, ...]:
        """Who came in with a key that the charter in force does not name for them any more."""
        return tuple(
            one for one in self._house.connections if isinstance(one, Connection) and not one.still_known()
        )

    async def close(self) -> None:
        """Stop listening and end every connection; returns once their evidence is written."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._house.connections):
            connection.close()
        await self._house.emptied()
        await self._crew.wait()
        if self._server is not None:
            await self._server.wait_closed()

    @property
    def unauthenticated(self) -> int:
        """How many connections have not signed in yet."""
        return self._house.shedder.waiting

    def _connection(self) -> SigningIn:
        return SigningIn(self._house)
