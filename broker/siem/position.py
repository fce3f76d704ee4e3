"""How far one collector has been sent the ledger, on disk: written after it took the lines, never before.

After a crash between the two the same lines come again, byte for byte. A file that is lost makes the collector begin
anew, which the records themselves say.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from broker.siem.context import Context, context_of
from broker.siem.record import NOTHING_BEFORE
from domain.canonical import Json, canonical, number_of, object_of, text_of
from domain.errors import EvidenceError
from recorder.ledger.folder import make_folders
from recorder.ledger.folder import replace as put

SCHEMA = "penstock-siem-position/1"


@dataclass(frozen=True, slots=True)
class Position:
    """Where one collector is. ``context`` is that of the leaf ``following``."""

    following: int = 0
    """The leaf that it is sent next."""
    previous: int = NOTHING_BEFORE
    """The leaf that it was sent last."""
    delivered_at: str = ""
    """When it took that one (RFC 3339)."""
    trouble: str = ""
    """Why the last attempt failed, as a code; empty where it did not."""
    trouble_since: str = ""
    attempts: int = 0
    """How many failed since the last that did not."""
    context: Context = field(default_factory=Context)

    def failed(self, code: str, at: str) -> "Position":
        """The same place after one more failure."""
        return replace(self, trouble=code, trouble_since=self.trouble_since or at, attempts=self.attempts + 1)


def position_file(folder: Path, target: str) -> Path:
    """Where the position of ``target`` is."""
    return folder / f"{target}.json"


def read_position(file: Path) -> Position | None:
    """What is kept; None where nothing is. EvidenceError when it can't be read."""
    try:
        whole = object_of(json.loads(file.read_bytes()))
        return Position(
            number_of(whole["following"]),
            number_of(whole["previous"]),
            text_of(whole["delivered_at"]),
            text_of(whole["trouble"]),
            text_of(whole["trouble_since"]),
            number_of(whole["attempts"]),
            context_of(whole["context"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            f"The position {file.name} can't be read: {type(error).__name__}.",
            remedy=f"Take {file} away: the collector is then sent the ledger anew, and says so.",
        ) from error


def keep_position(file: Path, position: Position) -> None:
    """Put it on disk; it survives loss of power when this returns. EvidenceError when it can't be."""
    document: Json = {
        "schema": SCHEMA,
        "following": position.following,
        "previous": position.previous,
        "delivered_at": position.delivered_at,
        "trouble": position.trouble,
        "trouble_since": position.trouble_since,
        "attempts": position.attempts,
        "context": position.context.document(),
    }
    try:
        make_folders(file.parent)
        put(file, canonical(document), durable=True)
    except OSError as error:
        raise EvidenceError(
            f"The position {file.name} can't be kept: {error.strerror}.",
            remedy="See that the disk is not full and that the folder belongs to the node's account.",
        ) from error
