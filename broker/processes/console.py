"""The console: pages and API. It can only propose; what it files, the gate checks again."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog
import uvicorn
from fastapi import FastAPI

from approvals.filed import Filed
from approvals.service import Approvals
from broker.admission import Admission, Seen
from broker.assurance.documents import Documents
from broker.assurance.looks import keep_looking
from broker.assurance.reading import Assurance
from broker.charter.age import in_effect_since
from broker.charter.attestations import AttestedCharter, record
from broker.charter.desk import CharterDesk
from broker.charter.in_force import CharterInForce
from broker.charter.trust_files import TrustFiles, past_trust
from broker.checking.at_work import keep_checking
from broker.clock import SystemClock
from broker.console.app import create_app
from broker.console.escalating import Escalating
from broker.console.panels.origins import Origins
from broker.console.parts import ConsoleParts, ConsoleSettings
from broker.console.serving import websocket_options
from broker.console.tls import server_context
from broker.control import GateClient
from broker.database.engine import migrate, open_engine
from broker.evidence.check_status import read_last
from broker.evidence.keeping_desk import KeepingDesk
from broker.evidence.standings import standings
from broker.layout import Layout
from broker.ledger import LedgerClient
from broker.notices.at_work import carrier_of, offer_of, voids_now
from broker.notices.follower import Follower
from broker.notices.outbox import Outbox
from broker.people.factors import SpentSteps
from broker.people.last_use import last_uses
from broker.people.oidc_setup import provider_of
from broker.playback import playback_of
from broker.processes.keys import tls_pair
from broker.processes.lifetime import SOFTWARE, announce, seen, settle_interpreter, until_told
from broker.quarantine.release_desk import release_desk_of
from broker.reading.at_work import index_of, keep_reading
from broker.reading.transactions import table
from broker.reviews_due import ReviewsDue
from broker.sessions.heard_starts import HeardStarts
from broker.sessions.live_screen import screens_of
from broker.sessions.live_view import views_of
from broker.settings import Settings
from broker.siem.at_work import forwarders_of
from broker.stamping.shelf import Shelf
from broker.stamping.stamping import Stamping
from broker.tracing.at_work import Tracing, telemetry_at_work
from broker.watchdog.interlocks import Interlocks
from broker.watchdog.kill_switch import ask_watchdog, bar
from broker.witness.asking import Asking
from domain.canonical import Json
from domain.errors import PenstockError
from domain.ids import PermitId, PersonId
from domain.permit import Permit
from domain.timers import Timers
from policies.session_review import Unreviewed
from recorder.ledger.reader import LogReader

log = structlog.get_logger()

DRAIN_S = 3
LOOK_EVERY_S = 1.0


def main(layout: Layout, settings: Settings) -> int:
    """Run it until SIGTERM; its exit status."""
    asyncio.run(run(layout, settings))
    return 0


async def run(layout: Layout, settings: Settings) -> None:
    """Build the console and serve it until told to end."""
    clock = SystemClock()
    ending = until_told()
    trust = TrustFiles(layout, with_codes=False)
    in_force = CharterInForce(layout, settings.ledger.origin, trust)
    in_force.begin()
    tls_pair(layout.tls_certificate, layout.tls_key)
    url = settings.database_url(layout)
    await migrate(url)
    gate = GateClient(layout.gate_socket)
    provider = provider_of(layout, settings, clock)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(LedgerClient(layout.signer_socket))
        engine = open_engine(url)
        stack.push_async_callback(engine.dispose)

        async def tell(_what: str, permit: PermitId) -> None:
            await gate.changed(permit)

        def timers(permit: Permit) -> Timers:
            return in_force().timers_of(permit.asset, permit.conduit)

        approvals = Approvals(engine, ledger, clock, tell, partial(bar, layout), timers)
        await announce(ledger, clock, "console", in_force(), trust().digest())

        async def ask(command: Mapping[str, Json]) -> Mapping[str, Json]:
            return await asyncio.to_thread(ask_watchdog, layout, command)

        log_reader = LogReader(layout.ledger)
        assured = Assurance(log_reader, Documents(layout.documents))
        uses = await last_uses(log_reader, clock)
        heard, reviews = HeardStarts(log_reader), ReviewsDue(log_reader)

        async def look() -> Seen:
            try:
                sees = seen(Interlocks.of((await ask({"do": "show"}))["interlocks"]), (), uses.now())
                return replace(
                    sees,
                    heard=await heard.known(charter()),
                    unreviewed=await reviews.known(charter()),
                )
            except PenstockError as error:
                log.warning("watchdog_not_seen", fact=str(error))
                return seen(Interlocks(isolated=frozenset({"all"})), ("watchdog",), uses.now())

        steps = SpentSteps(layout.spent_steps)

        def spent(person: PersonId, step: int, purpose: str) -> bool:
            """For showing only: what the gate wrote down. The gate itself asks its own register."""
            if not steps.spent_on(person, step, purpose):
                steps.reread()
            return steps.spent_on(person, step, purpose)

        charter = AttestedCharter(in_force, layout.attestations, trust, spent, layout.templates)

        def filed(permit: PermitId) -> Filed | None:
            """Asked from a thread that reads evidence."""
            return asyncio.run_coroutine_threadsafe(approvals.filed(permit), loop).result()

        outbox = Outbox(layout.notices)
        telemetry = telemetry_at_work(settings, SOFTWARE)
        index = await stack.enter_async_context(index_of(layout, settings))
        admission = Admission(
            charter=charter,
            trust=trust,
            approvals=approvals,
            spent=spent,
            look=look,
            ledger=ledger,
            clock=clock,
            past=partial(past_trust, layout),
        )
        app = create_app(
            ConsoleParts(
                charter=charter,
                trust=trust,
                approvals=approvals,
                admission=admission,
                codes=gate,
                steps=gate,
                device=gate,
                gate=gate,
                watchdog=ask,
                attest=partial(record, layout.attestations),
                templates=layout.templates,
                ledger=ledger,
                log=log_reader,
                playback=playback_of(layout, filed, clock, table),
                index=index,
                reviews=reviews.all,
                view=views_of(layout),
                screen=screens_of(layout),
                engine=engine,
                clock=clock,
                keeping=KeepingDesk(
                    node=settings.ledger.origin,
                    charter=charter,
                    trust=trust,
                    past_trust=partial(past_trust, layout),
                    these=approvals.these,
                    log=log_reader,
                    clock=clock,
                ),
                erase=gate.erase,
                files=release_desk_of(layout, settings, charter, trust, log_reader, clock),
                drafts=CharterDesk(layout, settings.ledger.origin, trust),
                notices=outbox,
                push=offer_of(layout, settings),
                provider=provider,
                assurance=assured,
                checked=lambda: read_last(layout.checked),
                evidence=lambda: standings(layout, settings, clock.now()),
                tracer=telemetry.requests if telemetry else None,
                settings=ConsoleSettings(
                    origins=(settings.origin,),
                    rp_id=settings.console.name,
                    ssh_host=settings.ssh.host,
                    ssh_port=settings.ssh.port,
                    node=settings.ledger.origin,
                    pages=settings.console.pages,
                    help=settings.console.help,
                    registration=settings.console.registration,
                    language=settings.console.language,
                    assurance=settings.assurance,
                    check_every=timedelta(hours=settings.check.every_h),
                ),
            )
        )
        settle_interpreter()
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(one)
                for one in (
                    uses.keep_reading(),
                    keep_reading(layout, index, settings.reading.look_every_s),
                    keep_checking(layout, settings.check, clock),
                    keep_looking(layout, settings, ledger.append, clock, assured.collected),
                    Follower(
                        outbox,
                        log_reader,
                        charter,
                        clock,
                        voids_now(charter, log_reader, clock),
                        partial(_unreviewed, ReviewsDue(log_reader), charter),
                    ).run(),
                    carrier_of(layout, settings, outbox, charter, ledger, clock).run(),
                    Asking(
                        layout.witness_policy,
                        layout.witnessed,
                        log_reader,
                        ledger.compare,
                        ledger,
                        clock,
                        ca_file=settings.ledger.witness_ca_file,
                    ).run(),
                    *((Tracing(telemetry, log_reader, clock).run(),) if telemetry else ()),
                    *(
                        one.run()
                        for one in forwarders_of(layout, settings, log_reader, charter, clock, ledger)
                    ),
                    Stamping(
                        settings.time_stamps,
                        layout.stamp_roots,
                        Shelf(layout.stamps),
                        log_reader,
                        ledger,
                        clock,
                    ).run(),
                    Escalating(
                        approvals,
                        admission.facts_now,
                        partial(in_effect_since, log_reader),
                        ledger,
                        log_reader,
                        outbox,
                    ).run(),
                )
            ]
            await _serve(app, layout, settings, ending, in_force)
            for one in beside:
                one.cancel()


async def _serve(
    app: FastAPI, layout: Layout, settings: Settings, ending: asyncio.Event, charter: CharterInForce
) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            Origins(app, app.state.desk),
            host=settings.console.host,
            port=settings.console.port,
            ssl_context_factory=lambda _config, _default: server_context(
                layout.tls_certificate, layout.tls_key
            ),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody in front of it is believed about who is asking
            timeout_graceful_shutdown=DRAIN_S,
            **websocket_options(),
        )
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        looking = group.create_task(_look(charter))
        await ending.wait()
        looking.cancel()
        app.state.desk.streams.closing.set()  # else it waits for pages that would stay open for hours
        server.should_exit = True


def _unreviewed(reviews: ReviewsDue, charter: AttestedCharter) -> tuple[Unreviewed, ...]:
    return reviews.now(charter())


async def _look(charter: CharterInForce) -> None:
    """Go by a newly applied charter soon after it was."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.to_thread(charter.look)
