"""A real identity provider: oidc-provider (npm), a process of its own on a loopback port."""

import asyncio
import html
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

import httpx2
import pytest

from broker.demo.ports import free_port
from broker.people.oidc_claims import Demands
from broker.people.oidc_provider import Place, Provider
from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from tests.broker.console.house import House
from tests.node_clients import PATIENCE_S
from tests.policies.plant import files

SCRIPT = Path(__file__).with_name("provider.mjs")
ROOT = SCRIPT.parents[2]
CLIENT = "penstock"
SECRET = "a secret of the tests and of nothing else"

needs_provider = pytest.mark.skipif(
    not (ROOT / "node_modules" / "oidc-provider").is_dir(),
    reason="needs `npm ci`: node_modules/oidc-provider",
)


@dataclass(frozen=True, slots=True)
class RealProvider:
    """One that listens."""

    issuer: str
    here: str
    process: asyncio.subprocess.Process

    def to(self, house: House) -> None:
        """Have it be the provider of ``house``, as its settings would."""
        place = Place(
            demands=Demands(self.issuer, CLIENT),
            name="Plant ID",
            secret=SECRET,
            client_auth="client_secret_basic",
            here=self.here,
            hosts=(),
            timeout_s=PATIENCE_S,
        )
        one = Provider(place, ssl.create_default_context(), house.clock)
        object.__setattr__(house.desk.parts, "provider", one)

    def charter(self, now: datetime, **subjects: str) -> Charter:
        """The sample charter about ``now``, with whom this provider calls what: ``petra="00u1"``."""
        spans = {
            "valid_from": f"{now - timedelta(days=90):%Y-%m-%d}",
            "valid_until": f"{now + timedelta(days=90):%Y-%m-%d}",
        }
        found = files(**spans)
        for person, subject in subjects.items():
            header = f'[[person]]\nid = "{person}"\n'
            text = found["people.toml"].decode()
            end = text.find("\n[[person]]", text.index(header) + 1)
            end = len(text) if end < 0 else end
            bound = f'\n[[person.sign_in]]\nissuer = "{self.issuer}"\nsubject = "{subject}"\n'
            found["people.toml"] = (text[:end] + bound + text[end:]).encode()
        return read_charter(found)

    async def away(self) -> None:
        """It goes, as in an outage."""
        self.process.terminate()
        await self.process.wait()


@asynccontextmanager
async def real_provider(here: str, back_channel: str = "") -> AsyncIterator[RealProvider]:
    """A provider that knows the console at ``here`` and any login with any password.

    ``back_channel`` is where it can reach the console by itself, if that is elsewhere.
    """
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    client = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": [f"{here}/sign-in/provider/back"],
        "post_logout_redirect_uris": [f"{here}/sign-in"],
        "backchannel_logout_uri": f"{back_channel or here}/sign-in/provider/logout",
        "backchannel_logout_session_required": True,
    }
    process.stdin.write(json.dumps({"issuer": issuer, "port": port, "client": client}).encode() + b"\n")
    await process.stdin.drain()
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await process.stdout.readline() == b"listening\n"
        yield RealProvider(issuer, here, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class AtProvider:
    """Somebody's browser before the provider's own pages."""

    def __init__(self) -> None:
        self.client = httpx2.AsyncClient(follow_redirects=False, trust_env=False)

    async def sign_in(self, url: str, login: str) -> str:
        """Through its sign-in page, if it shows one; the address that it sends the browser back to."""
        while True:
            answer = await self.client.get(url)
            while answer.is_redirect:
                url = urljoin(str(answer.url), answer.headers["location"])
                if "/sign-in/provider/back" in url:
                    return url
                answer = await self.client.get(url)
            assert answer.status_code == 200, answer.text
            action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
            assert action, answer.text
            fields = {"prompt": "login", "login": login, "password": "any"}
            answer = await self.client.post(urljoin(str(answer.url), html.unescape(action[1])), data=fields)
            url = urljoin(str(answer.url), answer.headers["location"])

    async def sign_out(self, url: str) -> httpx2.Response:
        """Through its page that asks whether one wants to, at the address a console sent the browser to."""
        answer = await self.client.get(url)
        assert answer.status_code == 200, answer.text
        action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', answer.text)
        assert action
        assert xsrf
        return await self.client.post(
            urljoin(str(answer.url), html.unescape(action[1])), data={"xsrf": xsrf[1], "logout": "yes"}
        )

    async def close(self) -> None:
        await self.client.aclose()
