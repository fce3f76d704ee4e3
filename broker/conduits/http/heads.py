"""A message's head, read twice: line for line as it stands there, and by llhttp. What both do not read alike is none. Pure.

What one reader forgives (a bare LF, a folded line, a length that stands there twice) is what the next reads otherwise, so of
a request it goes no further. An answer is written anew, for a reader that takes one form; there old servers are forgiven some.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import httptools

from broker.conduits.http.bodies import ENDLESS, Body, Heard, MalformedError
from broker.conduits.http.fields import CONTROL, Head, Said, by_name
from broker.conduits.http.methods import METHODS

MOST_HEAD_BYTES = 16 * 1024
"""Of a request or an answer, up to its empty line."""

TOO_LONG = "Its head is too long."
BODILESS = frozenset({204, 304})
"""Answers that have no body whatever they say of its length (RFC 9112, section 6.3); and all below 200."""

_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP/([0-9]\.[0-9])")
_END = re.compile(rb"\n\r?\n")
_CODING = b"transfer-encoding"
_VERSIONS = frozenset({"1.0", "1.1"})
_BREAK = "A line of its head ends with something else than CR LF."


@dataclass(frozen=True, slots=True)
class Malformed:
    """It is no request, or one that could be read in two ways. The connection ends."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A method of which nobody here can say what it does."""

    method: str


def end_of_request(came: bytes) -> int:
    """Where the head ends that ``came`` begins with; 0 while it does not. MalformedError where it never will as it should."""
    end = came.find(b"\r\n\r\n", 0, MOST_HEAD_BYTES) + 4
    head = came[: end if end > 3 else MOST_HEAD_BYTES]
    if head.count(b"\n") != head.count(b"\r\n"):
        raise MalformedError(_BREAK)
    if end > 3:
        return end
    if len(came) > MOST_HEAD_BYTES:
        raise MalformedError(TOO_LONG)
    return 0


def end_of_answer(came: bytes) -> int:
    """The same of an answer, whose lines may end with a bare LF."""
    found = _END.search(came, 0, MOST_HEAD_BYTES)
    if found is None and len(came) > MOST_HEAD_BYTES:
        raise MalformedError(TOO_LONG)
    return 0 if found is None else found.end()


def request_of(raw: bytes) -> tuple[Head, Body] | Malformed | Unknown:
    """What the head ``raw``, from its first byte to its empty line, says, and what body follows it."""
    if raw.count(b"\r") != raw.count(b"\r\n"):
        return Malformed(_BREAK)
    if CONTROL.search(raw):
        return Malformed("There are control characters in its head.")
    first, *lines = raw[:-4].split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        return Malformed("Its first line is no request's.")
    method, target, version = line.groups()
    fields = [_field(one) for one in lines]
    head = Head(version.decode(), fields, by_name(fields), method, target)
    if fault := _fault(head, lines):
        return Malformed(fault)
    if method.decode() not in METHODS:
        return Unknown(method.decode())
    return _agreed(head, raw)


def answer_of(raw: bytes, method: bytes) -> tuple[Head, Body]:
    """What the head ``raw`` of an answer to ``method`` says, and what body follows it; MalformedError where it is none."""
    heard = Heard()
    parser = httptools.HttpResponseParser(heard)
    parser.set_dangerous_leniencies(
        lenient_chunked_length=True,
        lenient_optional_cr_before_lf=True,
        lenient_spaces_after_chunk_size=True,
    )
    try:
        parser.feed_data(raw)
    except httptools.HttpParserError as error:
        raise MalformedError(f"{error}.") from None
    version, status = parser.get_http_version(), parser.get_status_code()
    fields = [(name, value.rstrip(b" \t")) for name, value in heard.fields]
    said = by_name(fields)
    coding = [one.lower() for one in said.get(b"transfer-encoding", ())]
    if not heard.begun or version not in _VERSIONS or status < 100 or status == 101 or coding not in _CODINGS:
        raise MalformedError("It is no answer.")
    head = Head(version, fields, said, status=status)
    if method == b"HEAD":
        return head, Body(heard, parser, 0)
    bodiless = status in BODILESS or status < 200
    body = Body(heard, parser, 0 if bodiless else None if coding else _length(said))
    if heard.whole is not body.whole:
        raise MalformedError("Another reader takes its head for something else.")
    return head, body


_CODINGS: tuple[list[bytes], ...] = ([], [b"chunked"])


def _length(said: Said) -> int:
    (length,) = said.get(b"content-length", (b"",))
    return int(length) if length.isdigit() else ENDLESS


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    # A coding's capitals mean nothing; not every server knows.
    value = value.strip(b" \t")
    return name, value.lower() if name.lower() == _CODING else value


def _same(heard: tuple[bytes, bytes], read: tuple[bytes, bytes]) -> bool:
    if heard == read:
        return True
    # llhttp leaves the blanks behind a value.
    value = heard[1].rstrip(b" \t")
    return heard[0] == read[0] and (
        value == read[1] or (read[0].lower() == _CODING and value.lower() == read[1])
    )


def _fault(head: Head, lines: list[bytes]) -> str:
    """Why ``head`` has a second reading, in a sentence; empty where it has none that is known of."""
    said = head.said
    if head.version not in _VERSIONS:
        return "It is another version than HTTP/1.1."
    if any(line.startswith((b" ", b"\t")) for line in lines):
        return "A field of its head is folded."
    if len(said.get(b"host", ())) != 1 and (head.version == "1.1" or b"host" in said):
        return "It names no host, or more than one."
    return _length_fault(head, said.get(b"content-length", ()), said.get(b"transfer-encoding", ()))


def _length_fault(head: Head, lengths: Sequence[bytes], codings: Sequence[bytes]) -> str:
    """Why nobody can say where the message ends; empty where everybody can."""
    if lengths and codings:
        return "It says its length in two ways."
    if len(lengths) > 1 or any(b"," in one for one in lengths):
        return "It says its length more than once."
    if codings and head.version != "1.1":
        return "It comes in chunks, which HTTP/1.0 does not know."
    framed = all(one.isdigit() for one in lengths) and codings in ((), [b"chunked"])
    return "" if framed else "Nobody can say how long it is."


def _agreed(head: Head, raw: bytes) -> tuple[Head, Body] | Malformed:
    """``head``, and the body that llhttp expects behind it, where llhttp reads ``raw`` the same."""
    heard = Heard()
    parser = httptools.HttpRequestParser(heard)
    try:
        parser.feed_data(raw)
    except httptools.HttpParserUpgrade:
        pass  # what it wishes for is nobody's here
    except httptools.HttpParserError as error:
        return Malformed(f"Another reader does not take its head: {error}.")
    length = head.said.get(b"content-length")
    body = Body(heard, parser, None if b"transfer-encoding" in head.said else int(length[0]) if length else 0)
    same = len(heard.fields) == len(head.fields) and all(map(_same, heard.fields, head.fields))
    if not heard.begun or heard.target != head.target or not same or heard.whole is not body.whole:
        return Malformed("Another reader takes its head for something else.")
    return head, body
