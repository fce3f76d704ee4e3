"""The gate: carries sessions. It builds every object once, in order, and holds no ledger key."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import structlog

from approvals.service import Approvals
from broker.admission import Admission, Seen
from broker.asking_again import AskingAgain
from broker.charter.attestations import AttestedCharter
from broker.charter.chain import Version, leaf_of
from broker.charter.in_force import CharterInForce
from broker.charter.trust_files import TrustFiles, past_trust
from broker.clock import SystemClock
from broker.conduits.rdp.desktop import Desktops
from broker.conduits.registry import load
from broker.conduits.tcp.filter import Filter
from broker.console.permits.by_hand import ByHand
from broker.control import ControlServer
from broker.database.engine import migrate, open_engine
from broker.door.browser_sign_ins import BrowserSignIns
from broker.door.issuing import NODE_ITSELF, Issuing, own_address
from broker.door.seams import Parts
from broker.door.ssh_server import Door
from broker.doorway import Doorway, doorway
from broker.evidence.clock import Stepped
from broker.evidence.clock_status import write_stepped
from broker.evidence.erasing import Erasing, Files
from broker.evidence.keeping_desk import KeepingDesk
from broker.evidence.room import Rooms
from broker.evidence.room_watch import RoomWatch
from broker.layout import Layout
from broker.leaving import Notices, void_permits
from broker.ledger import LedgerClient
from broker.people.ceremonies import Ceremonies
from broker.people.factors import Codes, SecondFactor, SpentSteps
from broker.people.last_use import last_uses
from broker.people.lockouts import PERSON
from broker.processes.keys import ssh_host_key, wrapping_key
from broker.processes.lifetime import announce, seen, settle_interpreter, until_told
from broker.quarantine.at_work import quarantine_of
from broker.quarantine.releases import FilesLog, Releases
from broker.reviews_due import ReviewsDue
from broker.sessions.course import Hooks, Witness
from broker.sessions.heard_starts import HeardStarts
from broker.sessions.plant_signals import PlantSignals, Source
from broker.sessions.reconcile import reconcile
from broker.sessions.rounds import REST_S
from broker.sessions.steps import Steps
from broker.sessions.take_up import TakeUp
from broker.sessions.watchdog_link import WatchdogLink
from broker.settings import Settings
from broker.supervisor import Supervisor
from broker.vault.store import Vault
from broker.watchdog.interlocks import Interlocks
from broker.watchdog.journal import Journal
from broker.watchdog.kill_switch import ask_watchdog, bar
from domain.canonical import Json
from domain.clock import Clock
from domain.errors import PenstockError
from domain.events import CharterLoaded
from domain.ids import PermitId, PersonId
from domain.permit import Permit
from domain.plant import Endpoint
from domain.timers import Timers
from policies.charter.charter import Charter
from policies.occupancy import full
from policies.plant_signal import PlantSignal
from policies.session_bounds import bounds_of
from recorder.keyring import Keyring
from recorder.ledger.reader import LogReader
from recorder.writer import Recorder

if TYPE_CHECKING:
    import asyncssh

log = structlog.get_logger()

MIB = 1024 * 1024
OPC_UA = "broker.conduits.opcua_gateway.gateway"
LAPSE_EVERY_S = 2.0
LOOK_BACK = 10_000
"""How many leaves are looked through at start: for sessions whose end was never told, for permits that had
their step."""


def main(layout: Layout, settings: Settings) -> int:
    """Run it until SIGTERM: sessions are then ended, recordings sealed. Its exit status."""
    asyncio.run(run(layout, settings))
    return 0


async def run(layout: Layout, settings: Settings, codes: SecondFactor | None = None) -> None:
    """Build the gate and carry sessions until told to end.

    ``codes`` stands in for the plant's one-time codes where a benchmark measures everything but them.
    """
    clock = SystemClock()
    ending = until_told()
    trust, spent = TrustFiles(layout, with_codes=True), SpentSteps(layout.spent_steps)
    in_force = CharterInForce(layout, settings.ledger.origin, trust)
    version, told = in_force.begin()
    charter = AttestedCharter(in_force, layout.attestations, trust, spent.spent_on, layout.templates)
    wrapping_key(layout.recording_key)  # these two are read again at each use; what can't be used shows now
    wrapping_key(layout.vault_key)
    host_key, authority = ssh_host_key(layout.ssh_host_key), ssh_host_key(layout.ssh_host_authority)
    await migrate(settings.database_url(layout))
    async with AsyncExitStack() as stack:
        recorder = Recorder(
            layout.recordings,
            Keyring(layout.recording_key),
            clock,
            reserve_bytes=settings.recordings.reserve_mib * MIB,
            least_free_share=settings.recordings.least_free_percent / 100,
        )
        stack.callback(recorder.close)
        ledger = await stack.enter_async_context(LedgerClient(layout.signer_socket))
        engine = open_engine(settings.database_url(layout))
        stack.push_async_callback(engine.dispose)
        approvals = Approvals(engine, ledger, clock, _nobody, partial(bar, layout), partial(_timers, charter))
        journal = Journal(layout.folder / "gate.journal")

        await _say_charter(ledger, clock, version, told=told)
        await announce(ledger, clock, "gate", charter(), trust().digest())
        ledger_read = LogReader(layout.ledger)
        witness = Witness(ledger, journal, clock)
        await reconcile(recorder, witness, clock, _recent(ledger_read))

        uses = await last_uses(ledger_read, clock)
        heard, reviews = HeardStarts(ledger_read), ReviewsDue(ledger_read)

        async def opened(permit: PermitId) -> None:
            await approvals.activate(permit)

        supervisor = await stack.enter_async_context(
            Supervisor(
                recorder,
                ledger,
                clock,
                journal,
                Hooks(opened=opened, clock=partial(_show_step, layout, clock)),
                bounds=lambda permit: bounds_of(charter(), permit),
                room=lambda permit, present: full(charter(), permit, present),
            )
        )
        link = await stack.enter_async_context(WatchdogLink(layout, clock, supervisor))

        room = await _room(layout, settings, ledger, clock)

        async def look() -> Seen:
            return replace(
                seen(
                    link.interlocks,
                    supervisor.faults() + (() if link.sound else ("watchdog",)) + room.faults(),
                    uses.now(),
                ),
                heard=await heard.known(charter()),
                unreviewed=await reviews.known(charter()),
                sessions=supervisor.occupied(),
            )

        second_factor = codes or Codes(trust, spent, clock, witness.keep)
        admission = Admission(
            charter=charter,
            trust=trust,
            approvals=approvals,
            spent=spent.spent_on,
            look=look,
            ledger=ledger,
            clock=clock,
            past=partial(past_trust, layout),
        )
        quarantine = await stack.enter_async_context(
            quarantine_of(
                layout,
                settings,
                ledger,
                charter,
                clock,
                Releases(FilesLog(ledger_read), charter, trust, partial(past_trust, layout), clock).approved,
            )
        )
        supervisor.ask_through(AskingAgain(admission, charter, approvals.withdraw, clock))
        issuing = _issuing(layout, settings, admission, charter, second_factor, trust, clock, ledger)
        door = Door(
            Parts(
                charter=charter,
                admission=admission,
                codes=second_factor,
                supervisor=supervisor,
                vault=Vault(layout.vault, layout.vault_key),
                ledger=ledger,
                clock=clock,
                withdraw=approvals.withdraw,
                notices=Notices(layout, charter, clock),
                quarantine=quarantine,
                browser=_browser(settings, trust, clock, ledger),
                certificates=issuing,
                gateway=partial(_gateway, layout),
                desktops=Desktops(),
            )
        )
        erasing = _erasing(
            layout, settings, charter, trust, approvals, recorder, ledger, clock, quarantine.erase_of
        )
        steps = Steps(supervisor.session, charter, second_factor, witness, _had_step(ledger_read))
        await stack.enter_async_context(
            ControlServer(
                layout.gate_socket,
                second_factor,
                partial(_tell, (door.permit_changed, supervisor.permit_changed)),
                steps,
                ByHand(
                    node=settings.ledger.origin,
                    charter=charter,
                    trust=trust,
                    admission=admission,
                    approvals=approvals,
                    ceremonies=Ceremonies(engine, clock),
                    ledger=ledger,
                    clock=clock,
                ),
                partial(_lift, door, second_factor),
                door.browser,
                erasing,
                partial(_doorway, settings.ssh.host, door, host_key),
                issuing,
            )
        )
        if not await _first(link.attached(), ending.wait()):
            return
        signals = await _declared(layout, charter(), clock)
        port = await door.start(
            settings.ssh.host, settings.ssh.port, host_keys=[host_key], authority=authority
        )
        stack.push_async_callback(door.close)
        # Before the door: it drops its connections, and whoever is in is to be told why, with an exit status.
        stack.push_async_callback(supervisor.close)
        log.info("gate_listens", host=settings.ssh.host, port=port)
        settle_interpreter()
        await _meanwhile(
            ending,
            _lapse(approvals, clock, lambda: link.interlocks),
            uses.keep_reading(),
            room.run(),
            quarantine.run(),
            signals.run(),
            TakeUp(
                in_force,
                supervisor,
                admission,
                door.strangers,
                witness.keep,
                clock,
                lambda: trust().digest(),
            ).run(),
            erasing.finish(),  # beside the door: it reads the whole ledger
        )
        log.info("gate_ends")


def _issuing(
    layout: Layout,
    settings: Settings,
    admission: Admission,
    charter: Callable[[], Charter],
    codes: SecondFactor,
    trust: TrustFiles,
    clock: Clock,
    ledger: LedgerClient,
) -> Issuing:
    """Who certifies keys for one permit each."""
    return Issuing(
        ssh_host_key(layout.ssh_user_authority),
        admission=admission,
        charter=charter,
        codes=codes,
        trust=trust,
        clock=clock,
        keep=ledger.append,
        console_from=(*NODE_ITSELF, *own_address(settings.ssh.host)),
    )


async def _room(layout: Layout, settings: Settings, ledger: LedgerClient, clock: Clock) -> RoomWatch:
    """A look at room for evidence that has looked once."""
    room = RoomWatch(Rooms(layout, settings, rest_s=REST_S).look, ledger.append, clock)
    await room.look()
    return room


def _erasing(
    layout: Layout,
    settings: Settings,
    charter: Callable[[], Charter],
    trust: TrustFiles,
    approvals: Approvals,
    recorder: Recorder,
    ledger: LedgerClient,
    clock: Clock,
    files: Files,
) -> Erasing:
    """Who destroys what two persons signed."""
    log_reader = LogReader(layout.ledger)
    desk = KeepingDesk(
        node=settings.ledger.origin,
        charter=charter,
        trust=trust,
        past_trust=partial(past_trust, layout),
        these=approvals.these,
        log=log_reader,
        clock=clock,
    )
    return Erasing(desk, recorder.store, ledger, log_reader, clock, ledger.prune, files)


def _show_step(layout: Layout, clock: Clock, stepped_s: float | None) -> None:
    """Have the list of how the evidence stands say that the clock is not relied on, and when it is again."""
    try:
        stepped = None if stepped_s is None else Stepped(clock.now(), round(stepped_s))
        write_stepped(layout.clock_stepped, stepped)
    except OSError as error:  # the leaf says it all the same
        log.warning("clock_not_shown", fact=str(error))


def _timers(charter: Callable[[], Charter], permit: Permit) -> Timers:
    return charter().timers_of(permit.asset, permit.conduit)


async def _meanwhile(ending: asyncio.Event, *work: Coroutine[Any, Any, None]) -> None:
    """See all ``work`` through until the gate is told to end."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
        await ending.wait()
        for task in tasks:
            task.cancel()


def _recent(log: LogReader) -> Iterator[Mapping[str, Json]]:
    """The ledger's last events as they are when the first is asked for: what the journal held is there by then."""
    for kept in log.events(max(0, log.size - LOOK_BACK)):
        yield kept.event


def _had_step(log: LogReader) -> list[PermitId]:
    """The permits that used up the one step that must not be interrupted."""
    return [PermitId(str(one["permit"])) for one in _recent(log) if one["event"] == "StepDeclared"]


async def _say_charter(ledger: LedgerClient, clock: Clock, version: Version, *, told: bool) -> None:
    if not told:  # the first version: there was no ledger yet that could have been told of it
        await ledger.append(leaf_of(None, version))
    await ledger.append(CharterLoaded(at=clock.now(), digest=version.charter.digest.hex(), by="gate"))


async def _first(wanted: Coroutine[Any, Any, None], other: Coroutine[Any, Any, bool]) -> bool:
    """Wait for whichever comes first; whether it was the wanted one."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wanted), group.create_task(other)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        came = tasks[0].done()
        for task in tasks:
            task.cancel()
    return came


async def _declared(layout: Layout, charter: Charter, clock: Clock) -> PlantSignals:
    """Signals that are declared already, before the door opens: what was last said of them may be long ago."""
    endpoints = [endpoint for asset in charter.assets.values() for endpoint in asset.endpoints]
    load(endpoint.protocol for endpoint in endpoints)  # before anybody is in, who would wait for it
    if any(endpoint.certificate for endpoint in endpoints):
        import_module(OPC_UA)

    async def tell(command: Mapping[str, Json]) -> Mapping[str, Json]:
        return await asyncio.to_thread(ask_watchdog, layout, command)

    def source(signal: PlantSignal) -> Source:
        from broker.sessions.signal_sources import source_of  # noqa: PLC0415 (half a second for who has no signal)

        return source_of(signal)

    signals = PlantSignals(charter.state_rules.signals, clock, tell, source)
    await signals.declare()
    return signals


def _gateway(layout: Layout, around: Filter, endpoint: Endpoint) -> Filter:
    """Where both ends are encrypted. What this rests on is a fifth of the gate's start, for who has no such server."""
    from broker.conduits.opcua_gateway.gateway import gateway_for  # noqa: PLC0415
    from broker.conduits.opcua_gateway.identity import load  # noqa: PLC0415

    return gateway_for(partial(load, layout.opc_ua_key, layout.opc_ua_certificate), around, endpoint)


def _doorway(host: str, door: Door, host_key: "asyncssh.SSHKey") -> Doorway | None:
    """Where it is; None until it listens."""
    line = " ".join(host_key.export_public_key("openssh").decode("ascii").split()[:2])
    return doorway(host, door.port, line) if door.port else None


def _browser(
    settings: Settings, trust: TrustFiles, clock: Clock, ledger: LedgerClient
) -> BrowserSignIns | None:
    if settings.ssh.browser == "off":
        return None
    return BrowserSignIns(f"{settings.origin}/device", trust, clock, ledger.append)


def _lift(door: Door, codes: SecondFactor, subject: str) -> None:
    door.lift(subject)
    if isinstance(codes, Codes) and subject.startswith(PERSON):
        codes.lift(PersonId(subject.removeprefix(PERSON)))


def _tell(listeners: tuple[Callable[[], None], ...], _permit: PermitId) -> None:
    for listener in listeners:
        listener()


async def _nobody(_what: str, _permit: PermitId) -> None:
    """The gate's own doors look for themselves."""


async def _lapse(approvals: Approvals, clock: Clock, held: Callable[[], Interlocks]) -> None:
    gone: set[tuple[PersonId, datetime]] = set()
    while True:
        await asyncio.sleep(LAPSE_EVERY_S)
        try:
            await approvals.lapse(clock.now())
            for left in set(held().leaving.items()) - gone:
                if left[1] <= clock.now():
                    await void_permits(approvals, left[0])
                    gone.add(left)
        except PenstockError as error:
            log.warning("permits_not_lapsed", fact=str(error))  # each door measures the window itself
