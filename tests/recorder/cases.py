"""Case files made with the real parts: a recording, a ledger, a software passkey, a charter snapshot."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from domain.access import Action, ConnectionMethod, Grant
from domain.canonical import canonical
from domain.events import Event, NodeStarted, PermitApproved, SessionEnded, SessionHeartbeat, SessionOpened
from domain.events import document as event_document
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SiteId, ToolId, VendorId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.proof import Approval, PasskeyProof, Proof, TotpProof
from domain.rights import DecisionRight
from domain.window import TimeWindow
from recorder.export.case_file import CaseContents, case_bytes
from recorder.format import payloads
from recorder.format.frame import Kind
from recorder.format.keys import unwrap
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.reader import LogReader
from recorder.signing import Ed25519Signer
from recorder.snapshots import TrustSnapshot
from recorder.writer import Recording, Seal
from tests.clock import STARTS, FrozenClock
from tests.recorder.ledger.logs import SIGNER
from tests.recorder.recordings import KEK, SESSION, recorder_in, tell

RP_ID = "gate.plant.example"
ORIGIN = f"https://{RP_ID}:8443"
OTHER_SESSION = "bbbbbbbbbbbbbbbbbbbbbbbbbb"

CHARTER = {
    "schema": "penstock-charter/1",
    "files": {
        "sites.toml": {
            "organisation": {
                "id": "riverside-water",
                "name": "Riverside Water",
                "time_zone": "Europe/Amsterdam",
            },
            "site": [{"id": "riverside", "name": "Riverside", "time_zone": "Europe/Amsterdam"}],
        },
        "zones.toml": {"zone": [{"id": "operations", "site": "riverside"}]},
        "assets.toml": {"asset": [{"id": "eng-ws-1", "zone": "operations"}]},
        "conduits.toml": {"conduit": [{"id": "dmz-operations", "proofs": ["passkey", "totp"]}]},
        "people.toml": {
            "person": [
                {"id": "petra"},
                {"id": "deniz"},
                {"id": "olga"},
                {"id": "ana", "vendor": "brightwater"},
            ]
        },
        "rights.toml": {
            "right": [
                {
                    "right": "connect",
                    "boundary": "riverside",
                    "holder": "petra",
                    "deputy": "deniz",
                    "basis": "PI-07",
                    "from": "2026-01-01",
                    "until": "2026-12-31T23:00:00Z",
                }
            ]
        },
    },
}


class Passkey:
    """An authenticator in software: ES256, user verification, not backed up."""

    def __init__(self, person: str, seed: int) -> None:
        self.person = person
        self.credential_id = hashlib.sha256(f"{person}{seed}".encode()).digest()[:16]
        self._key = ec.derive_private_key(seed, ec.SECP256R1())
        point = self._key.public_key().public_numbers()
        self.public_key = (
            b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"
            + point.x.to_bytes(32, "big")
            + b"\x22\x58\x20"
            + point.y.to_bytes(32, "big")
        )

    def assertion(
        self,
        digest: bytes,
        *,
        nonce: bytes = bytes(32),
        kind: str = "webauthn.get",
        origin: str = ORIGIN,
        rp_id: str = RP_ID,
        flags: int = 0x05,
        cross_origin: bool = False,
    ) -> PasskeyProof:
        client = json.dumps(
            {"type": kind, "challenge": b64(nonce + digest), "origin": origin, "crossOrigin": cross_origin}
        ).encode()
        data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + bytes(4)
        signature = self._key.sign(
            data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256(), deterministic_signing=True)
        )
        return PasskeyProof(self.credential_id, nonce, client, data, signature)


PETRA = Passkey("petra", 1001)
OLGA = Passkey("olga", 1002)


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def trust_file(*keys: Passkey, signers: Sequence[tuple[str, str]] = ()) -> bytes:
    lines = ['schema = "penstock-trust/1"', f'rp_id = "{RP_ID}"', f'origins = ["{ORIGIN}"]']
    for one in keys:
        lines += [
            "[[passkeys]]",
            f'person = "{one.person}"',
            f'credential_id = "{b64(one.credential_id)}"',
            f'public_key = "{b64(one.public_key)}"',
            'label = "a key"',
            'enrolled_at = "2026-02-01T08:00:00Z"',
            'enrolled_by = "local:root"',
            "backup_eligible = false",
        ]
    for person, line in signers:
        lines += [
            "[[signing_keys]]",
            f'person = "{person}"',
            f'key = "{line}"',
            'label = "desk"',
            'enrolled_at = "2026-02-01T08:00:00Z"',
            'enrolled_by = "local:root"',
        ]
    return ("\n".join(lines) + "\n").encode()


def permit() -> Permit:
    return Permit(
        id=PermitId("p" * 26),
        site=SiteId("riverside"),
        person=PersonId("ana"),
        vendor=VendorId("brightwater"),
        asset=AssetId("eng-ws-1"),
        conduit=ConduitId("dmz-operations"),
        grants=frozenset({Grant.of("shell")}),
        actions=frozenset({Action.VIEW}),
        window=TimeWindow(STARTS - timedelta(hours=1), STARTS + timedelta(hours=3)),
        time_zone="Europe/Amsterdam",
        states=frozenset({OperatingState.RUNNING}),
        purpose="Read the drive's log",
        work_order="WO-1",
        back_out="",
        failure="",
        tools=frozenset({ToolId("openssh")}),
        method=ConnectionMethod.SSH,
        keys=frozenset({"SHA256:" + "k" * 43}),
        networks=frozenset({"127.0.0.0/8"}),
        charter_digest=hashlib.sha256(canonical(CHARTER)).digest(),
        requested_at=STARTS - timedelta(hours=2),
        nonce=bytes(16),
    )


def approval(proof: Proof, approver: str = "petra", right: DecisionRight = DecisionRight.CONNECT) -> Approval:
    return Approval(
        permit_digest=permit().digest(),
        right=right,
        approver=PersonId(approver),
        at=STARTS - timedelta(minutes=30),
        shown_digest=bytes(32),
        proof=proof,
    )


def digest_of(one: Approval) -> str:
    return hashlib.sha256(canonical(one.document())).hexdigest()


@dataclass
class Story:
    """One session from approval to end; change a part before ``tell_it`` to tell another."""

    folder: Path
    approvals: tuple[Approval, ...]
    trust: bytes
    events: list[Event]
    recording: bytes
    key: bytes
    seal: Seal
    signer: Ed25519Signer = SIGNER

    def contents(self, *, with_key: bool = True) -> CaseContents:
        return CaseContents(
            session=SESSION,
            permit=permit(),
            approvals=self.approvals,
            trust=self.trust,
            charter=CHARTER,
            vkey=self.signer.key.text(),
            key=self.key if with_key else None,
            created_at=STARTS + timedelta(days=1),
        )

    def log(self) -> LogReader:
        """A ledger that tells this story, as it stands."""
        folder = self.folder / "ledger"
        if not folder.exists():
            log = Log.create(folder, self.signer, memory=self.folder / "ledger.signed")
            log.append(
                [submission(f"r{number}", event_document(one)) for number, one in enumerate(self.events)]
            )
            log.close()
        return LogReader(folder)

    def case(self, *, with_key: bool = True) -> bytes:
        return case_bytes(self.contents(with_key=with_key), BytesIO(self.recording), self.log())


async def story(
    folder: Path, *, proof: Proof | None = None, approver: str = "petra", keys: tuple[Passkey, ...] = (PETRA,)
) -> Story:
    """A session that went well, approved by a passkey unless another proof is given."""
    clock = FrozenClock()
    recorder = recorder_in(folder, clock)
    digest = permit().digest().hex()
    recording = recorder.open(SESSION, {"permit": permit().id, "digest": digest})
    genesis = recording.head
    yes = approval(proof or PETRA.assertion(permit().digest()), approver)
    trust = trust_file(*keys)
    events: list[Event] = [
        NodeStarted(
            at=STARTS - timedelta(days=1),
            process="gate",
            software="penstock/0.1.0",
            charter=permit().charter_digest.hex(),
            trust=TrustSnapshot.of(trust).digest,
        ),
        PermitApproved(
            at=yes.at,
            permit=permit().id,
            digest=digest,
            right=str(yes.right),
            approver=yes.approver,
            kind=str(yes.kind),
            approval=digest_of(yes),
        ),
        SessionOpened(
            at=STARTS,
            session=SESSION,
            permit=permit().id,
            digest=digest,
            person=permit().person,
            asset=permit().asset,
            source="192.0.2.7",
            deadline=permit().window.end,
            approvals=(digest_of(yes),),
        ),
        SessionHeartbeat(at=STARTS, session=SESSION, frames=0, head=genesis.hex()),
    ]
    recording.write(Kind.MARK, 0, payloads.mark("opened"))
    events.append(beat(recording))
    tell(recording, clock)
    events.append(beat(recording))
    seal = await recording.seal("finished")
    recorder.close()
    events.append(ended(seal))
    key = unwrap((folder / f"{SESSION}.key").read_bytes(), KEK, SESSION)
    data = (folder / f"{SESSION}.pnr").read_bytes()
    return Story(folder, (yes,), trust, events, data, key, seal)


def beat(recording: Recording) -> SessionHeartbeat:
    return SessionHeartbeat(at=STARTS, session=SESSION, frames=recording.frames, head=recording.head.hex())


def ended(seal: Seal) -> SessionEnded:
    return SessionEnded(
        at=STARTS + timedelta(minutes=1),
        session=SESSION,
        permit=permit().id,
        cause="finished",
        frames=seal.frames,
        bytes_to_asset=seal.bytes_to_asset,
        bytes_to_vendor=seal.bytes_to_vendor,
        head=seal.head.hex(),
        recording_sha256=seal.sha256.hex(),
        verified=True,
        remote_job="none",
    )


def code() -> TotpProof:
    return TotpProof(step=59_000_000, code="123456")
