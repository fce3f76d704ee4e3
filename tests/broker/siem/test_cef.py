"""Every event as a line of CEF."""

import re
from typing import Any

from hypothesis import given

from broker.siem.cef import LARGEST_BYTES, cef_line
from broker.siem.context import Plant
from broker.siem.coverage import SIX
from broker.siem.rows.table import WITHHELD
from domain import events
from domain.canonical import Json
from tests.broker.siem.leaves import AT, KINDS, NASTY, leaf, leaves, record
from tests.for_each import for_each


def parsed(line: bytes) -> tuple[list[str], dict[str, str]]:
    """A line as its receiver reads it: seven fields of the head, then the extensions."""
    parts = re.split(r"(?<!\\)((?:\\\\)*)\|", line.decode(), maxsplit=7)
    head = [re.sub(r"\\(.)", r"\1", parts[place] + parts[place + 1]) for place in range(0, 14, 2)]
    pairs = re.findall(r"(\w+)=((?:\\.|[^\\=])*?)(?=\s+\w+=|\s*$)", parts[14])
    return head, {name: re.sub(r"\\(.)", r"\1", value) for name, value in pairs}


@for_each("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_is_a_line_whose_head_names_it(kind: Any) -> None:
    head, said = parsed(cef_line(record(leaf(kind))))
    assert head[:5] == ["CEF:0", "Penstock", "Penstock", "0.1.0", str(kind.number)]
    assert 0 <= int(head[6]) <= 10
    assert {name: said[place.strip("`")] for name, _, place in SIX} == {
        "timestamp": str(int(AT.timestamp() * 1000)),
        "source": "riverside.example/ot-access/1",
        "category": record(leaf(kind)).row.category.value,
        "type": kind.__name__,
        "event id": "riverside.example/ot-access/1#12",
        "result": record(leaf(kind)).result,
    }
    assert (said["cn1"], said["cn2"]) == ("12", "11")


@given(leaves())
def test_no_text_of_an_event_becomes_a_field_a_line_or_a_command(event: dict[str, Json]) -> None:
    line = cef_line(record(event, plant=Plant(work_order=str(event.get("reason", "")))))
    assert len(line) <= LARGEST_BYTES
    assert not set(b"\n\r\x1b\x00\x07") & set(line)
    head, said = parsed(line)
    assert head[1] == "Penstock"
    assert said["act"] == event["event"]
    assert said["deviceExternalId"] == "riverside.example/ot-access/1"


def test_marks_of_the_format_come_back_as_they_were() -> None:
    _, said = parsed(cef_line(record(leaf(events.Isolated, "a=b|c\\d"))))
    assert said["reason"] == "a=b|c\\d"
    _, said = parsed(cef_line(record(leaf(events.Isolated, NASTY))))
    assert "\\r\\nCEF:0|Evil" in said["reason"]


@for_each("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_withheld_is_in_no_line(kind: Any) -> None:
    secret = {name: "hunter2-payload" for name in WITHHELD if name in kind.__dataclass_fields__}
    assert b"hunter2" not in cef_line(record(leaf(kind, **secret)))


def test_addresses_stand_where_their_family_belongs() -> None:
    def said(source: str) -> dict[str, str]:
        return parsed(cef_line(record(leaf(events.SignInFailed, source=source))))[1]

    assert said("192.0.2.7")["src"] == "192.0.2.7"
    assert said("2001:db8::1")["c6a2"] == "2001:db8::1"
    assert said("somewhere")["shost"] == "somewhere"


def test_the_plant_stands_in_labelled_fields() -> None:
    plant = Plant(
        permit="p", session="s", zone="cell-1", state="running", work_order="WO 1", attendants=("otto",)
    )
    _, said = parsed(cef_line(record(leaf(events.PassageRefused), plant=plant)))
    labelled = {said[f"cs{place}Label"]: said[f"cs{place}"] for place in range(1, 7)}
    assert labelled == {
        "permit": "p", "session": "s", "zone": "cell-1", "operating state": "running",
        "work order": "WO 1", "attendants": "otto",
    }  # fmt: skip


def test_a_heartbeat_is_told_apart() -> None:
    head, said = parsed(cef_line(record({}, beat="2026-03-02T08:00:00Z", previous=12)))
    assert (head[4], said["PenstockHeartbeat"], said["cn1"]) == ("0", "true", "12")
