"""A demonstration plant for the tour, as ``penstock demo --json`` brings it up, and who is who in it."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pyotp

from tests.openssh import Client

STEP_S = 30
KEYS = {"ready", "dir", "ssh", "console", "people", "assets"}
PENSTOCK = [sys.executable, "-m", "broker"]


@dataclass
class Plant:
    """What the demonstration printed, and the codes its people have typed already."""

    told: Mapping[str, Any]
    scratch: Path
    used: dict[str, set[int]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return Path(self.told["dir"])

    @property
    def url(self) -> str:
        return str(self.told["console"]["url"])

    def person(self, name: str) -> Mapping[str, Any]:
        return next(one for one in self.told["people"] if one["id"] == name)

    def port(self, asset: str) -> int:
        return int(next(one for one in self.told["assets"] if one["id"] == asset)["ports"][0])

    async def code(self, name: str) -> str:
        """A code that was not typed before: each counts once, so a person may have to wait for the next."""
        totp, used = pyotp.TOTP(self.person(name)["totp_secret"]), self.used.setdefault(name, set())
        while True:
            now, gone_s = divmod(int(datetime.now(UTC).timestamp()), STEP_S)
            # The one before is good for the rest of this step: on a busy machine a command takes some of that.
            for step in (now, now + 1, *((now - 1,) if gone_s < STEP_S // 3 else ())):
                if step not in used:
                    used.add(step)
                    return totp.generate_otp(step)
            await asyncio.sleep(0.25)

    async def client(self, name: str) -> Client:
        """The person's stock OpenSSH client, with a fresh code in its owner's hand."""
        known_hosts = self.scratch / "known_hosts"
        known_hosts.write_text(self.told["ssh"]["known_hosts"] + "\n")
        code = await self.code(name)
        return Client(
            folder=self.scratch,
            host=self.told["ssh"]["host"],
            port=self.told["ssh"]["port"],
            key=Path(self.person(name)["ssh_key"]),
            known_hosts=known_hosts,
            code=lambda: code,
        )

    async def api(self, name: str, method: str, path: str, body: object = None) -> Any:
        """The console's API, as this person."""
        async with httpx2.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {self.person(name)['token']}"},
            verify=ssl.create_default_context(cafile=self.told["console"]["ca"]),
            trust_env=False,
        ) as client:
            answer = await client.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def penstock(self, *arguments: str, status: int = 0, given: bytes = b"") -> str:
        """The ``penstock`` command on the plant's own machine; what it printed."""
        process = await asyncio.create_subprocess_exec(
            *PENSTOCK,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(given)
        assert process.returncode == status, f"penstock {arguments}: {process.returncode} {err.decode()}"
        return out.decode()

    async def here(self, *arguments: str, status: int = 0, given: bytes = b"") -> Any:
        """The same, about this plant's folder, as JSON."""
        words = (*arguments, "--dir", str(self.folder), "--json")
        return json.loads(await self.penstock(*words, status=status, given=given))

    async def enrol(self, person: str, fingerprint: str) -> Any:
        """Have a passkey count: Olga holds `identity`, and decides with her code on the plant's own machine."""
        code = f"{await self.code('olga')}\n".encode()
        return await self.here("people", "enrol", person, fingerprint, "--as", "olga", given=code)


@asynccontextmanager
async def demonstration(scratch: Path) -> AsyncIterator[Plant]:
    """``penstock demo --json`` in ``scratch``, up while entered, ended as Ctrl-C ends it."""
    with (scratch / "demo.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *PENSTOCK,
            "demo",
            "--json",
            "--dir",
            str(scratch / "plant"),
            "--ssh-port",
            "0",
            "--https-port",
            "0",
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={**os.environ},
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(90):
            line = await process.stdout.readline()
        assert line, f"the plant did not come up: {(scratch / 'demo.log').read_text()}"
        told = json.loads(line)
        assert (set(told), told["ready"]) == (KEYS, True)
        assert {"eng-ws-1", "plc-07"} <= {one["id"] for one in told["assets"]}
        assert told["people"] == json.loads((scratch / "plant-machines" / "people.json").read_text())
        yield Plant(told, scratch)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
