import httptools
import pytest

from broker.conduits.http.bodies import (
    ENDLESS,
    LAST_CHUNK,
    MOST_BETWEEN_BYTES,
    Body,
    Heard,
    MalformedError,
    chunks,
)

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def body(length: int | None) -> Body:
    heard = Heard()
    parser = httptools.HttpResponseParser(heard)
    parser.feed_data(HEAD)
    return Body(heard, parser, length)


def test_a_body_that_says_its_length_takes_so_much_and_what_is_behind_it_is_not_its_own() -> None:
    one = body(5)
    assert (one.take(b"abc"), one.whole) == (([b"abc"], 3), False)
    assert (one.take(b"defg"), one.whole) == (([b"de"], 2), True)
    assert body(0).whole


def test_a_body_without_a_length_is_never_whole() -> None:
    one = body(ENDLESS)
    assert one.take(b"abc") == ([b"abc"], 3)
    assert (one.whole, one.endless, one.chunked) == (False, True, False)


def test_where_chunks_end_is_known_wherever_they_are_cut() -> None:
    """With an empty line in the data, and a field behind the last chunk."""
    data = b"8\r\na\r\n\r\n\nb\n\r\n1;x=y\r\n\n\r\n0\r\nX: 1\r\n\r\n"
    behind = b"HTTP/1.1 200 OK\r\n\r\n"
    for step in (*range(1, 9), len(data + behind)):
        one, plain, used = body(None), b"", 0
        while not one.whole:
            pieces, took = one.take((data + behind)[used : used + step])
            plain, used = plain + b"".join(pieces), used + took
        assert (plain, used) == (b"a\r\n\r\n\nb\n\n", len(data)), step


def test_what_stands_between_chunks_is_bounded_and_is_no_line_s_end_by_itself() -> None:
    for data in (
        b"1;" + b"x" * MOST_BETWEEN_BYTES * 2,
        b"0\r\n" + b"X: y\r\n" * MOST_BETWEEN_BYTES,
        b"1\na",
        b"x",
    ):
        with pytest.raises(MalformedError):
            body(None).take(data)


def test_chunks_are_written_one_for_each_piece_and_none_for_nothing() -> None:
    assert [*chunks([b"abc", b"", b"0123456789abcdefg"]), LAST_CHUNK] == [
        b"3\r\nabc\r\n", b"11\r\n0123456789abcdefg\r\n", b"0\r\n\r\n"
    ]  # fmt: skip
