"""The void report to take away: as JSON for machines, as CSV for whoever opens it in a spreadsheet."""

import csv
import io
from collections.abc import Mapping

from domain.canonical import Json, instant_text
from domain.cells import plain_cell
from policies.charter.void import Void, VoidReport

COLUMNS = (
    "kind",
    "refuses",
    "right",
    "boundary",
    "name",
    "since",
    "last",
    "deputy",
    "deputy_from",
    "executive",
    "executive_from",
    "affects",
    "sentence",
)


def report_document(report: VoidReport, names: Mapping[str, str]) -> dict[str, Json]:
    """The report as JSON; ``names`` are what the boundaries are called."""
    return {
        "at": instant_text(report.at),
        "voids": [_row(one, names) for one in report.voids],
        "matrix": [
            {
                "boundary": boundary,
                "right": str(right),
                "holders": list(cell.holding.holders) if cell.holding else [],
                "deputy": cell.holding.deputy if cell.holding else None,
                "held_over": cell.holding.boundary if cell.holding else None,
                "voids": [str(one.kind) for one in cell.voids],
            }
            for (right, boundary), cell in report.cells.items()
        ],
    }


def report_csv(report: VoidReport, names: Mapping[str, str]) -> str:
    """The voids as CSV (RFC 4180), one a line. No cell begins with what a spreadsheet would reckon."""
    out = io.StringIO(newline="")
    lines = csv.writer(out, quoting=csv.QUOTE_ALL)
    lines.writerow(COLUMNS)
    for one in report.voids:
        row = _row(one, names)
        lines.writerow([plain(row[column]) for column in COLUMNS])
    return out.getvalue()


def plain(value: Json) -> str:
    """A cell that is read as text and as nothing else."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case str() | int():
            text = str(value)
        case list():
            text = " ".join(str(one) for one in value)
        case _:
            raise TypeError(f"{type(value).__name__} does not belong in a cell")
    return plain_cell(text)


def _row(void: Void, names: Mapping[str, str]) -> dict[str, Json]:
    deputy, executive = void.steps
    return {
        "kind": str(void.kind),
        "refuses": void.refuses,
        "right": str(void.right) if void.right else None,
        "boundary": void.boundary,
        "name": names.get(void.boundary, void.boundary),
        "since": instant_text(void.since),
        "last": void.last or None,
        "deputy": deputy.person,
        "deputy_from": instant_text(deputy.at),
        "executive": executive.person,
        "executive_from": instant_text(executive.at),
        "affects": list(void.affects),
        "sentence": void.sentence,
    }
