import pytest

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.merkle import EMPTY_ROOT
from recorder.ledger.note import sign
from tests.recorder.ledger.logs import ORIGIN, SIGNER, STRANGER

HEAD = Checkpoint(ORIGIN, 42, EMPTY_ROOT)


def signed(body: str) -> bytes:
    return sign(body, SIGNER.key, SIGNER.sign).text().encode()


def test_a_signed_checkpoint_opens_for_its_own_log_and_key_only() -> None:
    data = signed(HEAD.body())
    assert open_checkpoint(data, ORIGIN, [SIGNER.key]) == HEAD
    with pytest.raises(EvidenceError, match="No known key"):
        open_checkpoint(data, ORIGIN, [STRANGER.key])
    with pytest.raises(EvidenceError, match="is for"):
        open_checkpoint(data, "plant.example/ot-access/2", [SIGNER.key])
    other = Checkpoint("plant.example/ot-access/2", 42, EMPTY_ROOT)
    with pytest.raises(EvidenceError, match="is for"):
        open_checkpoint(signed(other.body()), ORIGIN, [SIGNER.key])
