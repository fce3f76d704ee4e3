"""The columns of the matrix: what can be wrong, and how it is brought about on one node and taken back."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncssh

from broker.console.browsing.bridge import open_session
from broker.console.browsing.keys import Identity, new_key
from broker.control import GateClient
from domain.errors import DecisionError
from domain.ids import PermitId, PersonId
from tests.matrix.expected import Condition
from tests.matrix.plant import BROWSED, SERIAL, SPARE, STATION, TELNET, VENDOR, ZONE, Yard
from tests.node import HOLDER, Node, plant_state, until
from tests.peers.guests import Guest

KINDS = (STATION, TELNET, SERIAL, BROWSED)
EVERYTHING: Mapping[str, tuple[str, ...]] = {
    STATION: ("shell", "exec", "sftp", "scp", "rsync", "forward"),
    TELNET: ("shell", "forward"),
    SERIAL: ("shell",),
    BROWSED: ("shell", "forward"),
}
NOBODYS = "a" * 26
"""The id of a permit that there is none of."""
SHORT_S = 20
"""How long the permits are good that are to be over."""


@dataclass
class Stage:
    """The node, its targets, one person for each way of being permitted, and their connections."""

    plant: Node
    yard: Yard
    people: dict[str, str] = field(default_factory=dict)
    permits: dict[str, dict[str, str]] = field(default_factory=dict)
    """By whom, for which kind of asset."""
    unlocked: set[str] = field(default_factory=set)

    async def set_up(self) -> None:
        """Ask for all permits and have them approved."""
        self.yard.entrusted(self.plant)
        await plant_state(self.plant, ZONE, "maintenance")
        for whom in ("nobody", "elsewhere", "otherwise", "permitted", "late"):
            self.people[whom] = self.plant.fresh(VENDOR)
            self.permits[whom] = {}
        for kind in KINDS:
            spare = f"forward:{self.yard.port(kind, SPARE)}"
            await self._permit("late", kind, f"{kind}-1", EVERYTHING[kind], SHORT_S)
            await self._permit("elsewhere", kind, f"{kind}-2", EVERYTHING[kind])
            await self._permit("otherwise", kind, f"{kind}-1", (spare,))
            await self._permit("permitted", kind, f"{kind}-1", EVERYTHING[kind])

    async def _permit(
        self, whom: str, kind: str, asset: str, grants: tuple[str, ...], for_s: int = 3600
    ) -> None:
        more = {"states": ["maintenance"], **method_of(kind)}
        self.permits[whom][kind] = await self.plant.permitted(self.people[whom], asset, grants, for_s, **more)

    @asynccontextmanager
    async def connections(self, whom: str) -> AsyncIterator[Mapping[str, asyncssh.SSHClientConnection]]:
        """Their connections, one for each kind of asset. A code counts once: it unlocks their key for the others."""
        person = self.people[whom]
        if person not in self.unlocked:
            async with await self._enter(person, person) as lobby:
                done = await lobby.run("unlock 15")
                assert done.exit_status == 0, done.stderr
            self.unlocked.add(person)
        opened: dict[str, asyncssh.SSHClientConnection] = {}
        try:
            for kind in KINDS:
                if kind != BROWSED:
                    opened[kind] = await self._enter(person, f"{person}+{kind}-1", code="")
            async with AsyncExitStack() as stack:
                with suppress(DecisionError):
                    opened[BROWSED] = await stack.enter_async_context(self.tab(whom))
                yield opened
        finally:
            for one in opened.values():
                one.abort()
                await one.wait_closed()

    @asynccontextmanager
    async def tab(self, whom: str) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """Their browser's connection, as the console makes it; DecisionError where the gate certifies no key for it."""
        person = PersonId(self.people[whom])
        permit = PermitId(self.permits[whom].get(BROWSED, NOBODYS))
        gate, key = GateClient(self.plant.layout.gate_socket), new_key()
        drawn = await gate.draw_certificate(person, permit, key.public, "127.0.0.1")
        certificate = await gate.certify(
            person, drawn.drawn, await asyncio.to_thread(self.plant.code, person)
        )
        async with open_session(await gate.doorway(), permit, Identity(key, certificate)) as connection:
            yield connection

    async def _enter(self, person: str, user: str, code: str | None = None) -> asyncssh.SSHClientConnection:
        plant = self.plant
        return await asyncssh.connect(
            "127.0.0.1",
            plant.ssh_port,
            config=None,
            known_hosts=str(plant.scratch / "known_hosts"),
            username=user,
            client_keys=[str(plant.scratch / "people" / person)],
            agent_path=None,
            client_factory=lambda: Guest(plant.code(person) if code is None else code),
        )

    @asynccontextmanager
    async def wrong(self, condition: Condition) -> AsyncIterator[str]:
        """Bring it about; whom it is wrong for."""
        match condition:
            case Condition.NO_PERMIT:
                yield "nobody"
            case Condition.WRONG_ASSET:
                yield "elsewhere"
            case Condition.WRONG_PROTOCOL:
                yield "otherwise"
            case Condition.WINDOW_OVER:
                ends = [await self.plant.filed(one) for one in self.permits["late"].values()]
                over = max(one.permit.window.end for one in ends)
                await until(lambda: datetime.now(UTC) > over, "the end of the windows")
                yield "late"
            case Condition.WRONG_STATE:
                await plant_state(self.plant, ZONE, "running")
                yield "permitted"
                await plant_state(self.plant, ZONE, "maintenance")
            case Condition.RECORDER_DOWN:
                with _nowhere_to_record(self.plant):
                    yield "permitted"
            case Condition.WRONG_ACTION | Condition.REVOKED:
                yield "permitted"

    async def revoke(self) -> None:
        """Take the permits away under open sessions."""
        for permit in self.permits["permitted"].values():
            answer = await self.plant.api(
                HOLDER, "POST", f"/permits/{permit}/revoke", {"reason": "that is enough"}
            )
            assert answer.is_success, answer.text


def method_of(kind: str) -> dict[str, str]:
    """How it is connected to such an asset, for a request."""
    return {"method": "browser"} if kind == BROWSED else {}


@contextmanager
def _nowhere_to_record(plant: Node) -> Iterator[None]:
    """The folder of recordings is away, and something lies in its place."""
    place = plant.layout.recordings
    away = place.with_name(f"{place.name}.away")
    place.rename(away)
    place.write_bytes(b"in the way")
    try:
        yield
    finally:
        place.unlink()
        away.rename(place)
