import hashlib
import json
from pathlib import Path
from typing import Any, get_args

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from domain.events import Event, document
from recorder.ledger.leaf import (
    MAX_EVENT_BYTES,
    Submission,
    Text,
    commits,
    leaf,
    opens,
    read_line,
    salt_for,
    submission,
)
from tests.for_each import for_each
from tests.recorder.ledger.logs import heartbeat, refusal

VECTORS = Path(__file__).parents[2] / "vectors" / "ledger"
SALT = salt_for("r", bytes(range(16)))
HEARTBEAT = document(heartbeat(5))


def kept(one: Submission, random: bytes = bytes(range(16)), index: int = 9) -> tuple[bytes, Text]:
    text = Text(index, one.request, salt_for(one.request, random), one.event)
    return leaf(one, text.commitment()), text


def test_a_leaf_is_canonical_json_with_the_commitment_and_nothing_of_the_event() -> None:
    one = submission("r", HEARTBEAT)
    entry, _ = kept(one)
    stated = json.loads(entry)
    assert stated == {
        "schema": "penstock-leaf/1",
        "number": 33,
        "event": "SessionHeartbeat",
        "commitment": hashlib.sha256(SALT + rfc8785.dumps(HEARTBEAT)).hexdigest(),
        "session": "0" * 25 + "5",
    }
    assert entry == rfc8785.dumps(stated)


def test_a_leaf_holds_nothing_that_tells_of_a_person() -> None:
    entry, text = kept(submission("r1", document(refusal("Ana may not."))))
    assert json.loads(entry)["session"] is None
    for word in (b"ana", b"Ana", b"192.0.2.7", b"eng-ws-1", b"no_permit"):
        assert word in text.event
        assert word not in entry


def test_the_golden_leaf_of_format_1_is_still_made_and_opened() -> None:
    entry = (VECTORS / "leaf-1.json").read_bytes()
    line = (VECTORS / "text-1.json").read_bytes()
    text = Text.of(line)
    assert text.line() == line == rfc8785.dumps(json.loads(line)) + b"\n"
    assert leaf(submission(text.request, text.document()), text.commitment()) == entry
    assert opens(entry, text)


def test_every_event_of_the_closed_union_is_a_submission() -> None:
    for kind in get_args(Event):
        one = submission("r", sample(kind))
        entry, text = kept(one)
        assert opens(entry, text)
        assert commits(entry, text)
        assert (one.name, one.number) == (kind.__name__, kind.number)


def sample(kind: type) -> dict[str, Any]:
    """An event's document by the types of its fields."""
    values: dict[object, Any] = {"datetime": "2026-03-01T06:00:00Z", "int": 3, "bool": True}
    hints = {
        name: str(getattr(hint, "__name__", hint)).removesuffix(" | None")
        if "datetime" not in str(hint)
        else "datetime"
        for name, hint in kind.__annotations__.items()
    }
    fields = {
        name: _list_of(str(kind.__annotations__[name])) or values.get(hint, "word")
        for name, hint in hints.items()
        if name != "number"
    }
    return {"event": kind.__name__, "number": kind.number, **fields}  # type: ignore[attr-defined]


def _list_of(hint: str) -> list[object]:
    """Something to stand in a field of this type, where it is a list."""
    return [3] if "tuple[int" in hint else ["x"] if "tuple" in hint else []


@for_each(
    ("change", "fact"),
    [
        ({"frames": "3"}, "frames has the wrong type"),
        ({"frames": True}, "frames has the wrong type"),
        ({"frames": 3.0}, "frames has the wrong type"),
        ({"frames": None}, "frames has the wrong type"),
        ({"at": "2026-03-01T06:00:00+00:00"}, "at has the wrong type"),
        ({"at": 0}, "at has the wrong type"),
        ({"more": 1}, "exactly the fields"),
        ({"number": 34}, "not an event"),
        ({"event": "Heartbeat"}, "not an event"),
        ({"event": ["SessionHeartbeat"]}, "not an event"),
        ({"head": "\ud800"}, "no canonical form"),
        ({"frames": 2**53}, "no canonical form"),
        ({"head": "x" * MAX_EVENT_BYTES}, "the most that is kept"),
        ({"session": "../../etc"}, "not a session's id"),
        ({"session": "ana@example.com"}, "not a session's id"),
    ],
)
def test_what_is_not_exactly_one_of_our_events_is_refused(change: dict[str, Any], fact: str) -> None:
    with pytest.raises(EvidenceError, match=fact):
        submission("r", {**HEARTBEAT, **change})


def test_a_field_that_is_missing_is_refused() -> None:
    for field in HEARTBEAT:
        with pytest.raises(EvidenceError):
            submission("r", {name: value for name, value in HEARTBEAT.items() if name != field})


@pytest.mark.parametrize("other", [None, 1, "text", [], [HEARTBEAT]])
def test_what_is_not_an_object_is_refused(other: Any) -> None:
    with pytest.raises(EvidenceError, match="JSON object"):
        submission("r", other)


@pytest.mark.parametrize("request_id", ["", "x" * 65, 'a"b', "a b", "ä"])
def test_a_request_is_named_by_plain_characters_only(request_id: str) -> None:
    with pytest.raises(EvidenceError, match="request is named"):
        submission(request_id, HEARTBEAT)


def test_a_list_of_text_where_texts_are_wanted_is_accepted_and_a_text_is_not() -> None:
    signed_in = {
        "event": "SignedIn",
        "number": 20,
        "at": "2026-03-01T06:00:00Z",
        "door": "ssh",
        "person": "ana",
        "source": "local",
        "factors": ["key", "totp"],
        "certificate": "",
    }
    assert submission("r", signed_in).number == 20
    for wrong in ("key", [1], [["key"]], {"key": "totp"}):
        with pytest.raises(EvidenceError, match="factors"):
            submission("r", {**signed_in, "factors": wrong})


def test_an_entry_opens_to_its_own_text_and_salt_only() -> None:
    entry, text = kept(submission("r", HEARTBEAT))
    assert opens(entry, text)
    assert not opens(entry, Text(9, "r", bytes(32), text.event))
    assert not opens(entry, Text(9, "r", SALT, text.event.replace(b'"frames":5', b'"frames":6')))
    assert not commits(entry, Text(9, "r", bytes(32), text.event))
    assert not opens(entry, Text(9, "another-request", SALT, text.event))
    assert not commits(entry, Text(9, "another-request", SALT, text.event))
    assert not opens(b"{}", text)
    assert not opens(b"not json", text)


def test_an_entry_that_misnames_its_event_does_not_open() -> None:
    entry, text = kept(submission("r", HEARTBEAT))
    misnamed = entry.replace(b"SessionHeartbeat", b"SessionEnded")
    assert commits(misnamed, text)
    assert not opens(misnamed, text)


@given(st.integers(0, 2**40), st.text(max_size=60), st.binary(min_size=16, max_size=16))
def test_every_text_reads_back_whatever_the_event_says(index: int, sentence: str, random: bytes) -> None:
    try:
        one = submission("r-1", document(refusal(sentence + '","index":7,"request":"')))
    except EvidenceError:
        assert any("\ud800" <= char <= "\udfff" for char in sentence)
        return
    entry, text = kept(one, random, index)
    line = text.line()
    assert line.count(b"\n") == 1
    assert Text.of(line) == text
    assert line == rfc8785.dumps(json.loads(line)) + b"\n"
    assert opens(entry, text)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{}\n",
        Text(1, "r", SALT, b"{}").line()[:-1],
        Text(1, "r", SALT, b"{}").line()[:-2] + b"\n",
        Text(1, "r", SALT, b"{}").line().replace(b"1,", b"01,"),
        Text(1, "r", SALT[:31], b"{}").line(),
        b" " + Text(1, "r", SALT, b"{}").line(),
    ],
)
def test_a_line_in_another_form_is_no_text(line: bytes) -> None:
    with pytest.raises(EvidenceError):
        Text.of(line)


@pytest.mark.parametrize("line", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_line_that_is_not_json_is_refused_and_nothing_worse(line: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_line(line)


def test_a_salt_holds_sixteen_random_bytes() -> None:
    assert len(salt_for("r", bytes(16))) == 32
    assert salt_for("r", bytes(16))[16:] != salt_for("s", bytes(16))[16:]
    with pytest.raises(ValueError, match="16 random bytes"):
        salt_for("r", bytes(15))


def test_a_text_that_is_json_but_no_object_gives_no_event() -> None:
    with pytest.raises(EvidenceError, match="object"):
        Text(1, "r", SALT, b"[]").document()
    assert not opens(b"[]", Text(1, "r", SALT, b"[]"))
