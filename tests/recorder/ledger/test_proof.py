from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from recorder.ledger.log import LogReader
from recorder.ledger.proof import HEADER, Proof, verify_proof
from tests.for_each import for_each
from tests.recorder.ledger.logs import ORIGIN, SIGNER, STRANGER, new_log

HASH = b64encode(bytes(32)).decode()


VECTORS = Path(__file__).parents[2] / "vectors" / "ledger"
LEAF = VECTORS / "leaf-1.json"


GOLDEN = (VECTORS / "leaf-1.tlog-proof").read_text("utf-8")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> LogReader:
    return LogReader(new_log(tmp_path_factory.mktemp("log") / "ledger", 1, 5, 300))


def test_a_proof_is_the_text_that_the_specification_describes(reader: LogReader) -> None:
    text = reader.prove(299)
    lines = text.split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 299"]
    head, _, checkpoint = text.partition("\n\n")
    assert checkpoint == reader.checkpoint
    assert len(head.split("\n")) == 2 + len(Proof.of(text).path)
    assert Proof.of(text).text() == text


def test_every_leaf_verifies_with_nothing_but_its_proof_and_the_logs_key(reader: LogReader) -> None:
    """F08: offline, by the key alone."""
    for index in range(reader.size):
        head = verify_proof(reader.prove(index), reader.leaf(index), ORIGIN, [SIGNER.key])
        assert head == reader.head


def test_a_proof_does_not_hold_for_another_entry_index_key_or_log(reader: LogReader) -> None:
    text = reader.prove(7)
    with pytest.raises(EvidenceError, match="does not lead"):
        verify_proof(text, reader.leaf(8), ORIGIN, [SIGNER.key])
    with pytest.raises(EvidenceError, match="does not lead"):
        verify_proof(text.replace("index 7", "index 6"), reader.leaf(7), ORIGIN, [SIGNER.key])
    with pytest.raises(EvidenceError, match="No known key"):
        verify_proof(text, reader.leaf(7), ORIGIN, [STRANGER.key])
    with pytest.raises(EvidenceError, match="is for"):
        verify_proof(text, reader.leaf(7), "other.example/1", [SIGNER.key])


def test_extra_data_is_carried_and_proves_nothing(reader: LogReader) -> None:
    proof = Proof.of(reader.prove(3))
    more = Proof(proof.index, proof.path, proof.checkpoint, b"for the reader")
    assert Proof.of(more.text()) == more
    assert more.text().split("\n")[1] == "extra " + b64encode(b"for the reader").decode()
    assert verify_proof(more.text(), reader.leaf(3), ORIGIN, [SIGNER.key]).size == 300


@for_each(
    "text",
    [
        "",
        f"{HEADER}\nindex 0\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\ncheckpoint",
        f"{HEADER}\n\ncheckpoint",
        f"{HEADER}\nindex 00\n\ncheckpoint",
        f"{HEADER}\nindex x\n\ncheckpoint",
        f"{HEADER}\nindex 0\nAAAA\n\ncheckpoint",
        f"{HEADER}\nindex 0\n!\n\ncheckpoint",
        f"{HEADER}\nextra !\nindex 0\n\ncheckpoint",
        f"{HEADER}\n{HASH}\nindex 0\n\ncheckpoint",
    ],
)
def test_what_is_not_a_proof_is_refused(text: str) -> None:
    with pytest.raises(EvidenceError):
        Proof.of(text)


@given(st.data())
def test_a_proof_with_any_character_changed_does_not_verify_as_another(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(GOLDEN) - 1))
    new = data.draw(st.characters(codec="utf-8"))
    changed = GOLDEN[:at] + new + GOLDEN[at + 1 :]
    try:
        head = verify_proof(changed, LEAF.read_bytes(), ORIGIN, [SIGNER.key])
    except EvidenceError:
        return
    assert changed == GOLDEN
    assert head.size == 3
