"""Who may open a WebSocket to an asset, and what becomes of it. Everything is asked before it is accepted.

Browsers send cookies along from any page, and nothing is asked beforehand: so the exact origin, the signed-in browser,
and a tally that was given to that very browser for this permit and purpose, good once and for half a minute. It travels
among the subprotocols, which no log and no history keeps. What a tab was let in with ends with its tab.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from broker.console.access import SOCKETS
from broker.console.api.problems import problem, refusal_of
from broker.console.browsing.keys import Identity
from broker.console.browsing.once import Bound
from broker.console.browsing.talk import Ended, Heard, TalkError, heard
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, check_origin, known
from broker.console.pages import language_of
from broker.console.parts import Gate
from broker.console.refusals import RefusalError, not_found, not_signed_in, not_yours
from broker.console.signin.routes import source_of
from broker.console.tongues import Tongue, tongue
from domain.errors import PenstockError
from domain.ids import PermitId, is_token
from domain.permit import Permit
from domain.said import in_tongue, say

if TYPE_CHECKING:
    import asyncssh

log = structlog.get_logger()

PROTOCOL = "penstock"
TALLY = "tally."
CHECK_S = 0.5
"""How soon a browser that is signed out is cut off."""

LONGEST_REASON_BYTES = 120
"""RFC 6455 section 5.5: what a close says fits into 123."""

SIGNED_OUT = Ended(
    "signed_out",
    say("Your sign-in at this console has ended, and the session with it."),
    say("Sign in, and open it anew."),
)
CONSOLE_ENDS = Ended(
    "console_ends",
    say("This console was stopped, and the session has ended: its key was nowhere else."),
    say("Open it anew once the console is back."),
)


class Tab:
    """One WebSocket that was accepted: a ``Stream`` and a ``Page``."""

    def __init__(self, websocket: WebSocket, reader: Tongue) -> None:
        self._websocket = websocket
        self._tongue = reader
        self.used = False
        """Whether something came since this was last set back: somebody is there."""
        self.at_end: Callable[[Ended], None] = lambda _: None
        """Called with how it ended, before its page is told."""

    @property
    def source(self) -> str:
        """The browser's address."""
        return source_of(self._websocket)

    @property
    def language(self) -> str:
        """What its page is in."""
        return self._tongue.tag

    def use(self) -> None:
        """Somebody did something that this tab is for."""
        self.used = True

    def said(self, sentence: str) -> str:
        """``sentence`` in its page's language."""
        return str(in_tongue(sentence, self._tongue))

    async def heard(self) -> Heard | None:
        """As ``terminal.Page`` says."""
        message = await self._message()
        return None if message is None else heard(message)

    async def came(self) -> bytes | None:
        """As ``bridge.Stream`` says."""
        message = await self._message()
        if message is None:
            return None
        data = message.get("bytes")
        if not isinstance(data, bytes):
            raise TalkError
        return data

    async def _message(self) -> Mapping[str, Any] | None:
        try:
            message = await self._websocket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return None
        if message["type"] != "websocket.receive":
            return None
        self.used = True
        return message

    async def send(self, data: bytes) -> None:
        """Bytes to the browser, as fast as it takes them; nothing once it is gone."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.send_bytes(data)

    async def taken(self, size: int) -> None:
        """So many typed bytes were passed on."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.send_json({"taken": size})

    async def end(self, ended: Ended, *, told: bool) -> None:
        """Say how it ended: by a message, where its page reads such, and by the close itself."""
        self.at_end(ended)
        with suppress(WebSocketDisconnect, RuntimeError):
            if told:
                await self._websocket.send_text(ended.message(self._tongue))
            await self._websocket.close(1000, reason_of(ended))


def reason_of(ended: Ended) -> str:
    """What fits into a close: the code, and as much of what was said as there is room for."""
    text = f"{ended.code}: {ended.words or ended.sentence}"
    return text.encode()[:LONGEST_REASON_BYTES].decode("utf-8", "ignore")


Work = Callable[[Tab, "asyncssh.SSHClientConnection", Permit], Awaitable[Ended]]


async def served(websocket: WebSocket, permit: str, purpose: str, work: Work, *, told: bool = False) -> None:
    """One tab's WebSocket, whole: who is not let in gets a no before it is accepted; ``work`` gets a connection to the gate.

    ``told``: its page reads a last message of how it ended; the close says so in any case, in short.
    """
    from broker.console.browsing.bridge import first  # noqa: PLC0415 - it brings SSH along

    desk, reader = desk_of(websocket), tongue(language_of(websocket))
    try:
        visitor = await _visitor(websocket, desk)
        asked = await own_permit(desk, visitor, permit)
        with desk.tabs.kept(visitor.person.id):
            identity = _by_tally(websocket, desk, bound(websocket, visitor, asked.id, purpose))
            await websocket.accept(PROTOCOL)
            tab = Tab(websocket, reader)
            ended = await first(
                _at_work(desk, tab, asked, identity, work), _watched(websocket, desk, tab, visitor)
            )
            log.info("browser_tab_ended", permit=asked.id, code=ended.code)
            await tab.end(ended, told=told)
    except (RefusalError, PenstockError) as error:
        refusal = refusal_of(error)
        assert refusal is not None
        log.warning("browser_tab_refused", code=refusal.code)
        await websocket.send_denial_response(problem(refusal, reader))


def bound(request: HTTPConnection, visitor: Visitor, permit: PermitId, purpose: str) -> Bound:
    """What a key and a tally are bound to."""
    key = visitor.browser.key if visitor.browser else ""
    return Bound(key, visitor.person.id, source_of(request), permit, purpose)


async def own_permit(desk: Desk, visitor: Visitor, permit: str) -> Permit:
    """The visitor's own permit of this id; 404 for any other."""
    filed = await desk.parts.approvals.filed(PermitId(permit)) if is_token(permit) else None
    if filed is None or filed.permit.person != visitor.person.id:
        raise not_found()
    return filed.permit


def gate_of(desk: Desk) -> Gate:
    """The gate beside this console; RefusalError where there is none."""
    if desk.parts.gate is None:
        raise RefusalError(
            503,
            "no_gate",
            say("This console has no gate beside it."),
            say("Use an SSH client, as the permit's page says."),
        )
    return desk.parts.gate


async def _visitor(websocket: WebSocket, desk: Desk) -> Visitor:
    check_origin(websocket, desk)
    roles = SOCKETS.get(websocket.scope["route"].path)
    visitor = await known(websocket, desk, active=True)
    if visitor is None:
        raise not_signed_in()
    if roles is None or not visitor.roles & roles:
        raise not_yours()
    return visitor


def _by_tally(websocket: WebSocket, desk: Desk, bound_to: Bound) -> Identity:
    offered = websocket.scope.get("subprotocols", [])
    tallies = [one.removeprefix(TALLY) for one in offered if one.startswith(TALLY)]
    identity = None
    if len(tallies) == 1 and PROTOCOL in offered:
        identity = desk.tallies.take(tallies[0], bound_to, desk.parts.clock.now())
    if identity is None:
        raise RefusalError(
            403,
            "tally_not_good",
            say("What lets this tab in was used already, is too old, or is somebody else's."),
            say("Open it anew from the permit's page."),
        )
    return identity


async def _at_work(desk: Desk, tab: Tab, permit: Permit, identity: Identity, work: Work) -> Ended:
    from broker.console.browsing.bridge import open_session  # noqa: PLC0415 - as above

    try:
        async with open_session(await gate_of(desk).doorway(), permit.id, identity) as ssh:
            return await work(tab, ssh, permit)
    except (RefusalError, PenstockError) as error:
        refusal = refusal_of(error)
        assert refusal is not None
        return Ended(refusal.code, refusal.sentence, refusal.remedy)


async def _watched(websocket: WebSocket, desk: Desk, tab: Tab, visitor: Visitor) -> Ended:
    """Return once nobody is signed in here any more, or the console is about to end. Whoever types is there."""
    while await desk.streams.pause(CHECK_S):
        used, tab.used = tab.used, False
        now = await known(websocket, desk, active=used)
        if now is None or now.person.id != visitor.person.id:
            return SIGNED_OUT
    return CONSOLE_ENDS
