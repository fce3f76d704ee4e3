from pathlib import Path

import pytest

from domain.errors import EvidenceError
from recorder.format.keys import key_id, wrap
from recorder.key_change import Changed, Together, change_key
from recorder.keyring import Keyring, wraps
from recorder.stores.memory import MemoryStore
from recorder.writer import Recorder
from tests.clock import FrozenClock
from tests.recorder.ledger.logs import session

FIRST = b"1" * 32
ABOUT = {"permit": "p" * 26, "digest": "00" * 32}
SESSIONS = tuple(session(number) for number in range(3))
STEPS = ("draw", "keep the old", "replace", *(f"wrap {one}" for one in SESSIONS), "tell", "retire")


class CutOff(BaseException):
    """The process died here."""


async def plant(folder: Path) -> tuple[Keyring, MemoryStore, dict[str, bytes]]:
    """A node with three sealed recordings, and what is in them."""
    (folder / "recording.key").write_bytes(FIRST)
    keys, store = Keyring(folder / "recording.key"), MemoryStore()
    recorder = Recorder(folder, keys, FrozenClock(), store=store)
    for one in SESSIONS:
        await recorder.open(one, ABOUT).seal("finished")
    recorder.close()
    return keys, store, {one: keys.unwrapped(store.read_key, one) for one in SESSIONS}


def told(_: Changed) -> None:
    """The ledger takes it."""


async def test_a_new_node_key_changes_no_byte_of_a_recording(tmp_path: Path) -> None:
    keys, store, before = await plant(tmp_path)
    recordings = {one: store.source(one).read() for one in SESSIONS}
    heard: list[Changed] = []
    done = change_key(keys, store, heard.append)
    assert {one: store.source(one).read() for one in SESSIONS} == recordings
    assert {one: keys.unwrapped(store.read_key, one) for one in SESSIONS} == before
    assert done == Changed(key_id(FIRST), key_id(keys.path.read_bytes()), 3, ())
    assert heard == [done]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recording.key"]
    assert not any(wraps(store.read_key(one), FIRST) for one in SESSIONS)


@pytest.mark.parametrize("at", STEPS)
async def test_a_change_may_be_cut_off_anywhere_and_begun_again(tmp_path: Path, at: str) -> None:
    """Every recording can be read at every moment, and the old key goes only once all is told."""
    keys, store, before = await plant(tmp_path)

    def until(step: str) -> None:
        assert {one: keys.unwrapped(store.read_key, one) for one in SESSIONS} == before
        if step == at:
            raise CutOff

    with pytest.raises(CutOff):
        change_key(keys, store, told, until)
    assert {one: keys.unwrapped(store.read_key, one) for one in SESSIONS} == before
    heard: list[Changed] = []
    change_key(keys, store, heard.append)
    assert {one: keys.unwrapped(store.read_key, one) for one in SESSIONS} == before
    assert keys.path.read_bytes() != FIRST
    assert not keys.old.exists()
    assert not keys.next.exists()
    assert heard[-1].old == key_id(FIRST)


async def test_the_old_key_stays_while_nobody_can_be_told(tmp_path: Path) -> None:
    keys, store, before = await plant(tmp_path)

    def silent(_: Changed) -> None:
        raise EvidenceError("The signer does not answer.")

    with pytest.raises(EvidenceError):
        change_key(keys, store, silent)
    assert keys.old.read_bytes() == FIRST
    assert {one: keys.unwrapped(store.read_key, one) for one in SESSIONS} == before


async def test_a_next_key_that_was_half_written_is_drawn_again(tmp_path: Path) -> None:
    keys, store, before = await plant(tmp_path)
    keys.next.write_bytes(b"half")
    change_key(keys, store, told)
    assert len(keys.path.read_bytes()) == 32
    assert {one: keys.unwrapped(store.read_key, one) for one in SESSIONS} == before


async def test_an_old_key_that_was_overwritten_and_not_removed_is_removed(tmp_path: Path) -> None:
    keys, store, before = await plant(tmp_path)
    change_key(keys, store, told)
    keys.old.write_bytes(bytes(32))
    heard: list[Changed] = []
    assert change_key(keys, store, heard.append).wrapped_again == 0
    assert heard == []
    assert not keys.old.exists()
    assert {one: keys.unwrapped(store.read_key, one) for one in SESSIONS} == before


async def test_a_recording_whose_key_was_destroyed_stays_so_and_one_of_a_lost_key_is_named(
    tmp_path: Path,
) -> None:
    keys, store, _ = await plant(tmp_path)
    store.replace_key(SESSIONS[1], wrap(b"k" * 32, b"lost" * 8, SESSIONS[1], bytes(12)))
    done = change_key(keys, store, told)
    assert (done.wrapped_again, done.foreign) == (2, (SESSIONS[1],))


async def test_a_key_file_that_can_not_be_replaced_keeps_the_old_key(tmp_path: Path) -> None:
    keys, store, before = await plant(tmp_path)

    def broken(_session: str, _file: bytes) -> None:
        raise EvidenceError("There is no space left.")

    store.replace_key = broken  # type: ignore[method-assign, assignment] # a disk that is full
    with pytest.raises(EvidenceError, match="could not be wrapped again"):
        change_key(keys, store, told)
    assert {one: keys.unwrapped(store.read_key, one) for one in SESSIONS} == before


async def test_what_is_opened_during_a_change_is_wrapped_under_the_new_key(tmp_path: Path) -> None:
    keys, store, _ = await plant(tmp_path)
    late = session(9)
    recorder = Recorder(tmp_path, keys, FrozenClock(), store=store)

    def meanwhile(step: str) -> None:
        if step == f"wrap {SESSIONS[0]}":
            recorder.open(late, ABOUT)

    change_key(keys, store, told, meanwhile)
    recorder.close()
    assert wraps(store.read_key(late), keys.path.read_bytes())


async def test_what_lies_in_two_places_is_wrapped_again_in_both(tmp_path: Path) -> None:
    keys, store, before = await plant(tmp_path)
    other, name = MemoryStore(), session(9)
    recorder = Recorder(tmp_path, keys, FrozenClock(), store=other)
    await recorder.open(name, ABOUT).seal("finished")
    recorder.close()
    kept = keys.unwrapped(other.read_key, name)
    both = Together(other, store)
    assert change_key(keys, both, told).wrapped_again == len(SESSIONS) + 1
    assert keys.unwrapped(other.read_key, name) == kept
    assert {one: keys.unwrapped(both.read_key, one) for one in SESSIONS} == before
    with pytest.raises(EvidenceError):
        both.read_key(session(8))
