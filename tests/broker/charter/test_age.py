from datetime import UTC, datetime, timedelta
from pathlib import Path

from broker.charter.age import in_effect_since
from domain.events import CharterLoaded, document
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log, LogReader
from tests.recorder.ledger.logs import SIGNER

START = datetime(2026, 3, 1, tzinfo=UTC)
OLD, NEW = b"\1" * 32, b"\2" * 32


def log_of(folder: Path, *digests: bytes) -> LogReader:
    log = Log.create(folder, SIGNER)
    for hour, digest in enumerate(digests):
        event = CharterLoaded(at=START + timedelta(hours=hour), digest=digest.hex(), by="local:start")
        log.append([submission(f"{hour:032x}", document(event))])
    return LogReader(folder)


def test_a_charter_counts_from_its_first_start_since_another_was_in_effect(tmp_path: Path) -> None:
    """J01: the clock of a void does not begin anew with each restart."""
    log = log_of(tmp_path / "log", NEW, OLD, NEW, NEW)
    assert in_effect_since(log, NEW) == START + timedelta(hours=2)
    assert in_effect_since(log, OLD) is None


def test_a_log_that_is_not_there_yet_says_nothing(tmp_path: Path) -> None:
    assert in_effect_since(LogReader(tmp_path / "nowhere"), NEW) is None
