from dataclasses import replace
from itertools import permutations

from broker.conduits.dnp3.link import Frame
from broker.conduits.dnp3.transport import MOST_FRAGMENT, Fragment, Reassembly, frames


def test_a_fragment_of_any_length_comes_back_as_it_was() -> None:
    for length in (1, 248, 249, 250, 498, 499, MOST_FRAGMENT):
        sent = Fragment(1, 10, bytes(at % 251 for at in range(length)))
        carried = list(frames(sent, first=62, from_master=True))
        assert all(frame.from_master and len(frame.data) <= 250 for frame in carried)
        reassembly = Reassembly()
        *early, whole = [reassembly.take(frame) for frame in carried]
        assert not any(early)
        assert whole is not None
        assert replace(whole, frames=()) == sent
        assert whole.wire() == b"".join(frame.wire() for frame in carried)
        assert not reassembly.unfinished


def test_only_the_right_order_makes_a_fragment() -> None:
    """C11: what can't be reassembled in one way only is not reassembled."""
    carried = list(frames(Fragment(1, 10, bytes(600)), from_master=True))
    for order in permutations(carried):
        reassembly = Reassembly()
        whole = [reassembly.take(frame) for frame in order]
        assert (whole[-1] is not None) is (list(order) == carried)
        assert bool(reassembly.fault) is (list(order) != carried)


def test_what_does_not_belong_is_told() -> None:
    first, second, last = frames(Fragment(1, 10, bytes(600)), from_master=True)
    for segments, why in (
        ((replace(first, data=first.data[:1]),), "carries nothing"),
        ((last,), "first segment is missing"),
        ((first, replace(second, source=2)), "one of another"),
        ((first, replace(second, destination=11)), "one of another"),
        ((first, first), "not in order"),
        ((first, second, second), "not in order"),
    ):
        reassembly = Reassembly()
        assert [reassembly.take(one) for one in segments] == [None] * len(segments)
        assert why in reassembly.fault
        assert reassembly.take(first) is None, "and nothing comes after it"


def test_memory_is_bounded_whatever_comes() -> None:
    reassembly = Reassembly()
    for number in range(20):
        assert (
            reassembly.take(Frame(0xC4, 10, 1, bytes(((0x40 if number == 0 else 0) | number,)) + bytes(249)))
            is None
        )
    assert "longer than 2048" in reassembly.fault
