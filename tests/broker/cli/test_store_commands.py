"""What needs no store; fetching, checking and proving are tried against a real one in ``tests/broker/uploader``."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.root import penstock
from broker.layout import Layout
from domain.events import EvidenceErased, SessionInterrupted, document
from domain.ids import SessionId
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from tests.domain.test_keeping import AT
from tests.recorder.ledger.logs import SIGNER, memory_of, new_log

CONFIG = '[ledger]\norigin = "plant.example/ot-access/1"\n'


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.config.write_text(CONFIG)
    new_log(layout.ledger, 3)
    return layout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("prove",), 2, "No second store is configured"),
        (("fetch", "../../etc/passwd"), 2, "is not a session's id"),
        (("fetch", "a" * 26), 1, "no sealed recording of session"),
        (("check", "a" * 26), 1, "no sealed recording of session"),
    ],
)
def test_what_can_t_be_done_is_said_with_what_to_do(
    layout: Layout, arguments: tuple[str, ...], status: int, said: str
) -> None:
    done = CliRunner().invoke(penstock, ["evidence", "store", *arguments, "--dir", str(layout.folder)])
    assert done.exit_code == status, done.output
    assert said in done.output
    assert "What to do" in done.output


def test_what_two_persons_had_removed_is_not_put_back(layout: Layout) -> None:
    session = "s" * 26
    ended = SessionInterrupted(
        at=AT, session=SessionId(session), frames=1, head="00" * 32,
        recording_sha256="11" * 32, sentence="It was cut off.",
    )  # fmt: skip
    gone = EvidenceErased(
        at=AT, ask="ab" * 32, session=session, deed="remove", recording_sha256="11" * 32, removed_bytes=9,
        elsewhere=(),
    )  # fmt: skip
    log = Log.open(layout.ledger, SIGNER, memory=memory_of(layout.ledger))
    log.append([submission("ended", document(ended)), submission("gone", document(gone))])
    log.close()
    done = CliRunner().invoke(penstock, ["evidence", "store", "fetch", session, "--dir", str(layout.folder)])
    assert (done.exit_code, "Two persons had the recording" in done.output) == (1, True), done.output
