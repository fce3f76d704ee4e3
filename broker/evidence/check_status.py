"""The last check of the evidence, and how far the one under way has come: two small files, replaced whole.

What is found is evidence only in the ledger; these are for showing, and so that a check that was killed goes on.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from broker.evidence.checked import Checked, Found
from domain.canonical import Json, canonical, instant_of, instant_text
from recorder.ledger import folder

LAST, UNDER_WAY = "last.json", "under-way.json"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A check that has not come to its end: the recordings up to ``upto`` are done, and this was found of them."""

    begun: datetime
    upto: str = ""
    recordings: int = 0
    found: tuple[Found, ...] = ()


def write_last(place: Path, checked: Checked) -> None:
    """Replace the last; durable when this returns. None is under way any more."""
    folder.make_folders(place)
    folder.replace(place / LAST, canonical(checked.document()) + b"\n", durable=True)
    (place / UNDER_WAY).unlink(missing_ok=True)


def read_last(place: Path) -> Checked | None:
    """The last check; None where there was none, or nothing can be read."""
    try:
        return Checked.of(json.loads((place / LAST).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def write_under_way(place: Path, one: UnderWay) -> None:
    """Say how far it has come. Not durable: a little is done twice."""
    folder.make_folders(place)
    kept: dict[str, Json] = {
        "begun": instant_text(one.begun),
        "upto": one.upto,
        "recordings": one.recordings,
        "found": [each.document() for each in one.found],
    }
    folder.replace(place / UNDER_WAY, canonical(kept) + b"\n", durable=False)


def read_under_way(place: Path) -> UnderWay | None:
    """How far a check has come that did not end; None where there is none, or nothing can be read."""
    try:
        kept = json.loads((place / UNDER_WAY).read_bytes())
        found = tuple(Found.of(one) for one in kept["found"])
        return UnderWay(instant_of(str(kept["begun"])), str(kept["upto"]), int(kept["recordings"]), found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
