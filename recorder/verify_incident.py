"""Judge an incident pack: its own timeline, and every case file in it. Pure."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from domain.canonical import Json, canonical
from domain.errors import EvidenceError, PenstockError
from recorder import case, incident
from recorder.format.archive import PIECE_BYTES, Archive
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.leaf import Text, opens
from recorder.ledger.merkle import leaf_hash, verify_inclusion
from recorder.ledger.note import VerifierKey
from recorder.ledger.policy import Policy
from recorder.report import MALFORMED, Report, Steps, UnfinishedError, Verdict
from recorder.verify import verify_case
from recorder.verify_stamps import Stamping


def is_incident(source: BinaryIO) -> bool:
    """Whether this zip is a pack, by its manifest; the source is at its beginning again afterwards."""
    try:
        manifest = case.read_object(Archive(source).read(incident.MANIFEST, case.MIB))
        return manifest.get("schema") == incident.SCHEMA
    except PenstockError:
        return False
    finally:
        source.seek(0)


def verify_incident(
    source: BinaryIO, key: VerifierKey | None, policy: Policy | None = None, stamping: Stamping | None = None
) -> Report:
    """One report over all. A case file that fails fails the pack; ``key`` is the ledger's, from elsewhere."""
    steps, pack = Steps("incident pack"), _Pack(source, key)
    for title, check in (
        ("container", pack.container),
        ("manifest", pack.manifest),
        ("checkpoint", pack.head),
        ("events", pack.timeline),
        ("ledger key", pack.ledger_key),
        ("page", pack.page),
    ):
        if not _step(steps, title, check) and title in {"container", "manifest", "checkpoint", "events"}:
            return steps.report()
    steps.subject = f"incident pack of {len(pack.sessions)} sessions: {pack.about}"
    for session in pack.sessions:
        report = verify_case(pack.case(session), key, policy, stamping)
        first = report.first
        sentence = (
            f"All {len(report.steps)} steps hold." if first is None else f"{first.title}: {first.sentence}"
        )
        if report.subject != f"case file of session {session}":
            steps.add(f"session {session}", Verdict.FAIL, f"It is the {report.subject}.", "session_other")
        else:
            steps.add(f"session {session}", report.verdict, sentence, "" if first is None else first.code)
    return steps.report()


def _step(steps: Steps, title: str, check: Callable[[], str]) -> bool:
    try:
        sentence = check()
    except UnfinishedError as missing:
        steps.add(title, Verdict.INCOMPLETE, str(missing), missing.code)
    except Exception as fault:  # noqa: BLE001 -- a hostile file that breaks a check has not passed it
        sentence = str(fault) if isinstance(fault, PenstockError) else f"This can't be read: {fault!r}."
        steps.add(title, Verdict.FAIL, sentence, getattr(fault, "code", "") or MALFORMED)
        return False
    else:
        steps.add(title, Verdict.PASS, sentence)
    return True


@dataclass(slots=True)
class _Pack:
    source: BinaryIO
    key: VerifierKey | None
    archive: Archive = field(init=False)
    checkpoint: Checkpoint = field(init=False)
    about: str = ""
    sessions: tuple[str, ...] = ()
    events: dict[int, Mapping[str, Json]] = field(default_factory=dict)

    def container(self) -> str:
        self.archive = Archive(self.source)
        return f"{len(self.archive.members)} members; all {self.archive.size} bytes are accounted for."

    def manifest(self) -> str:
        manifest = case.read_object(self.archive.read(incident.MANIFEST, case.MIB))
        files, sessions = manifest.get("files"), manifest.get("sessions")
        if (
            manifest.keys() != incident.MANIFEST_KEYS
            or manifest["schema"] != incident.SCHEMA
            or not isinstance(files, Mapping)
            or not isinstance(sessions, list)
            or sorted({str(one) for one in sessions}) != sessions
        ):
            raise EvidenceError(
                f"The manifest is not of the schema {incident.SCHEMA}.", code="manifest_schema"
            )
        self.about, self.sessions = str(manifest["about"]), tuple(map(str, sessions))
        wanted = incident.ALWAYS | {incident.case_name(one) for one in self.sessions}
        if files.keys() != wanted or self.archive.members.keys() != wanted | {incident.MANIFEST}:
            raise EvidenceError("The members are not those that the manifest lists.", code="manifest_members")
        for name, said in files.items():
            found: dict[str, Json] = {"bytes": self.archive.member(name).size, "sha256": self._sha256(name)}
            if canonical(said) != canonical(found):
                raise EvidenceError(f"{name} is not the file that the manifest lists.", code="manifest_hash")
        return f"All {len(files)} files are those that the manifest lists."

    def head(self) -> str:
        own = VerifierKey.of(self.archive.read(incident.VKEY, case.MIB).decode("utf-8", "replace"))
        data = self.archive.read(incident.CHECKPOINT, case.MIB)
        self.checkpoint = open_checkpoint(data, own.name, [own])
        return (
            f"{self.checkpoint.origin} had {self.checkpoint.size} leaves, signed by the key that is enclosed."
        )

    def timeline(self) -> str:
        last = -1
        for line in case.lines_of(self.archive.read(incident.EVENTS, case.MOST_EVENTS_BYTES)):
            event = case.LedgerEvent.of(line + b"\n")
            text = Text.of(event.text)
            if event.index <= last:
                raise EvidenceError(f"Event {event.index} stands behind event {last}.", code="events_order")
            last = event.index
            if text.index != event.index or not opens(event.leaf, text):
                raise EvidenceError(
                    f"Event {event.index} is not the one that its leaf commits to.", code="events_commitment"
                )
            head, leaf = self.checkpoint, leaf_hash(event.leaf)
            if not verify_inclusion(event.index, head.size, leaf, event.path, head.root):
                raise EvidenceError(
                    f"Event {event.index} does not lie under the checkpoint.", code="events_path"
                )
            self.events[event.index] = text.document()
        return f"All {len(self.events)} events open their leaves, and every leaf lies under the checkpoint."

    def ledger_key(self) -> str:
        if self.key is None:
            raise UnfinishedError(
                "Nobody has said whose key this is: get the ledger's key from the plant by another way, and give"
                " it with --key.",
                code="key_not_given",
            )
        open_checkpoint(self.archive.read(incident.CHECKPOINT, case.MIB), self.key.name, [self.key])
        return f"The key that was given, {self.key.text()}, signed this checkpoint."

    def page(self) -> str:
        made = incident.index_page(self.about, self.sessions, self.events)
        if self._sha256(incident.INDEX) != hashlib.sha256(made).hexdigest():
            raise EvidenceError("The page says something else than the events.", code="page_other")
        return "Made again from the events, the page is the same."

    def case(self, session: str) -> BinaryIO:
        member = self.archive.member(incident.case_name(session))
        return io.BufferedReader(_Part(self.source, member.offset, member.size))

    def _sha256(self, name: str) -> str:
        digest, part = hashlib.sha256(), self.archive.open(name)
        while piece := part.read(PIECE_BYTES):
            digest.update(piece)
        return digest.hexdigest()


class _Part(io.RawIOBase):
    """A member as a file of its own, for reading from any place in it."""

    def __init__(self, source: BinaryIO, offset: int, size: int) -> None:
        self._source, self._offset, self._size, self._at = source, offset, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # what io hands over
        self._source.seek(self._offset + self._at)
        data = self._source.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
