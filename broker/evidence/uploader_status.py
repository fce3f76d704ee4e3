"""What the uploader says of itself, in one small file that is replaced at each step. For showing, never for deciding."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from domain.canonical import canonical, instant_of, instant_text
from recorder.ledger import folder
from recorder.uploading import Status

FILE = "status.json"


def write_status(stored: Path, status: Status) -> None:
    """Replace the file. Not durable: after a crash there is another process to ask."""
    kept = {
        name: instant_text(value)
        if isinstance(value, datetime)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in asdict(status).items()
    }
    folder.make_folders(stored)
    folder.replace(stored / FILE, canonical(kept) + b"\n", durable=False)


def read_status(stored: Path) -> Status | None:
    """The last that was written; None when there is none that can be read."""
    try:
        kept = json.loads((stored / FILE).read_bytes())
        for name in ("at", "failing_since", "verified_at"):
            kept[name] = None if kept[name] is None else instant_of(kept[name])
        return Status(**{**kept, "altered": tuple(kept["altered"])})
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
