"""What the gate says of its clock while it does not rely on it, in one small file. For showing, never for deciding."""

import json
from pathlib import Path

from broker.evidence.clock import Stepped
from domain.canonical import Json, canonical, instant_of, instant_text
from recorder.ledger import folder


def write_stepped(file: Path, stepped: Stepped | None) -> None:
    """Replace the file; remove it where the clock is relied on. Not durable: a gate that starts begins anew."""
    if stepped is None:
        file.unlink(missing_ok=True)
        return
    kept: dict[str, Json] = {"at": instant_text(stepped.at), "seconds": stepped.seconds}
    folder.replace(file, canonical(kept) + b"\n", durable=False)


def read_stepped(file: Path) -> Stepped | None:
    """What it says; None where the clock is relied on, or nothing can be read."""
    try:
        kept = json.loads(file.read_bytes())
        return Stepped(instant_of(str(kept["at"])), int(kept["seconds"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
