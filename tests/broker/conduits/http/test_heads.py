import h11
import pytest

from broker.conduits.http.heads import fault_of
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
    # These h11 refuses by itself.
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


def read(head: bytes) -> str:
    """What is wrong with ``head``; the words of h11 where it would not read it at all."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(head)
    try:
        event = connection.next_event()
    except h11.RemoteProtocolError as error:
        return f"h11: {error}"
    assert isinstance(event, h11.Request)
    return fault_of(head, event)


@for_each("head", ONE_READING)
def test_a_head_of_one_reading_has_no_fault(head: bytes) -> None:
    assert not read(head)


@for_each("head", TWO_READINGS)
def test_a_head_of_two_readings_is_none(head: bytes) -> None:
    """C15: request smuggling lives on what one reader forgives and the next reads otherwise."""
    fault, wanted = read(head), TWO_READINGS[head]
    assert fault
    assert fault.startswith("h11: ") or fault.endswith(".")
    if wanted:
        assert wanted in fault, fault


@pytest.mark.parametrize("at", range(len(LINE + HOST)))
def test_a_byte_that_changes_leaves_no_head_that_says_something_else(at: int) -> None:
    """What h11 reads out of a changed head stands there, or the head has a fault."""
    whole = LINE + HOST + b"\r\n"
    for other in (b"\r", b"\n", b" ", b"\0", b"\x0b"):
        changed = whole[:at] + other + whole[at + 1 :]
        if changed != whole and not changed.startswith(b"\r\n\r\n"):
            connection = h11.Connection(h11.SERVER)
            connection.receive_data(changed)
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                continue
            if isinstance(event, h11.Request) and not fault_of(changed, event):
                assert (
                    event.method + b" " + event.target + b" HTTP/1.1\r\n"
                    == changed.split(b"\r\n")[0] + b"\r\n"
                )
