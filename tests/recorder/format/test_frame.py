import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from recorder.format.frame import HEAD, MAX_PLAIN_BYTES, MAX_STORED_BYTES, TAG_BYTES, Flag, Head, Kind
from tests.for_each import for_each


@given(
    st.sampled_from([kind for kind in Kind if kind is not Kind.END]),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, MAX_PLAIN_BYTES),
)
def test_a_head_reads_back_as_it_was_written(
    kind: Kind, channel: int, sequence: int, elapsed_us: int, plain: int
) -> None:
    head = Head(kind, Flag.ENCRYPTED, channel, sequence, elapsed_us, plain + TAG_BYTES, plain)
    assert len(head.encode()) == 32
    assert Head.decode(head.encode()) == head


@given(st.binary(min_size=32, max_size=32))
def test_random_bytes_are_a_head_only_in_their_one_form(data: bytes) -> None:
    try:
        head = Head.decode(data)
    except EvidenceError:
        return
    assert head.encode() == data


@for_each(
    "fields",
    [
        pytest.param((0, 1, 0, 0, 0, 0, 16, 0), id="no kind"),
        pytest.param((13, 1, 0, 0, 0, 0, 16, 0), id="an unknown kind"),
        pytest.param((2, 4, 0, 0, 0, 0, 16, 0), id="an unknown flag"),
        pytest.param((2, 1, 1, 0, 0, 0, 16, 0), id="a reserved field"),
        pytest.param((2, 0, 0, 0, 0, 0, 0, 0), id="plain bytes that crossed"),
        pytest.param((12, 1, 0, 0, 0, 0, 16, 0), id="an encrypted end"),
        pytest.param((2, 1, 0, 0, 0, 0, 15, 0), id="shorter than its tag"),
        pytest.param((2, 1, 0, 0, 0, 0, 17, 2), id="lengths that contradict"),
        pytest.param((2, 3, 0, 0, 0, 0, 20, MAX_PLAIN_BYTES + 1), id="too long a payload"),
        pytest.param((2, 3, 0, 0, 0, 0, MAX_STORED_BYTES + 1, 5), id="too long a body"),
    ],
)
def test_what_can_t_be_a_head_is_refused(fields: tuple[int, ...]) -> None:
    with pytest.raises(EvidenceError):
        Head.decode(HEAD.pack(*fields))


def test_the_numbers_of_the_kinds_are_what_old_recordings_hold() -> None:
    assert [(kind.name, int(kind)) for kind in Kind] == [
        ("CHANNEL_OPENED", 1),
        ("TO_ASSET", 2),
        ("TO_VENDOR", 3),
        ("TO_VENDOR_ERR", 4),
        ("RESIZE", 5),
        ("EOF", 6),
        ("SIGNAL", 7),
        ("EXIT", 8),
        ("CHANNEL_CLOSED", 9),
        ("MARK", 10),
        ("HIDDEN", 11),
        ("END", 12),
    ]
