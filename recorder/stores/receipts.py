"""What is known of the copies in a second store, in a folder of the node: one small file each.

``<session>.json`` is a receipt: the copy was read back and is the same. ``<session>.copying`` is how far one
has come, replaced after each step. Both survive loss of power. There is no list beside them that could
say otherwise, so whoever asks what waits looks at the folder, and needs nobody's word.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from domain.canonical import Json, canonical, instant_of, instant_text
from domain.errors import EvidenceError
from domain.ids import SessionId, is_token
from recorder.ledger.folder import make_folders, replace
from recorder.uploading import Copying, Receipt, document, read

RECEIPT, COPYING = ".json", ".copying"
FORMAT = "penstock-stored/1"


def recording_name(session: SessionId) -> str:
    """Under what name a recording lies in a second store."""
    return f"recordings/{session}.pnr"


def manifest_name(session: SessionId) -> str:
    """Under what name the store itself says which version is ours, for whoever has nothing but the store."""
    return f"manifests/{session}.json"


class Receipts:
    """The folder. Reading needs no lock: a file is there whole or not at all. One process writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sessions(self) -> frozenset[SessionId]:
        """Of which recordings there is a receipt; none when there is no folder."""
        return frozenset(SessionId(one.stem) for one in self.folder.glob(f"*{RECEIPT}") if is_token(one.stem))

    def receipt(self, session: SessionId) -> Receipt | None:
        """The receipt of a recording; None when there is none that can be read: then it counts as not copied."""
        return _receipt(_json(self._path(session, RECEIPT)))

    def keep(self, session: SessionId, receipt: Receipt) -> None:
        """Say that the copy is done; durable when this returns."""
        self._write(self._path(session, RECEIPT), receipt_document(receipt))
        self._path(session, COPYING).unlink(missing_ok=True)

    def copying(self, session: SessionId) -> Copying | None:
        """How far the copy of a recording has come; None when it is not begun, or what is known can't be read."""
        return read(_json(self._path(session, COPYING)))

    def note(self, session: SessionId, one: Copying) -> None:
        """Remember how far it has come; durable when this returns."""
        self._write(self._path(session, COPYING), document(one))

    def forget(self, still_here: Callable[[SessionId], bool]) -> None:
        """Take away what is known of copies whose recording is not here any more, but no receipt: that stands."""
        for path in self.folder.glob(f"*{COPYING}"):
            if not is_token(path.stem) or not still_here(SessionId(path.stem)):
                path.unlink(missing_ok=True)

    def uploads(self) -> frozenset[str]:
        """The ids of all uploads in parts that are known to be under way."""
        known = (read(_json(path)) for path in self.folder.glob(f"*{COPYING}"))
        return frozenset(one.upload for one in known if one is not None and one.upload)

    def _write(self, path: Path, what: Mapping[str, Json]) -> None:
        make_folders(self.folder)
        replace(path, canonical(dict(what)) + b"\n", durable=True)

    def _path(self, session: SessionId, ending: str) -> Path:
        if not is_token(session):
            raise EvidenceError(f"{session!r} is not a session id.")
        return self.folder / f"{session}{ending}"


def safely_elsewhere(folder: Path, session: SessionId, now: datetime) -> Receipt | None:
    """The receipt of a recording that lies, verified, in a second store that still keeps it; else None.

    Only then may a policy remove the copy on the node. Asks no network: it is what the uploader saw when
    it read the copy back; ``penstock evidence store check`` reads it again.
    """
    found = Receipts(folder).receipt(session)
    return found if found is not None and found.safe(now) else None


def receipt_document(receipt: Receipt) -> dict[str, Json]:
    """As it lies beside the recordings, and, as the manifest, in the store itself. No key, no person."""
    until = receipt.locked_until
    return {
        "format": FORMAT,
        "name": receipt.name,
        "store": receipt.store,
        "version": receipt.version,
        "size": receipt.size,
        "sha256": receipt.sha256,
        "verified_at": instant_text(receipt.verified_at),
        "locked_until": None if until is None else instant_text(until),
    }


def _receipt(kept: Json) -> Receipt | None:
    match kept:
        case {
            "format": "penstock-stored/1",
            "name": str(name),
            "store": str(store),
            "version": str(version),
            "size": int(size),
            "sha256": str(sha256),
            "verified_at": str(at),
            "locked_until": None | str() as until,
        }:
            try:
                return Receipt(
                    name,
                    store,
                    version,
                    size,
                    sha256,
                    instant_of(at),
                    None if until is None else instant_of(until),
                )
            except ValueError:
                return None
        case _:
            return None


def _json(path: Path) -> Json:
    try:
        found: Json = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found
