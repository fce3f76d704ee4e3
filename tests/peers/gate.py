"""A whole gate for stock clients to knock at: real door, sessions, recordings, codes; only admission is a double.

The double keeps permits in memory and asks the real ``decide``. Whoever composes a complete gate
offers the same few things (``PeerGate``'s public face) and can run the same tests on it.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncssh
import pyotp

from approvals.trust import Trust
from broker.clock import SystemClock
from broker.conduits.rdp.desktop import Desktops
from broker.door.browser_sign_ins import BrowserSignIns
from broker.door.issuing import Issuing
from broker.door.limits import SOURCES, Attempts
from broker.door.seams import Parts
from broker.door.ssh_server import Door
from broker.people.factors import STEP_S, Codes, SpentSteps
from broker.quarantine.seams import Quarantine
from broker.vault.sealed import Credential
from domain.access import (
    AccessRequest,
    Allow,
    ConnectionMethod,
    Decision,
    Grant,
    NeedsApproval,
    Stated,
)
from domain.ids import (
    AssetId,
    PermitId,
    PersonId,
    ToolId,
    ZoneId,
)
from domain.limits import limit_texts, limits_of
from domain.parties import Person, Proofing, ProofingKind, Training
from domain.permit import Permit, PermitState
from domain.plant import (
    Endpoint,
    OperatingState,
    Protocol,
)
from domain.proof import ProofKind
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.ssh_keys import fingerprint
from policies.engine import decide
from policies.facts import Facts, Standing, VerifiedApproval
from policies.occupancy import Full, Occupied, full
from policies.tenure import LastUse
from tests.broker.running import Leaves, frames_of, supervisor_in
from tests.clock import FrozenClock
from tests.domain.samples import asset as an_asset
from tests.openssh import Client
from tests.peers.cell import ACTIONS as ACTIONS
from tests.peers.cell import CONDUIT as CONDUIT
from tests.peers.cell import FORWARD as FORWARD
from tests.peers.cell import GRANTS as GRANTS
from tests.peers.cell import HERE, HOLDER, SITE, STATES, TOOLS, VENDOR, around, cell_charter
from tests.peers.cell import with_changes as with_changes
from tests.peers.held import HeldVault, gateway_in
from tests.sshd import Sshd


@dataclass(frozen=True, slots=True)
class Passed:
    """What admission answers."""

    decision: Decision
    permit: Permit | None
    approvals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What admission answers to a wish for a permit."""

    decision: Decision
    permit: Permit | None


@dataclass(frozen=True, slots=True)
class Filed:
    """A permit in memory."""

    permit: Permit
    state: PermitState


ORIGIN = "https://localhost:8443"


@dataclass(slots=True)
class Plant:
    """The charter and the permits of a small plant, which a test may change while clients are in."""

    charter: Charter
    clock: SystemClock
    filed: dict[PermitId, Filed] = field(default_factory=dict)
    asked: list[AccessRequest] = field(default_factory=list)
    faults: tuple[str, ...] = ()
    heard: frozenset[PermitId] = frozenset()
    occupied: Callable[[], tuple[Occupied, ...]] = tuple

    async def through(self, request: AccessRequest) -> Passed:
        self.asked.append(request)
        decision = decide(request, self._facts(), self.charter.rules)
        permit = decision.permit if isinstance(decision, Allow | NeedsApproval) else None
        found = self.filed.get(permit) if permit else None
        return Passed(decision, found.permit if found else None, ("00" * 32,) if found else ())

    async def ask(
        self,
        request: AccessRequest,
        *,
        purpose: str,
        work_order: str = "",
        back_out: str = "",
        failure: str = "",
        conduit: Any = None,
        states: Any = None,
        door: str = "ssh",
    ) -> Asked:
        request = replace(request, stated=Stated(purpose, work_order, back_out, failure))
        decision = decide(request, self._facts(), self.charter.rules)
        if not isinstance(decision, NeedsApproval) or request.window is None:
            return Asked(decision, None)
        permit = self.permit(
            request.person, request.asset, frozenset(request.passage), request.window, purpose
        )
        permit = replace(permit, work_order=work_order, back_out=back_out, failure=failure)
        permit = replace(permit, states=states or permit.states)
        self.filed[permit.id] = Filed(permit, PermitState.REQUESTED)
        return Asked(decision, permit)

    async def permits_of(self, person: PersonId) -> tuple[Filed, ...]:
        return tuple(one for one in reversed(self.filed.values()) if one.permit.person == person)

    async def withdraw(self, permit: PermitId, person: PersonId) -> None:
        assert self.filed[permit].permit.person == person
        self.move(permit, PermitState.WITHDRAWN)

    def move(self, permit: PermitId, state: PermitState) -> None:
        self.filed[permit] = Filed(self.filed[permit].permit, state)

    def permit(
        self, person: PersonId, asset: AssetId, grants: frozenset[Grant], window: TimeWindow, purpose: str
    ) -> Permit:
        return Permit(
            id=PermitId("".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(26))),
            site=SITE,
            person=person,
            vendor=VENDOR,
            asset=asset,
            conduit=CONDUIT,
            grants=grants,
            actions=ACTIONS,
            window=window,
            time_zone="Europe/Amsterdam",
            states=STATES,
            purpose=purpose,
            work_order="",
            back_out="",
            failure="",
            tools=frozenset(TOOLS) - {ToolId("browser")},
            method=ConnectionMethod.SSH,
            keys=frozenset(map(fingerprint, self.charter.people[person].ssh_keys)),
            networks=frozenset(HERE),
            charter_digest=self.charter.digest,
            requested_at=self.clock.now(),
            nonce=secrets.token_bytes(16),
        )

    def _facts(self) -> Facts:
        now = self.clock.now()
        yes = (
            VerifiedApproval(DecisionRight.CONNECT, HOLDER, ProofKind.PASSKEY, now - timedelta(minutes=1)),
        )
        return Facts(
            heard=self.heard,
            now=now,
            charter=self.charter,
            states=dict.fromkeys(self.charter.zones, OperatingState.RUNNING),
            isolated=frozenset(),
            revoked=frozenset(),
            standings=tuple(
                Standing(one.permit, one.state, () if one.state is PermitState.REQUESTED else yes)
                for one in self.filed.values()
            ),
            faults=self.faults,
            sessions=self.occupied(),
            last_use=LastUse(now, {}),
        )


@dataclass(slots=True)
class PeerGate:
    """A running gate, with what a test needs of it."""

    host: str
    port: int
    folder: Path
    plant: Plant
    door: Door
    leaves: Leaves
    credentials: dict[AssetId, Credential]
    known_hosts: Path
    secrets: dict[PersonId, str]
    code_clock: FrozenClock
    supervisor: Any
    authority: asyncssh.SSHKey
    """That signs certificates for people."""
    trust: Trust
    desktops: Desktops

    def person(self, name: str, *, key_type: str = "ssh-ed25519", enrolled: bool = True) -> Client:
        """A vendor's person with a key and a one-time-code secret, and the client to use them with."""
        key = asyncssh.generate_private_key(key_type)
        folder = self.folder / f"client-{name}-{secrets.token_hex(4)}"
        folder.mkdir()
        file = folder / "id"
        file.write_bytes(key.export_private_key("openssh"))
        file.chmod(0o600)
        line = " ".join(key.export_public_key("openssh").decode().split()[:2])
        if enrolled:
            who = PersonId(name)
            always = around(self.plant.clock)
            person = Person(
                who,
                name.title(),
                VENDOR,
                (line,),
                admitted=always,
                admitted_by=HOLDER,
                proofed=Proofing(always.start, ProofingKind.IN_PERSON, HOLDER),
                checked=always,
                trainings=(Training("Site safety", always),),
            )
            self.plant.charter = with_changes(
                self.plant.charter, people={**self.plant.charter.people, who: person}
            )
            self.secrets[who] = pyotp.random_base32()
        return Client(folder, self.host, self.port, file, self.known_hosts, lambda: self.code(name))

    def code(self, name: str) -> str:
        """A one-time code of theirs that has not been used."""
        self.code_clock.advance(timedelta(seconds=STEP_S))
        return pyotp.TOTP(self.secrets.get(PersonId(name), "A" * 32)).at(self.code_clock.now())

    def permit(
        self,
        name: str,
        asset: str,
        *,
        grants: frozenset[Grant] = GRANTS,
        approved: bool = True,
        for_s: float = 3600,
        method: ConnectionMethod = ConnectionMethod.SSH,
        limits: frozenset[str] = frozenset(),
    ) -> PermitId:
        """A permit for them and the asset; approved, or waiting for approval."""
        now = self.plant.clock.now().replace(microsecond=0)
        window = TimeWindow(now - timedelta(minutes=1), now + timedelta(seconds=for_s))
        permit = self.plant.permit(
            PersonId(name), AssetId(asset), grants, window, "Replace the drive profile"
        )
        if limits:
            permit = replace(permit, limits=frozenset(limit_texts(limits_of(limits))))
        if method is ConnectionMethod.BROWSER:
            permit = replace(permit, method=method, keys=frozenset(), tools=frozenset({ToolId("browser")}))
        self.plant.filed[permit.id] = Filed(
            permit, PermitState.APPROVED if approved else PermitState.REQUESTED
        )
        return permit.id

    def demand(self, *, of_the_zone: bool = False, **terms: Any) -> None:
        """The conduit, or the zone that it leads into, has these ``terms`` from now on."""
        charter = self.plant.charter
        way = charter.conduits[CONDUIT]
        zone = charter.zones[way.destination]
        if of_the_zone:
            zone = replace(zone, **terms)
        else:
            way = replace(way, **terms)
        self.plant.charter = with_changes(
            charter, conduits={**charter.conduits, way.id: way}, zones={**charter.zones, zone.id: zone}
        )

    def refuse_codes(self) -> None:
        """No conduit takes one-time codes any more."""
        conduits = {
            one: replace(conduit, proofs=conduit.proofs - {ProofKind.TOTP})
            for one, conduit in self.plant.charter.conduits.items()
        }
        self.plant.charter = with_changes(self.plant.charter, conduits=conduits)

    def decide(self, permit: PermitId, *, yes: bool) -> None:
        """The holder decides."""
        self.plant.move(permit, PermitState.APPROVED if yes else PermitState.REFUSED)
        self.door.permit_changed()

    def place(self, asset: str, *endpoints: Endpoint) -> None:
        """Put an asset into the plant, or replace it."""
        one = an_asset(id=AssetId(asset), name=asset, zone=ZoneId("cell-1"), endpoints=endpoints)
        self.plant.charter = with_changes(
            self.plant.charter, assets={**self.plant.charter.assets, one.id: one}
        )

    def place_sshd(self, asset: str, running: Sshd, *, host_key: str | None = None) -> None:
        """Put a running sshd into the plant, its key pinned, and its credential into the vault."""
        pinned = (host_key or running.host_key,)
        self.place(asset, Endpoint(Protocol.SSH, ip_address("127.0.0.1"), running.port, pinned))
        self.credentials[AssetId(asset)] = Credential(running.user, private_key_pem=running.private_key)

    async def recorded(self, count: int = 1) -> list[list[Any]]:
        """The frames of the first ``count`` sessions, once each of them is sealed."""
        ended = await self.seen("SessionEnded", count)
        return [frames_of(self.folder, one.session) for one in ended]

    async def seen(self, kind: str, count: int = 1) -> list[Any]:
        """The leaves of one kind, once there are that many."""
        async with asyncio.timeout(20):
            while len(found := [one for one in self.leaves.events if type(one).__name__ == kind]) < count:
                await asyncio.sleep(0.02)
        return found


@asynccontextmanager
async def peer_gate(
    folder: Path,
    *,
    sources: Attempts | None = None,
    browser: Callable[[Leaves, SystemClock], BrowserSignIns] | None = None,
    quarantine: Callable[
        [Leaves, Callable[[], Charter], SystemClock], AbstractAsyncContextManager[Quarantine]
    ]
    | None = None,
) -> AsyncIterator[PeerGate]:
    """Bring a gate up on a free loopback port."""
    clock = SystemClock()
    leaves = Leaves()
    plant = Plant(cell_charter(clock), clock)
    credentials: dict[AssetId, Credential] = {}
    totp: dict[PersonId, str] = {}
    code_clock = FrozenClock()
    host_key, host_authority = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    authority = asyncssh.generate_private_key("ssh-ed25519")
    trust = Trust("localhost", (ORIGIN,))
    desktops = Desktops(screen=(320, 240))  # each look of a test's viewer is at all of it

    def room(permit: Permit, present: Iterable[Occupied]) -> Full | None:
        return full(plant.charter, permit, present)

    async with AsyncExitStack() as stack:
        supervisor = await stack.enter_async_context(supervisor_in(folder, clock, leaves, room=room))
        plant.occupied = supervisor.occupied
        files = None
        if quarantine is not None:
            files = await stack.enter_async_context(quarantine(leaves, lambda: plant.charter, clock))
        codes = Codes(lambda: SimpleNamespace(codes=totp), SpentSteps(folder / "spent-steps"), code_clock)
        parts = Parts(
            charter=lambda: plant.charter,
            admission=plant,
            codes=codes,
            supervisor=supervisor,
            vault=HeldVault(credentials),
            ledger=leaves,
            clock=clock,
            withdraw=plant.withdraw,
            quarantine=files,
            browser=browser(leaves, clock) if browser is not None else None,
            certificates=Issuing(
                authority,
                admission=plant,
                charter=lambda: plant.charter,
                codes=codes,
                trust=lambda: running.trust,
                clock=clock,
                keep=leaves.append,
            ),
            gateway=gateway_in(folder),
            desktops=desktops,
        )
        door = Door(parts, sources=sources or Attempts(SOURCES))
        port = await door.start("127.0.0.1", 0, host_keys=[host_key], authority=host_authority)
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(f"[127.0.0.1]:{port} {host_key.export_public_key('openssh').decode()}")
        running = PeerGate(
            "127.0.0.1",
            port,
            folder,
            plant,
            door,
            leaves,
            credentials,
            known_hosts,
            totp,
            code_clock,
            supervisor,
            authority,
            trust,
            desktops,
        )
        try:
            yield running
        finally:
            await door.close()
