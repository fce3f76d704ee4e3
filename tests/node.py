"""A whole node for stock clients to knock at: the real charter, keys, database and all four processes.

``async with node(folder) as plant`` founds it on free loopback ports behind three real ``sshd`` and ends it
as an operator does, with SIGTERM. A one-time code counts once, so every test takes persons of its own from
``fresh()``; permits are approved by a security key in software, through the console's own pages.
"""

import asyncio
import json
import os
import re
import secrets
import signal
import sqlite3
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click.testing
import httpx2
import pyotp
from click.testing import CliRunner

from approvals.filed import Filed
from approvals.register import Register
from approvals.trust import Passkey, Trust, write_codes
from broker.charter.founding import found, ssh_public_line
from broker.charter.trust_files import enrol_passkey
from broker.cli.root import penstock
from broker.clock import SystemClock
from broker.database.engine import migrate, open_engine
from broker.demo.ports import free_port
from broker.gate_process import read_gate_process
from broker.layout import Layout
from broker.people.tokens import Tokens
from broker.settings import read_settings
from broker.vault.sealed import Credential
from broker.vault.store import Vault
from broker.watchdog.kill_switch import ask_watchdog
from domain.ids import AssetId, PermitId, PersonId
from policies.charter.documents import read_charter
from recorder.ledger.reader import LogReader
from tests.approvals.authenticator import Authenticator
from tests.node_clients import PATIENCE_S, Master, Running, listens, started, stopped, until
from tests.node_plant import charter_of, echo
from tests.openssh import Client
from tests.sshd import Sshd, sshd

ORIGIN = "riverside.example/ot-access/1"
STATIONS = ("eng-ws-1", "gateway-1", "historian")
STEP_S = 30
HOLDER = "petra"
PENSTOCK = (sys.executable, "-m", "broker")
SHELL = ("shell", "exec")


__all__ = ["Master", "Node", "Running", "node", "plant_state", "stopped", "until"]


@dataclass(slots=True)
class Node:
    """A running node, with what a test needs of it."""

    layout: Layout
    scratch: Path
    ssh_port: int
    url: str
    assets: Mapping[str, Sshd]
    codes: Mapping[str, str]
    key: Authenticator
    process: asyncio.subprocess.Process
    ports: Mapping[str, int]
    _left: dict[str, list[str]]
    _used: dict[str, set[int]] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _holder: httpx2.AsyncClient | None = None

    # -- people ------------------------------------------------------------------------------------

    def fresh(self, vendor: str = "brightwater") -> str:
        """A vendor's person whom no test has used yet."""
        return self._left[vendor].pop()

    def code(self, person: str, *, taken: bool = True) -> str:
        """A one-time code of theirs that was not typed before: who has typed all three must wait for the next.

        One that will not be ``taken``, because they are locked out, can be typed again.
        """
        used = self._used.setdefault(person, set())
        while True:
            now, gone_s = divmod(int(datetime.now(UTC).timestamp()), STEP_S)
            # The one before is good for the rest of this step: on a busy machine a command takes some of that.
            for step in (now, now + 1, *((now - 1,) if gone_s < STEP_S // 3 else ())):
                if step not in used:
                    if taken:
                        used.add(step)
                    return pyotp.TOTP(self.codes[person]).generate_otp(step)
            time.sleep(0.2)

    def client(self, person: str) -> Client:
        """Their stock OpenSSH client."""
        folder = self.scratch / f"client-{person}-{secrets.token_hex(3)}"
        folder.mkdir()
        return Client(
            folder=folder,
            host="127.0.0.1",
            port=self.ssh_port,
            key=self.scratch / "people" / person,
            known_hosts=self.scratch / "known_hosts",
            code=lambda: self.code(person),
        )

    async def token(self, person: str) -> str:
        """A bearer token of theirs, the same each time: nobody may have many."""
        if person not in self._tokens:
            self._tokens[person] = await self._issued(person)
        return self._tokens[person]

    async def _issued(self, person: str) -> str:
        engine = open_engine(read_settings(self.layout).database_url(self.layout))
        try:
            clock = SystemClock()
            tokens = Tokens(engine, clock)
            return await tokens.issue(PersonId(person), "test", clock.now() + timedelta(hours=1))
        finally:
            await engine.dispose()

    async def filed(self, permit: str) -> Filed:
        """A permit as the database holds it."""
        engine = open_engine(read_settings(self.layout).database_url(self.layout))
        try:
            found = await Register(engine).filed(PermitId(permit))
        finally:
            await engine.dispose()
        assert found is not None
        return found

    # -- permits -----------------------------------------------------------------------------------

    async def ask(
        self,
        person: str,
        asset: str = "eng-ws-1",
        grants: Sequence[str] = SHELL,
        for_s: int = 3600,
        **more: object,
    ) -> str:
        """A permit that waits, asked for over the API."""
        start = datetime.now(UTC).replace(microsecond=0)
        answer = await self.api(
            person,
            "POST",
            "/permits",
            {
                "asset": asset,
                "grants": list(grants),
                "actions": ["view"],
                "start": start.isoformat(),
                "end": (start + timedelta(seconds=for_s)).isoformat(),
                "purpose": "Replace the drive profile",
                **more,
            },
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def approve(self, permit: str) -> None:
        """The holder reads the permit's page and signs it with the security key."""
        page = await self.holder()
        text = (await page.get(f"/permits/{permit}")).text
        shown = re.search(r'data-shown="([0-9a-f]{64})"', text)
        assert shown is not None, text
        read = (await self.api(HOLDER, "GET", f"/permits/{permit}")).json()
        wish = {"right": "connect", "typed": read["permit"]["asset"]}  # where the zone wants it typed
        begun = await page.post(f"/permits/{permit}/approve/begin", json=wish)
        assert begun.is_success, begun.text
        options = json.dumps(begun.json()["options"])
        signed = {
            "ceremony": begun.json()["ceremony"],
            "right": "connect",
            "shown": shown[1],
            "credential": json.loads(self.key.get(options)),
        }
        done = await page.post(f"/permits/{permit}/approve/passkey", json=signed)
        assert done.is_success, done.text

    async def permitted(
        self,
        person: str,
        asset: str = "eng-ws-1",
        grants: Sequence[str] = SHELL,
        for_s: int = 3600,
        **more: object,
    ) -> str:
        """A permit, asked for and approved."""
        permit = await self.ask(person, asset, grants, for_s, **more)
        await self.approve(permit)
        return permit

    async def holder(self) -> httpx2.AsyncClient:
        """The holder's browser, signed in by passkey."""
        if self._holder is None:
            page = self._browser({"origin": self.url})
            await page.get("/sign-in")
            begun = (await page.post("/sign-in/passkey/begin", json={})).json()
            credential = json.loads(self.key.get(json.dumps(begun["options"])))
            body = {"ceremony": begun["ceremony"], "credential": credential, "next": "/queue"}
            done = await page.post("/sign-in/passkey/finish", json=body)
            assert done.is_success, done.text
            csrf = re.search(r'name="csrf" content="([^"]+)"', (await page.get("/queue")).text)
            assert csrf is not None
            page.headers["x-penstock-csrf"] = csrf[1]
            self._holder = page
        return self._holder

    def _browser(self, headers: Mapping[str, str]) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            base_url=self.url,
            headers=dict(headers),
            verify=ssl.create_default_context(cafile=self.layout.tls_authority),
            trust_env=False,
            timeout=PATIENCE_S,
        )

    async def api(self, person: str, method: str, path: str, body: object = None) -> httpx2.Response:
        """What the console's API answers them."""
        headers = {"authorization": f"Bearer {await self.token(person)}"}
        async with self._browser(headers) as client:
            return await client.request(method, f"/api/v1{path}", json=body)

    # -- clients -----------------------------------------------------------------------------------

    @asynccontextmanager
    async def started(
        self, client: Client, user: str, *arguments: str, options: Sequence[str] = ()
    ) -> AsyncIterator[Running]:
        """``ssh`` left running; killed when this is left, if it still does."""
        async with started(client, client.command(user, *arguments, options=options)) as running:
            yield running

    @asynccontextmanager
    async def working(self, person: str, asset: str = "eng-ws-1") -> AsyncIterator[Running]:
        """Their client with a command that runs at ``asset`` and says so, on a permit they have."""
        tick = "echo begun; while :; do echo tick; sleep 0.1; done"
        async with self.started(self.client(person), f"{person}+{asset}", tick) as running:
            await running.says(b"begun")
            yield running

    @asynccontextmanager
    async def mastered(self, person: str, user: str) -> AsyncIterator[Master]:
        """A ControlMaster of theirs, signed in as ``user``; it has opened no channel yet."""
        client = self.client(person)
        path = client.folder / "control"
        async with self.started(client, user, options=["-M", "-N", "-S", str(path)]) as running:
            await until(path.exists, "a control socket")
            yield Master(replace(client, code=lambda: ""), user, path, running)

    # -- what is known -----------------------------------------------------------------------------

    def events(self, name: str = "", **fields: object) -> list[Mapping[str, Any]]:
        """What the ledger holds, oldest first."""
        return [
            kept.event
            for kept in LogReader(self.layout.ledger).events()
            if name in {"", kept.event.get("event")}
            and all(kept.event.get(field) == value for field, value in fields.items())
        ]

    async def event(self, name: str, **fields: object) -> Mapping[str, Any]:
        """The first of them, once it is there."""
        await until(lambda: bool(self.events(name, **fields)), f"{name} {fields}")
        return self.events(name, **fields)[0]

    def live(self) -> list[Mapping[str, Any]]:
        """The sessions that the gate says are open."""
        seen: Mapping[str, Any] = ask_watchdog(self.layout, {"do": "show"})
        return [session for gate in seen["gates"] for session in gate["sessions"]]

    async def only(self, *people: str) -> None:
        """Return once exactly these persons have a live session."""
        await until(
            lambda: {one["person"] for one in self.live()} == set(people),
            f"a moment with sessions of {people or 'nobody'} alone",
        )

    async def session_of(self, person: str) -> str:
        """The id of the live session of a person, once there is one."""
        await until(lambda: any(one["person"] == person for one in self.live()), f"a session of {person}")
        return str(next(one["session"] for one in self.live() if one["person"] == person))

    def logins(self) -> int:
        """How often the gate has logged in at any asset."""
        return sum(line.startswith("Accepted ") for one in self.assets.values() for line in one.log)

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The node's database, as whoever administers it holds it: every statement counts at once."""
        with closing(sqlite3.connect(self.layout.database, timeout=20, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA foreign_keys = OFF")
            yield db

    # -- the operator ------------------------------------------------------------------------------

    async def penstock(self, *arguments: str, given: bytes = b"") -> tuple[int, str, str]:
        """The ``penstock`` command; status, output, complaint."""
        process = await asyncio.create_subprocess_exec(
            *PENSTOCK,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(given)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def command(self, *arguments: str, given: str | None = None) -> click.testing.Result:
        """The same in this process, which starts nothing: for what a command says and answers."""
        runner = CliRunner()
        return await asyncio.to_thread(runner.invoke, penstock, list(arguments), input=given)

    async def here(self, *arguments: str, status: int = 0, given: str | None = None) -> Any:
        """The same, about this node's folder, as JSON."""
        done = await self.command(*arguments, "--dir", str(self.layout.folder), "--json", given=given)
        assert done.exit_code == status, (arguments, done.exit_code, done.output, done.exception)
        return json.loads(done.stdout)

    async def outside(self, *arguments: str) -> Any:
        """The same by a process of its own, as the operator has it whatever has become of all the others."""
        got, out, err = await self.penstock(*arguments, "--dir", str(self.layout.folder), "--json")
        assert got == 0, (arguments, got, out, err)
        return json.loads(out)

    def pid(self, name: str) -> int:
        """The process id of one of the four."""
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                line = (entry / "cmdline").read_bytes().split(b"\0")
                mine = str(self.layout.config).encode() in line
                if mine and b"--only" in line and line[line.index(b"--only") + 1] == name.encode():
                    return int(entry.name)
        return 0

    async def replaced(self, name: str, old: int) -> int:
        """The process id of the one that the parent has started in place of ``old``."""
        await until(lambda: self.pid(name) not in {0, old}, f"another {name}")
        return self.pid(name)

    async def ready(self) -> None:
        """Return once both doors answer and the gate is attached to the watchdog."""
        for port in (self.ssh_port, int(self.url.rpartition(":")[2])):
            await listens(port)
        await until(self.attached, "a gate that is attached")

    def attached(self) -> bool:
        """Whether the gate that runs holds to what the watchdog says."""
        gate = read_gate_process(self.layout.gate_pid)
        seen: Mapping[str, Any] = ask_watchdog(self.layout, {"do": "show"})
        return gate is not None and gate.pid in {one["pid"] for one in seen["gates"]}

    def told(self) -> str:
        """What the four processes have logged."""
        return (self.layout.run / "serve.log").read_text(errors="replace")

    async def start(self) -> None:
        """``penstock serve``, until ``ready``."""
        self._tokens.clear()  # another database may be there by now
        self.process = await _serve(self.layout)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.ready()
        except TimeoutError:
            raise AssertionError(f"the node did not come up: {self.told()[-3000:]}") from None

    async def stop(self) -> int:
        """SIGTERM, as an operator would; the exit status."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    async def leave(self) -> None:
        """End it, whatever a test has done to it."""
        if self._holder is not None:
            await self._holder.aclose()
        for name in ("gate", "console", "uploader", "signer", "watchdog"):
            if pid := self.pid(name):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        await self.stop()


@asynccontextmanager
async def node(
    folder: Path,
    prepare: Callable[[Layout], None] = lambda _: None,
    written: Callable[[dict[str, str]], None] = lambda _: None,
) -> AsyncIterator[Node]:
    """A node with its assets, up while entered.

    ``prepare`` puts more into its folder before it starts; ``written`` more into its charter before that is signed.
    """
    layout = Layout(folder / "node")
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        assets = {name: await stack.enter_async_context(sshd(folder / name)) for name in STATIONS}
        ports = {
            name: await stack.enter_async_context(echo())
            for name in ("port_plc_07", "port_sis_1", "port_hmi_1")
        }
        ssh_port, https_port = free_port(), free_port()
        (folder / "people").mkdir()
        charter, left = charter_of(folder / "people", assets, ports, clock)
        written(charter)
        found(
            layout,
            charter=charter,
            origin=ORIGIN,
            at=clock.now(),
            ssh=("127.0.0.1", ssh_port),
            https=("127.0.0.1", https_port),
            founder=(PersonId(HOLDER), folder / "people" / "founder"),
        )
        # Whoever has an enrolled passkey may use it at the SSH door in place of a code; nobody else notices.
        text = layout.config.read_text("utf-8")
        # Nor is every session read into the search by a process of its own: who looks for that asks for it.
        later = "\n[reading]\nlook_every_s = 3600\n"
        layout.config.write_text(text.replace("[ssh]\n", '[ssh]\nbrowser = "allowed"\n') + later, "utf-8")
        prepare(layout)
        settings = read_settings(layout)
        await migrate(settings.database_url(layout))
        codes = {str(one): pyotp.random_base32() for one in read_charter(layout.charter_files()).people}
        trust = Trust(settings.console.name, (settings.origin,))
        for person, secret in codes.items():
            trust = trust.with_code(PersonId(person), secret)
        layout.codes.write_bytes(write_codes(trust))
        key = Authenticator(settings.origin)
        enrol_passkey(
            layout,
            PersonId(HOLDER),
            Passkey(
                key.credential_id,
                key.public_key(),
                "security key",
                clock.now().replace(microsecond=0),
                "olga",
                backup_eligible=False,
            ),
        )
        vault = Vault(layout.vault, layout.vault_key)
        for name, asset in assets.items():
            vault.set(AssetId(name), Credential(username=asset.user, private_key_pem=asset.private_key))
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{ssh_port} {ssh_public_line(layout)}\n")
        plant = Node(
            layout, folder, ssh_port, settings.origin, assets, codes, key, await _serve(layout), ports, left
        )
        stack.push_async_callback(plant.leave)
        async with asyncio.timeout(PATIENCE_S):
            await plant.ready()
        for zone in ("operations", "pumping", "dmz"):
            await plant_state(plant, zone, "maintenance")
        yield plant


async def plant_state(plant: Node, zone: str, state: str) -> None:
    """Set a zone's operating state at the watchdog, as the control room does."""
    answer = await asyncio.to_thread(
        ask_watchdog, plant.layout, {"do": "set-state", "zone": zone, "state": state, "by": "local:milo"}
    )
    assert answer["ok"], answer


async def _serve(layout: Layout) -> asyncio.subprocess.Process:
    with (layout.run / "serve.log").open("ab") as out:
        return await asyncio.create_subprocess_exec(
            *PENSTOCK,
            "serve",
            "--config",
            str(layout.config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
