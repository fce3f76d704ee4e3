"""Files inside a terminal, as lrzsz moves them; against its own programs in tests/peers."""

from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.files.zmodem import MUCH_BYTES, Announced, Begun, Through, Watch
from domain.access import Flow
from tests.for_each import for_each

SENDER = b"**\x18B00000000000000\r\x8a\x11"
RECEIVER = b"**\x18B0100000023be50\r\x8a\x11"
BOTH = frozenset({Flow.GET, Flow.PUT})


def heard(watch: Watch, *parts: bytes) -> tuple[bytes, list[object]]:
    passed, said = b"", []
    for part in parts:
        if watch.nothing_in(memoryview(part)):
            passed += part
            continue
        for one in watch.feed(memoryview(part)):
            if isinstance(one, Through):
                passed += one.data
            else:
                said.append(one)
    return passed, said


@for_each(
    ("side", "header", "flow"),
    [
        (Flow.GET, SENDER, Flow.GET),
        (Flow.GET, RECEIVER, Flow.PUT),
        (Flow.PUT, SENDER, Flow.PUT),
        (Flow.PUT, RECEIVER, Flow.GET),
    ],
)
def test_whoever_begins_is_seen_and_held_to_the_way_that_files_would_go(
    side: Flow, header: bytes, flow: Flow
) -> None:
    """D15: zmodem without its grant is refused in either direction, and the terminal goes on."""
    passed, said = heard(Watch(side, BOTH - {flow}), b"rz\r" + header + b"$ ")
    assert (passed, said) == (b"rz\r$ ", [Begun(flow)])
    passed, said = heard(Watch(side, frozenset({flow})), b"rz\r" + header + b"$ ")
    assert (passed, said) == (b"rz\r" + header + b"$ ", [])


@given(st.integers(0, len(SENDER)), st.integers(0, len(SENDER)))
def test_a_beginning_never_passes_whole_wherever_it_is_split(first: int, second: int) -> None:
    one, two = sorted((first, second))
    passed, said = heard(
        Watch(Flow.GET, frozenset()), b"$ sz\r\n" + SENDER[:one], SENDER[one:two], SENDER[two:]
    )
    assert said == [Begun(Flow.GET)]
    assert b"**\x18B00" not in passed
    assert b"B0000" not in passed
    assert passed.startswith(b"$ sz\r\n")


def test_in_much_it_is_seen_as_in_little_wherever_it_stands() -> None:
    """D15: twice, and the second is found from behind the first on."""
    much = bytes(range(256)) * (MUCH_BYTES // 128)
    for at in (0, 1, MUCH_BYTES - 5, MUCH_BYTES, len(much)):
        data = much[:at] + SENDER + much[at:] + RECEIVER + b"$ "
        assert heard(Watch(Flow.GET, frozenset()), data) == (
            much + b"$ ",
            [Begun(Flow.GET), Begun(Flow.PUT)],
        )
        assert heard(Watch(Flow.GET, BOTH), data) == (data, [])


@given(st.lists(st.sampled_from([b"*", b"**", b"\x18", b"B", b"B02", b"ls\r\n", b"\x1b[2J"]), max_size=20))
def test_what_is_no_beginning_passes_at_once_and_as_it_is(parts: list[bytes]) -> None:
    passed, said = heard(Watch(Flow.PUT, frozenset()), *parts)
    assert (passed, said) == (b"".join(parts), [])


def test_a_file_is_told_by_its_name_and_size() -> None:
    frame = b"*\x18C\x04\x00\x00\x00\x00\x18L\x9e\x18@\x11" + b"fw 2.bin\x0012345 14 100644\x00\x18k"
    for cut in range(1, len(frame), 5):
        _, said = heard(Watch(Flow.PUT, BOTH), b"$ " + frame[:cut], frame[cut:] + b"more")
        if cut > 3:
            assert said == [Announced(Flow.PUT, b"fw 2.bin", 12345)]
    assert not heard(Watch(Flow.PUT, frozenset()), frame)[1]
    assert not heard(Watch(Flow.PUT, BOTH), b"*\x18A\x04" + b"x" * 5000)[1]
