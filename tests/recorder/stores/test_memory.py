import pytest

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.stores.memory import MemoryStore

ONE = SessionId("a" * 26)


def test_a_full_memory_keeps_what_fitted_and_says_so() -> None:
    store = MemoryStore(limit_bytes=4)
    volume = store.create(ONE, b"key")
    volume.append((b"abc",))
    with pytest.raises(EvidenceError, match="no space"):
        volume.append((b"def",))
    assert volume.size == 3
    assert volume.content() == b"abcd"
    volume.cut(3)
    assert (volume.content(), bytes(volume.aside)) == (b"abc", b"d")
    store.free_reserve()
    volume.append((b"def",))
    assert volume.content() == b"abcdef"
