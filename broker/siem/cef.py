r"""A record as one line of ArcSight's Common Event Format, version 0 (CEF implementation standard, revision 25). Pure.

``CEF:0|vendor|product|version|signature|name|severity|extensions``. In the head ``\`` and ``|`` are escaped, in the
extensions ``\`` and ``=``; line ends and whatever else acts was written out before (``\n``), so that nothing
of an event can become a field, a line or a command of a terminal.
"""

import ipaddress
import json

from broker.siem.ocsf import PRODUCT
from broker.siem.record import MOST_CHARACTERS, Record
from broker.siem.rows.row import Severity
from domain.canonical import Json
from domain.notice import inert

SEVERITIES = {
    Severity.INFORMATIONAL: 1,
    Severity.LOW: 3,
    Severity.MEDIUM: 5,
    Severity.HIGH: 8,
    Severity.CRITICAL: 10,
}
LARGEST_BYTES = 8000
"""As for OCSF: what every receiver of syslog should take."""


def cef_line(record: Record) -> bytes:
    """The record as one line of UTF-8, without its line end, of at most ``LARGEST_BYTES``."""
    row = record.row
    head = "|".join(
        (
            "CEF:0",
            PRODUCT,
            PRODUCT,
            _in_head(record.software.rpartition(" ")[2]),
            str(record.number),
            _in_head(row.title),
            str(SEVERITIES[row.severity]),
        )
    )
    line = f"{head}|"
    for name, value in _extensions(record).items():
        word = f"{name}={_in_extension(value)} "
        if len(f"{line}{word}".encode()) <= LARGEST_BYTES:
            line += word
    return line.rstrip().encode()


def _extensions(record: Record) -> dict[str, str]:
    """What counts most first: what no longer fits is left out."""
    row, plant = record.row, record.plant
    found: dict[str, str] = {
        "rt": str(record.milliseconds) if record.at else "",
        "cat": row.category.value,
        "act": record.name,
        "outcome": record.result,
        "externalId": record.id,
        "deviceExternalId": record.origin,
        "cn1": str(record.leaf),
        "cn1Label": "leaf",
        "cn2": str(record.previous),
        "cn2Label": "previous",
        "PenstockTarget": record.target,
        "PenstockHeartbeat": "true" if record.beat else "",
        "msg": record.sentence,
        "suser": record.text(row.by) or plant.person,
        "duser": record.text(row.person),
        "dhost": plant.asset,
        "reason": record.text("code") or record.text("reason"),
        **_labelled(("permit", plant.permit), ("session", plant.session), ("zone", plant.zone)),
        **_labelled(
            ("operating state", plant.state),
            ("work order", plant.work_order),
            ("attendants", ",".join(plant.attendants)),
            first=4,
        ),
        "PenstockSite": plant.site,
        "PenstockConduit": plant.conduit,
        "PenstockVendor": plant.vendor,
        "PenstockShift": ",".join(plant.shift),
        **_source(record.text("source")),
        "PenstockWithheld": ",".join(record.withheld),
    }
    for name, value in record.fields.items():
        key = "Penstock" + "".join(part.capitalize() for part in name.split("_"))
        found.setdefault(key, _plain(value))
    return {name: inert(value, MOST_CHARACTERS) for name, value in found.items() if value}


def _labelled(*said: tuple[str, str], first: int = 1) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, (label, value) in enumerate(said, first):
        if value:
            found |= {f"cs{place}": value, f"cs{place}Label": label}
    return found


def _source(source: str) -> dict[str, str]:
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return {"shost": source}
    # `src` is for IPv4 only; the standard keeps c6a2 for the source's IPv6 address.
    return {"src": source} if address.version == 4 else {"c6a2": source, "c6a2Label": "source"}


def _plain(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(str(one) for one in value)
    return json.dumps(value, ensure_ascii=False)


def _in_head(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _in_extension(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=")
