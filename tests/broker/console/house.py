"""One plant behind the console, of real parts: charter, database, approvals, admission, ledger, codes.

Only the watchdog's process and the gates are left out: its own pure core answers here, by the words
of its protocol, and the tests say which sessions are live.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pyotp
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from approvals.proofs.webauthn import register, registration_options
from approvals.service import Approvals
from approvals.trust import Trust
from broker.admission import Admission, Seen
from broker.assurance.documents import Documents
from broker.assurance.reading import Assurance
from broker.charter.attestations import AttestedCharter, record
from broker.console.app import create_app
from broker.console.desk import Desk
from broker.console.parts import ConsoleParts, ConsoleSettings, Playback
from broker.database.engine import migrate, open_engine
from broker.evidence.erasing import Erasing
from broker.evidence.keeping_desk import KeepingDesk
from broker.evidence.stamps import of_stamps
from broker.evidence.standing import of_ledger, of_witnesses
from broker.layout import Layout
from broker.notices.outbox import Outbox
from broker.people.accounts import Accounts
from broker.people.factors import Codes, SpentSteps
from broker.people.passwords import Passwords
from broker.people.tables import AccountRow
from broker.quarantine.release_desk import ReleaseDesk
from broker.quarantine.releases import FilesLog, Releases
from broker.reviews_due import ReviewsDue
from broker.sessions.live_screen import screens_of
from broker.sessions.live_view import views_of
from broker.settings import TimeStampSettings
from broker.stamping.stamping import pace_of
from broker.watchdog.commands import attend_of, command_of
from broker.watchdog.interlocks import Interlocks, SetState, Stop, apply
from broker.witness.asking import SILENT_AFTER
from domain.access import AccessRequest, Action, ConnectionMethod, Grant, PassageKind
from domain.canonical import Json, instant_text
from domain.clock import Clock
from domain.errors import EvidenceError, PeerError, TransitionError
from domain.events import Event, LedgerPruned, PassageOpened, SessionEnded, SessionOpened, document
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, ToolId, ZoneId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.tenure import LastUse
from recorder.format.frame import Kind
from recorder.format.payloads import channel_opened
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log, LogReader
from recorder.stores.memory import MemoryStore
from recorder.writer import Recording
from tests.approvals.authenticator import Authenticator
from tests.broker.console.cast import Cast
from tests.broker.running import KEK, recorder_in
from tests.policies.plant import charter
from tests.recorder.ledger.logs import SIGNER

ORIGIN = "https://localhost:8443"
PASSWORD = "a long enough password"
SETTINGS = ConsoleSettings(origins=(ORIGIN,), rp_id="localhost", ssh_host="gate.example", ssh_port=2222)
SESSION = SessionId("s" * 26)
PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""At next to no cost: what a digest must cost is tested where it is made, and these doors are knocked at often."""
PACE = pace_of(TimeStampSettings())
DIGESTS: dict[str, str] = {}
"""Each person's digest of PASSWORD, once it was made."""
MIGRATED: list[bytes] = []
"""The empty database, once it was made: every house begins with its own copy."""


class FolderLedger:
    """``domain.ledger.Ledger`` straight into a log's folder, as the signer's process does it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = Log.create(folder, SIGNER)
        self.failing = False

    async def append(self, event: Event) -> int:
        if self.failing:
            raise EvidenceError("The signer does not answer.")
        return self._log.append([submission(secrets.token_hex(16), document(event))])[0]

    async def prune(self, event: LedgerPruned, agreed: int) -> int:
        assert self._log.event(agreed)["event"] == "KeepingAgreed"
        index = self._log.prune(submission(secrets.token_hex(16), document(event)))
        self._log.sweep(range(event.below // 256))
        return index

    def close(self) -> None:
        self._log.close()


class Watch:
    """The watchdog's core, without its process. ``gone`` makes it silent; ``obeys`` is what gates do."""

    def __init__(self) -> None:
        self.interlocks = Interlocks()
        self.sessions: list[dict[str, Json]] = []
        self.gone = False
        self.obeys = True
        self.heard: list[Mapping[str, Json]] = []

    async def __call__(self, line: Mapping[str, Json]) -> Mapping[str, Json]:
        if self.gone:
            raise PeerError("The watchdog does not answer.")
        self.heard.append(line)
        if line["do"] == "show":
            gates: list[Json] = [{"pid": 1, "sessions": [self._seen(one) for one in self.sessions]}]
            return {"ok": True, "interlocks": self.interlocks.document(), "gates": gates}
        if attend_of(line, "local") is not None:
            return {"ok": True}
        command = command_of(line, "local")
        try:
            self.interlocks = apply(self.interlocks, command)
        except TransitionError as error:
            return {"ok": False, "error": error.fact}
        if isinstance(command, Stop):
            self.sessions = [one for one in self.sessions if one["session"] != command.session]
        return {"ok": True, "acknowledged": self.obeys, "killed": [] if self.obeys else [1]}

    def _seen(self, session: dict[str, Json]) -> dict[str, Json]:
        """As its gate reports it, once it knows what is paused."""
        held = session.get("held", [])
        assert isinstance(held, list)
        paused = ["paused"] if session["session"] in self.interlocks.paused else []
        return session | {"held": sorted([*held, *paused], key=str)}


@dataclass
class House:
    """Everything a test may want to look at or move."""

    app: FastAPI
    desk: Desk
    clock: Any
    engine: AsyncEngine
    ledger: FolderLedger
    log: LogReader
    watch: Watch
    approvals: Approvals
    trust: Trust
    secrets: dict[PersonId, str] = field(default_factory=dict)
    devices: dict[PersonId, Authenticator] = field(default_factory=dict)
    charter: Charter | None = None
    """In the place of the sample's."""
    recordings: dict[SessionId, Playback] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    """Where keys and recordings are destroyed."""

    @property
    def notices(self) -> Outbox:
        """What people are told."""
        assert self.desk.parts.notices is not None
        return self.desk.parts.notices

    def events(self, name: str) -> list[Mapping[str, Json]]:
        """What the ledger holds of one kind, oldest first."""
        return [one.event for one in self.log.events() if one.event.get("event") == name]

    def code(self, person: str) -> str:
        """A fresh one-time code: time moves on, so that no two are of one step."""
        self.clock.advance(timedelta(seconds=31))
        return pyotp.TOTP(self.secrets[PersonId(person)]).at(self.clock.now())

    def enrol(self, person: str, device: Authenticator | None = None) -> Authenticator:
        """Put a passkey of ``person`` into the plant's trust file, as the OT engineer does."""
        device = device or Authenticator(ORIGIN)
        challenge = secrets.token_bytes(32)
        answer = device.create(registration_options(self.trust, PersonId(person), person, challenge))
        passkey = register(
            answer, challenge, self.trust, label="test key", at=self.clock.now(), by=PersonId("olga")
        )
        self.trust = self.trust.with_passkey(PersonId(person), passkey)
        self.devices[PersonId(person)] = device
        return device

    def client(self, source: str = "192.0.2.9") -> httpx2.AsyncClient:
        """A browser that has not signed in, at ``source``. It sends our own Origin unless told otherwise."""
        transport = httpx2.ASGITransport(self.app, client=(source, 5555))
        return httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN})

    async def sign_in(self, person: str) -> httpx2.AsyncClient:
        """A browser in which ``person`` is signed in, without the ceremony that other tests are about."""
        client = self.client()
        cookie, browser = await self.desk.browsers.open(PersonId(person), "192.0.2.9", ("password", "totp"))
        client.headers["cookie"] = f"__Host-penstock={cookie}"
        client.headers["x-penstock-csrf"] = browser.csrf
        return client

    async def account(self, person: str) -> None:
        """Give ``person`` an account with PASSWORD; its digest is made as everybody's, once in a run."""
        if person not in DIGESTS:
            DIGESTS[person] = await PASSWORDS.digest(PASSWORD)
        row = AccountRow(person=person, password=DIGESTS[person], changed_at=0)
        async with AsyncSession(self.engine) as work:
            await work.merge(row)
            await work.commit()

    async def bearer(self, person: str) -> dict[str, str]:
        """The header of a token of ``person``."""
        token = await self.desk.tokens.issue(PersonId(person), "test", self.clock.now() + timedelta(hours=1))
        return {"authorization": f"Bearer {token}"}

    def wish(self, person: str = "ana", asset: str = "eng-ws-1", **changed: Any) -> AccessRequest:
        """Ana wants a terminal and files on the engineering station for two hours."""
        now = self.clock.now().replace(microsecond=0)
        fields: dict[str, Any] = {
            "person": PersonId(person),
            "asset": AssetId(asset),
            "passage": (Grant(PassageKind.SFTP), Grant(PassageKind.SHELL)),
            "actions": frozenset({Action.VIEW, Action.CONFIGURE}),
            "source": "192.0.2.9",
            "window": TimeWindow(now, now + timedelta(hours=2)),
            "conduit": ConduitId("dmz-operations"),
            "tools": frozenset({ToolId("openssh")}),
            "networks": frozenset({"192.0.2.0/24"}),
            "method": ConnectionMethod.SSH,
        }
        return AccessRequest(**(fields | changed))

    async def ask(self, person: str = "ana", asset: str = "eng-ws-1", **changed: Any) -> Permit:
        """A permit that waits."""
        asked = await self.desk.parts.admission.ask(
            self.wish(person, asset, **changed), purpose="Tune the drives", work_order="WO-77"
        )
        assert asked.permit is not None, asked.decision
        return asked.permit

    def go_live(self, permit: Permit, session: str = SESSION) -> None:
        """A gate reports a session under ``permit``."""
        zone = charter().assets[permit.asset].zone
        view: dict[str, Json] = {
            "session": session,
            "permit": permit.id,
            "person": permit.person,
            "vendor": permit.vendor,
            "asset": permit.asset,
            "zone": zone,
            "conduit": permit.conduit,
            "source": "192.0.2.9",
            "opened_at": instant_text(self.clock.now()),
            "deadline": instant_text(permit.window.end),
            "channels": 1,
            "bytes_to_asset": 120,
            "bytes_to_vendor": 4_500_000,
        }
        self.watch.sessions.append(view)

    def recording(self, session: SessionId = SESSION) -> Recording:
        """A recording of a live session that is being written, with a shell's terminal open in it."""
        layout = Layout(Path(self.ledger.folder).parent)
        layout.recording_key.parent.mkdir(exist_ok=True)
        layout.recording_key.write_bytes(KEK)
        recording = recorder_in(layout.folder, self.clock).open(
            session, {"permit": "p" * 26, "digest": "00" * 32}
        )
        recording.write(Kind.CHANNEL_OPENED, 1, channel_opened("shell", columns=80, rows=24))
        return recording

    async def forwarded(self, session: SessionId = SESSION) -> None:
        """The ledger's word that a native protocol was used in ``session``."""
        told = PassageOpened(
            at=self.clock.now(), session=session, channel=0, passage="forward:502", detail="plc-07:502"
        )
        await self.ledger.append(told)
        await self.ledger.append(replace(told, channel=1, passage="forward:5900", detail="hmi-1:5900"))

    async def record(self, permit: Permit, session: SessionId = SESSION) -> SessionId:
        """The ledger's words for a session that was, and a recording of it."""
        now = self.clock.now()
        await self.ledger.append(
            SessionOpened(
                at=now,
                session=session,
                permit=permit.id,
                digest=permit.digest().hex(),
                person=permit.person,
                asset=permit.asset,
                source="192.0.2.9",
                deadline=permit.window.end,
                approvals=(),
            )
        )
        await self.ledger.append(
            SessionEnded(
                at=now,
                session=session,
                permit=permit.id,
                cause="finished",
                frames=3,
                bytes_to_asset=120,
                bytes_to_vendor=4_500_000,
                head="00" * 32,
                recording_sha256="11" * 32,
                verified=True,
                remote_job="none",
            )
        )
        self.recordings[session] = Cast()
        return session


@asynccontextmanager
async def house_at(folder: Path, clock: Clock, settings: ConsoleSettings = SETTINGS) -> AsyncIterator[House]:
    """A house under ``folder``, closed at the end."""
    url = f"sqlite+aiosqlite:///{folder / 'penstock.db'}"
    if not MIGRATED:
        await migrate(url)
        MIGRATED.append((folder / "penstock.db").read_bytes())
    (folder / "penstock.db").write_bytes(MIGRATED[0])
    engine = open_engine(url)
    ledger = FolderLedger(folder / "ledger")
    log = LogReader(folder / "ledger")
    reviews = ReviewsDue(log)
    watch = Watch()
    for zone in charter().zones:
        watch.interlocks = apply(watch.interlocks, SetState(ZoneId(zone), OperatingState.RUNNING, "milo"))
    secrets_of: dict[PersonId, str] = {person: pyotp.random_base32() for person in charter().people}
    spent = SpentSteps(folder / "spent-steps")
    codes = Codes(lambda: house.trust, spent, clock)
    recordings: dict[SessionId, Playback] = {}
    house: House

    async def notify(_what: str, _permit: PermitId) -> None:
        return None

    async def look() -> Seen:
        held = watch.interlocks
        return Seen(
            held.states,
            frozenset(held.isolated),
            frozenset(held.revoked),
            (),
            LastUse(clock.now(), {}),
            held.glasses,
            await reviews.known(house.charter or charter()),
        )

    def without_codes() -> Trust:
        # The console's process never reads the secrets of codes; only the gate's does.
        return replace(house.trust, codes={}, knows_codes=False)

    def written() -> Charter:
        return house.charter or charter()

    attested = AttestedCharter(
        written,
        folder / "attestations.jsonl",
        lambda: house.trust,
        spent.spent_on,
        folder / "templates.jsonl",
    )
    approvals = Approvals(engine, ledger, clock, notify)
    admission = Admission(
        charter=attested,
        trust=lambda: house.trust,
        approvals=approvals,
        spent=spent.spent_on,
        look=look,
        ledger=ledger,
        clock=clock,
    )
    keeping = KeepingDesk(
        node=settings.node,
        charter=attested,
        trust=without_codes,
        past_trust=lambda _digest: None,
        these=approvals.these,
        log=log,
        clock=clock,
    )
    store, files = MemoryStore(), FilesLog(log)
    parts = ConsoleParts(
        keeping=keeping,
        files=ReleaseDesk(
            node=settings.node,
            files=files,
            releases=Releases(files, attested, without_codes, lambda _digest: None, clock),
            charter=attested,
            trust=without_codes,
            clock=clock,
        ),
        erase=Erasing(keeping, store, ledger, log, clock, ledger.prune).erase,
        charter=attested,
        trust=without_codes,
        approvals=approvals,
        admission=admission,
        codes=codes,
        watchdog=watch,
        attest=partial(record, folder / "attestations.jsonl"),
        templates=folder / "templates.jsonl",
        ledger=ledger,
        log=log,
        playback=recordings.get,
        view=views_of(Layout(folder)),
        screen=screens_of(Layout(folder)),
        engine=engine,
        clock=clock,
        settings=settings,
        notices=Outbox(folder / "notices.db"),
        reviews=reviews.all,
        assurance=Assurance(log, Documents(folder / "documents")),
        evidence=lambda: (
            of_ledger(log.size, clock.now(), listening=True),
            of_stamps(PACE, clock.now(), None, 2, clock.now() - PACE.alarm_after, ""),
            of_witnesses(None, log.size, clock.now() - SILENT_AFTER, clock.now(), SILENT_AFTER),
        ),
    )
    app = create_app(parts)
    app.state.desk.accounts = Accounts(engine, clock, PASSWORDS)
    trust = Trust("localhost", settings.origins)
    for person, secret in secrets_of.items():
        trust = replace(trust, codes={**trust.codes, person: secret}, knows_codes=True)
    house = House(
        app,
        app.state.desk,
        clock,
        engine,
        ledger,
        log,
        watch,
        approvals,
        trust,
        secrets_of,
        recordings=recordings,
        store=store,
    )
    try:
        yield house
    finally:
        ledger.close()
        await engine.dispose()


def digest_of(text: str) -> str:
    """SHA-256 in hex, as the page's form carries it."""
    return hashlib.sha256(text.encode()).hexdigest()
