import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.modbus.frames import LONGEST_PDU, Frame, Framing

FRAMES = st.builds(
    Frame,
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFF),
    st.binary(min_size=1, max_size=LONGEST_PDU),
)


def test_a_frame_has_the_guide_s_layout() -> None:
    assert Frame(0x1501, 6, bytes((3, 0, 4, 0, 1))).wire() == bytes.fromhex("150100000006060300040001")


@given(st.lists(FRAMES), st.data())
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
    ("head", "fault"),
    [
        pytest.param("0001 0001 0006", "protocol identifier", id="another protocol"),
        pytest.param("0001 0100 0006", "protocol identifier", id="another protocol, higher byte"),
        pytest.param("0001 0000 0000", "0 bytes", id="nothing follows"),
        pytest.param("0001 0000 0001", "1 bytes", id="a unit without a function"),
        pytest.param("0001 0000 00ff", "255 bytes", id="one byte more than a frame holds"),
        pytest.param("0001 0000 ffff", "65535 bytes", id="as much as the field can say"),
    ],
)
def test_what_is_no_modbus_is_a_fault_as_soon_as_its_head_is_there(head: str, fault: str) -> None:
    framing = Framing()
    good = Frame(1, 1, b"\x07")
    assert list(framing.feed(good.wire() + bytes.fromhex(head))) == [good]
    assert fault in framing.fault
    assert list(framing.feed(good.wire())) == []


def test_the_longest_frame_is_a_frame() -> None:
    longest = Frame(1, 1, bytes(LONGEST_PDU))
    assert list(Framing().feed(longest.wire())) == [longest]


@given(st.lists(st.binary(max_size=600)))
def test_never_more_than_one_unfinished_frame_is_kept(chunks: list[bytes]) -> None:
    framing = Framing()
    for chunk in chunks:
        for _frame in framing.feed(chunk):
            pass
        assert len(framing._rest) < 260


def test_an_exception_answers_in_the_device_s_place() -> None:
    assert Frame(7, 9, b"\x06\0\1\0\2").exception(1) == bytes.fromhex("0007 0000 0003 09 86 01")
