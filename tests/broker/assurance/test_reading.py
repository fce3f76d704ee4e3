from pathlib import Path

from broker.assurance.documents import Documents
from broker.assurance.reading import Assurance
from domain.events import Event, document
from policies.assurance.gathering import ALTERED
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log, LogReader
from tests.policies.assurance.leaves import a_session, applied
from tests.policies.assurance.test_register_items import drawing
from tests.policies.plant import NOW, charter
from tests.recorder.ledger.logs import SIGNER


def append(log: Log, *events: Event) -> None:
    log.append([submission(f"r{log.size + number}", document(one)) for number, one in enumerate(events)])


def test_evidence_is_read_from_the_ledger_and_read_on_from_there(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "ledger", SIGNER)
    append(log, applied(), *a_session("s"))
    assurance = Assurance(LogReader(tmp_path / "ledger"), Documents(tmp_path / "documents"))
    assert len(assurance.evidence(charter(), NOW).sessions) == 1
    append(log, *a_session("t"))
    found = assurance.evidence(charter(), NOW)
    assert len(found.sessions) == 2
    again = Assurance(LogReader(tmp_path / "ledger"), Documents(tmp_path / "documents"))
    assert again.evidence(charter(), NOW) == found
    assert assurance.collected().read == log.size
    log.close()


def test_a_document_that_was_altered_on_disk_no_longer_verifies(tmp_path: Path) -> None:
    """G10, G02: the leaf says what was taken in; the file must still be that."""
    log = Log.create(tmp_path / "ledger", SIGNER)
    kept = Documents(tmp_path / "documents")
    append(log, drawing(digest=kept.keep(b"a drawing")))
    assurance = Assurance(LogReader(tmp_path / "ledger"), kept)
    (found,) = assurance.evidence(charter(), NOW).items
    assert found.verified
    (tmp_path / "documents" / found.digest).unlink()
    (found,) = assurance.evidence(charter(), NOW).items
    assert (found.verified, found.note) == (False, ALTERED)
    log.close()


def test_a_log_that_was_set_back_is_read_anew(tmp_path: Path) -> None:
    long, short = (Log.create(tmp_path / name, SIGNER) for name in ("long", "short"))
    append(long, applied(), *a_session())
    append(short, applied())
    assurance = Assurance(LogReader(tmp_path / "long"), Documents(tmp_path))
    assert len(assurance.evidence(charter(), NOW).sessions) == 1
    assurance.log = LogReader(tmp_path / "short")
    assert not assurance.evidence(charter(), NOW).sessions
    long.close()
    short.close()
