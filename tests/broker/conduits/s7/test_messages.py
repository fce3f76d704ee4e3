import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.s7.messages import (
    ACK,
    ACK_DATA,
    JOB,
    NOT_AVAILABLE,
    USERDATA,
    Message,
    NoMessage,
    read_message,
)

WORDS = st.integers(0, 0xFFFF)
BYTES = st.binary(max_size=20)


@given(
    st.sampled_from((JOB, USERDATA)).flatmap(
        lambda kind: st.builds(Message, st.just(kind), WORDS, BYTES, BYTES)
    )
    | st.builds(Message, st.sampled_from((ACK, ACK_DATA)), WORDS, BYTES, BYTES, WORDS)
)
def test_what_is_written_is_read_again(message: Message) -> None:
    assert read_message(message.wire()) == message


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param("", "does not begin", id="nothing"),
        pytest.param("3201000000010001", "does not begin", id="half a head"),
        pytest.param("33010000000100010000f0", "does not begin", id="another protocol"),
        pytest.param("32040000000100010000f0", "unknown kind 4", id="a kind that there is none of"),
        pytest.param("32010000000100010000", "contradicts", id="fewer bytes than it says"),
        pytest.param("32010000000100010000f000", "contradicts", id="a byte too many"),
        pytest.param("3203000000010001000000f0", "contradicts", id="an answer with half an error"),
    ],
)
def test_a_message_whose_lengths_contradict_each_other_is_none(data: str, sentence: str) -> None:
    found = read_message(bytes.fromhex(data))
    assert isinstance(found, NoMessage)
    assert sentence in found.sentence
    assert not found.plus


def test_s7comm_plus_is_told_from_nonsense() -> None:
    """0x72: what TIA Portal speaks to an S7-1200 or 1500 behind the same two layers."""
    found = read_message(bytes.fromhex("72010000"))
    assert isinstance(found, NoMessage)
    assert found.plus


def test_a_refusal_answers_as_a_cpu_does() -> None:
    """The second is a real CPU's, of the capture of a download: a block that does not exist."""
    stop = Message(JOB, 7, bytes.fromhex("29000000000009") + b"P_PROGRAM")
    assert stop.refusal(NOT_AVAILABLE) == bytes.fromhex("3203000000070001 0000 8104 29".replace(" ", ""))
    info = Message(USERDATA, 0x0C00, bytes.fromhex("0001120411430300"))
    assert info.refusal(0xD209) == bytes.fromhex(
        "320700000c00000c0004 00011208128303000000d209 0a000000".replace(" ", "")
    )
