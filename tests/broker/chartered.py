"""A node's folder whose charter was founded by Petra, with a real ledger beside it and no process running."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from approvals.proofs.sshsig import sign
from approvals.trust import SigningKey
from broker.charter.chain import leaf_of
from broker.charter.desk import CharterDesk
from broker.charter.founding import found
from broker.charter.in_force import CharterInForce
from broker.charter.store import Proposed
from broker.charter.trust_files import TrustFiles, enrol_signing_key
from broker.demo.sample import sample_charter
from broker.layout import Layout
from domain.errors import EvidenceError
from domain.events import Event, document
from domain.ids import PersonId
from policies.charter.application import NAMESPACE, Application, Signature
from policies.charter.charter import Charter
from policies.charter.impact import Impact, Weighing
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log, LogReader
from recorder.signing import read_signer

NODE = "plant.example/ot-access/1"
PETRA, DENIZ, OLGA = PersonId("petra"), PersonId("deniz"), PersonId("olga")
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
LONGER = ("conduits.toml", 'longest_window = "4h"', 'longest_window = "5h"')
SHORTER = ("conduits.toml", 'longest_window = "4h"', 'longest_window = "3h"')


class Chartered:
    """The folder, and what a test does to its charter."""

    def __init__(self, folder: Path, now: datetime = NOW) -> None:
        self.layout = Layout(folder / "node")
        self.now = now
        key = folder / "founder"
        found(
            self.layout,
            charter=sample_charter(today=now.date()),
            origin=NODE,
            at=now,
            founder=(PETRA, key),
        )
        private = load_ssh_private_key(key.read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey)
        self.keys = {PETRA: private}
        self.key_file = key
        self.trust = TrustFiles(self.layout, with_codes=False)
        self.down = False
        self.log = Log.create(
            self.layout.ledger, read_signer(self.layout.ledger_key, NODE), memory=folder / "signed"
        )

    def append(self, event: Event) -> int:
        """The signer's part: a leaf in the ledger."""
        if self.down:
            raise EvidenceError("The ledger is down.")
        self.log.append([submission(secrets.token_hex(8), document(event))])
        return self.log.size - 1

    def log_reader(self) -> LogReader:
        """The ledger, as anybody reads it."""
        return LogReader(self.layout.ledger)

    def begin(self) -> CharterInForce:
        """A process that starts; the first one tells the ledger of the first version, as the gate does."""
        charter = CharterInForce(self.layout, NODE, self.trust)
        version, told = charter.begin()
        if not told:
            self.append(leaf_of(None, version))
        return charter

    def desk(self) -> CharterDesk:
        """Where another version is proposed."""
        return CharterDesk(self.layout, NODE, self.trust)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change the plant's own copy of its charter."""
        path = self.layout.charter / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def enrol(self, person: PersonId) -> None:
        """Draw a signing key for a person of the plant."""
        private = Ed25519PrivateKey.generate()
        line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        self.keys[person] = private
        enrol_signing_key(self.layout, person, SigningKey(line, "desk", self.now, "local:root"))

    def propose(
        self, reason: str = "Because the drives need it", *, later: timedelta = timedelta(0)
    ) -> Proposed:
        """What the plant's copy says now, as a proposal."""
        at = self.now + later
        return self.desk().propose(self.layout.charter_files(), reason, at, self.weigh)

    def weigh(self, before: Charter, after: Charter) -> Impact:
        """What a step would have decided otherwise, off this folder's ledger; it has no permits."""
        log = self.log_reader()
        events = ((one.index, one.event) for one in log.events())
        return Weighing(before, after, events, log.size, (), self.now).whole()

    def signature(self, proposed: Proposed, person: PersonId) -> Signature:
        """That person's signature over it."""
        text = sign(self.keys[person], proposed.proposal.canonical(), NAMESPACE)
        return Signature(person, "sshsig", {"signature": text})

    def apply(
        self,
        *persons: PersonId,
        later: timedelta = timedelta(0),
        append: Callable[[Event], object] | None = None,
    ) -> Application:
        """Propose what the plant's copy says, have it signed, and put it in force."""
        proposed = self.propose(later=later)
        for person in persons:
            proposed = self.desk().sign(proposed, self.signature(proposed, person))
        at = self.now + later + timedelta(minutes=1)
        return self.desk().apply(proposed, by="local:root", at=at, append=append or self.append)[0]

    def doctored(self, number: int, **changes: object) -> None:
        """Change a kept application as somebody with the disk under their hands might."""
        path = self.layout.applied / f"{number:06d}.json"
        path.write_bytes(replace(Application.of(path.read_bytes()), **changes).canonical())
