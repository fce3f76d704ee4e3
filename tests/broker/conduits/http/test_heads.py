import h11
import pytest

from broker.conduits.http.bodies import MalformedError
from broker.conduits.http.fields import Head
from broker.conduits.http.heads import (
    MOST_HEAD_BYTES,
    Malformed,
    Unknown,
    answer_of,
    end_of_answer,
    end_of_request,
    request_of,
)
from tests.for_each import for_each

LINE, HOST = b"POST /set HTTP/1.1\r\n", b"Host: a\r\n"
ONE_READING = (
    LINE + HOST + b"\r\n",
    LINE + HOST + b"Content-Length:5\r\n\r\n",
    LINE + HOST + b"content-length: \t 5 \t\r\n\r\n",
    LINE + HOST + b"Transfer-Encoding: Chunked\r\n\r\n",
    LINE + HOST + b"X: a\tb\r\nX: a\xe4\r\nY:\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
)
TWO_READINGS = {
    LINE + b"Host: a\n\r\n": "CR LF",
    b"POST /set HTTP/1.1\nHost: a\n\n": "CR LF",
    LINE + HOST + b"\n": "CR LF",
    LINE + HOST + b"X: a\r\n b\r\n\r\n": "folded",
    LINE + HOST + b"Content-Length: 5\r\n\t6\r\n\r\n": "",
    LINE + HOST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n": "more than once",
    LINE + HOST + b"Content-Length: 5, 5\r\n\r\n": "more than once",
    LINE + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n": "two ways",
    LINE + HOST + b"X: \x01\r\n\r\n": "control",
    LINE + HOST + b"X: a\x7f\r\n\r\n": "control",
    b"GET / HTTP/2.0\r\n" + HOST + b"\r\n": "another version",
    b"GET / HTTP/0.9\r\n\r\n": "another version",
    b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n": "does not know",
    # Most of these llhttp refuses.
    LINE + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n": "",
    LINE + HOST + b"Content-Length: +5\r\n\r\n": "",
    LINE + HOST + b"Content-Length: 0x5\r\n\r\n": "",
    LINE + HOST + b"Content-Length: -5\r\n\r\n": "",
    LINE + HOST + b"Content-Length : 5\r\n\r\n": "",
    LINE + HOST + b"Transfer-Encoding : chunked\r\n\r\n": "",
    LINE + HOST + b"Transfer-Encoding: chunked, identity\r\n\r\n": "",
    LINE + HOST + b"Transfer-Encoding: xchunked\r\n\r\n": "",
    LINE + HOST + b"Transfer-Encoding:\x0bchunked\r\n\r\n": "",
    LINE + HOST + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n": "",
    LINE + HOST + b"X: a\rb\r\n\r\n": "",
    LINE + HOST + b"X: a\x00b\r\n\r\n": "",
    LINE + HOST + b"X\r\n\r\n": "",
    LINE + b" X: a\r\n" + HOST + b"\r\n": "",
    LINE + HOST + HOST + b"\r\n": "",
    LINE + b"\r\n": "",
    b"\r\n" + LINE + HOST + b"\r\n": "",
    b"POST  /set HTTP/1.1\r\n" + HOST + b"\r\n": "",
    b"POST /set  HTTP/1.1\r\n" + HOST + b"\r\n": "",
    b"POST /a b HTTP/1.1\r\n" + HOST + b"\r\n": "",
    b"POST /set\tHTTP/1.1\r\n" + HOST + b"\r\n": "",
    b"POST /set\r\n" + HOST + b"\r\n": "",
    b"POST /set http/1.1\r\n" + HOST + b"\r\n": "",
    b"PO(ST /set HTTP/1.1\r\n" + HOST + b"\r\n": "",
}


def head_of(raw: bytes) -> Head | str:
    """What ``raw`` says; what is wrong with it where it says nothing of one meaning."""
    try:
        end = end_of_request(raw)
    except MalformedError as error:
        return error.sentence
    if not end:
        return "Its end is missing."
    said = request_of(raw[:end])
    if isinstance(said, Malformed | Unknown):
        return str(said)
    return said[0] if end == len(raw) else "Something follows it."


@for_each("head", ONE_READING)
def test_a_head_of_one_reading_has_no_fault(head: bytes) -> None:
    assert isinstance(head_of(head), Head), head_of(head)


@for_each("head", TWO_READINGS)
def test_a_head_of_two_readings_is_none(head: bytes) -> None:
    """C15: request smuggling lives on what one reader forgives and the next reads otherwise."""
    fault = head_of(head)
    assert isinstance(fault, str)
    assert TWO_READINGS[head] in fault, fault


@pytest.mark.parametrize("at", range(len(LINE + HOST)))
def test_a_byte_that_changes_leaves_no_head_that_says_something_else(at: int) -> None:
    """What is read out of a changed head stands there, and a third reader reads it there too; or the head has a fault."""
    whole = LINE + HOST + b"\r\n"
    for other in (b"\r", b"\n", b" ", b"\0", b"\x0b", b":", b"\x80"):
        changed = whole[:at] + other + whole[at + 1 :]
        said = head_of(changed)
        if isinstance(said, Head):
            assert said.method + b" " + said.target + b" HTTP/1.1" == changed.split(b"\r\n")[0]
            third = h11.Connection(h11.SERVER)
            third.receive_data(changed)
            event = third.next_event()
            assert isinstance(event, h11.Request)
            assert (event.method, event.target) == (said.method, said.target)
            assert event.headers.raw_items() == said.fields


def test_a_method_that_nobody_knows_is_told_from_a_head_that_nobody_reads() -> None:
    assert request_of(b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n") == Unknown("BREW")
    assert isinstance(request_of(b"BREW / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"), Unknown | Malformed)


def test_a_wish_for_another_protocol_with_a_body_behind_it_has_two_readings() -> None:
    wish = b"Connection: upgrade\r\nUpgrade: h2c\r\n"
    assert isinstance(head_of(LINE + HOST + wish + b"\r\n"), Head)
    assert "something else" in str(head_of(LINE + HOST + wish + b"Content-Length: 5\r\n\r\n"))


def test_an_answer_of_an_old_server_is_forgiven_its_line_ends_and_no_more() -> None:
    for raw, body in (
        (b"HTTP/1.0 200 OK\nContent-Length: 5\n\n", (False, False, False)),
        (b"HTTP/1.1 200\r\n\r\n", (False, False, True)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 5\r\n\r\n", (True, False, False)),
        (b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", (False, True, False)),
        (b"HTTP/1.1 103 Hint\r\nLink: x\r\n\r\n", (False, True, False)),
    ):
        assert end_of_answer(raw + b"more") == len(raw)
        _, found = answer_of(raw, b"GET")
        assert (found.chunked, found.whole, found.endless) == body, raw
        assert answer_of(raw, b"HEAD")[1].whole
    for raw in (
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 101 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.2 200 OK\r\n\r\n",
        b"\r\n\r\n",
    ):
        with pytest.raises(MalformedError):
            answer_of(raw, b"GET")
    assert end_of_answer(b"HTTP/1.1 200 OK\r\n" + b"x" * 100) == 0
    with pytest.raises(MalformedError):
        end_of_answer(b"x" * MOST_HEAD_BYTES + b"\n\n")
