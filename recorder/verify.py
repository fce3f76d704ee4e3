"""Judge evidence offline: bytes and keys in, a report of numbered steps out. Pure.

Nothing in a case file is believed because it is there. The checkpoint is believed because of a key
that came by another way; events because they lie under the checkpoint; permit, approvals, charter,
trust file and recording because events name their digests; exports because they can be made again.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from domain.attestation import Statement
from domain.canonical import Json, instant_of, instant_text
from domain.errors import EvidenceError, PenstockError
from domain.permit import Permit
from domain.proof import Approval
from recorder import case
from recorder.attested import attested, check_attestations, needs_attesting
from recorder.export.asciicast import exports
from recorder.format.archive import PIECE_BYTES, Archive
from recorder.format.cipher import commitment
from recorder.format.reader import Reader, Source
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.leaf import Text, opens
from recorder.ledger.merkle import leaf_hash, verify_inclusion
from recorder.ledger.note import Note, VerifierKey
from recorder.ledger.policy import Policy
from recorder.report import Report, Steps, UnfinishedError, Verdict
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.verify_agreed import Agreement, check_agreed
from recorder.verify_approvals import check_approvals
from recorder.verify_template import NOTHING, Beforehand, templates_in
from recorder.verify_witnesses import check_witnesses

__all__ = ["verify_case", "verify_recording"]

Event = Mapping[str, Json]


def verify_case(source: BinaryIO, key: VerifierKey | None, policy: Policy | None = None) -> Report:
    """The report on a case file. ``key`` is the ledger's, from elsewhere; without it nothing can PASS.

    ``policy`` says whose cosignatures are asked for as well.
    """
    steps = Steps("case file")
    found = _Case(source, key, policy, steps)
    for title, check in found.checks():
        try:
            sentence = check()
        except UnfinishedError as missing:
            steps.add(title, Verdict.INCOMPLETE, str(missing))
        except Exception as fault:  # noqa: BLE001 -- a hostile file that breaks a check has not passed it
            sentence = str(fault) if isinstance(fault, PenstockError) else f"This can't be read: {fault!r}."
            steps.add(title, Verdict.FAIL, sentence)
            if title in _Case.NEEDED:
                break
        else:
            steps.add(title, Verdict.PASS, sentence)
    if found.session:
        steps.subject = f"case file of session {found.session}"
    return steps.report()


def verify_recording(source: Source) -> Report:
    """The report on a recording alone. It can't PASS: only the ledger knows whether it is the right one."""
    steps = Steps("recording")
    try:
        reader = Reader(source)
        steps.subject = f"recording of session {reader.header.session}"
        for _ in reader.frames():
            pass
    except EvidenceError as fault:
        steps.add("chain", Verdict.FAIL, str(fault))
        return steps.report()
    if not reader.sealed:
        steps.add(
            "chain",
            Verdict.INCOMPLETE,
            f"All {reader.frames_read} frames verify, but the recording is not sealed: it is still being"
            f" written, or was interrupted at byte {reader.offset}.",
        )
        return steps.report()
    steps.add("chain", Verdict.PASS, _chain_sentence(reader))
    steps.add(
        "ledger",
        Verdict.INCOMPLETE,
        f"A chain alone can be made again by who can write the file. Compare SHA-256 {reader.sha256.hex()}"
        " with the session's closing event, or verify its case file.",
    )
    return steps.report()


def _chain_sentence(reader: Reader) -> str:
    return (
        f"{reader.frames_read} frames, {reader.bytes_to_asset} bytes to the asset, {reader.bytes_to_vendor}"
        f" to the vendor, ended by {reader.cause!r}; head {reader.head.hex()}."
    )


@dataclass(slots=True)
class _Case:
    """One verification under way; each check leaves what later ones stand on."""

    NEEDED = frozenset({"container", "manifest", "permit", "checkpoint", "events", "session"})

    source: BinaryIO
    key: VerifierKey | None
    policy: Policy | None
    steps: Steps
    session: str = ""
    archive: Archive = field(init=False)
    files: dict[str, str] = field(default_factory=dict)
    permit: Permit = field(init=False)
    checkpoint: Checkpoint = field(init=False)
    events: dict[int, Event] = field(default_factory=dict)
    opened: Event = field(default_factory=dict)
    ended: Event = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)
    recorded: Reader | None = None
    statements: tuple[Statement, ...] | None = None

    def checks(self) -> tuple[tuple[str, Callable[[], str]], ...]:
        """The steps in order; each returns its sentence, or raises why not."""
        return (
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

    def _container(self) -> str:
        self.archive = Archive(self.source)
        return f"{len(self.archive.members)} members; all {self.archive.size} bytes are accounted for."

    def _manifest(self) -> str:
        manifest = case.read_object(self.archive.read(case.MANIFEST, case.MIB))
        files = manifest.get("files")
        if manifest.get("schema") != case.SCHEMA or not isinstance(files, Mapping):
            raise EvidenceError(f"The manifest's schema is not {case.SCHEMA}.")
        self.session = str(manifest.get("session"))
        missing = case.ALWAYS - files.keys()
        if missing:
            raise EvidenceError(f"The case file lacks {', '.join(sorted(missing))}.")
        strange = {
            name
            for name in files
            if name not in case.ALWAYS | case.SOMETIMES and not name.startswith(("exports/", case.AGREED))
        }
        if strange or self.archive.members.keys() - {case.MANIFEST} != files.keys():
            raise EvidenceError("The members are not those that the manifest lists.")
        for name, said in files.items():
            found = {"bytes": self.archive.member(name).size, "sha256": self._sha256(name)}
            if said != found:
                raise EvidenceError(f"{name} is not the file that the manifest lists: {found['sha256']}.")
            self.files[name] = str(found["sha256"])
        return (
            f"All {len(files)} members have the SHA-256 that it lists. (The manifest itself is not signed.)"
        )

    def _permit(self) -> str:
        self.permit = Permit.of(self.archive.read(case.PERMIT, case.MIB))
        return (
            f"{self.permit.id} lets {self.permit.person} of {self.permit.vendor} reach {self.permit.asset};"
            f" digest {self.permit.digest().hex()}."
        )

    def _checkpoint(self) -> str:
        data = self.archive.read(case.CHECKPOINT, case.MIB)
        text = self.archive.read(case.VKEY, case.MIB).decode("utf-8", "replace")
        own = VerifierKey.of(text)
        if text != own.text() + "\n":
            raise EvidenceError("The enclosed key is written in another form.")
        self.checkpoint = open_checkpoint(data, own.name, [own])
        return (
            f"{self.checkpoint.origin} had {self.checkpoint.size} leaves, signed by the key that is enclosed."
        )

    def _events(self) -> str:
        lines = self.archive.read(case.EVENTS, case.MOST_EVENTS_BYTES).splitlines(keepends=True)
        last = -1
        for line in lines:
            event = case.LedgerEvent.of(line)
            if event.index <= last:
                raise EvidenceError(f"Event {event.index} stands behind event {last}.")
            last = event.index
            text = Text.of(event.text)
            if text.index != event.index or not opens(event.leaf, text):
                raise EvidenceError(f"Event {event.index} is not the one that its leaf commits to.")
            leaf = leaf_hash(event.leaf)
            if not verify_inclusion(
                event.index, self.checkpoint.size, leaf, event.path, self.checkpoint.root
            ):
                raise EvidenceError(f"Event {event.index} does not lie under the checkpoint.")
            self.events[event.index] = text.document()
        return f"All {len(lines)} events open their leaves, and every leaf lies under the checkpoint."

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
                    f"The session was opened under {name} {self.opened.get(name)}, not {value}."
                )
        at, deadline = (_instant(self.opened, name) for name in ("at", "deadline"))
        if not self.permit.window.contains(at) or deadline > self.permit.window.end:
            raise EvidenceError("The session was opened outside the permit's window.")
        if not self._all("SessionEnded") and not self._all("SessionInterrupted"):
            raise UnfinishedError("No enclosed event tells of the session's end: it may not have ended yet.")
        self.ended = self._one("SessionEnded", "SessionInterrupted")
        if not self._index(self.opened) < self._index(self.ended):
            raise EvidenceError("The session ended before it was opened.")
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
                " ledger's key from the plant by another way and give it with --key."
            )
        data = self.archive.read(case.CHECKPOINT, case.MIB)
        head = open_checkpoint(data, self.key.name, [self.key])
        if head != Checkpoint.of(Note.of(data).body):
            raise EvidenceError("The signed head is another.")
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
            raise EvidenceError("The charter snapshot is not the one that the permit names.")
        return f"The snapshot is the one under which the permit was asked for: {charter.digest.hex()}."

    def _trust(self) -> str:
        trust = self._trust_snapshot()
        for event in self.events.values():
            if event.get("event") in {"NodeStarted", "KeyEnrolled"} and event.get("trust") == trust.digest:
                return (
                    f"The ledger says at {event['at']} that the plant trusted these {len(trust.keys)} keys."
                )
        raise UnfinishedError("No enclosed event says that the plant ever trusted these keys.")

    def _attestations(self) -> str:
        if case.ATTESTATIONS not in self.files:
            if needs_attesting(self._charter_snapshot(), self.permit):
                raise UnfinishedError(
                    "Some of the rights were taken over or delegated, and who attested that is not enclosed."
                )
            return "Nothing on this way was taken over or delegated: nobody had to attest anything."
        lines = self.archive.read(case.ATTESTATIONS, case.MOST_SMALL_BYTES).splitlines()
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
            raise EvidenceError("An event releases this session under another permit.")
        named = {str(one.get("agreed") or "") for one, _ in released} - {""}
        used = {
            case.agreed_name(one, each)
            for one in named
            for each in (case.PERMIT, case.APPROVALS, case.CHARTER)
        }
        if strange := {one for one in self.files if one.startswith(case.AGREED)} - used:
            raise EvidenceError(f"The session went on under no such permit: {', '.join(sorted(strange))}.")
        return check_agreed(self.permit, released, self._agreement, self._trust_snapshot(), self.steps.note)

    def _agreement(self, permit: str) -> Agreement:
        name, charter = case.agreed_name(permit, case.PERMIT), case.agreed_name(permit, case.CHARTER)
        if name not in self.files:
            raise UnfinishedError(f"The permit {permit}, under which the session went on, is not enclosed.")
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
        reader = Reader(self.archive.open(case.RECORDING))
        beats = {event.get("frames") for event in self._all("SessionHeartbeat")}
        self.links[0] = reader.head.hex()
        for stored in reader.frames():
            if reader.frames_read in beats:
                self.links[reader.frames_read] = stored.link.hex()
        if not reader.sealed:
            raise EvidenceError(
                f"The recording is not sealed: it stops at frame {reader.frames_read}, byte {reader.offset}."
            )
        if reader.header.session != self.session:
            raise EvidenceError(f"The recording is of session {reader.header.session}.")
        if reader.header.about.get("digest") != self.permit.digest().hex():
            raise EvidenceError("The recording was opened under another permit.")
        self.recorded = reader
        return _chain_sentence(reader)

    def _recording_in_ledger(self) -> str:
        reader = self._verified_recording()
        if not self.ended:
            raise UnfinishedError(
                "Without the session's closing event, only its heartbeats tie this recording."
            )
        found: dict[str, Json] = {
            "recording_sha256": reader.sha256.hex(),
            "head": reader.head.hex(),
            "frames": reader.frames_read,
        }
        if self.ended["event"] == "SessionEnded":
            found |= {"bytes_to_asset": reader.bytes_to_asset, "bytes_to_vendor": reader.bytes_to_vendor}
        for name, value in found.items():
            if self.ended.get(name) != value:
                raise EvidenceError(f"The ledger's {name} is {self.ended.get(name)}; here it is {value}.")
        if self.ended["event"] == "SessionInterrupted":
            raise UnfinishedError(
                "This is the recording that the ledger names, but it was interrupted: what followed its last"
                " whole frame is not in it."
            )
        return "Hash, head, frames and byte counts are those of the session's closing event."

    def _heartbeats(self) -> str:
        reader = self._verified_recording()
        beats = self._all("SessionHeartbeat")
        before = 0
        for beat in beats:
            frames = beat.get("frames")
            if not isinstance(frames, int) or frames < before:
                raise EvidenceError(f"The heartbeat at {beat.get('at')} counts backwards.")
            before = frames
            if frames > reader.frames_read:
                raise EvidenceError(
                    f"At {beat.get('at')} there were {frames} frames; {reader.frames_read} are here."
                )
            if self.links.get(frames) != beat.get("head"):
                raise EvidenceError(f"The heartbeat at {beat.get('at')} has another head at frame {frames}.")
        return f"{len(beats)} on the way all lie on this chain."

    def _exports(self) -> str:
        self._verified_recording()
        named = {name: digest for name, digest in self.files.items() if name.startswith("exports/")}
        if case.KEY not in self.files:
            if named:
                raise UnfinishedError(
                    "Without the recording's key nobody can tell where the exports come from."
                )
            return "None are enclosed, nor is the recording's key: what was done stays closed."
        enclosed = case.read_object(self.archive.read(case.KEY, case.MIB))
        key = bytes.fromhex(str(enclosed.get("key")))
        if enclosed != {"schema": case.KEY_SCHEMA, "session": self.session, "key": key.hex()}:
            raise EvidenceError("The enclosed key is for another session, or written in another form.")
        if self.recorded is None or commitment(key) != self.recorded.header.key_commitment:
            raise EvidenceError("The enclosed key is not the recording's.")
        made = exports(self.archive.open(case.RECORDING), key)
        if made.keys() != named.keys():
            raise EvidenceError("The exports are not those that this recording gives.")
        for name, lines in made.items():
            digest = hashlib.sha256()
            for line in lines():
                digest.update(line)
            if digest.hexdigest() != named[name]:
                raise EvidenceError(f"{name} is not what this recording shows.")
        return f"Every frame decrypts, and made again from them the {len(named)} exports are the same."

    def _sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        member = self.archive.open(name)
        while piece := member.read(PIECE_BYTES):
            digest.update(piece)
        return digest.hexdigest()

    def _one(self, *names: str) -> Event:
        found = [one for name in names for one in self._all(name)]
        if len(found) != 1:
            raise EvidenceError(
                f"There must be one {' or '.join(names)} of this session; {len(found)} are here."
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
            raise UnfinishedError("The charter is not enclosed: who held which right can't be seen.")
        written = CharterSnapshot.of(case.read_json(self.archive.read(name, case.MOST_SMALL_BYTES)))
        return written if self.statements is None else attested(written, self.statements)

    def _trust_snapshot(self) -> TrustSnapshot:
        if case.TRUST not in self.files:
            raise UnfinishedError("The trust file is not enclosed: whose keys counted can't be seen.")
        return TrustSnapshot.of(self.archive.read(case.TRUST, case.MOST_SMALL_BYTES))

    def _verified_recording(self) -> Reader:
        if self.recorded is None:
            raise UnfinishedError("The recording did not verify, so nothing can be said about this.")
        return self.recorded


def _instant(event: Event, name: str) -> datetime:
    try:
        return instant_of(str(event.get(name)))
    except ValueError as error:
        raise EvidenceError(f"The event's {name} is no instant.") from error
