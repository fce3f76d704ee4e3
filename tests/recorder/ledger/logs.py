"""Logs to test on: a fixed key, events by number, and folders that can be spoiled one at a time."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.events import RequestRefused, SessionHeartbeat, document
from domain.ids import SessionId
from recorder.ledger.leaf import Submission, submission
from recorder.ledger.log import Log
from recorder.signing import Ed25519Signer

ORIGIN = "plant.example/ot-access/1"
SIGNER = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"a key for tests, and only there."))
STRANGER = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"another key, under the same name"))
BEGAN = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


def session(number: int) -> SessionId:
    return SessionId(f"{number:026}")


def heartbeat(number: int) -> SessionHeartbeat:
    return SessionHeartbeat(
        at=BEGAN + timedelta(seconds=number),
        session=session(number % 7),
        frames=number,
        head=f"{number:064x}",
    )


def refusal(sentence: str, code: str = "no_permit") -> RequestRefused:
    return RequestRefused(
        at=BEGAN, person="ana", asset="eng-ws-1", door="ssh", source="192.0.2.7", code=code, sentence=sentence
    )


def submitted(number: int) -> Submission:
    return submission(f"request-{number}", document(heartbeat(number)))


def batch(start: int, stop: int) -> list[Submission]:
    return [submitted(number) for number in range(start, stop)]


def memory_of(folder: Path) -> Path:
    return folder.parent / "ledger.signed"


def new_log(folder: Path, *sizes: int) -> Path:
    """A closed log that grew to each of ``sizes`` in one append."""
    log = Log.create(folder, SIGNER, memory=memory_of(folder))
    for size in sizes:
        log.append(batch(log.size, size))
    log.close()
    return folder


def reopened(folder: Path, signer: Ed25519Signer = SIGNER) -> Log:
    return Log.open(folder, signer, memory=memory_of(folder))


def copied(folder: Path, to: Path) -> Path:
    """Log and memory, copied together into ``to``; returns the log's new folder."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    shutil.copytree(folder, to / folder.name)
    shutil.copy(memory_of(folder), to)
    return to / folder.name
