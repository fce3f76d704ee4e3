import pytest

from domain.canonical import canonical
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.header import Header, decode_seal, encode_seal, header_length
from tests.clock import STARTS

HEADER = Header(SessionId("a" * 26), STARTS, bytes(32), {"permit": "x", "digest": "y"})


def test_a_header_reads_back_as_it_was_written() -> None:
    preamble, text = HEADER.encode()
    assert len(preamble) == 16
    assert header_length(preamble) == len(text)
    assert Header.of(text) == HEADER


def test_a_header_has_one_form() -> None:
    _, text = HEADER.encode()
    for other in (
        text + b" ",
        text.replace(b'"about"', b'"abaut"'),
        text.replace(b"penstock-recording/1", b"penstock-recording/2"),
        text.replace(b"a" * 26, b"A" * 26),
        text.replace(b"2026-03-02T08:00:00Z", b"2026-03-02T08:00:00+00:00"),
        text.replace(b"00" * 32, b"00" * 31),
        text.replace(b'{"digest":"y","permit":"x"}', b"[]"),
        canonical([]),
        b"",
        b"\xff",
    ):
        assert other != text
        with pytest.raises(EvidenceError):
            Header.of(other)


def test_a_header_that_would_not_be_read_is_not_written() -> None:
    with pytest.raises(ValueError, match="64 KiB"):
        Header(HEADER.session, STARTS, bytes(32), {"x": "y" * 70_000}).encode()


def test_a_seal_reads_back_and_nothing_else_does() -> None:
    seal = encode_seal(7, bytes(range(32)))
    assert decode_seal(seal) == (7, bytes(range(32)))
    for other in (seal[:-1], seal + b"x", b"X" + seal[1:], b""):
        with pytest.raises(EvidenceError):
            decode_seal(other)
