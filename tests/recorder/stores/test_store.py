"""What every store promises; each implementation is held to it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.stores.local import LocalStore
from recorder.stores.memory import MemoryStore
from recorder.stores.store import EvidenceStore

ONE, TWO = SessionId("a" * 26), SessionId("b" * 26)


def local(folder: Path) -> LocalStore:
    return LocalStore(folder, reserve_bytes=4096, least_free_bytes=1024, least_free_share=0.0)


def memory(_folder: Path) -> MemoryStore:
    return MemoryStore()


@pytest.fixture(params=[local, memory], ids=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceStore:
    make: Callable[[Path], EvidenceStore] = request.param
    return make(tmp_path)


def content(store: EvidenceStore, session: SessionId) -> bytes:
    with store.source(session) as source:
        return source.read()


def test_what_is_appended_is_there_at_once_and_in_order(store: EvidenceStore) -> None:
    volume = store.create(ONE, b"key")
    volume.append((b"a", b"b"))
    volume.append((b"", b"c"))
    assert content(store, ONE) == b"abc"
    assert volume.size == 3
    volume.sync()
    volume.seal()
    assert content(store, ONE) == b"abc"


def test_a_sealed_recording_takes_nothing_more(store: EvidenceStore) -> None:
    volume = store.create(ONE, b"key")
    volume.append((b"a",))
    volume.seal()
    for deed in (lambda: volume.append((b"b",)), volume.sync, volume.seal, lambda: volume.cut(0)):
        with pytest.raises(EvidenceError):
            deed()
    with pytest.raises(EvidenceError):
        store.reopen(ONE)
    assert content(store, ONE) == b"a"


def test_open_and_sealed_ones_are_listed_apart(store: EvidenceStore) -> None:
    first, second = store.create(ONE, b"key"), store.create(TWO, b"key")
    first.append((b"a",))
    first.seal()
    assert store.sealed() == (ONE,)
    assert store.open_ones() == (TWO,)
    second.close()
    assert store.open_ones() == (TWO,)


def test_one_session_gets_one_recording_ever(store: EvidenceStore) -> None:
    volume = store.create(ONE, b"key")
    with pytest.raises(EvidenceError):
        store.create(ONE, b"key")
    volume.seal()
    with pytest.raises(EvidenceError):
        store.create(ONE, b"key")


@pytest.mark.parametrize("name", ["", "../" + "a" * 23, "A" * 26, "a" * 27, "a" * 26 + "\n", "é" * 26])
def test_only_a_session_id_names_a_recording(store: EvidenceStore, name: str) -> None:
    with pytest.raises(EvidenceError):
        store.create(SessionId(name), b"key")
    with pytest.raises(EvidenceError):
        store.source(SessionId(name))


def test_what_a_dead_writer_left_is_reopened_and_cut(store: EvidenceStore) -> None:
    volume = store.create(ONE, b"key")
    volume.append((b"whole", b"half"))
    with pytest.raises(EvidenceError):
        store.reopen(ONE)
    volume.close()
    again = store.reopen(ONE)
    again.cut(5)
    again.append((b"!",))
    again.seal()
    assert content(store, ONE) == b"whole!"


def test_the_key_file_is_replaced_and_never_made_out_of_nothing(store: EvidenceStore) -> None:
    store.create(ONE, b"old").close()
    assert store.read_key(ONE) == b"old"
    store.replace_key(ONE, b"new")
    assert store.read_key(ONE) == b"new"
    with pytest.raises(EvidenceError):
        store.replace_key(TWO, b"new")


def test_what_is_not_there_is_an_evidence_error(store: EvidenceStore) -> None:
    for deed in (store.source, store.read_key, store.reopen):
        with pytest.raises(EvidenceError):
            deed(ONE)


def test_what_is_set_aside_is_no_longer_listed(store: EvidenceStore) -> None:
    volume = store.create(ONE, b"key")
    volume.append((b"x",))
    volume.close()
    store.set_aside(ONE)
    assert store.open_ones() == ()


def test_a_sound_store_has_no_fault(store: EvidenceStore) -> None:
    assert store.fault() is None


def test_a_key_is_destroyed_and_the_recording_stays_as_it_was(store: EvidenceStore) -> None:
    volume = store.create(ONE, b"key")
    volume.append((b"abc",))
    volume.seal()
    with pytest.raises(EvidenceError):
        store.remove(ONE)
    store.destroy_key(ONE)
    store.destroy_key(ONE)
    with pytest.raises(EvidenceError):
        store.read_key(ONE)
    with pytest.raises(EvidenceError):
        store.replace_key(ONE, b"another")
    assert content(store, ONE) == b"abc"
    assert store.sealed() == (ONE,)
    assert store.remove(ONE) == 3
    assert store.remove(ONE) == 0
    assert store.sealed() == ()


def test_what_is_being_written_is_never_removed(store: EvidenceStore) -> None:
    volume = store.create(ONE, b"key")
    store.destroy_key(ONE)
    with pytest.raises(EvidenceError):
        store.remove(ONE)
    volume.seal()
    assert store.remove(ONE) == 0
