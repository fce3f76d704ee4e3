"""Packets of sftp from a stream that may be split anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.files import packets as sftp
from broker.conduits.files.packets import Packets, Part
from tests.broker.conduits.files.asset import named, write

STREAM = (
    named(sftp.STAT, 1, b"a")
    + write(2, b"hand", 7, b"contents" * 9)
    + write(3, b"", 0, b"")
    + named(sftp.CLOSE, 4, b"h")
)


def tokens(data: bytes, *cuts: int) -> tuple[list[tuple[Part, bytes]], bytes]:
    """What is told of the stream, neighbouring pieces joined; and all bytes that the tokens cover."""
    packets = Packets(sftp.WRITE)
    found: list[tuple[Part, bytes]] = []
    covered = b""
    places = sorted({0, *cuts, len(data)})
    for start, end in zip(places, places[1:], strict=False):  # noqa: RUF007 - one place has no pair
        part = data[start:end]
        for one in packets.feed(memoryview(part)):
            covered += one.carried + part[one.start : one.end]
            body = bytes(one.body)
            if one.part is Part.PIECE and found[-1][0] is Part.PIECE:
                body = found.pop()[1] + body
            found.append((one.part, body))
    assert not packets.fault
    return found, covered


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_where_the_stream_is_split_makes_no_difference_and_no_byte_is_lost(cuts: list[int]) -> None:
    found, covered = tokens(STREAM, *cuts)
    assert found == tokens(STREAM)[0]
    assert covered == STREAM
    assert [one for one, _ in found] == [Part.WHOLE, Part.HEAD, Part.PIECE, Part.HEAD, Part.WHOLE]
    assert found[2][1] == b"contents" * 9


def test_attributes_are_read_to_their_end_and_no_further() -> None:
    full = sftp.SIZE | sftp.OWNER | sftp.MODE | sftp.TIMES | sftp.MORE
    body = sftp.number32(full) + bytes(28) + sftp.number32(1) + sftp.text(b"kind") + sftp.text(b"data")
    assert sftp.attributes_end(body + b"rest", 0) == len(body)
    assert sftp.size_in(sftp.number32(sftp.SIZE) + sftp.number64(5)) == 5
    assert sftp.size_in(sftp.number32(0)) is None
    sized = sftp.number32(sftp.SIZE | sftp.MODE) + sftp.number64(5) + sftp.number32(0o644)
    assert sftp.without_size(sized) == sftp.number32(sftp.MODE) + sftp.number32(0o644)
    for wrong in (sftp.number32(0x10), sftp.number32(sftp.SIZE) + bytes(7), body[:-1]):
        with pytest.raises(IndexError):
            sftp.attributes_end(wrong, 0)


def test_names_are_as_many_as_are_said() -> None:
    entry = sftp.text(b"a") + sftp.text(b"-rw a") + sftp.number32(0)
    for count, given_, holds in (
        (2, 2, True),
        (0, 0, True),
        (1, 2, False),
        (3, 2, False),
        (2**32 - 1, 2, False),
    ):
        packet = sftp.request(sftp.NAME, 1, sftp.number32(count), entry * given_)[4:]
        assert sftp.names_hold(packet) is holds
