"""The node under test: founded, approved and served by Penstock's own code; only its one-time codes are stood in for."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from approvals.proofs.webauthn import approval_options, proof_of, register, registration_options
from approvals.service import Approvals
from approvals.shown import shown_digest
from broker.admission import new_permit_id, now_in_whole_seconds
from broker.charter.founding import found, new_ssh_key, public_line
from broker.charter.trust_files import TrustFiles, enrol_passkey
from broker.clock import SystemClock
from broker.console.permits.terms import judge, names_of
from broker.database.engine import migrate, open_engine
from broker.demo.ports import free_port
from broker.demo.sample import filled
from broker.layout import Layout
from broker.ledger import LedgerClient
from broker.settings import read_settings
from broker.vault.sealed import Credential
from broker.vault.store import Vault
from broker.watchdog.kill_switch import ask_watchdog
from domain.access import Action, ConnectionMethod, Grant, PassageKind
from domain.ids import AssetId, ConduitId, PermitId, PersonId, ToolId, VendorId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.proof import Approval
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from policies.charter.ssh_keys import fingerprint
from policies.facts import Facts
from policies.tenure import LastUse
from tests.approvals.authenticator import Authenticator
from tests.bench.machines import Machine, listens
from tests.bench.peers import Peer, run

ORIGIN = "bench.example/ot-access/1"
ASSET = AssetId("eng-ws-1")
ANA, PETRA = PersonId("ana"), PersonId("petra")
STATE = OperatingState.MAINTENANCE
GRANTS = frozenset(map(Grant, (PassageKind.SHELL, PassageKind.EXEC, PassageKind.SFTP, PassageKind.SCP)))
WINDOW = timedelta(hours=2)
RENEW_S = 8 * 60

TCP_ASSET = """
[[asset]]
id = "{name}"
name = "TCP {name}"
zone = "operations"
criticality = "low"
owner = "The benchmark"
consequence = "None"
protect = "Nothing"
keep_available = "Nothing"
bears = {{ maintenance = "anything" }}

[[asset.endpoint]]
protocol = "tcp"
address = "127.0.0.1"
port = {port}
"""


@dataclass
class Node:
    """One node, and the processes that run for it."""

    layout: Layout
    scratch: Path
    charter: Charter
    device: Authenticator
    key: Path
    ssh_port: int
    profile: Path | None = None
    unlocked_s: float = 0.0
    clock: SystemClock = field(default_factory=SystemClock)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def peer(self, user: str = f"{ANA}+{ASSET}") -> Peer:
        return Peer("Penstock", "127.0.0.1", self.ssh_port, user, self.key)

    @property
    def gate(self) -> int:
        """The gate's process id."""
        return self.processes["gate"].pid

    # -- processes --------------------------------------------------------------------------------

    def start(self, name: str) -> None:
        """Start one of the node's processes; the gate listens when this returns, and lets the key in alone."""
        line = [sys.executable, "-m", "broker", "serve", "--only", name, "--config", str(self.layout.config)]
        if name == "gate":
            line = [sys.executable, "-m", "tests.bench.gate", str(self.layout.folder)]
            line += ["--profile", str(self.profile)] if self.profile else []
        line += ["--parent", str(os.getpid())]
        with (self.layout.run / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        if name == "gate":
            listens(self.ssh_port, 60)
            try:
                self.unlock()
            except ConnectionError as error:
                log = (self.layout.run / "gate.log").read_text("utf-8", "replace")
                raise ConnectionError(f"the gate does not let us in: {error}\n{log[-3000:]}") from error

    def unlock(self) -> None:
        """The door's own word for a key that may come back without a code for a quarter of an hour."""
        options = ["-o", "PreferredAuthentications=publickey,keyboard-interactive"]
        run(self.peer(ANA).ssh("unlock", options=options), self.scratch)
        self.unlocked_s = time.monotonic()

    def stay_unlocked(self) -> None:
        """Begin anew before the quarter of an hour is over: the door renews no unlock of a key that is let in by one."""
        if time.monotonic() - self.unlocked_s > RENEW_S:
            self.restart_gate()

    def stop(self, name: str) -> None:
        process = self.processes.pop(name, None)
        if process is not None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.returncode is None:
                process.kill()
                process.wait()

    def kill_gate(self) -> None:
        """SIGKILL, and wait until it is gone."""
        process = self.processes.pop("gate")
        process.kill()
        process.wait()

    def restart_gate(self) -> None:
        self.stop("gate")
        self.start("gate")

    def order(self, **command: str) -> Mapping[str, object]:
        """Tell the watchdog something; RuntimeError when it does not do it, or nothing after could be measured."""
        answer = ask_watchdog(self.layout, dict(command))
        if answer.get("ok") is not True:
            raise RuntimeError(f"the watchdog did not {command['do']}: {answer.get('error')}")
        return answer

    # -- permits ----------------------------------------------------------------------------------

    def permit(self, asset: AssetId, grants: frozenset[Grant], length: timedelta = WINDOW) -> Permit:
        """A wish of Ana's, open from now on."""
        start = now_in_whole_seconds(self.clock)
        return Permit(
            id=new_permit_id(),
            site=next(iter(self.charter.sites)),
            person=ANA,
            vendor=VendorId("brightwater"),
            asset=asset,
            conduit=ConduitId("dmz-operations"),
            grants=grants,
            actions=frozenset({Action.VIEW}),
            window=TimeWindow(start, start + length),
            time_zone=self.charter.organisation.time_zone,
            states=frozenset({STATE}),
            purpose="benchmark",
            work_order="",
            back_out="",
            failure="",
            tools=frozenset({ToolId("openssh"), ToolId("asyncssh")}),
            method=ConnectionMethod.SSH,
            keys=frozenset(map(fingerprint, self.charter.people[ANA].ssh_keys)),
            networks=frozenset({"127.0.0.0/8"}),
            charter_digest=self.charter.digest,
            requested_at=self.clock.now(),
            nonce=secrets.token_bytes(16),
        )

    def grant(self, asset: AssetId, grants: frozenset[Grant], length: timedelta = WINDOW) -> PermitId:
        """File a permit and have Petra's passkey sign it, the way the console would."""
        return asyncio.run(self._grant(self.permit(asset, grants, length)))

    async def _grant(self, permit: Permit) -> PermitId:
        engine = open_engine(read_settings(self.layout).database_url(self.layout))
        try:
            async with LedgerClient(self.layout.signer_socket) as ledger:
                approvals = Approvals(engine, ledger, self.clock, _nobody)
                await approvals.request(permit, "console")
                trust = TrustFiles(self.layout, with_codes=False)()
                nonce = secrets.token_bytes(32)
                answer = self.device.get(approval_options(trust, PETRA, permit, nonce))
                approval = Approval(
                    permit_digest=permit.digest(),
                    right=DecisionRight.CONNECT,
                    approver=PETRA,
                    at=self.clock.now(),
                    shown_digest=shown_digest(permit, names_of(permit, self.charter)),
                    proof=proof_of(answer, nonce),
                )
                terms = judge(permit, self.facts()).terms
                state = await approvals.approve(permit.id, approval, terms, trust, _never)
                assert state == "approved", state
        finally:
            await engine.dispose()
        return permit.id

    def facts(self) -> Facts:
        """A sound plant in which every zone is in maintenance."""
        states = dict.fromkeys(self.charter.zones, STATE)
        now = self.clock.now()
        return Facts(now, self.charter, states, frozenset(), frozenset(), (), (), LastUse(now, {}))


@contextmanager
def node(
    folder: Path,
    machine: Machine,
    target_key: Path,
    key: Path,
    key_line: str,
    ports: Mapping[str, int],
    profile: Path | None = None,
) -> Iterator[Node]:
    """A node in front of ``machine`` and of the TCP ``ports``; signer, watchdog and gate run while entered."""
    layout, clock = Layout(folder / "node"), SystemClock()
    ssh_port = free_port()
    found(
        layout,
        charter=charter_files(machine, key_line, ports, clock),
        origin=ORIGIN,
        at=clock.now(),
        ssh=("127.0.0.1", ssh_port),
        https=("127.0.0.1", free_port()),
        founder=(PETRA, folder / "founder"),
    )
    settings = read_settings(layout)
    asyncio.run(migrate(settings.database_url(layout)))
    charter = read_charter(layout.charter_files())
    Vault(layout.vault, layout.vault_key).set(
        ASSET, Credential(username=machine.user, private_key_pem=target_key.read_text())
    )
    device = Authenticator(settings.origin)
    challenge, trust = secrets.token_bytes(32), TrustFiles(layout, with_codes=False)()
    answer = device.create(registration_options(trust, PETRA, "Petra", challenge))
    passkey = register(answer, challenge, trust, label="bench", at=clock.now(), by=PersonId("olga"))
    enrol_passkey(layout, PETRA, passkey)
    made = Node(layout, folder, charter, device, key, ssh_port, profile)
    try:
        made.start("signer")
        made.start("watchdog")
        _wait_for(layout.signer_socket, layout.watchdog_socket)
        for zone in charter.zones:
            made.order(do="set-state", zone=zone, state=str(STATE), by="local:bench")
        made.grant(ASSET, GRANTS)
        for name, port in ports.items():
            made.grant(AssetId(name), frozenset({Grant(PassageKind.FORWARD, port)}))
        made.start("gate")
        yield made
    finally:
        for name in ("console", "gate", "watchdog", "signer"):
            made.stop(name)


def charter_files(
    machine: Machine, key_line: str, ports: Mapping[str, int], clock: SystemClock
) -> dict[str, str]:
    others = ("plc_07", "sis_1", "hmi_1", "gateway_1", "historian")  # named, never reached
    files = filled(
        {
            "address": "127.0.0.1",
            **{f"port_{name}": str(at) for at, name in enumerate(others, 1)},
            **{f"host_key_{name}": public_line() for name in others},
            "port_eng_ws_1": str(machine.port),
            "host_key_eng_ws_1": machine.host_key,
            "ssh_key_ana": key_line,
            "ssh_key_ben": public_line(),
        },
        today=clock.now().date(),
    )
    files["assets.toml"] += "".join(TCP_ASSET.format(name=name, port=port) for name, port in ports.items())
    names = "".join(f'"{name}", ' for name in ports)
    files["vendors.toml"] = files["vendors.toml"].replace('"plc-07", ', f'"plc-07", {names}', 1)
    files["conduits.toml"] = files["conduits.toml"].replace(
        "[conduit.protocols]\n", '[conduit.protocols]\ntcp = ["view"]\n', 1
    )
    return files


def new_key(path: Path) -> str:
    """A fresh key pair; its public line."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return new_ssh_key(path)


def _wait_for(*sockets: Path) -> None:
    end_s = time.monotonic() + 30
    while not all(one.exists() for one in sockets):
        if time.monotonic() > end_s:
            raise TimeoutError(f"these did not come up: {sockets}")
        time.sleep(0.02)


async def _nobody(_what: str, _permit: PermitId) -> None:
    """The gate looks by itself."""


def _never(_person: PersonId, _step: int, _purpose: str) -> bool:
    return False
