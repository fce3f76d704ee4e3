"""Every event as OCSF 1.8.0, held to the official schema."""

import json
from typing import Any

from hypothesis import given

from broker.siem.context import Plant
from broker.siem.coverage import SIX
from broker.siem.ocsf import LARGEST_BYTES, ocsf, ocsf_line
from broker.siem.rows.table import WITHHELD
from domain import events
from domain.canonical import Json
from tests.broker.siem.leaves import AT, KINDS, NASTY, leaf, leaves, record
from tests.broker.siem.schema import faults
from tests.for_each import for_each

PLANT = Plant(
    site="riverside", zone="cell-1", state="running", asset="eng-ws-1", conduit="dmz-operations", vendor="acme",
    person="ana", permit="p" * 26, session="s" * 26, work_order="WO-4711", attendants=("otto",), shift=("otto", "lena"),
)  # fmt: skip


@for_each("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_is_one_of_ocsf_by_its_official_schema(kind: Any) -> None:
    assert faults(ocsf(record(leaf(kind), plant=PLANT))) == []
    assert faults(ocsf(record(leaf(kind, "")))) == []


def test_what_is_no_leaf_or_can_t_be_read_is_one_too() -> None:
    assert faults(ocsf(record({}, beat="2026-03-02T08:00:00Z"))) == []
    assert faults(ocsf(record({}, fault="The text of event 12 is missing."))) == []
    assert faults(ocsf(record({"event": "FromTheFuture", "number": 999, "at": "2026-03-02T08:00:00Z"}))) == []


@given(leaves())
def test_no_text_of_an_event_acts_or_makes_a_line_too_long(event: dict[str, Json]) -> None:
    line = ocsf_line(record(event, plant=Plant(work_order=str(event.get("reason", "")), zone="z" * 600)))
    assert len(line) <= LARGEST_BYTES
    assert b"\n" not in line
    read = json.loads(line)
    assert faults(read) == []
    assert not {"\x1b", "\x07", "\x00", "\u202e", "\u2028", "\n", "\r"} & set("".join(texts(read)))


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [one for name, each in value.items() for one in [name, *texts(each)]]
    if isinstance(value, list):
        return [one for each in value for one in texts(each)]
    return [value] if isinstance(value, str) else []


@for_each("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_withheld_is_in_no_record(kind: Any) -> None:
    secret = {name: "hunter2-payload" for name in WITHHELD if name in kind.__dataclass_fields__}
    line = ocsf_line(record(leaf(kind, **secret), plant=PLANT))
    assert b"hunter2" not in line
    assert set(json.loads(line)["unmapped"]["penstock"]["withheld"]) == set(secret)


def at(document: Any, path: str) -> Any:
    for name in path.strip("`").split("."):
        document = document[name]
    return document


@for_each("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_record_says_the_six_things(kind: Any) -> None:
    """E08: every event, of each category, says when, where from, which category, which type, which id, and how it ended."""
    document = ocsf(record(leaf(kind)))
    said = {name: at(document, place) for name, place, _ in SIX}
    assert said["timestamp"] == int(AT.timestamp() * 1000)
    assert (said["source"], said["type"]) == ("riverside.example/ot-access/1", kind.__name__)
    assert said["event id"] == "riverside.example/ot-access/1#12"
    assert said["category"]
    assert said["result"] in {"success", "failure"}


def test_an_unauthorised_attempt_carries_where_in_the_plant_and_on_whose_order() -> None:
    event = leaf(events.PassageRefused, "shell", source="192.0.2.7", code="no_permit")
    found = ocsf(record(event, plant=PLANT))
    assert found["unmapped"]["plant"] == PLANT.document()  # type: ignore[index, call-overload]
    assert found["src_endpoint"] == {"ip": "192.0.2.7"}
    assert found["dst_endpoint"] == {"uid": "eng-ws-1", "name": "eng-ws-1", "zone": "cell-1"}
    assert (found["status"], found["status_code"], found["type_name"]) == (
        "Failure",
        "no_permit",
        "SSH Activity: Refuse",
    )


def test_a_source_that_is_no_address_is_a_name() -> None:
    assert ocsf(record(leaf(events.SignInFailed, NASTY)))["src_endpoint"] != {"ip": NASTY}
    found = ocsf(record(leaf(events.SignInFailed, source="2001:db8::1")))
    assert found["src_endpoint"] == {"ip": "2001:db8::1"}
