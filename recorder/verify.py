"""Judge evidence offline: bytes and keys in, a report of numbered steps out. Pure.

Nothing in a case file is believed because it is there. The checkpoint is believed because of a key
that came by another way; events because they lie under the checkpoint; permit, approvals, charter,
trust file and recording because events name their digests; exports because they can be made again.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from domain.attestation import Statement
from domain.canonical import Json, canonical, instant_of, instant_text
from domain.errors import EvidenceError, PenstockError
from domain.permit import Permit
from domain.proof import Approval
from recorder import case
from recorder.attested import attested, check_attestations, needs_attesting
from recorder.format.archive import PIECE_BYTES, Archive
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.leaf import Text, opens
from recorder.ledger.merkle import leaf_hash, verify_inclusion
from recorder.ledger.note import Note, VerifierKey
from recorder.ledger.policy import Policy
from recorder.report import MALFORMED, Report, Steps, UnfinishedError, Verdict
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.verify_agreed import Agreement, check_agreed
from recorder.verify_approvals import check_approvals
from recorder.verify_erasure import check_erasure, erased
from recorder.verify_recording import (
    Recorded,
    chain_sentence,
    check_exports,
    check_heartbeats,
    check_in_ledger,
    read_recording,
    verify_recording,
)
from recorder.verify_stamps import Stamping, check_stamps, enclosed_in
from recorder.verify_template import NOTHING, Beforehand, templates_in
from recorder.verify_witnesses import check_witnesses

__all__ = ["verify_case", "verify_recording"]

Event = Mapping[str, Json]
ANCHORS = frozenset({"NodeStarted", "KeyEnrolled"})


def verify_case(
    source: BinaryIO,
    key: VerifierKey | None,
    policy: Policy | None = None,
    stamping: Stamping | None = None,
) -> Report:
    """The report on a case file. ``key`` is the ledger's, from elsewhere; without it nothing can PASS.

    ``policy`` says whose cosignatures are asked for as well, and ``stamping`` whose time-stamps.
    """
    steps = Steps("case file")
    found = _Case(source, key, policy, stamping, steps)
    for title, check in found.checks():
        try:
            sentence = check()
        except UnfinishedError as missing:
            steps.add(title, Verdict.INCOMPLETE, str(missing), missing.code)
        except Exception as fault:  # noqa: BLE001 -- a hostile file that breaks a check has not passed it
            sentence = str(fault) if isinstance(fault, PenstockError) else f"This can't be read: {fault!r}."
            steps.add(title, Verdict.FAIL, sentence, getattr(fault, "code", "") or MALFORMED)
            if title in _Case.NEEDED:
                break
        else:
            steps.add(title, Verdict.PASS, sentence)
    if found.session:
        steps.subject = f"case file of session {found.session}"
    return steps.report()


@dataclass(slots=True)
class _Case:
    """One verification under way; each check leaves what later ones stand on."""

    NEEDED = frozenset({"container", "manifest", "permit", "checkpoint", "events", "session"})

    source: BinaryIO
    key: VerifierKey | None
    policy: Policy | None
    stamping: Stamping | None
    steps: Steps
    session: str = ""
    named: str = ""
    archive: Archive = field(init=False)
    files: dict[str, str] = field(default_factory=dict)
    permit: Permit = field(init=False)
    checkpoint: Checkpoint = field(init=False)
    events: dict[int, Event] = field(default_factory=dict)
    opened: Event = field(default_factory=dict)
    ended: Event = field(default_factory=dict)
    recorded: Recorded | None = None
    statements: tuple[Statement, ...] | None = None

    def checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """The steps in order; each returns its sentence, or raises why not. The last two are there only where there is something to check."""
        yield from (
            ("container", self._container),
            ("manifest", self._manifest),
            ("permit", self._permit),
            ("checkpoint", self._checkpoint),
            ("events", self._events),
            ("session", self._session),
            ("ledger key", self._ledger_key),
            ("witnesses", self._witnesses),
            ("charter", self._charter),
            ("trust file", self._trust),
            ("attestations", self._attestations),
            ("approvals", self._approvals),
            ("states agreed to", self._agreed),
            ("recording", self._recording),
            ("recording in the ledger", self._recording_in_ledger),
            ("heartbeats", self._heartbeats),
            ("exports", self._exports),
        )
        if self.stamping is not None or any(name.startswith(case.STAMPS) for name in self.files):
            yield "time-stamps", self._stamps
        if erased(tuple(self.events.values()), self.session):
            yield "erasure", self._erasure

    def _container(self) -> str:
        self.archive = Archive(self.source)
        return f"{len(self.archive.members)} members; all {self.archive.size} bytes are accounted for."

    def _manifest(self) -> str:
        manifest = case.read_object(self.archive.read(case.MANIFEST, case.MIB))
        files = manifest.get("files")
        if (
            manifest.keys() != case.MANIFEST_KEYS
            or manifest["schema"] != case.SCHEMA
            or not isinstance(files, Mapping)
        ):
            raise EvidenceError(f"The manifest is not of the schema {case.SCHEMA}.", code="manifest_schema")
        self.session, self.named = str(manifest["session"]), str(manifest["permit"])
        missing = case.ALWAYS - files.keys()
        if missing:
            raise EvidenceError(f"The case file lacks {', '.join(sorted(missing))}.", code="manifest_lacks")
        strange = {
            name
            for name in files
            if name not in case.ALWAYS | case.SOMETIMES
            and not name.startswith(("exports/", case.AGREED, case.STAMPS, case.KEEPING))
        }
        if strange or self.archive.members.keys() - {case.MANIFEST} != files.keys():
            listed = files.keys() | {case.MANIFEST}
            odd = sorted(strange | (self.archive.members.keys() ^ listed))
            raise EvidenceError(
                f"The members are not those that the manifest lists, or may list: {', '.join(odd)}.",
                code="manifest_members",
            )
        for name, said in files.items():
            found: dict[str, Json] = {"bytes": self.archive.member(name).size, "sha256": self._sha256(name)}
            if canonical(said) != canonical(found):
                raise EvidenceError(
                    f"{name} is not the file that the manifest lists: {found['sha256']}.",
                    code="manifest_hash",
                )
            self.files[name] = str(found["sha256"])
        return (
            f"All {len(files)} members have the SHA-256 that it lists. (The manifest itself is not signed.)"
        )

    def _permit(self) -> str:
        self.permit = Permit.of(self.archive.read(case.PERMIT, case.MIB))
        if self.permit.id != self.named:
            raise EvidenceError(
                f"The manifest names the permit {self.named}, and {self.permit.id} is enclosed.",
                code="permit_other",
            )
        return (
            f"{self.permit.id} lets {self.permit.person} of {self.permit.vendor} reach {self.permit.asset};"
            f" digest {self.permit.digest().hex()}."
        )

    def _checkpoint(self) -> str:
        data = self.archive.read(case.CHECKPOINT, case.MIB)
        text = self.archive.read(case.VKEY, case.MIB).decode("utf-8", "replace")
        own = VerifierKey.of(text)
        if text != own.text() + "\n":
            raise EvidenceError("The enclosed key is written in another form.", code=MALFORMED)
        self.checkpoint = open_checkpoint(data, own.name, [own])
        return (
            f"{self.checkpoint.origin} had {self.checkpoint.size} leaves, signed by the key that is enclosed."
        )

    def _events(self) -> str:
        last, count = -1, 0
        for line in case.lines_in(self.archive.open(case.EVENTS)):
            event = case.LedgerEvent.of(line)
            count += 1
            if event.index <= last:
                raise EvidenceError(f"Event {event.index} stands behind event {last}.", code="events_order")
            last = event.index
            text = Text.of(event.text)
            if text.index != event.index or not opens(event.leaf, text):
                raise EvidenceError(
                    f"Event {event.index} is not the one that its leaf commits to.", code="events_commitment"
                )
            leaf = leaf_hash(event.leaf)
            if not verify_inclusion(
                event.index, self.checkpoint.size, leaf, event.path, self.checkpoint.root
            ):
                raise EvidenceError(
                    f"Event {event.index} does not lie under the checkpoint.", code="events_path"
                )
            told = text.document()
            if told.get("event") not in case.OF_FILES:
                self.events[event.index] = told
        return f"All {count} events open their leaves, and every leaf lies under the checkpoint."

    def _session(self) -> str:
        self.opened = self._one("SessionOpened")
        wanted = {
            "session": self.session,
            "permit": self.permit.id,
            "digest": self.permit.digest().hex(),
            "person": self.permit.person,
            "asset": self.permit.asset,
        }
        for name, value in wanted.items():
            if self.opened.get(name) != value:
                raise EvidenceError(
                    f"The session was opened under {name} {self.opened.get(name)}, not {value}.",
                    code="session_other",
                )
        at, deadline = (_instant(self.opened, name) for name in ("at", "deadline"))
        if not self.permit.window.contains(at) or deadline > self.permit.window.end:
            raise EvidenceError("The session was opened outside the permit's window.", code="session_window")
        if not self._all("SessionEnded") and not self._all("SessionInterrupted"):
            raise UnfinishedError(
                "No enclosed event tells of the session's end: it may not have ended yet.", code="end_missing"
            )
        self.ended = self._one("SessionEnded", "SessionInterrupted")
        if not self._index(self.opened) < self._index(self.ended):
            raise EvidenceError("The session ended before it was opened.", code="session_order")
        if self.ended["event"] == "SessionInterrupted":
            self.steps.note(str(self.ended.get("sentence")))
        else:
            self._note_the_end()
        return f"Opened {self.opened['at']} under this very permit, closed {self.ended['at']}."

    def _note_the_end(self) -> None:
        if self.ended.get("verified") is not True:
            self.steps.note("The gate did not see both sides closed.")
        if self.ended.get("remote_job") != "none":
            self.steps.note(f"A program at the asset: {self.ended.get('remote_job')}.")

    def _ledger_key(self) -> str:
        if self.key is None:
            raise UnfinishedError(
                "Nobody has said whose key this is. The enclosed key proves nothing about itself: get the"
                " ledger's key from the plant by another way and give it with --key.",
                code="key_not_given",
            )
        data = self.archive.read(case.CHECKPOINT, case.MIB)
        head = open_checkpoint(data, self.key.name, [self.key])
        if head != Checkpoint.of(Note.of(data).body):
            raise EvidenceError("The signed head is another.", code="checkpoint_other")
        return f"The key that was given, {self.key.text()}, signed this checkpoint."

    def _witnesses(self) -> str:
        enclosed = case.WITNESSED in self.archive.members
        head = self.archive.read(case.WITNESSED, case.MIB) if enclosed else None
        proof = self.archive.read(case.CONSISTENCY, case.MIB) if enclosed else b""
        end = self._index(self.ended) if self.ended else None
        return check_witnesses(self.policy, head, proof, self.checkpoint, end)

    def _charter(self) -> str:
        charter = self._charter_snapshot()
        if charter.digest != self.permit.charter_digest:
            raise EvidenceError(
                "The charter snapshot is not the one that the permit names.", code="charter_other"
            )
        return f"The snapshot is the one under which the permit was asked for: {charter.digest.hex()}."

    def _trust(self) -> str:
        trust = self._trust_snapshot()
        anchors = [one for one in self.events.values() if one.get("event") in {"NodeStarted", "KeyEnrolled"}]
        for event in anchors:
            if event.get("trust") == trust.digest:
                return (
                    f"The ledger says at {event['at']} that the plant trusted these {len(trust.keys)} keys."
                )
        if anchors:
            raise EvidenceError(
                f"The ledger says at {anchors[-1].get('at')} that the plant trusted other keys: the trust file"
                f" {anchors[-1].get('trust')}, where {trust.digest} is enclosed.",
                code="trust_other",
            )
        raise UnfinishedError(
            "No enclosed event says that the plant ever trusted these keys.", code="trust_unnamed"
        )

    def _attestations(self) -> str:
        if case.ATTESTATIONS not in self.files:
            if needs_attesting(self._charter_snapshot(), self.permit):
                raise UnfinishedError(
                    "Some of the rights were taken over or delegated, and who attested that is not enclosed.",
                    code="attestations_missing",
                )
            return "Nothing on this way was taken over or delegated: nobody had to attest anything."
        lines = case.lines_of(self.archive.read(case.ATTESTATIONS, case.MOST_SMALL_BYTES))
        trust, before = self._trust_snapshot(), self._before(self.opened)
        self.statements, wrong = check_attestations(lines, before, trust, self.steps.note)
        said = ", ".join(f"{one.person} {one.subject} at {instant_text(one.at)}" for one in self.statements)
        return f"Attested: {said or 'nothing'}." + "".join(f" Does not count: {one}" for one in wrong)

    def _approvals(self) -> str:
        return check_approvals(
            self.permit,
            self._approvals_in(case.APPROVALS),
            self.opened,
            self._before(self.opened),
            self._charter_snapshot(),
            self._trust_snapshot(),
            self.steps.note,
            self._beforehand(),
        )

    def _beforehand(self) -> Beforehand:
        """What was agreed to beforehand, by what is enclosed: standing templates and who signed them."""
        if case.TEMPLATES not in self.files:
            return NOTHING
        data = self.archive.read(case.TEMPLATES, case.MOST_SMALL_BYTES)
        return Beforehand(tuple(templates_in(data)), self.statements or ())

    def _agreed(self) -> str:
        released = [(one, self._before(one)) for one in self._all("SessionReleased")]
        if any(one.get("permit") != self.permit.id for one, _ in released):
            raise EvidenceError("An event releases this session under another permit.", code="released_other")
        named = {str(one.get("agreed") or "") for one, _ in released} - {""}
        used = {
            case.agreed_name(one, each)
            for one in named
            for each in (case.PERMIT, case.APPROVALS, case.CHARTER)
        }
        if strange := {one for one in self.files if one.startswith(case.AGREED)} - used:
            raise EvidenceError(
                f"The session went on under no such permit: {', '.join(sorted(strange))}.",
                code="agreed_strange",
            )
        return check_agreed(self.permit, released, self._agreement, self._trust_snapshot(), self.steps.note)

    def _agreement(self, permit: str) -> Agreement:
        name, charter = case.agreed_name(permit, case.PERMIT), case.agreed_name(permit, case.CHARTER)
        if name not in self.files:
            raise UnfinishedError(
                f"The permit {permit}, under which the session went on, is not enclosed.",
                code="agreed_missing",
            )
        return Agreement(
            Permit.of(self.archive.read(name, case.MIB)),
            self._approvals_in(case.agreed_name(permit, case.APPROVALS)),
            self._charter_snapshot(charter if charter in self.files else case.CHARTER),
        )

    def _approvals_in(self, name: str) -> tuple[Approval, ...]:
        documents = case.read_json(self.archive.read(name, case.MOST_SMALL_BYTES))
        if not isinstance(documents, list):
            raise EvidenceError(f"{name} is not a list.")
        return tuple(map(Approval.of, documents))

    def _recording(self) -> str:
        source, beats = self.archive.open(case.RECORDING), self._all("SessionHeartbeat")
        self.recorded = read_recording(source, self.session, self.permit.digest().hex(), beats)
        return chain_sentence(self.recorded.reader)

    def _recording_in_ledger(self) -> str:
        return check_in_ledger(self._verified_recording().reader, self.ended)

    def _heartbeats(self) -> str:
        return check_heartbeats(self._verified_recording(), self._all("SessionHeartbeat"))

    def _exports(self) -> str:
        named = {name: digest for name, digest in self.files.items() if name.startswith("exports/")}
        reader = self._verified_recording().reader
        key = self.archive.read(case.KEY, case.MIB) if case.KEY in self.files else None
        if case.FILES in self.files:
            self.steps.note(
                f"{case.FILES} is the node's own reading of the enclosed events, and nothing else vouches for it."
            )
        sentence = check_exports(self.archive.open(case.RECORDING), reader, key, named)
        if case.TRANSACTIONS in self.files:
            self.steps.note(
                f"{case.TRANSACTIONS} is the node's own reading of the recording, and nothing vouches for it."
            )
        return sentence

    def _stamps(self) -> str:
        enclosed = enclosed_in(self.files, lambda name: self.archive.read(name, case.MIB))
        end = (self._index(self.ended), _instant(self.ended, "at")) if self.ended else None
        return check_stamps(self.stamping, enclosed, self.checkpoint, end, self.events, self.steps.note)

    def _erasure(self) -> str:
        events = tuple(self.events.values())
        anchored = {one.get("trust") for one in events if one.get("event") in ANCHORS}
        trusts = []
        for name in (one for one in sorted(self.files) if one.startswith(case.KEEPING)):
            trust = TrustSnapshot.of(self.archive.read(name, case.MOST_SMALL_BYTES))
            if name != case.keeping_name(trust.digest):
                raise EvidenceError(
                    f"{name} is the trust file {trust.digest}, not the one that it is named for.",
                    code="erasure_trust",
                )
            if trust.digest not in anchored:
                raise EvidenceError(
                    f"The ledger never named the trust file {trust.digest}.", code="erasure_trust"
                )
            trusts.append(trust)
        return check_erasure(events, self.session, self.ended, trusts, key_enclosed=case.KEY in self.files)

    def _sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        member = self.archive.open(name)
        while piece := member.read(PIECE_BYTES):
            digest.update(piece)
        return digest.hexdigest()

    def _one(self, *names: str) -> Event:
        # What the gate's journal held when it crashed is told again, alike in every field: that is one event.
        found = list({canonical(one): one for name in names for one in reversed(self._all(name))}.values())
        if len(found) != 1:
            raise EvidenceError(
                f"There must be one {' or '.join(names)} of this session; {len(found)} are here.",
                code="session_events",
            )
        return found[0]

    def _all(self, name: str) -> list[Event]:
        return [
            one
            for one in self.events.values()
            if one.get("event") == name and one.get("session") == self.session
        ]

    def _before(self, event: Event) -> list[Event]:
        return [one for index, one in self.events.items() if index < self._index(event)]

    def _index(self, event: Event) -> int:
        return next(index for index, one in self.events.items() if one is event)

    def _charter_snapshot(self, name: str = case.CHARTER) -> CharterSnapshot:
        """The charter of that name, as it counts with what was attested."""
        if name not in self.files:
            raise UnfinishedError(
                "The charter is not enclosed: who held which right can't be seen.", code="charter_missing"
            )
        written = CharterSnapshot.of(case.read_json(self.archive.read(name, case.MOST_SMALL_BYTES)))
        return written if self.statements is None else attested(written, self.statements)

    def _trust_snapshot(self) -> TrustSnapshot:
        if case.TRUST not in self.files:
            raise UnfinishedError(
                "The trust file is not enclosed: whose keys counted can't be seen.", code="trust_missing"
            )
        return TrustSnapshot.of(self.archive.read(case.TRUST, case.MOST_SMALL_BYTES))

    def _verified_recording(self) -> Recorded:
        if self.recorded is None:
            raise UnfinishedError(
                "The recording did not verify, so nothing can be said about this.",
                code="recording_unverified",
            )
        return self.recorded


def _instant(event: Event, name: str) -> datetime:
    try:
        return instant_of(str(event.get(name)))
    except ValueError as error:
        raise EvidenceError(f"The event's {name} is no instant.") from error
