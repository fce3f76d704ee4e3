"""A device's own page in a browser: the console's page that opens it, and the WebSocket that holds it open (ADR 0059).

As for a terminal, the tab's key is certified for one permit, and what it opens ends with the tab. What is shown is not
here but at an origin of its own, where ``origins`` answers.
"""

import asyncio
import json
from importlib import import_module
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.websockets import WebSocket

from broker.console.browsing.entry import Tab, served
from broker.console.browsing.routes import PANEL, to_open
from broker.console.browsing.talk import Ended, TalkError
from broker.console.browsing.ways import panel_port
from broker.console.desk import Desk, desk_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.panels.open_panels import CLOSED, Panel
from broker.console.panels.origins import ENTER
from broker.console.panels.over import until_over
from broker.console.permits.sheet import filed_for
from broker.console.refusals import not_found
from broker.console.route import page_router
from broker.console.shell import POLICY
from domain.access import Action
from domain.limits import limits_of
from domain.permit import Permit
from domain.plant import Protocol
from domain.said import say
from domain.web_path import web_path

if TYPE_CHECKING:
    import asyncssh

router = page_router()
sockets = APIRouter()
"""As ``browsing.routes.sockets``."""

NO_PANEL = Ended("no_panel", say("This permit is not for a device's page."))
NO_NAME = Ended(
    "no_page_name",
    say("The plant has given devices' pages no host name of their own."),
    say("Ask the plant, or ask for a permit for an SSH client."),
)
NO_PATH = say("That is no path on the device: it begins with one '/', and nothing in it is to be resolved.")
LONGEST_QUERY = 2000


@router.get("/permits/{permit}/panel")
async def panel(request: Request, permit: str) -> Response:
    """The page that opens the device's own. Its one form leads to that origin, which is told where the form is from."""
    await asyncio.to_thread(import_module, "broker.console.panels.way")
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    asked = filed.permit
    if asked.person != visitor.person.id:
        raise not_found()
    asset, settings = desk.parts.charter().assets.get(asked.asset), desk.parts.settings
    form_action = f"form-action 'self' https://*.{settings.pages}{settings.port}"
    return await page(
        request,
        "panels/panel.html",
        visitor,
        headers={
            "content-security-policy": POLICY.replace("form-action 'self'", form_action)
            if settings.pages
            else POLICY,
            "referrer-policy": "strict-origin",
        },
        able=panel_port(asked, asset) is not None,
        looks=Action.OPERATE not in asked.actions,
        begins=begins_at(asked),
        **to_open(desk, visitor, filed, lacking=not settings.pages),
    )


@sockets.websocket("/permits/{permit}/panel/socket")
async def socket(websocket: WebSocket, permit: str) -> None:
    """Holds the device's page open, and hands out what lets this browser in there."""
    desk = desk_of(websocket)

    async def work(tab: Tab, ssh: "asyncssh.SSHClientConnection", asked: Permit) -> Ended:
        from broker.console.browsing.bridge import LOST, first  # noqa: PLC0415 - it brings SSH along
        from broker.console.panels.way import HttpWay  # noqa: PLC0415 - as above

        port = panel_port(asked, desk.parts.charter().assets.get(asked.asset))
        if port is None:
            return NO_PANEL
        settings = desk.parts.settings
        if not settings.pages:
            return NO_NAME

        async def lost() -> Ended:
            await ssh.wait_closed()
            return LOST

        way = HttpWay(ssh, asked.asset, port)
        with desk.panels.kept(settings.pages, settings.port, asked, tab.source, tab.language, way) as opened:
            tab.at_end, opened.used = opened.over, tab.use
            ended = await first(until_over(desk, asked.id), lost(), _letting_in(desk, tab, opened))
            opened.over(ended)
            return ended

    await served(websocket, permit, PANEL, work, told=True)


async def _letting_in(desk: Desk, tab: Tab, opened: Panel) -> Ended:
    """Say where the page is, and hand out a tally each time that it is asked for with a path to begin at."""
    at = opened.origin + ENTER
    await tab.send(json.dumps({"at": at}).encode())
    while True:
        try:
            wanted = await tab.came()
        except TalkError:
            return Ended("not_understood")
        if wanted is None:
            return CLOSED
        if (begins := beginning(wanted)) is None:
            await tab.send(json.dumps({"problem": tab.said(NO_PATH)}).encode())
        else:
            tally = opened.tally(begins, desk.parts.clock.now())
            await tab.send(json.dumps({"at": at, "tally": tally}).encode())


def beginning(wanted: bytes) -> str | None:
    """The path, with its query, that somebody typed to begin at; None where it is none."""
    path, mark, query = wanted.decode("utf-8", "replace").partition("?")
    try:
        plain = web_path(path)
    except ValueError:
        return None
    if (
        len(query) > LONGEST_QUERY
        or not query.isascii()
        or not query.isprintable()
        or {" ", "#"} & set(query)
    ):
        return None
    return f"{plain}{mark}{query}"


def begins_at(permit: Permit) -> str:
    """Where the device's page begins: at its root, or at what the permit's limits name."""
    named = sorted(
        one.name for one in limits_of(permit.limits) if one.protocol is Protocol.HTTP and one.place == "GET"
    )
    return named[0].removesuffix("*") if named else "/"
