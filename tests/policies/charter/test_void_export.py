import csv
import json
from datetime import date

import pytest

from domain.ids import PathwayId, ZoneId
from policies.charter.void import void_report
from policies.charter.void_export import COLUMNS, plain, report_csv, report_document
from policies.pathway import Pathway, PathwayKind, PathwayStatus
from tests.for_each import for_each
from tests.policies.plant import CONTRACT_ENDS, NOW, charter, charter_with

NAMES = {"riverside": '=HYPERLINK("https://vendor.example")'}


@for_each(
    ("value", "expected"),
    [
        pytest.param("=1+1", "'=1+1", id="a formula"),
        pytest.param("+31 20 555", "'+31 20 555", id="a telephone number"),
        pytest.param("-2", "-2", id="a number with a sign"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="a function"),
        pytest.param("  =1", "'  =1", id="a formula behind spaces"),
        pytest.param("\t=1", "'\t=1", id="behind a tab"),
        pytest.param("petra", "petra", id="a name"),
        pytest.param(None, "", id="nothing"),
        pytest.param(True, "yes", id="a claim"),
        pytest.param(["dmz-pumping", "office-dmz"], "dmz-pumping office-dmz", id="a list"),
    ],
)
def test_no_cell_begins_with_what_a_spreadsheet_would_reckon(value: object, expected: str) -> None:
    assert plain(value) == expected  # type: ignore[arg-type]


def test_what_is_no_cell_is_a_bug() -> None:
    with pytest.raises(TypeError):
        plain({"a": 1})


def test_the_csv_has_a_line_for_each_void_and_reads_back() -> None:
    """J01: the report can be taken away."""
    modem = Pathway(
        PathwayId("modem"), '=cmd|" /C calc"!A0\nand a second line', PathwayKind.MODEM, ZoneId("pumping"),
        PathwayStatus.UNGOVERNED, "Fault memories", date(2026, 2, 3),
    )  # fmt: skip
    report = void_report(charter_with(pathways={modem.id: modem}), CONTRACT_ENDS)
    rows = list(csv.DictReader(report_csv(report, NAMES).splitlines(keepends=True)))
    assert len(rows) == len(report.voids)
    assert set(rows[0]) == set(COLUMNS)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert {row["name"] for row in rows if row["boundary"] == "riverside"} == {f"'{NAMES['riverside']}"}


def test_the_json_has_every_cell_of_the_matrix() -> None:
    """J01: for machines, with who holds what."""
    report = void_report(charter(), NOW)
    document = json.loads(json.dumps(report_document(report, {})))
    assert document["voids"] == []
    assert len(document["matrix"]) == len(report.cells)
    first = document["matrix"][0]
    assert (first["boundary"], first["right"], first["holders"], first["held_over"]) == (
        "dmz-operations", "connect", ["petra"], "riverside"
    )  # fmt: skip
