import stat
from hashlib import sha256
from pathlib import Path

import pytest

from broker.assurance.documents import LARGEST_BYTES, Documents
from domain.errors import EvidenceError

DRAWING = b"%PDF-1.7 a drawing"


def test_a_document_lies_under_its_hash_once_and_nobody_writes_over_it(tmp_path: Path) -> None:
    """G10: taken in by hash, written once."""
    kept = Documents(tmp_path / "documents")
    digest = kept.keep(DRAWING)
    assert digest == sha256(DRAWING).hexdigest()
    assert kept.keep(DRAWING) == digest
    assert kept.read(digest) == DRAWING
    (file,) = (tmp_path / "documents").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o400


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "empty document", id="nothing"),
        pytest.param(bytes(LARGEST_BYTES + 1), "is the most", id="too much"),
    ],
)
def test_nothing_and_too_much_are_refused(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(EvidenceError, match=says):
        Documents(tmp_path).keep(data)
    assert not list(tmp_path.iterdir())


def test_what_was_changed_or_is_gone_is_seen_and_taking_it_again_does_not_hide_it(tmp_path: Path) -> None:
    kept = Documents(tmp_path)
    digest, other = kept.keep(DRAWING), kept.keep(b"another")
    assert kept.altered(frozenset({digest, other})) == frozenset()
    (tmp_path / digest).chmod(0o600)
    (tmp_path / digest).write_bytes(DRAWING + b"!")
    (tmp_path / other).unlink()
    assert kept.altered(frozenset({digest, other})) == {digest, other}
    with pytest.raises(EvidenceError, match="not what was taken in"):
        kept.keep(DRAWING)
    with pytest.raises(EvidenceError, match="can't be read"):
        kept.read(other)


@pytest.mark.parametrize("name", ["../secret", "", "A" * 64, "a" * 63])
def test_what_is_no_digest_is_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(EvidenceError, match="no document's digest"):
        Documents(tmp_path / "documents").read(name)


def test_a_folder_that_can_not_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "documents").write_bytes(b"in the way")
    with pytest.raises(EvidenceError, match="can't be kept"):
        Documents(tmp_path / "documents").keep(DRAWING)
