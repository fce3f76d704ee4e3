"""Sign-in by a real identity provider (oidc-provider), and its own word that somebody is signed out."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
import uvicorn

from tests.broker.console.house import ORIGIN, PASSWORD, House, house_at
from tests.broker.console.signin.test_provider import SIGNED_IN, Browser
from tests.clock import FrozenClock
from tests.provider.real import AtProvider, RealProvider, needs_provider, real_provider

pytestmark = needs_provider


@asynccontextmanager
async def reachable(house: House, listening: socket.socket) -> AsyncIterator[None]:
    """The console, for the provider to call by itself."""
    config = uvicorn.Config(house.app, log_level="warning", lifespan="off", ws="none", proxy_headers=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class Plant:
    """A console, a provider that knows it, and a browser before both."""

    def __init__(self, house: House, real: RealProvider, browser: Browser, away: AtProvider) -> None:
        self.house, self.real, self.browser, self.away = house, real, browser, away

    async def url(self) -> str:
        """Where the console sends the browser."""
        page = await self.browser.send("GET", "/sign-in?here=1")
        form = re.search(r'name="form" value="([^"]+)"', page.text)
        assert form
        answer = await self.browser.send(
            "POST", "/sign-in/provider", data={"form": form[1], "next": "/queue"}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.headers["refresh"].removeprefix("0; url="))

    async def sign_in(self, login: str) -> httpx2.Response:
        """All the way there and back."""
        return await self.arrive(await self.away.sign_in(await self.url(), login))

    async def arrive(self, back: str) -> httpx2.Response:
        answer = dict(parse_qsl(urlsplit(back).query))
        return await self.browser.back(**answer)


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    clock = FrozenClock(datetime.now(UTC))  # the provider signs tokens of now
    listening = socket.create_server(("127.0.0.1", 0))
    by_itself = f"http://localhost:{listening.getsockname()[1]}"
    async with house_at(tmp_path, clock) as house, real_provider(ORIGIN, by_itself) as real:
        real.to(house)
        house.charter = real.charter(clock.now(), petra="00u1-petra")
        async with reachable(house, listening), house.client() as client:
            away = AtProvider()
            try:
                yield Plant(house, real, Browser(client), away)
            finally:
                await away.close()


async def test_a_real_provider_signs_in_whom_the_charter_binds_and_nobody_else(plant: Plant) -> None:
    answer = await plant.sign_in("00u1-petra")
    assert answer.status_code == 200
    assert (await plant.browser.send("GET", "/queue")).status_code == 200
    (signed,) = plant.house.events("SignedIn")
    assert (signed["person"], signed["factors"]) == ("petra", ["oidc"])
    stranger = Plant(plant.house, plant.real, plant.browser, AtProvider())
    answer = await stranger.sign_in("petra")
    await stranger.away.close()
    assert answer.status_code == 403
    assert "unknown_subject" in answer.text


async def test_a_real_provider_takes_a_code_once_and_only_with_its_verifier(plant: Plant) -> None:
    """A03."""
    back = await plant.away.sign_in(await plant.url(), "00u1-petra")
    assert (await plant.arrive(back)).status_code == 200
    used = dict(parse_qsl(urlsplit(back).query))["code"]
    fresh = await plant.away.sign_in(await plant.url(), "00u1-petra")
    unused = dict(parse_qsl(urlsplit(fresh).query))["code"]
    for code in (used, unused):
        asked = dict(parse_qsl(urlsplit(await plant.url()).query))
        answer = await plant.browser.back(code=code, state=asked["state"], iss=plant.real.issuer)
        assert answer.status_code == 403
    assert [one["code"] for one in plant.house.events("SignInFailed")] == ["oidc_code", "oidc_code"]


async def test_a_real_provider_s_back_channel_logout_ends_the_sign_in_here(plant: Plant) -> None:
    """Two browsers of one person: only the one whose session ended at the provider is signed out."""
    await plant.sign_in("00u1-petra")
    other, elsewhere = Browser(plant.browser.client), AtProvider()
    second = Plant(plant.house, plant.real, other, elsewhere)
    await second.sign_in("00u1-petra")
    provider = plant.house.desk.parts.provider
    assert provider is not None
    url = provider.sign_out_url()
    assert url is not None
    answer = await plant.away.sign_out(url)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ORIGIN}/sign-in")
    while not plant.house.events("SignedOut"):
        await asyncio.sleep(0.02)
    (told,) = plant.house.events("SignedOut")
    assert (told["person"], told["by"]) == ("petra", f"provider:{plant.real.issuer}")
    assert (await plant.browser.send("GET", "/queue")).status_code == 401
    assert (await other.send("GET", "/queue")).status_code == 200
    await elsewhere.close()


async def test_while_a_real_provider_is_gone_the_plant_signs_in_its_own(plant: Plant) -> None:
    """S-31, S-28: an island goes on; what it misses is one button."""
    await plant.real.away()
    await plant.house.account("petra")
    page = await plant.browser.send("GET", "/sign-in")
    form = re.search(r'name="form" value="([^"]+)"', page.text)
    assert form
    gone = await plant.browser.send("POST", "/sign-in/provider", data={"form": form[1], "next": ""})
    assert gone.status_code == 503
    assert "oidc_away" in gone.text
    code = plant.house.code("petra")
    fields = {"form": form[1], "person": "petra", "password": PASSWORD, "code": code, "next": "/queue"}
    assert (await plant.browser.send("POST", "/sign-in", data=fields)).status_code == 303
    assert SIGNED_IN in plant.browser.cookies
