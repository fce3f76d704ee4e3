"""Whether the head of a message, as it came, says what h11 read there, line for line and in no other way. Pure.

h11 forgives what people forgive: a bare LF, a folded line, a length that stands there twice. What one reader forgives is
what the next reads otherwise, so it goes no further.
"""

import h11

from broker.conduits.http.fields import CONTROL, by_name

_VERSIONS = frozenset({b"1.0", b"1.1"})


def fault_of(head: bytes, event: h11.Request) -> str:
    """Why ``head``, from its first byte to its empty line, has a second reading, in a sentence; empty where it has none."""
    lines = head.split(b"\r\n")
    if any(b"\n" in line or b"\r" in line for line in lines):
        return "A line of its head ends with something else than CR LF."
    if CONTROL.search(head):
        return "There are control characters in its head."
    fields = event.headers.raw_items()
    if len(lines) != len(fields) + 3 or not all(map(_same, lines[1:-2], fields)):
        return "A field of its head is folded, or says its length more than once."
    return _length_fault(event)


def _length_fault(event: h11.Request) -> str:
    """Why nobody can say where the message ends; empty where everybody can."""
    names = by_name(event).keys()
    if event.http_version not in _VERSIONS:
        return "It is another version than HTTP/1.1."
    if {b"content-length", b"transfer-encoding"} <= names:
        return "It says its length in two ways."
    if b"transfer-encoding" in names and event.http_version != b"1.1":
        return "It comes in chunks, which HTTP/1.0 does not know."
    return ""


def _same(line: bytes, field: tuple[bytes, bytes]) -> bool:
    name, colon, value = line.partition(b":")
    # h11 writes the coding in small letters, which mean the same.
    return bool(colon) and name == field[0] and value.strip(b" \t").lower() == field[1].lower()
