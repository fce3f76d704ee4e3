"""Write a case file: everything an outsider needs to judge one session, in one zip.

Nothing in it has to be believed because it is in it: ``recorder.verify`` ties every member to the
ledger's checkpoint, and the checkpoint to a key that came by another way.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from domain.canonical import Json, canonical, instant_text
from domain.errors import EvidenceError
from domain.ids import SessionId
from domain.permit import Permit
from domain.proof import Approval
from recorder import case
from recorder.attested import LEAF, Attested, lines_about, subjects
from recorder.export.members import exports
from recorder.files import MOST_LEAVES, SessionFiles, csv_of
from recorder.format.archive import PIECE_BYTES, ArchiveWriter
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.note import Note
from recorder.ledger.reader import LogReader
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.verify_stamps import CHAIN, CRLS, HEAD, PROOF, TOKEN
from recorder.verify_template import lines_named, subjects_of
from recorder.verify_witnesses import consistency_text

EXPLANATION = Path(__file__).with_name("VERIFY.md")
ENDED = "TemplateEnded"
ANCHORS = frozenset({"NodeStarted", "KeyEnrolled"})


@dataclass(frozen=True, slots=True)
class Agreed:
    """A second permit, under which a session went on in another state; ``charter`` as in ``CaseContents``."""

    permit: Permit
    approvals: tuple[Approval, ...]
    charter: Json | None


@dataclass(frozen=True, slots=True)
class Stamped:
    """A head that an authority stamped: the note, the token over it, and CRLs and chain in PEM. ``leaf`` is the event that tells of it."""

    head: bytes
    token: bytes
    crls: bytes
    chain: bytes
    leaf: int


@dataclass(frozen=True, slots=True)
class CaseContents:
    """What the node knows about one session. ``key`` is the recording's own, unwrapped.

    Without a key nothing is exported, and who reads the case file sees that there was a session, on
    whose word, how long and how much; not what was done in it. ``charter`` is the snapshot under
    which the permit was asked for, None when the node no longer has it.
    """

    session: SessionId
    permit: Permit
    approvals: tuple[Approval, ...]
    trust: bytes
    charter: Json | None
    vkey: str
    key: bytes | None
    created_at: datetime
    agreed: tuple[Agreed, ...] = ()
    attestations: bytes = b""
    """The plant's whole file of them; what is not about this way stays out."""
    templates: bytes = b""
    """The plant's whole file of standing templates; only the one that the permit names is taken."""
    witnessed: bytes = b""
    """The last head that witnesses vouched for, with their lines; empty where the plant has none."""
    stamps: tuple[Stamped, ...] = ()
    """The stamped head that holds the session's end, then those that each take in the one before."""
    transactions: bytes = b""
    """What the session did over protocols that the gate reads, as a table (CSV): for reading, and goes with ``key`` alone."""
    keeping: Mapping[str, bytes] = field(default_factory=dict)
    """The trust files, by digest in hex, in which those stand who signed that the session's contents may go."""


def write_case(
    out: BinaryIO, contents: CaseContents, recording: BinaryIO, log: LogReader
) -> Mapping[str, Json]:
    """Write the case file to ``out``; its manifest. EvidenceError when something does not fit together.

    ``recording`` is the sealed ``.pnr``, open for reading from any place in it.
    """
    members = dict(_members(contents, recording, log))
    sizes = {name: _measure(member) for name, member in members.items()}
    recorded = _measure(lambda: _pieces(recording))
    sizes[case.RECORDING] = recorded
    manifest: dict[str, Json] = {
        "schema": case.SCHEMA,
        "session": contents.session,
        "permit": contents.permit.id,
        "created_at": instant_text(contents.created_at),
        "files": {
            name: {"bytes": one.size, "sha256": one.sha256.hex()} for name, one in sorted(sizes.items())
        },
    }
    archive = ArchiveWriter(out)
    text = canonical(manifest)
    archive.add(case.MANIFEST, [text], len(text), zlib.crc32(text))
    for name, one in sorted(sizes.items()):
        pieces = _pieces(recording) if name == case.RECORDING else members[name]()
        archive.add(name, pieces, one.size, one.crc)
    archive.close()
    return manifest


@dataclass(frozen=True, slots=True)
class Gathered:
    """Which events go into a case file, under one checkpoint. The events themselves are read when they are wanted: there may be very many."""

    checkpoint: str
    indexes: tuple[int, ...]
    """In rising order."""
    log: LogReader

    def events(self) -> Iterator[case.LedgerEvent]:
        """Each with its proof; the same ones whenever it is asked."""
        for one in self.log.proven(self.indexes, self.checkpoint):
            yield case.LedgerEvent(one.index, one.entry, one.text, one.path)

    def lines(self) -> Iterator[bytes]:
        """They as ``ledger/events.jsonl`` has them."""
        return (one.line() for one in self.events())


def gather(
    log: LogReader,
    session: SessionId,
    permits: Iterable[str],
    trust: str,
    statements: Iterable[str] = (),
    template: str = "",
    leaves: Iterable[int] = (),
    keeping: Iterable[str] = (),
) -> Gathered:
    """The checkpoint, and every event about the session, its permits, the trust files and ``statements``, and those at ``leaves``, with proofs.

    Of a permit's other sessions nothing is taken, and nothing that the ledger was told since the checkpoint was read.
    """
    permits, statements = tuple(permits), tuple(statements)
    checkpoint = log.checkpoint
    size = Checkpoint.of(Note.of(checkpoint.encode()).body).size
    ended = log.find(event=ENDED, text=template, limit=MOST_LEAVES) if template else ()
    last = {kept.index for kept in ended if kept.index < size} | {one for one in leaves if one < size}
    trusts = (trust, *keeping)
    wanted = sorted({*_indexes(log, size, session, permits, trusts, statements), *last})
    return Gathered(checkpoint, tuple(wanted), log)


def _indexes(
    log: LogReader,
    size: int,
    session: SessionId,
    permits: Iterable[str],
    trusts: Iterable[str],
    statements: Iterable[str],
) -> Iterator[int]:
    everything = MOST_LEAVES
    for kept in log.find(session=session, limit=everything):
        if kept.index < size:
            yield kept.index
    for permit in permits:
        for kept in log.find(permit=permit, limit=everything):
            if kept.index < size and kept.event.get("session", session) in {session, "", None}:
                yield kept.index
    for digest in statements:
        said = log.find(event=LEAF, text=digest, newest_first=False, limit=1)
        yield from (kept.index for kept in said if kept.index < size)
    for trust in trusts:
        named = (kept for kept in log.find(text=trust, limit=everything) if kept.index < size)
        anchors = [kept for kept in named if kept.event.get("event") in ANCHORS]
        # The latest that names this trust file; which process said so does not matter.
        yield from (kept.index for kept in anchors[:1] if kept.event.get("trust") == trust)


def whole(data: bytes) -> Callable[[], Iterable[bytes]]:
    """A small member, in one piece."""
    return lambda: [data]


def _members(
    contents: CaseContents, recording: BinaryIO, log: LogReader
) -> Iterator[tuple[str, Callable[[], Iterable[bytes]]]]:
    trust = TrustSnapshot.of(contents.trust)
    size = Checkpoint.of(Note.of(log.checkpoint.encode()).body).size
    files = SessionFiles(log, contents.session, size)
    permits = [contents.permit.id, *(one.permit.id for one in contents.agreed)]
    lines = _attestations(contents)
    statements = [Attested.of_line(line).statement.digest().hex() for line in lines]
    gathered = gather(
        log,
        contents.session,
        permits,
        trust.digest,
        statements,
        contents.permit.template,
        [*(one.leaf for one in contents.stamps[:-1]), *files.leaves()],
        contents.keeping,
    )
    # A permit may have been approved once more since; this session was opened on these.
    named = _named(gathered, contents.session, "SessionOpened", contents.permit)
    yield case.PERMIT, whole(contents.permit.canonical())
    yield case.APPROVALS, whole(_approvals(contents.approvals, named))
    for one in contents.agreed:
        named = _named(gathered, contents.session, "SessionReleased", one.permit)
        yield case.agreed_name(one.permit.id, case.PERMIT), whole(one.permit.canonical())
        yield case.agreed_name(one.permit.id, case.APPROVALS), whole(_approvals(one.approvals, named))
        if one.charter is not None and one.permit.charter_digest != contents.permit.charter_digest:
            yield case.agreed_name(one.permit.id, case.CHARTER), whole(canonical(one.charter))
    yield case.TRUST, whole(contents.trust)
    yield from ((case.keeping_name(digest), whole(data)) for digest, data in contents.keeping.items())
    if contents.charter is not None:
        yield case.CHARTER, whole(canonical(contents.charter))
        yield case.ATTESTATIONS, whole(b"".join(line + b"\n" for line in lines))
    if contents.permit.template:
        standing = lines_named(contents.templates, [contents.permit.template])
        yield case.TEMPLATES, whole(b"".join(line + b"\n" for line in standing))
    yield case.EVENTS, gathered.lines
    yield case.CHECKPOINT, whole(gathered.checkpoint.encode())
    if files.count():
        yield case.FILES, lambda: csv_of(files.rows())
    if contents.witnessed:
        yield case.WITNESSED, whole(contents.witnessed)
        yield case.CONSISTENCY, whole(_consistency(log, contents.witnessed, gathered.checkpoint))
    yield from _stamps(contents, gathered)
    yield case.VKEY, whole(contents.vkey.strip().encode() + b"\n")
    yield case.README, whole(EXPLANATION.read_bytes())
    if contents.key is not None:
        yield from _in_clear(contents, contents.key, recording)


def _stamps(
    contents: CaseContents, gathered: Gathered
) -> Iterator[tuple[str, Callable[[], Iterable[bytes]]]]:
    for number, stamped in enumerate(contents.stamps):
        yield f"{case.STAMPS}{number}/{HEAD}", whole(stamped.head)
        yield (
            f"{case.STAMPS}{number}/{PROOF}",
            whole(_consistency(gathered.log, stamped.head, gathered.checkpoint)),
        )
        yield f"{case.STAMPS}{number}/{TOKEN}", whole(stamped.token)
        if stamped.crls:
            yield f"{case.STAMPS}{number}/{CRLS}", whole(stamped.crls)
        yield f"{case.STAMPS}{number}/{CHAIN}", whole(stamped.chain)


def _in_clear(
    contents: CaseContents, key: bytes, recording: BinaryIO
) -> Iterator[tuple[str, Callable[[], Iterable[bytes]]]]:
    """The recording's key, and what is made with it."""
    told: dict[str, Json] = {"schema": case.KEY_SCHEMA, "session": contents.session, "key": key.hex()}
    text = canonical(told)
    yield case.KEY, lambda: [text]
    recording.seek(0)
    yield from exports(recording, key).items()
    if contents.transactions:
        yield case.TRANSACTIONS, lambda: [contents.transactions]


def _consistency(log: LogReader, witnessed: bytes, checkpoint: str) -> bytes:
    old, new = (Checkpoint.of(Note.of(head).body).size for head in (witnessed, checkpoint.encode()))
    if old > new:
        raise EvidenceError(
            f"A head of {old} leaves was vouched for outside, and the ledger has {new}: it was set back.",
            remedy="Keep the ledger's folder for the investigation, and restore the copy that holds that head.",
        )
    return consistency_text(log.prove_consistency(old, new))


def agreed_permits(log: LogReader, session: SessionId) -> tuple[str, ...]:
    """The permits under which the session went on in other states, in the order in which it did."""
    told = log.find(event="SessionReleased", session=session, newest_first=False, limit=MOST_LEAVES)
    return tuple(dict.fromkeys(str(one.event["agreed"]) for one in told if one.event.get("agreed")))


def _named(gathered: Gathered, session: SessionId, name: str, permit: Permit) -> frozenset[str] | None:
    """The approvals of ``permit``, by digest, that the event ``name`` stands on; None when there is no such event."""
    enclosed = frozenset(gathered.indexes)
    for kept in gathered.log.find(event=name, session=session, newest_first=False, limit=MOST_LEAVES):
        about = permit.id in (kept.event.get("permit"), kept.event.get("agreed"))
        if kept.index in enclosed and about:
            named = kept.event.get("approvals")
            return frozenset(map(str, named)) if isinstance(named, list) else frozenset()
    return None


def _attestations(contents: CaseContents) -> tuple[bytes, ...]:
    """The lines about rights and delegations that the permits of this session could stand on."""
    told = [(contents.permit, contents.charter), *((one.permit, one.charter) for one in contents.agreed)]
    wanted = [
        subjects(CharterSnapshot.of(charter), permit) | subjects_of(permit)
        for permit, charter in told
        if charter is not None
    ]
    return tuple(lines_about(contents.attestations, frozenset().union(*wanted)))


def _approvals(approvals: Iterable[Approval], named: frozenset[str] | None) -> bytes:
    documents: list[Json] = [one.document() for one in approvals if named is None or _digest(one) in named]
    return canonical(documents)


def _digest(approval: Approval) -> str:
    return hashlib.sha256(canonical(approval.document())).hexdigest()


@dataclass(frozen=True, slots=True)
class Measure:
    """A member's length and hashes."""

    size: int
    crc: int
    sha256: bytes


def _measure(pieces: Callable[[], Iterable[bytes]]) -> Measure:
    size = crc = 0
    digest = hashlib.sha256()
    for piece in pieces():
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        digest.update(piece)
    return Measure(size, crc, digest.digest())


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece


def case_bytes(contents: CaseContents, recording: BinaryIO, log: LogReader) -> bytes:
    """A whole case file in memory, for sessions that are small."""
    out = BytesIO()
    write_case(out, contents, recording, log)
    return out.getvalue()
