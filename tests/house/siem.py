"""The page docs/siem-events.md: what collectors are told of, written from the tables of broker.siem."""

import typing

from broker.siem.cef import SEVERITIES
from broker.siem.coverage import NIS2, SIX, by_category
from broker.siem.ocsf import CLASSES, VERSION
from broker.siem.rows.table import ROWS, WITHHELD
from domain.events import Event


def siem_events_page(note: str) -> str:
    """Every event with its class, category and severity; the six things; what is covered; what never leaves."""
    lines = [
        "# Events for a SIEM",
        "",
        note.format(source="`broker/siem/rows/` and `broker/siem/coverage.py`"),
        f"How each event of [events.md](events.md) is told to a collector, in OCSF {VERSION} and in CEF 0. How it is sent, and how a",
        "receiver sees what is missing: [siem.md](siem.md).",
        "",
        "## Six things that every record says",
        "",
        "IEC 62443-3-3 SR 2.8.",
        "",
        "| thing | OCSF | CEF |",
        "|---|---|---|",
        *(f"| {name} | {ocsf} | {cef} |" for name, ocsf, cef in SIX),
        "",
        "## Events",
        "",
        "| number | event | title | category | OCSF class | activity | severity (OCSF, CEF) |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in sorted(typing.get_args(Event), key=lambda kind: kind.number):
        row = ROWS[kind.__name__]
        lines.append(
            f"| {kind.number} | `{kind.__name__}` | {row.title} | {row.category.value} | {int(row.kind)} {CLASSES[row.kind]} |"
            f" {row.activity} ({row.activity_id}) | {int(row.severity)}, {SEVERITIES[row.severity]} |"
        )
    lines += ["", "## Categories"]
    for category, names in by_category().items():
        lines += [
            "",
            f"### {category.value.capitalize()}",
            "",
            *(f"- `{name}`: {ROWS[name].title}" for name in names),
        ]
    lines += [
        "",
        "## Kinds of log that (EU) 2024/2690, annex, 3.2.3 lists",
        "",
        "| point | kind of log | events | scope |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| ({one.letter}) | {one.kind} | {', '.join(f'`{name}`' for name in one.events) or 'out of scope'} | {one.reason or 'covered'} |"
        for one in NIS2
    ]
    lines += ["", "## What never leaves", "", "| field | why |", "|---|---|"]
    lines += [f"| `{name}` | {why} |" for name, why in WITHHELD.items()]
    lines += [
        "",
        "A record names the fields that were withheld. The ledger has them, under the leaf that it names.",
    ]
    return "\n".join(lines) + "\n"
