from policies.charter.documents import read_charter
from policies.charter.void import void_report
from policies.charter.void_fold import folded, ways
from tests.policies.charter.test_void_water import six_gaps
from tests.policies.plant import NOW, charter
from tests.policies.water import AT, water


def test_what_is_inherited_alike_is_one_row_with_the_number_of_its_conduits() -> None:
    """S-09: a utility of forty conduits is read on one page."""
    report = void_report(water(), AT)
    rows = folded(water(), report)
    assert len(report.boundaries) == 42
    assert [one.title for one in rows[:3]] == [
        "14 conduits into Averdijk treatment works",
        "13 conduits into Hooglaan well field",
        "8 conduits into Zuidkade waste water works",
    ]
    assert "2 conduits into Chemical dosing" in {one.title for one in rows}


def test_folding_loses_no_boundary_and_changes_no_cell() -> None:
    for read, at in ((water(), AT), (read_charter(six_gaps()), AT), (charter(), NOW)):
        report = void_report(read, at)
        rows = folded(read, report)
        assert sorted(one for row in rows for one in row.boundaries) == sorted(report.boundaries)
        for row in rows:
            for boundary in row.boundaries:
                for right, cell in zip(report.rights, row.cells, strict=True):
                    own = report.cells.get((right, boundary))
                    assert (own is None) == (cell is None)
                    if own is not None and cell is not None:
                        assert (own.holding, own.voids) == (cell.holding, cell.voids)


def test_a_boundary_by_itself_keeps_its_name() -> None:
    assert {
        one.title for one in folded(charter(), void_report(charter(), NOW)) if len(one.boundaries) == 1
    } >= {"Zone Safety system"}


def test_many_ways_are_counted_by_site_and_few_are_named() -> None:
    read = water()
    every = ways(read, read.conduits)
    assert every.said.startswith("all 17 conduits into Averdijk treatment works; all ")
    assert len(every.named) == 40
    few = ways(charter(), ["dmz-pumping"])  # type: ignore[list-item]
    assert (few.said, few.named) == ("Drive maintenance (dmz-pumping)", ())
    some = ways(read, list(read.conduits)[:5])
    assert "5 of 40" in some.said or " of " in some.said
