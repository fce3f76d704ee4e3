"""What answers at the origins of devices' pages: it lets one browser in by its tally, and passes on what that asks.

It stands before the console and shares no route with it: by the name that a request says it is for, it is one or the other,
and a name that is neither is nobody's. What the console's own pages rest on (its cookie, its forms, its API) is not there.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import structlog
from starlette.requests import HTTPConnection
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker.console.browsing.talk import Ended
from broker.console.desk import Desk
from broker.console.panels.heads import (
    COOKIE,
    Elsewhere,
    Field,
    cookie_names,
    cookie_of,
    to_browser,
    to_device,
)
from broker.console.panels.open_panels import Answer, NotOpenedError, Panel, Way
from broker.console.printing import environment
from broker.console.signin.routes import source_of
from broker.console.tongues import chosen
from broker.page_names import is_below, label_of
from domain.errors import PeerError
from domain.said import say

log = structlog.get_logger()

ENTER = "/.penstock/enter"
STYLES = "/.penstock/static/"
STATIC = Path(__file__).parents[1] / "static"
LONGEST_TALLY_BYTES = 1024
SOCKET_MESSAGES = {
    "http.response.start": "websocket.http.response.start",
    "http.response.body": "websocket.http.response.body",
}
OURS: tuple[Field, ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""On what we say ourselves in a device's place: it holds nothing but words."""

NO_PAGE = Ended(
    "no_such_page",
    say("There is no page of a device at this address."),
    say("Open it from the permit's page in the console."),
)
NOT_LET_IN = Ended(
    "page_not_yours",
    say("This browser was not let in here, or its address is another one since."),
    say("Open the page anew from the console's tab that it belongs to."),
)
TALLY_NOT_GOOD = Ended(
    "tally_not_good",
    say("What lets a browser in here was used already, is too old, or is somebody else's."),
    say("Open the page anew from the console's tab that it belongs to."),
)
NO_WORKER = Ended(
    "no_service_worker",
    say("The page asked to go on working in this browser after it is closed, which no page of a device may."),
)
LEADS_ELSEWHERE = Ended(
    "page_leads_elsewhere",
    say("The device answered with the address of another host, where this permit does not lead."),
    say("If the work needs it, ask the plant for access to that one."),
)


class _Gone(Exception):  # noqa: N818 - nothing went wrong
    """The browser is there no more."""


@dataclass
class _Asking:
    """One request, or one WebSocket that is to be answered with a no."""

    scope: Scope
    receive: Receive
    send: Send
    panel: Panel | None = None

    async def __call__(self, status: int, fields: Sequence[Field], body: bytes) -> None:
        """Answer with all of it."""
        await self.begin(status, [*fields, (b"content-length", str(len(body)).encode())])
        await self.more(b"" if self.scope.get("method") == "HEAD" else body, last=True)

    async def begin(self, status: int, fields: Sequence[Field]) -> None:
        await self._say({"type": "http.response.start", "status": status, "headers": list(fields)})

    async def more(self, data: bytes, *, last: bool = False) -> None:
        await self._say({"type": "http.response.body", "body": data, "more_body": not last})

    async def _say(self, message: Message) -> None:
        if self.scope["type"] == "websocket":
            message["type"] = SOCKET_MESSAGES[message["type"]]
        await self.send(message)

    @property
    def source(self) -> str:
        return source_of(HTTPConnection(self.scope))

    def field(self, name: bytes) -> str:
        values = [value for key, value in self.scope["headers"] if key == name]
        return values[0].decode("latin-1") if len(values) == 1 else ""


class Origins:
    """ASGI: what is asked of a device's page is answered here, and everything else by the console."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk
        self._styles = StaticFiles(directory=STATIC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            asking = _Asking(scope, receive, send)
            if is_below(asking.field(b"host"), self._desk.parts.settings.pages):
                await self._answer(self._desk, asking)
                return
        await self._app(scope, receive, send)

    async def _answer(self, desk: Desk, asking: _Asking) -> None:
        settings, path = desk.parts.settings, asking.scope["path"]
        label = label_of(asking.field(b"host"), settings.pages, settings.port)
        asking.panel = panel = desk.panels.found(label) if label else None
        if path.startswith(STYLES) and path.endswith(".css") and asking.scope["type"] == "http":
            inside = {**asking.scope, "path": path.removeprefix(STYLES.rstrip("/")), "root_path": ""}
            await self._styles(inside, asking.receive, asking.send)
        elif panel is None:
            await _no(desk, asking, 404, NO_PAGE)
        elif panel.ended is not None:
            await _no(desk, asking, 410, panel.ended)
        elif path == ENTER:
            await _enter(desk, asking, panel)
        elif not panel.knows(cookie_of(asking.scope["headers"]), asking.source):
            await _no(desk, asking, 403, NOT_LET_IN)
        elif asking.field(b"service-worker"):
            await _no(desk, asking, 403, NO_WORKER)
        elif panel.way is not None:
            await _pass_on(desk, asking, panel, panel.way)


async def _enter(desk: Desk, asking: _Asking, panel: Panel) -> None:
    """Let the browser in that brings the tally, from the console's own page and by nothing else."""
    came = ""
    if (
        asking.scope["type"] == "http"
        and asking.scope["method"] == "POST"
        and asking.field(b"origin") in desk.parts.settings.origins
    ):
        came = parse_qs((await _short_body(asking)).decode("ascii", "replace")).get("tally", [""])[0]
    let_in = panel.enter(came, asking.source, desk.parts.clock.now()) if came else None
    if let_in is None:
        await _no(desk, asking, 403, TALLY_NOT_GOOD)
        return
    key, begins = let_in
    # A label that nobody ever had has no cookies: those that come with it are for a name above, by some other page.
    panel.tossed |= cookie_names(asking.scope["headers"]) - {COOKIE}
    panel.used()
    text = _text(desk, panel.language, "panels/entering.html", begins=begins)
    await asking(
        200,
        [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"set-cookie", b"%b=%b; Path=/; Secure; HttpOnly; SameSite=Strict" % (COOKIE, key.encode())),
            *OURS,
        ],
        text.encode(),
    )


async def _short_body(asking: _Asking) -> bytes:
    body, more = b"", True
    while more and len(body) <= LONGEST_TALLY_BYTES:
        message = await asking.receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body if len(body) <= LONGEST_TALLY_BYTES else b""


async def _pass_on(desk: Desk, asking: _Asking, panel: Panel, way: Way) -> None:
    """Until the answer is whole, or the browser is gone."""
    scope = asking.scope
    socket = scope["type"] == "websocket"
    fields = to_device(scope["headers"], panel.origin, panel.tossed)
    method = "GET" if socket else scope["method"]
    if socket:  # the gate refuses it, and keeps that it did
        fields = [*fields, (b"connection", b"upgrade"), (b"upgrade", b"websocket")]
    elif method not in {"GET", "HEAD"} or asking.field(b"sec-fetch-mode") == "navigate":
        panel.used()
    coming = _Coming(
        asking.receive,
        bodied=not socket and any(name in {b"content-length", b"transfer-encoding"} for name, _ in fields),
    )
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    async with asyncio.TaskGroup() as group:
        answering = group.create_task(
            _answered(desk, asking, way, (method, target, fields), coming.body() if coming.bodied else None)
        )
        leaving = group.create_task(coming.gone())
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        answering.cancel()
        leaving.cancel()


async def _answered(
    desk: Desk,
    asking: _Asking,
    way: Way,
    asked: tuple[str, bytes, list[Field]],
    body: AsyncIterator[bytes] | None,
) -> None:
    try:
        answer = await way.ask(*asked, body)
    except _Gone:
        return
    except NotOpenedError as error:
        await _no(desk, asking, 403, error.ended)
        return
    except PeerError as error:
        ended = asking.panel.ended if asking.panel is not None else None
        await _no(
            desk, asking, 502 if ended is None else 410, ended or Ended("no_answer", error.fact, error.remedy)
        )
        return
    try:
        await _told(desk, asking, answer)
    finally:
        await answer.close()  # type: ignore[misc]


async def _told(desk: Desk, asking: _Asking, answer: Answer) -> None:
    fields = to_browser(answer.status, answer.fields)
    if isinstance(fields, Elsewhere):
        log.warning("page_leads_elsewhere", permit=asking.panel.permit if asking.panel else "")
        await _no(desk, asking, 502, LEADS_ELSEWHERE, where=fields.address)
        return
    await asking.begin(answer.status, fields)
    async for piece in answer.body:
        await asking.more(piece)
    await asking.more(b"", last=True)


@dataclass
class _Coming:
    """What comes from the browser: a body, and then its leaving."""

    receive: Receive
    bodied: bool

    def __post_init__(self) -> None:
        self._whole = asyncio.Event()
        if not self.bodied:
            self._whole.set()

    async def body(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self.receive()
            if message["type"] != "http.request":
                self._whole.set()
                raise _Gone
            more = message.get("more_body", False)
            if data := message.get("body", b""):
                yield data
        self._whole.set()

    async def gone(self) -> None:
        await self._whole.wait()
        while (await self.receive())["type"] not in {"http.disconnect", "websocket.disconnect"}:
            pass


async def _no(desk: Desk, asking: _Asking, status: int, ended: Ended, where: str = "") -> None:
    """Say why in the place of the page: as a page to whoever reads pages, in a line to a script."""
    panel = asking.panel
    language = (
        chosen(None, asking.field(b"accept-language"), desk.parts.settings.language)
        if panel is None
        else panel.language
    )
    kind = b"text/html; charset=utf-8"
    if "text/html" in asking.field(b"accept"):
        text = _text(desk, language, "panels/said.html", ended=ended, where=where, status=status)
    else:
        kind = b"text/plain; charset=utf-8"
        text = (
            f"{ended.words or f'penstock: refused [{ended.code}]: {ended.sentence}'} {ended.remedy}".strip()
            + "\n"
        )
    await asking(status, [(b"content-type", kind), *OURS], text.encode())


def _text(desk: Desk, language: str, template: str, **values: object) -> str:
    charter = desk.parts.charter()
    zone = charter.organisation.time_zone
    given = {"language": language, "organisation": charter.organisation, "styles": STYLES, **values}
    return environment(language, zone).get_template(template).render(given)
