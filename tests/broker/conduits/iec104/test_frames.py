import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.iec104.frames import (
    ACTIVATIONS,
    CONFIRMATIONS,
    TESTS,
    Acknowledged,
    Control,
    Frame,
    Framing,
    Told,
)

NUMBER = st.integers(0, 0x7FFF)
FRAMES = st.lists(
    st.builds(Told, NUMBER, NUMBER, st.binary(min_size=1, max_size=249))
    | st.builds(Acknowledged, NUMBER)
    | st.builds(Control, st.sampled_from(sorted(ACTIVATIONS | CONFIRMATIONS | TESTS))),
    max_size=6,
)


def test_a_frame_has_the_standard_s_layout() -> None:
    """Three of the capture."""
    assert (
        Told(1, 5, bytes.fromhex("2e0106010d91983a0082")).wire().hex() == "680e02000a002e0106010d91983a0082"
    )
    assert Acknowledged(10).wire().hex() == "680401001400"
    assert Control(0x07).wire().hex() == "680407000000"


@given(FRAMES, st.data())
def test_where_the_stream_is_split_makes_no_difference(frames: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(frame.wire() for frame in frames)
    framing, found, at = Framing(), [], 0
    while at < len(stream):
        step = data.draw(st.integers(1, 300))
        found += framing.feed(stream[at : at + step])
        at += step
    assert found == frames
    assert framing.fault == ""


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param("00", "0x68", id="another protocol"),
        pytest.param("6803", "3 bytes", id="shorter than its control bytes"),
        pytest.param("68fe", "254 bytes", id="longer than a frame is"),
        pytest.param("680400000000", "three formats", id="told, and nothing told"),
        pytest.param("68050000010000", "three formats", id="a number with its last bit set"),
        pytest.param("680403000000", "three formats", id="two formats at once"),
        pytest.param("680447000000", "three formats", id="two functions at once"),
        pytest.param("680443000100", "three formats", id="a test with a number"),
        pytest.param("68054300000000", "three formats", id="a test with something told"),
        pytest.param("68050100000000", "three formats", id="an acknowledgement with something told"),
        pytest.param("680401000100", "three formats", id="an acknowledgement of half a number"),
        pytest.param("680401010000", "three formats", id="an acknowledgement with a send number"),
    ],
)
def test_what_is_none_of_the_formats_is_a_fault(data: str, fault: str) -> None:
    framing = Framing()
    good = Acknowledged(1)
    assert list(framing.feed(good.wire() + bytes.fromhex(data))) == [good]
    assert fault in framing.fault
    assert list(framing.feed(good.wire())) == []
