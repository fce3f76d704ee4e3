"""A record as a JSON object of OCSF 1.8.0 (schema.ocsf.io). Pure.

What OCSF has a place for stands there; the rest, and what joins it with the plant, in ``unmapped``.
"""

import ipaddress
import json
from dataclasses import replace

from broker.siem.record import Record
from broker.siem.rows.row import OTHER, Kind
from domain.canonical import Json, object_of
from domain.notice import inert

VERSION = "1.8.0"
PRODUCT = "Penstock"
LARGEST_BYTES = 8000
"""RFC 5425 section 4.3.1: every receiver should take 8192 bytes; the line's head is part of that."""
SHORTER = (100, 10)
"""How much of each text is said where a line would be longer than that."""

CATEGORIES = {
    1: "System Activity",
    2: "Findings",
    3: "Identity & Access Management",
    4: "Network Activity",
    6: "Application Activity",
    7: "Remediation",
}
CLASSES = {
    Kind.EVENT_LOG: "Event Log Activity",
    Kind.FINDING: "Detection Finding",
    Kind.ACCOUNT: "Account Change",
    Kind.AUTHENTICATION: "Authentication",
    Kind.ENTITY: "Entity Management",
    Kind.SSH: "SSH Activity",
    Kind.APPLICATION: "Application Lifecycle",
    Kind.REMEDIATION: "Remediation Activity",
}


def ocsf_line(record: Record) -> bytes:
    """The record as one line of ASCII JSON, without its line end, of at most ``LARGEST_BYTES``."""
    line = _line(ocsf(record))
    for most in SHORTER:
        if len(line) <= LARGEST_BYTES:
            break
        document = ocsf(replace(record, most=most))
        metadata = object_of(document["metadata"])
        line = _line({**document, "metadata": {**metadata, "is_truncated": True}})
    return line


def ocsf(record: Record) -> dict[str, Json]:
    """The record as an event of OCSF."""
    row = record.row
    category, activity = row.kind // 1000, row.activity_id
    found: dict[str, Json] = {
        "category_uid": category,
        "category_name": CATEGORIES[category],
        "class_uid": int(row.kind),
        "class_name": CLASSES[row.kind],
        "activity_id": activity,
        "activity_name": row.activity,
        "type_uid": row.kind * 100 + activity,
        "type_name": f"{CLASSES[row.kind]}: {row.activity if activity != OTHER else 'Other'}",
        "severity_id": int(row.severity),
        "severity": row.severity.name.capitalize(),
        **_status(record),
        "time": record.milliseconds,
        "message": record.sentence,
        "metadata": _metadata(record),
    }
    if code := record.text("code"):
        found["status_code"] = code
    if why := record.text("sentence") or record.text("reason"):
        found["status_detail"] = why
    found |= _of_class(record)
    if (by := record.text(row.by)) and row.kind is not Kind.AUTHENTICATION:
        found["actor"] = {"user": _user(by)}
    found["unmapped"] = _unmapped(record)
    return found


def _status(record: Record) -> dict[str, Json]:
    if record.row.kind is Kind.FINDING:  # there it says how far somebody has got with it
        return {"status_id": 1, "status": "New"}
    failed = record.result == "failure"
    return {"status_id": 2, "status": "Failure"} if failed else {"status_id": 1, "status": "Success"}


def _metadata(record: Record) -> Json:
    found: dict[str, Json] = {
        "version": VERSION,
        "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": record.software.rpartition(" ")[2]},
        "uid": record.id,
        "sequence": record.leaf,
        "event_code": str(record.number),
        "log_name": record.origin,
        "log_provider": PRODUCT,
        "profiles": ["host"],
    }
    if together := record.plant.session or record.plant.permit:
        found["correlation_uid"] = inert(together, record.most)
    if record.at:
        found["original_time"] = record.at
    return found


def _of_class(record: Record) -> dict[str, Json]:
    row = record.row
    source = record.text("source")
    ends: dict[str, Json] = {"src_endpoint": _endpoint(source)} if source else {}
    person = _user(record.text(row.person) or "unknown")
    found: dict[Kind, dict[str, Json]] = {
        Kind.AUTHENTICATION: ends
        | {"user": person, "service": {"name": f"{PRODUCT} {record.text('door') or 'ssh'}"}},
        Kind.ACCOUNT: ends | {"user": person},
        Kind.SSH: ends | {"dst_endpoint": _asset(record)},
        Kind.ENTITY: ends | {"entity": _entity(record)},
        Kind.FINDING: {"finding_info": {"uid": record.id, "title": row.title}},
        Kind.APPLICATION: {
            "app": {"name": f"{PRODUCT} {record.text('process')}".rstrip(), "vendor_name": PRODUCT}
        },
        Kind.REMEDIATION: {"command_uid": record.id},
        Kind.EVENT_LOG: {"log_name": record.origin},
    }
    return found[row.kind]


def _asset(record: Record) -> Json:
    name = inert(record.plant.asset, record.most) or "unknown"
    zone = inert(record.plant.zone, record.most)
    return {"uid": name, "name": name} | ({"zone": zone} if zone else {})


def _entity(record: Record) -> Json:
    which, what = record.text(record.row.which) or "unknown", record.row.what
    kind: dict[str, Json] = (
        {"type_id": 7, "type": "Network Zone"} if what == "zone" else {"type_id": OTHER, "type": what}
    )
    return {"uid": which, "name": which} | kind


def _unmapped(record: Record) -> dict[str, Json]:
    found: dict[str, Json] = {
        "penstock": {
            "event": record.name,
            "number": record.number,
            "category": record.row.category.value,
            "origin": record.origin,
            "target": record.target,
            "leaf": record.leaf,
            "previous": record.previous,
            "heartbeat": bool(record.beat),
            "result": record.result,
            "withheld": list(record.withheld),
        },
        "event": record.fields,
    }
    if plant := record.around:
        found["plant"] = plant
    return found


def _user(name: str) -> Json:
    return {"uid": name, "name": name}


def _endpoint(source: str) -> Json:
    try:
        return {"ip": str(ipaddress.ip_address(source))}
    except ValueError:
        return {"name": source}


def _line(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii")
