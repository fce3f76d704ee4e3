"""The screen of an asset, in a browser: its page, and RFB as bytes between a viewer there and the gate's VNC conduit.

The console reads nothing of it. Whose password the asset asks for, what a key or a click may do, and what is recorded
is the gate's, as for a viewer behind ``ssh -L`` (ADR 0049).
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.websockets import WebSocket

from broker.console.browsing.entry import Tab, served
from broker.console.browsing.routes import SCREEN, to_open
from broker.console.browsing.talk import Ended
from broker.console.browsing.ways import screen_port
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.permits.sheet import filed_for
from broker.console.refusals import not_found
from broker.console.route import page_router
from domain.access import Action
from domain.limits import limits_of
from domain.permit import Permit
from domain.plant import SCREENS
from domain.said import say

if TYPE_CHECKING:
    import asyncssh

router = page_router()
sockets = APIRouter()
"""As ``routes.sockets``."""

INPUTS = frozenset({"keys", "pointer"})
NO_SCREEN = Ended("no_screen", say("This permit is not for a screen."))


@router.get("/permits/{permit}/screen")
async def screen(request: Request, permit: str) -> Response:
    """The screen's page, with a viewer in it."""
    await asyncio.to_thread(import_module, "broker.console.browsing.bridge")
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    asked = filed.permit
    if asked.person != visitor.person.id:
        raise not_found()
    asset = desk.parts.charter().assets.get(asked.asset)
    return await page(
        request,
        "browsing/screen.html",
        visitor,
        able=screen_port(asked, asset) is not None,
        looks=only_looks(asked),
        **to_open(desk, visitor, filed),
    )


@sockets.websocket("/permits/{permit}/screen/socket")
async def socket(websocket: WebSocket, permit: str) -> None:
    """The viewer's bytes, once its page has shown its tally."""
    asset_of = desk_of(websocket).parts.charter().assets.get

    async def work(tab: Tab, ssh: "asyncssh.SSHClientConnection", asked: Permit) -> Ended:
        from broker.console.browsing.bridge import carry  # noqa: PLC0415 - it brings SSH along

        port = screen_port(asked, asset_of(asked.asset))
        return NO_SCREEN if port is None else await carry(tab, ssh, asked.asset, port)

    await served(websocket, permit, SCREEN, work, told=True)


def only_looks(permit: Permit) -> bool:
    """Whether no key and no click passes under ``permit``: for the page to say so. The gate holds it, whatever the page says."""
    named = {one.place for one in limits_of(permit.limits) if one.protocol in SCREENS}
    return Action.OPERATE not in permit.actions or bool(named and not named & INPUTS)
