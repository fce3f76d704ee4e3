"""Write an incident pack: case files that are made already, and the timeline of what happened around them."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from domain.canonical import Json, canonical, instant_text
from domain.errors import EvidenceError
from recorder import case, incident
from recorder.format.archive import PIECE_BYTES, ArchiveWriter
from recorder.ledger.leaf import Text
from recorder.ledger.reader import LogReader

EXPLANATION = Path(__file__).with_name("INCIDENT.md")


def write_incident(
    out: BinaryIO,
    about: str,
    cases: Mapping[str, Path],
    leaves: Iterable[int],
    log: LogReader,
    vkey: str,
    created_at: datetime,
) -> None:
    """Write to ``out`` the ``cases`` (session, file) and the events at ``leaves``, under one head. EvidenceError when something
    does not fit together.
    """
    if not 0 < len(cases) <= incident.MOST_SESSIONS:
        raise EvidenceError(
            f"A pack is of 1 to {incident.MOST_SESSIONS} sessions, and this would be of {len(cases)}.",
            remedy="Name a narrower time, or another vendor.",
        )
    checkpoint = log.checkpoint
    events = [
        case.LedgerEvent(one.index, one.entry, one.text, one.path) for one in log.proven(leaves, checkpoint)
    ]
    told = {one.index: Text.of(one.text).document() for one in events}
    sessions = sorted(cases)
    members: dict[str, bytes | Path] = {
        incident.EVENTS: b"".join(one.line() for one in events),
        incident.CHECKPOINT: checkpoint.encode(),
        incident.VKEY: vkey.strip().encode() + b"\n",
        incident.INDEX: incident.index_page(about, sessions, told),
        incident.README: EXPLANATION.read_bytes(),
        **{incident.case_name(one): cases[one] for one in sessions},
    }
    sizes = {name: _measured(member) for name, member in members.items()}
    listed: list[Json] = list(sessions)
    manifest: dict[str, Json] = {
        "schema": incident.SCHEMA,
        "about": about,
        "sessions": listed,
        "created_at": instant_text(created_at),
        "files": {name: {"bytes": size, "sha256": sha256} for name, (size, _, sha256) in sizes.items()},
    }
    archive, text = ArchiveWriter(out), canonical(manifest)
    archive.add(incident.MANIFEST, [text], len(text), zlib.crc32(text))
    for name in sorted(members):
        size, crc, _ = sizes[name]
        archive.add(name, _pieces(members[name]), size, crc)
    archive.close()


def _pieces(member: bytes | Path) -> Iterable[bytes]:
    if isinstance(member, bytes):
        yield member
        return
    with member.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _measured(member: bytes | Path) -> tuple[int, int, str]:
    size = crc = 0
    digest: Callable[[bytes], None]
    hashed = hashlib.sha256()
    digest = hashed.update
    for piece in _pieces(member):
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        digest(piece)
    return size, crc, hashed.hexdigest()
