"""Honest sessions from a seed: whatever a plant may rightly do, told with the real parts.

One plan is one session: on what path it was approved, by which keys, what went through it, how it ended and what the
case file holds of it. ``plan_of(seed)`` draws one; ``tell`` plays it into a recording, a ledger and a case file.
"""

import hashlib
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from domain.access import Grant
from domain.attestation import of_delegation, of_right
from domain.canonical import canonical
from domain.dispute_events import PermitDisputed
from domain.events import (
    Event,
    GlassBroken,
    HeadStamped,
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
from domain.rights import DecisionRight
from domain.template import subject_of
from recorder.attested import Attested
from recorder.cosigning import Ed25519Cosigner, MlDsaCosigner
from recorder.export.case_file import Agreed, CaseContents, Stamped, case_bytes
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
from tests.recorder.cases import digest_of, permit
from tests.recorder.honest_files import visit
from tests.recorder.honest_keeping import let_go
from tests.recorder.honest_people import PASSKEYS, Approver, trust_of
from tests.recorder.honest_plant import Plan, charter_of, weekly, who
from tests.recorder.honest_recording import chunk, open_channel
from tests.recorder.ledger.logs import ORIGIN as LOG
from tests.recorder.ledger.logs import SIGNER, heartbeat, refusal
from tests.recorder.recordings import KEK, SESSION, recorder_in
from tests.tsa import Authority, Root, pem

R = DecisionRight
SECOND = MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(b"a second suite, for tests").digest())
CORPORATE = Ed25519Cosigner(
    "corporate.example/w", Ed25519PrivateKey.from_private_bytes(b"a witness outside, only in tests")
)
AUDITOR = MlDsaCosigner(
    "auditor.example/w", MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(b"an auditor's witness").digest())
)
ROOT = Root()
AUTHORITY = Authority(root=ROOT)
STAMPED_AT = STARTS + timedelta(hours=2)
SECOND_KEY = MlDsaCosigner(LOG, SECOND).key
POLICY = (
    f"log {SIGNER.key.text()}\nwitness corporate {CORPORATE.key.text()}\n"
    f"witness auditor {AUDITOR.key.text()}\ngroup outside all corporate auditor\nquorum outside\n"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A session, told. ``policy`` names the witnesses; empty where there are none."""

    case: bytes
    policy: str
    folder: Path
    roots: bytes = b""
    """The time-stamp authority's root, in PEM; empty where there is no stamp."""


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
        self.charter = charter_of(plan, kinds.values(), self.chance)
        self.template = weekly() if plan.path == "template" else None
        self._attest(self.charter)
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
        if self.template is not None:
            subject = subject_of(R.CONNECT, self.template.digest())
            self.attested.append(self.people["petra"].attest(subject, at, self.chance))
        for given in snapshot.delegations:
            self.attested.append(self.people["petra"].attest(of_delegation(given), at, self.chance))

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
            limits=frozenset(
                {"modbus read holding registers 0-199 of unit 3"} if "forward" in self.plan.channels else ()
            ),
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
        for number, (right, person) in enumerate(who(path, self.chance)):
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
        chance = self.chance
        agreed: tuple[Agreed, ...] = ()
        if self.plan.files:
            self.events += visit(self.clock.now(), self.permit)
        for channel, passage in enumerate(self.plan.channels, 1):
            command = open_channel(chance, recording, channel, passage)
            self.events.append(
                PassageOpened(
                    at=self.clock.now(), session=SESSION, channel=channel, passage=passage, detail=command
                )
            )
        pauses = sorted(chance.randrange(self.plan.chunks + 1) for _ in range(self.plan.pauses))
        for number in range(self.plan.chunks):
            while pauses and pauses[0] <= number:
                pauses.pop(0)
                self._pause(recording)
            chunk(self.plan, chance, self.clock, recording)
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
        if self.plan.erased:
            charter, trust = self.permit.charter_digest.hex(), TrustSnapshot.of(self.trust).digest
            two = (self.people["petra"], self.people["deniz"])
            self.events += let_go(
                SESSION, self.clock.now(), seal.sha256.hex(), charter, trust, two, self.chance
            )

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
        stamps = _stamped(log, folder) if self.plan.stamped else ()
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
            key=key if self.plan.opened and not self.plan.erased else None,
            created_at=STARTS + timedelta(days=1),
            agreed=agreed,
            attestations=b"".join(one.line() + b"\n" for one in self.attested),
            templates=b"" if self.template is None else self.template.canonical() + b"\n",
            witnessed=witnessed,
            stamps=stamps,
            transactions=b"at,what\r\n" if self.plan.transactions else b"",
            keeping={TrustSnapshot.of(self.trust).digest: self.trust} if self.plan.erased else {},
        )
        data = case_bytes(contents, BytesIO(path.read_bytes()), LogReader(folder))
        roots = ROOT.certificate.public_bytes(Encoding.PEM) if stamps else b""
        return Told(data, POLICY if self.plan.witnessed else "", self.folder, roots)


def _stamped(log: Log, folder: Path) -> tuple[Stamped, ...]:
    """The head of now under an authority's time-stamp, of which the ledger then tells."""
    head = (folder / "checkpoint").read_bytes()
    token = AUTHORITY.stamp(head, STAMPED_AT)
    told = HeadStamped(
        at=STAMPED_AT,
        size=log.size,
        stamped_at=STAMPED_AT,
        authority="CN=Test TSA",
        serial="1",
        token=hashlib.sha256(token).hexdigest(),
        crls="",
        until=STARTS + timedelta(days=400),
    )
    (leaf,) = log.append([submission("stamped", event_document(told))])
    return (Stamped(head, token, b"", pem(AUTHORITY.certificate, ROOT.certificate), leaf),)
