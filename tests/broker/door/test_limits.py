import pytest

from broker.door.limits import MOST_REMEMBERED, PERSONS, Attempts, Shedder, Unlocks


def test_peer_t27_three_failures_lock_and_the_lock_ends_by_itself() -> None:
    attempts = Attempts(PERSONS)
    for _ in range(2):
        attempts.failed("ana", 100.0)
    assert not attempts.locked("ana", 100.0)
    attempts.failed("ana", 100.0)
    assert attempts.locked("ana", 129.9)
    assert not attempts.locked("ana", 130.0)


def test_each_further_failure_doubles_the_lock_up_to_the_longest() -> None:
    attempts = Attempts(PERSONS)
    now_s = 0.0
    spans = []
    for _ in range(12):
        attempts.failed("ana", now_s)
        spans.append(
            next(span for span in (0, 30, 60, 120, 240, 480, 900) if not attempts.locked("ana", now_s + span))
        )
        now_s += spans[-1]
    assert spans == [0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900, 900]


def test_a_success_forgives() -> None:
    attempts = Attempts(PERSONS)
    for _ in range(2):
        attempts.failed("ana", 0.0)
    attempts.succeeded("ana")
    for _ in range(2):
        attempts.failed("ana", 0.0)
    assert not attempts.locked("ana", 0.0)


def test_names_do_not_lock_each_other() -> None:
    attempts = Attempts(PERSONS)
    for _ in range(5):
        attempts.failed("ana", 0.0)
    assert not attempts.locked("bo", 0.0)


def test_memory_is_bounded_however_many_names_are_tried() -> None:
    attempts = Attempts(PERSONS)
    for number in range(MOST_REMEMBERED + 50):
        attempts.failed(str(number), 0.0)
    assert len(attempts._records) == MOST_REMEMBERED


def test_abuse_17_a_source_and_the_whole_have_their_limits() -> None:
    shedder = Shedder(per_source=2, total=3)
    assert [shedder.arrive("a") for _ in range(3)] == [True, True, False]
    assert [shedder.arrive("b") for _ in range(2)] == [True, False]
    shedder.settle("a")
    assert shedder.arrive("c")
    assert not shedder.arrive("c")


def test_who_never_arrived_cannot_settle() -> None:
    with pytest.raises(ValueError, match="nobody"):
        Shedder().settle("a")


def test_an_unlock_holds_for_one_key_from_one_address_and_ends() -> None:
    unlocks = Unlocks()
    unlocks.unlock("key", "192.0.2.1", 0.0, 60.0)
    assert unlocks.unlocked("key", "192.0.2.1", 59.9)
    assert not unlocks.unlocked("key", "192.0.2.1", 60.0)
    assert not unlocks.unlocked("key", "192.0.2.2", 1.0)
    assert not unlocks.unlocked("other", "192.0.2.1", 1.0)


@pytest.mark.parametrize("for_s", [0.0, -1.0, 901.0])
def test_an_unlock_is_at_most_fifteen_minutes(for_s: float) -> None:
    with pytest.raises(ValueError, match="fifteen"):
        Unlocks().unlock("key", "192.0.2.1", 0.0, for_s)


def test_how_long_a_name_must_still_wait_is_known() -> None:
    attempts = Attempts(PERSONS)
    waits = [attempts.failed("ana", 100.0) for _ in range(3)]
    assert waits == [0.0, 0.0, 30.0]
    assert (attempts.left_s("ana", 110.0), attempts.left_s("ana", 130.0), attempts.left_s("bo", 100.0)) == (
        20.0,
        0.0,
        0.0,
    )
    assert (attempts.failures("ana"), attempts.failures("bo")) == (3, 0)
