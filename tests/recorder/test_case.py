import pytest

from domain.errors import EvidenceError
from recorder.case import ALWAYS, SOMETIMES, LedgerEvent, cast_names, read_json, read_object
from recorder.format.archive import is_name

EVENT = LedgerEvent(7, b'{"leaf":1}', b'{"event":2}\n', (bytes(32), bytes(range(32))))


def test_an_event_reads_back_as_it_was_written() -> None:
    assert LedgerEvent.of(EVENT.line()) == EVENT


def test_an_event_has_one_form() -> None:
    line = EVENT.line()
    for other in (
        line[:-1],
        line + b"\n",
        b" " + line,
        line.replace(b"7", b'"7"'),
        line.replace(b"7", b"true"),
        line.replace(b'"path":[', b'"path":[7,'),
        line.replace(b"AAAA", b"AA AA", 1),
        line.replace(b'"leaf"', b'"life"'),
        b"[]\n",
        b"",
        b"\xff\n",
    ):
        with pytest.raises(EvidenceError):
            LedgerEvent.of(other)


def test_every_name_may_stand_in_an_archive() -> None:
    assert all(map(is_name, ALWAYS | SOMETIMES | set(cast_names(12))))


def test_only_canonical_json_is_read() -> None:
    assert read_object(b'{"a":1}') == {"a": 1}
    assert read_json(b"[1]") == [1]
    for other in (b'{"a": 1}', b"[1]", b"", b'{"a":1,"a":1}'):
        with pytest.raises(EvidenceError):
            read_object(other)
