"""Against a store in a few lines that may fail, forget or lie at every step, and a world that may end at each."""

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical
from recorder import uploading
from recorder.stores.second import Held, Trouble
from recorder.uploading import (
    LEAST_PART_BYTES,
    LONGEST_PAUSE_S,
    MOST_PARTS,
    Begin,
    Complete,
    Copying,
    Lock,
    Look,
    Put,
    ReadBack,
    Send,
    copying,
    next_step,
)

PART = LEAST_PART_BYTES
SIZES = (0, 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 7)


@dataclass
class Elsewhere:
    """What a store has of one name. Bytes are stood for by what part of them was sent."""

    versions: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    uploads: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    flipped: set[str] = field(default_factory=set)

    def keep(self, spans: tuple[tuple[int, int], ...]) -> str:
        version = f"v{len(self.versions)}"
        self.versions[version] = spans
        return version

    def do(self, one: Copying) -> tuple[Copying, bool]:
        """One step done; whether the copy is."""
        match next_step(one, lock=True):
            case Look():
                newest = list(self.versions)[-1:]
                held = Held(newest[0], one.size, one.sha256, None) if newest else None
                return uploading.found(one, held), False
            case Put():
                return uploading.kept(one, self.keep(((0, one.size),))), False
            case Begin():
                self.uploads[f"u{len(self.uploads)}"] = {}
                return uploading.begun(one, list(self.uploads)[-1]), False
            case Send(number, start, stop):
                self.uploads[one.upload][number] = (start, stop)
                return uploading.sent(one, f"tag {number}"), False
            case Complete():
                if one.upload not in self.uploads:
                    return uploading.failed(one, Trouble.GONE), False
                parts = self.uploads.pop(one.upload)
                return uploading.kept(one, self.keep(tuple(parts[key] for key in sorted(parts)))), False
            case Lock():
                self.locked.add(one.version)
                return uploading.locked(one), False
            case ReadBack():
                if one.version in self.flipped:
                    return uploading.failed(one, Trouble.DIFFERS), False
                return one, uploading.done(one, one.sha256)
        raise AssertionError

    def whole(self, version: str, size: int) -> bool:
        at = 0
        for start, stop in self.versions[version]:
            if start != at:
                return False
            at = stop
        return at == size


@pytest.mark.parametrize("size", SIZES)
def test_a_copy_that_nothing_disturbs_is_sent_once_locked_and_read_back(size: int) -> None:
    store, one, steps = Elsewhere(), copying("a", size, "ff", PART), []
    finished = False
    while not finished:
        steps.append(next_step(one, lock=True))
        one, finished = store.do(one)
    assert steps[0] == Look()
    assert steps[-2:] == [Lock(), ReadBack()]
    assert list(store.versions) == [one.version]
    assert store.whole(one.version, size)
    assert store.locked == {one.version}


@given(
    st.sampled_from(SIZES),
    st.lists(st.sampled_from(["die before", "die after", "gone", "flip", "fail"]), max_size=30),
)
def test_whatever_fails_and_whenever_the_world_ends_the_copy_is_whole_in_the_end(
    size: int, faults: list[str]
) -> None:
    store, one, finished = Elsewhere(), copying("a", size, "ff", PART), False
    todo = iter(faults)
    for _ in range(400):
        fault = next(todo, "")
        durable = one
        if fault == "flip" and one.version:
            store.flipped.add(one.version)
        if fault == "gone":
            store.uploads.pop(one.upload, None)
            if isinstance(next_step(one, lock=True), Send | Complete):
                one = uploading.failed(one, Trouble.GONE)
                continue
        if fault == "fail":
            one = uploading.failed(one, Trouble.AWAY)
            continue
        if fault != "die before":
            one, finished = store.do(one)
        if fault in {"die after", "die before"}:  # what was not written down before is forgotten
            kept = uploading.read(json.loads(canonical(uploading.document(durable))))
            assert kept == durable
            one, finished = durable, False
        if finished:
            break
    assert finished
    assert store.whole(one.version, size)
    assert one.version in store.locked
    assert one.version not in store.flipped


def test_what_lies_there_already_is_taken_for_ours_only_by_size_and_hash() -> None:
    one = copying("a", 9, "ff", PART)
    for held in (None, Held("v", 9, "00", None), Held("v", 8, "ff", None), Held("", 9, "ff", None)):
        assert uploading.found(one, held).version == ""
    assert uploading.found(one, Held("v", 9, "ff", None)).version == "v"


def test_a_version_that_gave_back_other_bytes_is_never_taken_for_ours_again() -> None:
    one = uploading.found(copying("a", 9, "ff", PART), Held("bad", 9, "ff", None))
    one = uploading.failed(uploading.locked(one), Trouble.DIFFERS)
    assert (one.version, one.locked, one.rejected) == ("", False, ("bad",))
    assert next_step(one, lock=True) == Put()
    assert uploading.found(one, Held("bad", 9, "ff", None)).version == ""


def test_other_bytes_are_never_done() -> None:
    one = uploading.kept(copying("a", 9, "ff", PART), "v")
    assert uploading.done(one, "ff")
    assert not uploading.done(one, "fe")
    assert not uploading.done(copying("a", 9, "ff", PART), "ff")


def test_where_no_lock_is_asked_for_none_is_set() -> None:
    assert next_step(uploading.kept(copying("a", 9, "ff", PART), "v"), lock=False) == ReadBack()


@pytest.mark.parametrize("size", [PART * MOST_PARTS, PART * MOST_PARTS + 1, 5 * 2**40])
def test_parts_grow_so_that_there_are_never_more_than_a_store_takes(size: int) -> None:
    one = copying("a", size, "ff", PART)
    assert -(-size // one.part_bytes) <= MOST_PARTS
    assert one.part_bytes >= PART


def test_pauses_double_up_to_a_minute_and_are_spread() -> None:
    assert uploading.pause_s(0, 0.5) == 0
    for chance in (0.0, 0.5, 0.999):
        pauses = [uploading.pause_s(failures, chance) for failures in range(1, 40)]
        assert pauses == sorted(pauses)
        assert pauses[-1] <= LONGEST_PAUSE_S
        assert pauses[0] <= 1.0
    assert uploading.pause_s(5, 0.0) < uploading.pause_s(5, 0.9)


def test_what_waits_for_its_pause_holds_up_nothing_else() -> None:
    assert uploading.retried({"a": 9.0}, ("a", "b"), 5.0) == "b"
    assert uploading.retried({"a": 9.0}, ("a", "b"), 9.0) == "a"
    assert uploading.retried({"a": 9.0}, ("a",), 5.0) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_anything_else_in_the_place_of_what_was_known_begins_anew(other: object) -> None:
    assert uploading.read(other) is None  # type: ignore[arg-type]
    whole = uploading.document(copying("a", 9, "ff", PART))
    assert uploading.read({**whole, "size": "9"}) is None
    assert uploading.read({**whole, "part_bytes": 1}) is None


def test_each_step_has_its_word() -> None:
    steps = (Look(), Put(), Begin(), Send(1, 0, 1), Complete(), Lock(), ReadBack())
    assert {uploading.said(step) for step in steps} == {"looking", "sending", "locking", "reading-back"}


def test_how_far_it_has_come_counts_what_the_store_has_taken() -> None:
    one = copying("a", 2 * PART + 1, "ff", PART)
    assert one.sent_bytes == 0
    assert uploading.sent(uploading.begun(one, "u"), "t").sent_bytes == PART
    assert uploading.kept(one, "v").sent_bytes == one.size
