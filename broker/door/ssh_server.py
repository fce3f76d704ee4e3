"""The SSH door: listens, and gives each connection what it needs.

Hardened by what is named here and in ``conduits/algorithms.py``; asyncssh's defaults are for a lab.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncssh

from broker.conduits.algorithms import KEY_EXCHANGE, MACS, SIGNATURES, VENDOR_ENCRYPTION
from broker.conduits.asyncssh_internals.vendor_connection import VendorConnection
from broker.conduits.asyncssh_internals.version import check_version
from broker.door.browser_sign_ins import BrowserSignIns
from broker.door.connection import Connection
from broker.door.crew import Crew
from broker.door.house import House
from broker.door.limits import GRACE_S, PERSONS, SOURCES, Attempts, Shedder, Unlocks
from broker.door.seams import Parts
from broker.door.wake import Wakes

BACKLOG = 512
KEEPALIVE_S = 30
KEEPALIVES_LOST = 4


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

    async def start(self, host: str, port: int, *, host_keys: Sequence[asyncssh.SSHKey]) -> int:
        """Listen on ``host``:``port`` (0: any free one); the port. OSError when it is taken."""
        # Packet logging is costly and would put payload sizes where they don't belong.
        asyncssh.set_log_level("CRITICAL")
        loop = asyncio.get_running_loop()
        options = _options(host_keys, self._connection, loop)
        self._server = await loop.create_server(
            lambda: VendorConnection(loop, options), host, port, backlog=BACKLOG
        )
        address: tuple[Any, ...] = self._server.sockets[0].getsockname()
        return int(address[1])

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

    def _connection(self) -> Connection:
        return Connection(self._house)


def _options(
    host_keys: Sequence[asyncssh.SSHKey], factory: Any, loop: asyncio.AbstractEventLoop
) -> asyncssh.SSHServerConnectionOptions:
    return asyncssh.SSHServerConnectionOptions(
        loop=loop,
        config=None,
        server_factory=factory,
        server_version="Penstock",
        server_host_keys=list(host_keys),
        kex_algs=list(KEY_EXCHANGE),
        encryption_algs=list(VENDOR_ENCRYPTION),
        mac_algs=list(MACS),
        signature_algs=list(SIGNATURES),
        compression_algs=None,
        host_based_auth=False,
        public_key_auth=True,
        kbdint_auth=True,
        password_auth=False,
        gss_host=None,
        x509_trusted_certs=None,
        login_timeout=GRACE_S,
        keepalive_interval=KEEPALIVE_S,
        keepalive_count_max=KEEPALIVES_LOST,
        allow_pty=True,
        line_editor=False,
        rdns_lookup=False,
        x11_forwarding=False,
        agent_forwarding=False,
        allow_scp=False,
        encoding=None,
    )
