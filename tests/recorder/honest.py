"""Honest sessions from a seed: whatever a plant may rightly do, told with the real parts.

One plan is one session: on what path it was approved, by which keys, what went through it, how it ended and what the
case file holds of it. ``plan_of(seed)`` draws one; ``tell`` plays it into a recording, a ledger and a case file.
"""

import copy
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from domain.access import Action, Grant
from domain.attestation import of_delegation, of_right
from domain.canonical import canonical
from domain.dispute_events import PermitDisputed
from domain.events import (
    Event,
    GlassBroken,
    NodeStarted,
    PassageOpened,
    PermitApproved,
    PermitChanged,
    RightAttested,
    SessionEnded,
    SessionHeartbeat,
    SessionHeld,
    SessionInterrupted,
    SessionOpened,
    SessionPaused,
    SessionReleased,
    SessionResumed,
    TemplateUsed,
)
from domain.events import document as event_document
from domain.ids import PermitId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.proof import Approval
from domain.recurrence import Hours
from domain.rights import DecisionRight
from domain.template import Template, subject_of
from domain.window import TimeWindow
from recorder.attested import Attested
from recorder.cosigning import Ed25519Cosigner, MlDsaCosigner
from recorder.export.case_file import Agreed, CaseContents, case_bytes
from recorder.format import payloads
from recorder.format.frame import Kind
from recorder.format.keys import unwrap
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.note import Note
from recorder.ledger.reader import LogReader
from recorder.signing import Signer, TwoSuites
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.writer import Recording
from tests.clock import STARTS, FrozenClock
from tests.recorder.cases import CHARTER, digest_of, permit
from tests.recorder.honest_people import BOUND, KINDS, PASSKEYS, Approver, trust_of
from tests.recorder.ledger.logs import ORIGIN as LOG
from tests.recorder.ledger.logs import SIGNER, heartbeat, refusal
from tests.recorder.recordings import KEK, SESSION, recorder_in

R = DecisionRight
PATHS = (
    "plain",
    "deputy",
    "delegate",
    "quorum",
    "states",
    "two keys",
    "in order",
    "data out",
    "template",
    "glass",
    "dispute",
)
PASSAGES = ("shell", "exec", "sftp", "scp", "forward")
SECOND = MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(b"a second suite, for tests").digest())
CORPORATE = Ed25519Cosigner(
    "corporate.example/w", Ed25519PrivateKey.from_private_bytes(b"a witness outside, only in tests")
)
AUDITOR = MlDsaCosigner(
    "auditor.example/w", MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(b"an auditor's witness").digest())
)
POLICY = (
    f"log {SIGNER.key.text()}\nwitness corporate {CORPORATE.key.text()}\n"
    f"witness auditor {AUDITOR.key.text()}\ngroup outside all corporate auditor\nquorum outside\n"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens in one session, and what of it a case file carries."""

    seed: int = 0
    path: str = "plain"
    kinds: tuple[str, ...] = ("es256",)
    """With what the approvers sign, one after another."""
    inherited: str = ""
    """``fresh`` or ``attested``: who holds ``connect`` took it over lately, or long ago."""
    hours: bool = False
    went_on: bool = False
    """In another state, agreed to while it ran."""
    pauses: int = 0
    channels: tuple[str, ...] = ("shell",)
    chunks: int = 3
    largest: int = 200
    end: str = "ended"
    """``ended``, ``interrupted`` or ``open``."""
    noise: int = 0
    """Leaves of other sessions before, between and behind."""
    witnessed: bool = False
    second: bool = False
    """The log signs with a second suite as well."""
    opened: bool = True
    """The recording's key is enclosed."""


@dataclass(frozen=True, slots=True)
class Told:
    """A session, told. ``policy`` names the witnesses; empty where there are none."""

    case: bytes
    policy: str
    folder: Path


def plan_of(seed: int) -> Plan:
    """A session that ended in order, drawn from ``seed``."""
    chance = random.Random(seed)
    path = PATHS[seed % len(PATHS)]
    kinds = tuple(chance.choice(KINDS) for _ in range(4))
    large = chance.random() < 0.02
    return Plan(
        seed=seed,
        path=path,
        kinds=kinds,
        inherited=chance.choice(("", "", "fresh", "attested")),
        hours=chance.random() < 0.3,
        went_on=chance.random() < 0.25,
        pauses=chance.choice((0, 0, 0, 1, 3)),
        channels=tuple(chance.choice(PASSAGES) for _ in range(chance.choice((0, 1, 1, 2, 5)))),
        chunks=chance.randrange(40) if not large else chance.randrange(200, 400),
        largest=chance.choice((1, 20, 300, 4000)) if not large else 65_536,
        noise=chance.choice((0, 1, 5, 40)) if chance.random() < 0.95 else 600,
        witnessed=chance.random() < 0.3,
        second=chance.random() < 0.2,
        opened=chance.random() < 0.8,
    )


async def tell(plan: Plan, folder: Path) -> Told:
    """Play ``plan`` in ``folder``, which is empty."""
    return await _Telling(plan, folder).told()


class _Telling:
    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self.chance = random.Random(plan.seed)
        # Whoever signs a standing template or attests a delegation needs a passkey.
        first = plan.kinds[0] if plan.kinds[0] in PASSKEYS else "es256"
        kinds = {"petra": first if plan.path == "template" else plan.kinds[0]}
        for number, person in enumerate(("deniz", "olga", "sara", "mika", "arno", "dora"), 1):
            kinds[person] = plan.kinds[number % len(plan.kinds)]
        self.people = {name: Approver(name, kind) for name, kind in kinds.items()}
        self.trust = trust_of(list(self.people.values()))
        self.attested: list[Attested] = []
        self.charter = self._charter(kinds)
        self.template = self._template()
        self.permit = self._permit()
        self.events: list[Event] = []
        self.clock = FrozenClock()

    async def told(self) -> Told:
        self._before()
        yes = self._approvals(self.permit, STARTS - timedelta(minutes=30), self.plan.path)
        if self.plan.path == "glass":
            self._break(yes)
        self._open(yes)
        recorder = recorder_in(self.folder, self.clock)
        recording = recorder.open(
            SESSION,
            {"permit": self.permit.id, "digest": self.permit.digest().hex(), "asset": self.permit.asset},
        )
        self._beat(recording)
        agreed = self._play(recording)
        if self.plan.end == "open":
            await recording.seal("finished")
        elif self.plan.end == "interrupted":
            recording._volume.close()
            found = recorder.salvage(SESSION)
            self.events.append(
                SessionInterrupted(
                    at=self.clock.now(),
                    session=SESSION,
                    frames=found.frames,
                    head=found.head.hex(),
                    recording_sha256=found.sha256.hex(),
                    sentence=found.sentence,
                )
            )
        else:
            self._end(await recording.seal("finished"))
        recorder.close()
        return self._packed(yes, agreed)

    # What was before the session.

    def _charter(self, kinds: dict[str, str]) -> Any:
        plan, found = self.plan, copy.deepcopy(CHARTER)
        files: Any = found["files"]
        files["people.toml"]["person"] = [
            {"id": "petra", "side": "it"},
            {"id": "deniz"},
            {"id": "olga", "side": "ot"},
            {"id": "sara", "side": "ot"},
            {"id": "mika", "shift": True},
            {"id": "arno"},
            {"id": "dora"},
            {"id": "ana", "vendor": "brightwater"},
        ]
        bound = all(kind in BOUND for kind in kinds.values())
        conduit: Any = files["conduits.toml"]["conduit"][0]
        conduit |= {
            "from": "dmz",
            "to": "operations",
            "proofs": ["passkey-bound", "sshsig-sk"] if bound else ["passkey", "sshsig", "totp"],
        }
        if plan.hours:
            rule = self.chance.choice(("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=1MO"))
            conduit["hours"] = [{"recurs": rule, "at": "07:00", "for": "12h", "since": "2026-01-05"}]
        rights: Any = files["rights.toml"]["right"]
        connect = rights[0]
        zone: Any = files["zones.toml"]["zone"][0]

        def beside(right: str, holder: str, **more: object) -> None:
            rights.append(
                {**rights[0], "right": right, "holder": holder, "from": "2026-01-01", "deputy": "deniz"}
                | more
            )

        beside("incident_lead", "olga")
        match plan.path:
            case "quorum":
                connect |= {"others": ["olga"], "quorum": 2}
            case "states":
                files["states.toml"] = {"state": [{"state": "running", "view": "allow by 2"}]}
            case "two keys" | "in order":
                zone["safety"] = True
                beside("safety", "sara")
                if plan.path == "in order":
                    conduit["in_order"] = ["safety", "connect"]
            case "data out":
                conduit["data_out"] = ["shell"]
                beside("data_out", "olga")
            case "dispute":
                connect["arbiter"] = "arno"
            case "delegate":
                files["rights.toml"]["delegation"] = [
                    {
                        "right": "connect",
                        "boundary": "riverside",
                        "by": "petra",
                        "to": "dora",
                        "actions": ["view", "operate"],
                        "states": ["running", "maintenance"],
                        "from": "2026-02-01",
                        "until": "2026-12-01",
                        "approved": "2026-01-20",
                    }
                ]
        if plan.inherited:
            since = "2026-02-20" if plan.inherited == "fresh" else "2026-01-15"
            rights.insert(0, {**connect, "holder": "otto", "others": [], "quorum": 1, "until": since})
            connect["from"] = since
        self._attest(found)
        return found

    def _attest(self, charter: Any) -> None:
        """What must have been attested by the time of the session."""
        snapshot = CharterSnapshot.of(charter)
        at = STARTS - timedelta(days=40)
        if self.plan.inherited == "attested":
            heirs = ["petra", "olga"] if self.plan.path == "quorum" else ["petra"]
            for heir in heirs:
                self.attested.append(
                    self.people[heir].attest(of_right(R.CONNECT, "riverside"), at, self.chance)
                )
        for given in snapshot.delegations:
            self.attested.append(self.people["petra"].attest(of_delegation(given), at, self.chance))

    def _template(self) -> Template | None:
        if self.plan.path != "template":
            return None
        wish = permit()
        one = Template(
            id="t" * 26,
            title="Weekly look at the log",
            vendor=wish.vendor,
            persons=frozenset({wish.person}),
            assets=frozenset({wish.asset}),
            conduit=wish.conduit,
            grants=frozenset(Grant.of(each) for each in ("shell", "exec", "sftp", "scp", "forward:502")),
            actions=frozenset({Action.VIEW}),
            states=frozenset({OperatingState.RUNNING}),
            longest=timedelta(hours=4),
            uses=2,
            period=timedelta(days=7),
            confirm=R.INCIDENT_LEAD,
            window=TimeWindow(STARTS - timedelta(days=30), STARTS + timedelta(days=30)),
            hours=(Hours("FREQ=WEEKLY;BYDAY=MO", *_seven(), STARTS.date().replace(day=2)),),
        )
        at = STARTS - timedelta(days=3)
        self.attested.append(
            self.people["petra"].attest(subject_of(R.CONNECT, one.digest()), at, self.chance)
        )
        return one

    def _permit(self) -> Permit:
        kinds = {"forward": "forward:502"}
        asked = {Grant.of(kinds.get(one, one)) for one in self.plan.channels} or {Grant.of("shell")}
        if self.plan.path == "data out":
            asked.add(Grant.of("shell"))
        return replace(
            permit(),
            charter_digest=hashlib.sha256(canonical(self.charter)).digest(),
            template="" if self.template is None else self.template.digest(),
            grants=frozenset(asked),
            nonce=self.chance.randbytes(16),
        )

    def _before(self) -> None:
        self._noise()
        self.events.append(
            NodeStarted(
                at=STARTS - timedelta(days=1),
                process="gate",
                software="penstock/0.1.0",
                charter=self.permit.charter_digest.hex(),
                trust=TrustSnapshot.of(self.trust).digest,
            )
        )
        for one in self.attested:
            said = one.statement
            self.events.append(
                RightAttested(
                    at=said.at,
                    person=said.person,
                    subject=said.subject,
                    statement=said.digest().hex(),
                    kind=str(Approval(b"", R.CONNECT, said.person, said.at, b"", one.proof).kind),
                )
            )
        self._noise()

    # Who said yes.

    def _who(self, path: str) -> list[tuple[DecisionRight, str]]:
        match path:
            case "deputy":
                return [(R.CONNECT, "deniz")]
            case "delegate":
                return [(R.CONNECT, "dora")]
            case "quorum":
                return [(R.CONNECT, "olga"), (R.CONNECT, "petra")]
            case "states":
                return [(R.CONNECT, "petra"), (R.CONNECT, "deniz")]
            case "two keys":
                return [(R.CONNECT, "petra"), (R.SAFETY, "sara")]
            case "in order":
                return [(R.SAFETY, "sara"), (R.CONNECT, "petra")]
            case "data out":
                return [(R.DATA_OUT, "olga"), (R.CONNECT, "petra")]
            case "template":
                return [(R.INCIDENT_LEAD, self.chance.choice(("mika", "olga")))]
            case "glass":
                return [(R.INCIDENT_LEAD, "olga"), (R.INCIDENT_LEAD, "mika")]
            case "dispute":
                return [(R.CONNECT, "arno")]
            case _:
                return [(R.CONNECT, "petra")]

    def _approvals(self, wish: Permit, at: datetime, path: str) -> tuple[Approval, ...]:
        digest, settles = wish.digest().hex(), None
        if path == "dispute":
            settles = self.chance.randbytes(32)
            self.events.append(
                PermitDisputed(
                    at=at,
                    permit=wish.id,
                    right="connect",
                    boundary="riverside",
                    arbiter=self.people["arno"].person,
                    agreed=("petra (connect): needed",),
                    refused=("deniz (connect): not today",),
                    until=at + timedelta(hours=1),
                    dispute=settles.hex(),
                )
            )
        given = []
        for number, (right, person) in enumerate(self._who(path)):
            when = at + timedelta(minutes=number, microseconds=self.chance.randrange(1_000_000))
            yes = self.people[person].approve(wish, right, when, self.chance, settles)
            given.append(yes)
            self.events.append(
                PermitApproved(
                    at=when,
                    permit=wish.id,
                    digest=digest,
                    right=str(right),
                    approver=yes.approver,
                    kind=str(yes.kind),
                    approval=digest_of(yes),
                )
            )
            self._noise()
        if path == "template" and self.template is not None:
            self.events.append(
                TemplateUsed(
                    at=at,
                    template=self.template.digest(),
                    permit=wish.id,
                    by=given[0].approver,
                    right=str(given[0].right),
                    use=1 + self.plan.seed % 2,
                    uses=2,
                )
            )
        self.events.append(
            PermitChanged(
                at=at + timedelta(minutes=9),
                permit=wish.id,
                before="requested",
                after="approved",
                by="petra",
                reason="",
            )
        )
        return tuple(given)

    def _break(self, yes: tuple[Approval, ...]) -> None:
        self.events.append(
            GlassBroken(
                at=STARTS - timedelta(minutes=20),
                permit=self.permit.id,
                by=tuple(one.approver for one in yes),
                skipped=("petra",),
                boundary="riverside",
                reason="pump 3 runs dry",
                until=STARTS + timedelta(hours=1),
            )
        )

    # The session.

    def _open(self, yes: tuple[Approval, ...]) -> None:
        self.events.append(
            SessionOpened(
                at=STARTS,
                session=SESSION,
                permit=self.permit.id,
                digest=self.permit.digest().hex(),
                person=self.permit.person,
                asset=self.permit.asset,
                source="192.0.2.7",
                deadline=self.permit.window.end,
                approvals=tuple(digest_of(one) for one in yes),
                charter=self.permit.charter_digest.hex(),
            )
        )

    def _beat(self, recording: Recording) -> None:
        self.events.append(
            SessionHeartbeat(
                at=self.clock.now(), session=SESSION, frames=recording.frames, head=recording.head.hex()
            )
        )

    def _play(self, recording: Recording) -> tuple[Agreed, ...]:
        chance, agreed = self.chance, ()
        for channel, passage in enumerate(self.plan.channels, 1):
            self._passage(recording, channel, passage)
        pauses = sorted(chance.randrange(self.plan.chunks + 1) for _ in range(self.plan.pauses))
        for number in range(self.plan.chunks):
            while pauses and pauses[0] <= number:
                pauses.pop(0)
                self._pause(recording)
            self._chunk(recording)
            if chance.random() < 0.1:
                self._beat(recording)
                self._noise()
        if self.plan.went_on:
            agreed = (self._go_on(recording),)
        for channel, passage in enumerate(self.plan.channels, 1):
            if passage in {"shell", "exec"}:
                status = chance.choice((0, 1, 130, None))
                recording.write(
                    Kind.EXIT, channel, payloads.exit_status(status, signal="" if status else "TERM")
                )
            recording.write(Kind.CHANNEL_CLOSED, channel, payloads.channel_closed("finished"))
        self._beat(recording)
        return agreed

    def _passage(self, recording: Recording, channel: int, passage: str) -> None:
        columns, rows = self.chance.choice(((80, 24), (0, 0), (200, 2000)))
        command = self.chance.choice(("uptime", "echo \u00e9\x1b[2J", "")) if passage == "exec" else ""
        recording.write(
            Kind.CHANNEL_OPENED,
            channel,
            payloads.channel_opened(passage, command=command, terminal="xterm", columns=columns, rows=rows),
        )
        self.events.append(
            PassageOpened(
                at=self.clock.now(), session=SESSION, channel=channel, passage=passage, detail=command
            )
        )

    def _chunk(self, recording: Recording) -> None:
        chance = self.chance
        self.clock.advance(timedelta(microseconds=chance.randrange(2_000_000)))
        channel = chance.randrange(len(self.plan.channels)) + 1 if self.plan.channels else 0
        if not channel:
            recording.write(Kind.MARK, 0, payloads.mark("waited", seconds=1, quiet=True, why=None))
            return
        kind = chance.choice((Kind.TO_ASSET, Kind.TO_VENDOR, Kind.TO_VENDOR, Kind.TO_VENDOR_ERR, None))
        size = chance.randrange(1, self.plan.largest + 1)
        if kind is None:
            told = chance.choice(
                (
                    (Kind.RESIZE, payloads.resize(chance.randrange(1, 300), chance.randrange(1, 90))),
                    (Kind.HIDDEN, payloads.hidden(size)),
                    (Kind.SIGNAL, payloads.signal("INT")),
                    (Kind.EOF, payloads.eof("vendor")),
                    (Kind.MARK, payloads.mark("refused", code="no_permit", sentence="Not \u2014 granted.")),
                )
            )
            recording.write(told[0], channel, told[1])
        else:
            recording.write(kind, channel, next(_bytes(chance, size)))

    def _pause(self, recording: Recording) -> None:
        at = self.clock.now()
        recording.write(Kind.MARK, 0, payloads.mark("paused", by="petra"))
        self.events.append(
            SessionPaused(at=at, session=SESSION, by="petra", reason="a look", enforced="paused")
        )
        self.clock.advance(timedelta(seconds=self.chance.randrange(600)))
        self.events.append(SessionResumed(at=self.clock.now(), session=SESSION, by="petra", reason="go on"))
        recording.write(Kind.MARK, 0, payloads.mark("resumed", by="petra"))

    def _go_on(self, recording: Recording) -> Agreed:
        """The zone goes into maintenance; whoever decides says yes to that too, on the full path."""
        at = self.clock.now()
        again = replace(
            self.permit,
            id=PermitId("q" * 26),
            states=frozenset({OperatingState.MAINTENANCE}),
            requested_at=at,
            nonce=bytes([1]) * 16,
            template="",
        )
        self.events.append(
            SessionHeld(at=at, session=SESSION, permit=self.permit.id, hold="state", state="maintenance")
        )
        path = "plain" if self.plan.path in {"template", "glass", "dispute"} else self.plan.path
        yes = self._approvals(again, at + timedelta(seconds=1), path)
        self.clock.advance(timedelta(minutes=15))
        self.events.append(
            SessionReleased(
                at=self.clock.now(),
                session=SESSION,
                permit=self.permit.id,
                hold="state",
                state="maintenance",
                agreed=again.id,
                digest=again.digest().hex(),
                approvals=tuple(digest_of(one) for one in yes),
            )
        )
        recording.write(Kind.MARK, 0, payloads.mark("released", state="maintenance"))
        return Agreed(again, yes, self.charter)

    def _end(self, seal: Any) -> None:
        self.events += [
            SessionEnded(
                at=self.clock.now(),
                session=SESSION,
                permit=self.permit.id,
                cause="finished",
                frames=seal.frames,
                bytes_to_asset=seal.bytes_to_asset,
                bytes_to_vendor=seal.bytes_to_vendor,
                head=seal.head.hex(),
                recording_sha256=seal.sha256.hex(),
                verified=True,
                remote_job="none",
            ),
            PermitChanged(
                at=self.clock.now(),
                permit=self.permit.id,
                before="active",
                after="completed",
                by="clock",
                reason="",
            ),
        ]

    # The ledger and the case file.

    def _noise(self) -> None:
        for _ in range(self.chance.randrange(self.plan.noise + 1)):
            self.events.append(heartbeat(len(self.events)) if self.chance.random() < 0.8 else refusal("No."))

    def _packed(self, yes: tuple[Approval, ...], agreed: tuple[Agreed, ...]) -> Told:
        self._noise()
        signer: Signer = TwoSuites(SIGNER, MlDsaCosigner(LOG, SECOND)) if self.plan.second else SIGNER
        folder = self.folder / "ledger"
        log = Log.create(folder, signer, memory=self.folder / "ledger.signed")
        kept = [submission(f"r{number}", event_document(one)) for number, one in enumerate(self.events)]
        log.append(kept[: len(kept) // 2])
        log.append(kept[len(kept) // 2 :])
        witnessed = b""
        if self.plan.witnessed:
            note = Note.of((folder / "checkpoint").read_bytes())
            lines = [one.cosign(note.body, STARTS + timedelta(hours=2)) for one in (CORPORATE, AUDITOR)]
            witnessed = Note(note.body, (*note.lines, *lines)).text().encode()
            more = self.chance.randrange(self.plan.noise + 1)
            log.append([submission(f"later{one}", event_document(heartbeat(one))) for one in range(more)])
        log.close()
        path = self.folder / f"{SESSION}.pnr"
        key = unwrap((self.folder / f"{SESSION}.key").read_bytes(), KEK, SESSION)
        contents = CaseContents(
            session=SESSION,
            permit=self.permit,
            approvals=yes,
            trust=self.trust,
            charter=self.charter,
            vkey=SIGNER.key.text(),
            key=key if self.plan.opened else None,
            created_at=STARTS + timedelta(days=1),
            agreed=agreed,
            attestations=b"".join(one.line() + b"\n" for one in self.attested),
            templates=b"" if self.template is None else self.template.canonical() + b"\n",
            witnessed=witnessed,
        )
        data = case_bytes(contents, BytesIO(path.read_bytes()), LogReader(folder))
        return Told(data, POLICY if self.plan.witnessed else "", self.folder)


def _seven() -> tuple[Any, timedelta]:
    return (STARTS - timedelta(hours=1)).time(), timedelta(hours=9)


def _bytes(chance: random.Random, size: int) -> Iterator[bytes]:
    """What may cross: text, control sequences, half characters, noise."""
    parts = (
        b"up 3 days, load average 0.1\r\n",
        "\u00e4\u20ac\U0001f600".encode(),
        b"\x1b[31mred\x1b[0m",
        b"\x1b]0;title\x07",
        b"\x1b[?2004h\x1b[6n",
        b"\xff\xfe\x00\x9b",
        b"\x1b]52;c;" + b"A" * 300,
    )
    if chance.random() < 0.3:
        yield chance.randbytes(size)
    text = b""
    while len(text) < size:
        text += chance.choice(parts)
    yield text[:size]
