"""The console as a vendor's SSH client: a browser's way to an asset goes through the gate's own door, like any other.

Nothing here opens a way by itself. A tab has a key that lives in this process's memory only; the gate certifies it
for one permit (ADR 0048), and from then on decides, records and ends as for a stock client. For whoever brings
another protocol to a browser: ``open_session`` connects, ``carry`` passes a byte stream to a port of the asset, and
``first`` ends everything of a tab when the first part of it ends. What a tab says of its end is an ``Ended``.
It is imported when the first tab opens: a console that nobody uses so has no SSH in it.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import asyncssh
import structlog

from broker.console.browsing.keys import Identity
from broker.console.browsing.talk import OURS, Ended, LastWords
from broker.doorway import Doorway
from domain.errors import PeerError
from domain.ids import AssetId, PermitId
from domain.said import say
from policies.tools import BROWSER_CLIENT

log = structlog.get_logger()

CONNECT_S = 20.0
KEEPALIVE_S = 15
KEEPALIVES_LOST = 3
WINDOW_BYTES = 128 * 1024
"""How much the gate may send before somebody took it; a stalled tab holds so much, and what it has not drawn."""

PIECE_BYTES = 32 * 1024

GONE = Ended("browser_gone")
"""Nobody looks any more."""

LOST = Ended(
    "connection_lost",
    say("The connection to the gate was lost, and the session has ended."),
    say("Open it anew; if it happens again, ask the plant whether its gate runs."),
)


@asynccontextmanager
async def open_session(
    doorway: Doorway, permit: PermitId, identity: Identity
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A connection to the gate's own door under exactly this permit; closed, and seen closed, when left.

    PeerError when there is none: no door, another host key, or a certificate that is not taken.
    """
    try:
        certificate = asyncssh.import_certificate(identity.certificate)
        pinned = asyncssh.import_public_key(doorway.host_key)
        connection = await asyncssh.connect(
            doorway.host,
            doorway.port,
            config=None,
            known_hosts=([pinned], [], []),
            username=f"permit-{permit}",
            client_keys=[(asyncssh.import_private_key(identity.key.private), certificate)],
            client_version=BROWSER_CLIENT,
            agent_path=None,
            preferred_auth="publickey",
            connect_timeout=CONNECT_S,
            login_timeout=CONNECT_S,
            keepalive_interval=KEEPALIVE_S,
            keepalive_count_max=KEEPALIVES_LOST,
        )
    except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
        log.warning("browser_session_not_opened", permit=permit, error=type(error).__name__)
        raise _no_way(error) from error
    try:
        yield connection
    finally:
        connection.abort()  # the gate ends what runs when its client goes, as it does for a client that is killed
        with suppress(asyncssh.Error, OSError):
            await connection.wait_closed()


def _no_way(error: Exception) -> PeerError:
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return PeerError(
            say("Something else answers at the gate's door."),
            remedy=say("Tell the plant. Nothing was sent to it."),
        )
    if isinstance(error, asyncssh.PermissionDenied):
        return PeerError(
            say("The gate did not take this browser's certificate."),
            remedy=say("Open it anew: a certificate is good for a short time, and for a permit that stands."),
        )
    return PeerError(
        say("The gate's door does not answer."),
        remedy=say("Try again in a minute; then ask the plant whether its gate runs."),
    )


class Stream(Protocol):
    """A browser's WebSocket, once somebody was let in by it."""

    async def came(self) -> bytes | None:
        """The next message, as bytes; None once the browser is gone. ``TalkError`` for one that is no bytes."""
        ...

    async def send(self, data: bytes) -> None:
        """Send a message, waiting until the browser takes it; nothing happens to it once the browser is gone."""
        ...


async def carry(stream: Stream, ssh: asyncssh.SSHClientConnection, asset: AssetId, port: int) -> Ended:
    """A byte stream between a browser and a port of the asset, decided and recorded as a forward; how it ended.

    Neither side is read faster than the other takes. It ends when either side does.
    """
    try:
        reader, writer = await ssh.open_connection(
            asset, port, encoding=None, window=WINDOW_BYTES, max_pktsize=PIECE_BYTES
        )
    except asyncssh.ChannelOpenError as error:
        return refused(error.reason)
    except asyncssh.Error:
        return LOST

    async def inwards() -> Ended:
        while (data := await stream.came()) is not None:
            writer.write(data)
            await writer.drain()
        return GONE

    async def outwards() -> Ended:
        while data := await reader.read(PIECE_BYTES):
            await stream.send(data)
        return Ended("asset_closed", say("The asset has closed the connection."), say("Open it anew."))

    try:
        return await first(outwards(), inwards())
    except* (asyncssh.Error, OSError):
        pass
    finally:
        writer.close()
    return LOST


def refused(reason: str) -> Ended:
    """How a channel that the gate did not open ended: it says why in the one form that it has."""
    words = LastWords()
    words.heard(reason.encode())
    said = words.said() or f"{OURS}{reason}"
    code = said.partition("[")[2].partition("]")[0] or "refused"
    return Ended(code, say("The gate did not open this."), words=said)


async def first(*works: Coroutine[Any, Any, Ended]) -> Ended:
    """How the first of ``works`` ended; the others are over by then. Of several at once, the one that is named first."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
    return ended[0].result()
