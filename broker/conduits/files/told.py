"""What is told of a file that crossed: a mark in the recording, and a leaf of the ledger."""

from broker.conduits.files.outputs import Moved
from broker.quarantine.seams import Came, Outcome, Quarantine
from recorder.format.payloads import mark


def outcome_of(moved: Moved) -> Outcome:
    """How its transfer ended."""
    return Outcome.WHOLE if moved.whole else Outcome.FAILED if moved.failed else Outcome.CUT


def mark_of(moved: Moved) -> bytes:
    """For the recording."""
    return mark(
        "file",
        path=shown(moved.name),
        way=moved.flow,
        begin=moved.begin,
        bytes=moved.octets,
        sha256=moved.sha256,
        outcome=outcome_of(moved),
        file=moved.released,
    )


async def tell(quarantine: Quarantine, came: Came, moved: Moved) -> None:
    """For the ledger; EvidenceError when it can't be told."""
    await quarantine.moved(
        came,
        size=moved.octets,
        sha256=moved.sha256,
        outcome=outcome_of(moved),
        released=moved.released,
    )


def shown(name: bytes) -> str:
    """A name in the evidence: what is no UTF-8 is told by its bytes."""
    return name.decode("utf-8", "backslashreplace")
