"""The demonstration plant: machines, people, keys, and a node in front of them, brought up and ended together."""

import asyncio
import json
import os
import secrets
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pyotp

from broker.charter.founding import found, new_ssh_key, ssh_public_line
from broker.charter.trust_files import enrol_code
from broker.clock import SystemClock
from broker.database.engine import migrate, open_engine
from broker.demo.assets import Station, controller, engineering_station, operator_page
from broker.demo.ports import free_port
from broker.demo.sample import filled
from broker.layout import Layout
from broker.people.accounts import Accounts
from broker.people.tokens import Tokens
from broker.settings import read_settings
from broker.vault.sealed import Credential
from broker.vault.store import Vault
from broker.watchdog.kill_switch import ask_watchdog
from domain.canonical import Json
from domain.clock import Clock
from domain.errors import ConfigError, PeerError
from domain.ids import AssetId, PersonId
from policies.charter.charter import Charter
from policies.charter.documents import read_charter

ORIGIN = "riverside.example/ot-access/1"
STATIONS = ("eng-ws-1", "gateway-1", "historian")
FOUNDER = PersonId("petra")
"""Who signs the first version of the charter, with a key that lies beside the others."""

TOKEN_DAYS = 30
READY_S = 60.0
STATE = "maintenance"  # in which every conduit of the sample may be open


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One person of the demonstration, with everything they sign in with. Drawn fresh, kept in one file."""

    id: str
    name: str
    roles: tuple[str, ...]
    vendor: str | None
    ssh_key: str
    totp_secret: str
    password: str
    token: str


@dataclass(slots=True)
class Demo:
    """A demonstration that is up."""

    layout: Layout
    ssh_port: int
    url: str
    people: tuple[DemoPerson, ...]
    charter: Charter
    stations: Mapping[str, Station]
    known_hosts: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Json]:
        """The one line of JSON that scripts wait for (CONTRACT)."""
        return {
            "ready": True,
            "dir": str(self.layout.folder),
            "ssh": {"host": "127.0.0.1", "port": self.ssh_port, "known_hosts": self.known_hosts},
            "console": {"url": self.url, "ca": str(self.layout.tls_authority)},
            "people": [
                {
                    "id": one.id,
                    "name": one.name,
                    "roles": list(one.roles),
                    "vendor": one.vendor,
                    "ssh_key": one.ssh_key,
                    "totp_secret": one.totp_secret,
                    "password": one.password,
                    "token": one.token,
                }
                for one in self.people
            ],
            "assets": [
                {
                    "id": asset.id,
                    "zone": asset.zone,
                    "protocols": [str(one.protocol) for one in asset.endpoints],
                    "ports": [one.port for one in asset.endpoints],
                    "note": self.notes.get(asset.id, asset.name),
                }
                for asset in self.charter.assets.values()
            ],
        }


@asynccontextmanager
async def demonstration(folder: Path, *, ssh_port: int, https_port: int) -> AsyncIterator[Demo]:
    """The whole plant, up while entered; ConfigError where one was before, which is not written over."""
    clock = SystemClock()
    layout = Layout(folder)
    machines = folder.with_name(folder.name + "-machines")
    if layout.config.exists():
        raise ConfigError(
            "A demonstration was here already.",
            file=str(folder),
            remedy="Name a new folder with --dir: a plant's keys and evidence are not written over.",
        )
    machines.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        stations = {
            name: await stack.enter_async_context(engineering_station(machines / name)) for name in STATIONS
        }
        ports = {
            "port_plc_07": await stack.enter_async_context(controller()),
            "port_sis_1": await stack.enter_async_context(controller()),
            "port_hmi_1": await stack.enter_async_context(operator_page()),
        }
        ssh_port, https_port = ssh_port or free_port(), https_port or free_port()
        people = machines / "people"
        charter_text = filled(
            {
                "address": "127.0.0.1",
                **{name: str(port) for name, port in ports.items()},
                **{f"port_{name.replace('-', '_')}": str(one.port) for name, one in stations.items()},
                **{f"host_key_{name.replace('-', '_')}": one.host_key for name, one in stations.items()},
                **{f"ssh_key_{name}": _key_of(people, name) for name in ("ana", "ben")},
            },
            today=clock.now().date(),
        )
        found(
            layout,
            charter=charter_text,
            origin=ORIGIN,
            at=clock.now(),
            ssh=("127.0.0.1", ssh_port),
            https=("127.0.0.1", https_port),
            founder=(FOUNDER, people / f"{FOUNDER}_signing"),
            least_free_percent=1,  # a newcomer's laptop may be full; a plant's recorder may not
        )
        charter = read_charter(layout.charter_files())
        known = await _people(layout, charter, people, clock)
        vault = Vault(layout.vault, layout.vault_key)
        for name, station in stations.items():
            vault.set(
                AssetId(name),
                Credential(username=station.user, private_key_pem=station.private_key.decode()),
            )
        await stack.enter_async_context(_served(layout))
        await _ready(layout, ssh_port, https_port)
        await asyncio.to_thread(_set_states, layout, charter)
        key = ssh_public_line(layout)
        yield Demo(
            layout=layout,
            ssh_port=ssh_port,
            url=read_settings(layout).origin,
            people=known,
            charter=charter,
            stations=stations,
            known_hosts=f"[127.0.0.1]:{ssh_port} {key}",
            notes={
                name: f"{charter.assets[AssetId(name)].name} ({one.kind})" for name, one in stations.items()
            },
        )


def _key_of(folder: Path, person: str) -> str:
    folder.mkdir(mode=0o700, exist_ok=True)
    return new_ssh_key(folder / f"{person}_ed25519")


async def _people(layout: Layout, charter: Charter, folder: Path, clock: Clock) -> tuple[DemoPerson, ...]:
    url = read_settings(layout).database_url(layout)
    await migrate(url)
    engine = open_engine(url)
    known = []
    try:
        accounts, tokens = Accounts(engine, clock), Tokens(engine, clock)
        for person in charter.people.values():
            secret, password = pyotp.random_base32(), secrets.token_urlsafe(12)
            enrol_code(layout, person.id, secret)
            await accounts.set_password(person.id, password)
            token = await tokens.issue(person.id, "demonstration", clock.now() + timedelta(days=TOKEN_DAYS))
            key = folder / f"{person.id}_ed25519"
            known.append(
                DemoPerson(
                    id=person.id,
                    name=person.name,
                    roles=_roles(charter, person.id),
                    vendor=person.vendor,
                    ssh_key=str(key) if person.ssh_keys else "",
                    totp_secret=secret,
                    password=password,
                    token=token,
                )
            )
    finally:
        await engine.dispose()
    return tuple(known)


def _roles(charter: Charter, person: PersonId) -> tuple[str, ...]:
    who = charter.people[person]
    rights = {str(one.right) for one in charter.holdings if one.holder == person}
    deputy = any(one.deputy == person for one in charter.holdings)
    named = {
        "vendor": who.vendor is not None,
        "holder": bool(rights),
        "deputy": deputy,
        "auditor": who.auditor,
        "shift": who.shift,
    }
    return tuple([name for name, has in named.items() if has] + sorted(rights))


@asynccontextmanager
async def _served(layout: Layout) -> AsyncIterator[None]:
    with (layout.run / "serve.log").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "broker",
            "serve",
            "--config",
            str(layout.config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    watcher = asyncio.get_running_loop().create_task(_fail_with(process, layout, asyncio.current_task()))
    try:
        yield
    finally:
        watcher.cancel()
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _fail_with(
    process: asyncio.subprocess.Process, layout: Layout, whole: "asyncio.Task[object] | None"
) -> None:
    status = await process.wait()
    sys.stderr.write(f"penstock: the node ended by itself ({status}); see {layout.run / 'serve.log'}\n")
    if whole is not None:
        whole.cancel()


async def _ready(layout: Layout, ssh_port: int, https_port: int) -> None:
    context = ssl.create_default_context(cafile=str(layout.tls_authority))
    doors: Sequence[tuple[int, ssl.SSLContext | None]] = ((ssh_port, None), (https_port, context))
    try:
        async with asyncio.timeout(READY_S):
            for port, tls in doors:
                while not await _listens(port, tls):  # noqa: ASYNC110 (another process's door has no event)
                    await asyncio.sleep(0.05)
    except TimeoutError:
        log = (layout.run / "serve.log").read_text(errors="replace")
        raise PeerError(
            f"The node did not come up within {READY_S:.0f} s. The last it said: {log[-2000:]}"
        ) from None


async def _listens(port: int, tls: ssl.SSLContext | None) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def _set_states(layout: Layout, charter: Charter) -> None:
    for zone in charter.zones:
        ask_watchdog(layout, {"do": "set-state", "zone": zone, "state": STATE, "by": "local:demonstration"})


def one_line(demo: Demo) -> str:
    """The JSON of a demonstration that is up, on one line."""
    return json.dumps(demo.document())


def write_people(demo: Demo, path: Path) -> None:
    """Keep the sign-ins in a file for its owner alone."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "w") as out:
        json.dump(demo.document()["people"], out, indent=2)
